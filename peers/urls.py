"""The peers' door. Nothing else is served there."""

from django.urls import path, register_converter

from peers import pull_views, views
from peers.blobs import door, giving


class TransferId:
    """A transfer's id, in hex."""

    regex = "[0-9a-f]{64}"

    def to_python(self, value: str) -> bytes:
        return bytes.fromhex(value)

    def to_url(self, value: bytes) -> str:
        return value.hex()


class Index:
    """The number of a chunk, written in one way only."""

    regex = "0|[1-9][0-9]{0,6}"

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: int) -> str:
        return str(value)


register_converter(TransferId, "transfer")
register_converter(Index, "chunk")

urlpatterns = [
    path("peernet/1/bundles", views.bundles, name="bundles"),
    path("peernet/1/pulls", pull_views.pulls, name="pulls"),
    path("peernet/1/transfers/<transfer:transfer_id>", door.ask, name="transfer"),
    path("peernet/1/transfers/<transfer:transfer_id>/<chunk:index>", door.take, name="chunk"),
    path("peernet/1/fetches/<transfer:transfer_id>", giving.give, name="fetch"),
]
