"""The pages of conversations."""

from django.urls import path, register_converter

from messaging import classic_views, views
from messaging.files import views as files
from messaging.files.reader_views import reader
from messaging.gallery_views import show as gallery


class PayloadId:
    """A message's id, in hex."""

    regex = "[0-9a-f]{32}"

    def to_python(self, value: str) -> bytes:
        return bytes.fromhex(value)

    def to_url(self, value: bytes | str) -> str:
        return value if isinstance(value, str) else bytes(value).hex()


class Place:
    """The number of a chunk, written in one way only."""

    regex = "0|[1-9][0-9]{0,6}"

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: int) -> str:
        return str(value)


register_converter(PayloadId, "payload")
register_converter(Place, "place")

app_name = "messaging"
urlpatterns = [
    path("", views.home, name="home"),
    path("with/<uuid:person>/", views.conversation, name="conversation"),
    path("with/<uuid:person>/older", views.older, name="older"),
    path("with/<uuid:person>/send", views.send, name="send"),
    path("with/<uuid:person>/block", classic_views.block, name="block"),
    path("with/<uuid:person>/event", classic_views.event, name="event"),
    path("with/<uuid:person>/read", views.read, name="read"),
    path("messages/<payload:payload_id>/fate", views.fate, name="fate"),
    path("with/<uuid:person>/gallery/", gallery, name="gallery"),
    path("with/<uuid:person>/files", files.tray, name="tray"),
    path("files/<uuid:pk>/chunks/<place:index>", files.put, name="put"),
    path("files/<uuid:pk>/finish", files.finish, name="finish"),
    path("files/<uuid:pk>/as-it-is", files.as_it_is, name="as-it-is"),
    path("files/<uuid:pk>/drop", files.drop, name="drop"),
    path("files/<uuid:pk>/pause", files.pause, name="pause"),
    path("files/<uuid:pk>/download", files.download, name="download"),
    path("files/<uuid:pk>/play", files.play, name="play"),
    path("files/<uuid:pk>/original", files.original, name="original"),
    path("files/<uuid:pk>/preview", files.preview, name="preview"),
    path("files/<uuid:pk>/poster", files.poster, name="poster"),
    path("files/<uuid:pk>/read", reader, name="reader"),
    path("files/<uuid:pk>/text", files.text, name="text"),
    path("messages/<payload:payload_id>/attend", classic_views.attend, name="attend"),
    path("messages/<payload:payload_id>/delete-both", classic_views.delete_both, name="delete-both"),
    path("messages/<payload:payload_id>/delete-here", classic_views.delete_here, name="delete-here"),
    path("messages/<payload:payload_id>/retry", views.retry, name="retry"),
    path("messages/<payload:payload_id>/cancel", views.cancel, name="cancel"),
    path("messages/<payload:payload_id>/forget", views.forget, name="forget"),
    path("messages/<payload:payload_id>/delete", views.delete, name="delete"),
]
