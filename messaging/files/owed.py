"""What senders must still be told of their files that we will not have.

Where we fetch, since we cannot be dialled, they never ask how a file stands, and would offer it for a week. What they
must be told stands in the transfer's row from when it is decided until its envelope is stored, through a crash as well.
"""

import logging
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.dispatch import receiver

from messaging.payloads import FILE_REFUSED, FileRefused
from peers import hooks, outbox
from peers.models import Transfer
from peers.own import own_device
from peers.protocol.codec import encode
from peers.protocol.transfer import Wish

log = logging.getLogger(__name__)


def owe(transfer: Transfer, wish: Wish) -> None:
    """Note in the caller's transaction what a sender must be told, and tell them after it."""
    Transfer.objects.filter(pk=transfer.pk).update(untold=wish.value)
    # A handler may be at work, whose ratchet is stored after us: what is sealed now would be lost with it.
    transaction.on_commit(partial(tell, transfer.pk), robust=True)


@transaction.atomic
def tell(pk: UUID) -> None:
    """Tell a sender what they must be told, once."""
    rows = Transfer.objects.select_for_update(of=("self",)).filter(pk=pk, peer__pinned=True).exclude(untold="")
    for row in rows.select_related("peer"):
        said = encode(FileRefused(bytes(row.transfer_id), Wish(row.untold)))
        outbox.enqueue(own_device(), row.peer, FILE_REFUSED, outbox.NO_CONVERSATION, said)
        Transfer.objects.filter(pk=pk).update(untold="")


@receiver(hooks.tidying)
def tell_all(**_: Any) -> None:
    """Tell what a crash kept us from telling."""
    for pk in Transfer.objects.filter(peer__pinned=True).exclude(untold="").values_list("pk", flat=True):
        try:
            tell(pk)
        except Exception:
            # The next round comes in a quarter of an hour, and the others need not wait for this one.
            log.exception("a sender could not be told of a refused file")
