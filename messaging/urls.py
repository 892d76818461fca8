"""The pages of conversations."""

from django.urls import path, register_converter

from messaging import views


class PayloadId:
    """A message's id, in hex."""

    regex = "[0-9a-f]{32}"

    def to_python(self, value: str) -> bytes:
        return bytes.fromhex(value)

    def to_url(self, value: bytes | str) -> str:
        return value if isinstance(value, str) else bytes(value).hex()


register_converter(PayloadId, "payload")

app_name = "messaging"
urlpatterns = [
    path("", views.home, name="home"),
    path("with/<uuid:person>/", views.conversation, name="conversation"),
    path("with/<uuid:person>/older", views.older, name="older"),
    path("with/<uuid:person>/send", views.send, name="send"),
    path("with/<uuid:person>/block", views.block, name="block"),
    path("with/<uuid:person>/read", views.read, name="read"),
    path("messages/<payload:payload_id>/fate", views.fate, name="fate"),
    path("messages/<payload:payload_id>/retry", views.retry, name="retry"),
    path("messages/<payload:payload_id>/cancel", views.cancel, name="cancel"),
    path("messages/<payload:payload_id>/delete", views.delete, name="delete"),
]
