"""What a page says that is stored beside messages: how far its member has read, and what stands in the composer."""

import asyncio
import uuid

from messaging import drafts
from messaging.frames import Draft, Read
from messaging.models import Conversation
from messaging.services import mark_read
from peers import database, warm

NOTE_EVERY = 0.2


class Notes:
    """The notes of one page, of which the latest count."""

    def __init__(self, page: str) -> None:
        self.page = page
        self._reads: dict[uuid.UUID, int] = {}
        self._drafts: dict[uuid.UUID, str] = {}
        self._storing: asyncio.Future[None] | None = None
        self._stored: asyncio.Future[None] | None = None

    def take(self, said: Read | Draft) -> "asyncio.Future[None]":
        """Take a note, to be stored soon, and return what is done when it is."""
        self._stored = self._stored or asyncio.get_running_loop().create_future()
        if isinstance(said, Draft):
            self._drafts[said.person] = said.text
        else:
            self._reads[said.person] = max(said.up_to, self._reads.get(said.person, 0))
        return self._stored

    async def keep(self) -> None:
        """Store what there is: at once, and then so often that a stream of it does not cost a write each."""
        while self._stored:
            await self.store()
            await asyncio.sleep(NOTE_EVERY)

    async def store(self) -> None:
        """Store what there is. Shielded: a page that is left right after reading or typing takes nothing with it."""
        if (stored := self._stored) is None:
            return
        self._storing = asyncio.ensure_future(self._store(self._storing, self._reads, self._drafts))
        self._storing.add_done_callback(lambda _: stored.set_result(None))
        self._reads, self._drafts, self._stored = {}, {}, None
        await asyncio.shield(self._storing)

    async def _store(
        self, earlier: "asyncio.Future[None] | None", reads: dict[uuid.UUID, int], kept: dict[uuid.UUID, str]
    ) -> None:
        # In the order in which it was said: an older draft must not be stored over the one that the page left.
        if earlier is not None:
            await asyncio.wait([earlier])
        await database.run(_store_all, reads, kept, self.page)


def _store_all(reads: dict[uuid.UUID, int], kept: dict[uuid.UUID, str], page: str) -> None:
    with warm.turn():
        for conversation in Conversation.objects.filter(direct_with__in=list(reads)):
            mark_read(conversation, reads[conversation.direct_with_id])
        drafts.keep(kept, page)
