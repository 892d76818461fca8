"""The live side of a page: hears what the member does, and tells what changed."""

import asyncio
import time
from typing import Any

from messaging import ahead, live
from messaging.composer import composer
from messaging.errors import MessagingError
from messaging.flood import Bucket
from messaging.frames import Active, BadFrame, Draft, Open, Read, Send, frame, read_frame
from messaging.history import Tail
from messaging.live import View, Wants
from messaging.noting import Notes
from messaging.sending import Composed, Sent
from messaging.sharing import Shared
from messaging.sockets import MemberSocket
from peers import database
from profiles.attention import attention

TOO_MANY_ERRORS, FLOOD = 4400, 4429
MOST_ERRORS = 5
# A person types none of this speed; a page that catches up after a pause may.
RATE, BURST = 1000, 2000
# What the member said is shown by their page before the node shows it.
OWN_WORDS_AFTER = 0.005
# What stands around the conversation is drawn at most so often, and rarely for a page that nobody sees.
AROUND_EVERY, AROUND_EVERY_HIDDEN = 0.25, 1.0
# Of these only the list of people shows anything, besides the conversation that they are about.
WORDS = ("messages", "states", "ticks", "gone", "draft")
PROGRESS = ("file", "done", "size", "reason")
NOT_STORED = "Your words could not be stored on this computer. Check that its disk has room, and send them again."

_news: Shared[live.News] = Shared()
_surroundings: Shared[live.Surroundings] = Shared()
_listing: Shared[dict[str, str]] = Shared()


class PageConsumer(MemberSocket):
    """One page. Hints and frames only note what is wanted; one task looks it up and sends it."""

    later: asyncio.TimerHandle | None = None
    own_words: asyncio.TimerHandle | None = None

    async def connect(self) -> None:
        self.view, self.wants, self.wanted = View(), Wants(), asyncio.Event()
        # The last event that this page heard of: a look that another page began after it is as good as its own.
        self.heard = ""
        # What was drawn for it ahead of that event, by where pages stood.
        self.drawn: dict[live.Place, live.News] = {}
        # Whether it shows all that it knows of.
        self.is_idle = False
        self.errors, self.bucket, self.around_at = 0, Bucket(RATE, BURST), 0.0
        self.notes = Notes(self.channel_name)
        self.noter: asyncio.Task[None] | None = None
        # Whether all that stands around the conversation was put off, or only the list.
        self.put_off = False
        await super().connect()
        if not self.is_closing:
            ahead.watch(self)
            self.start(self._pump())

    def let_go(self) -> None:
        super().let_go()
        ahead.unwatch(self)
        for timer in (self.later, self.own_words):
            if timer:
                timer.cancel()

    async def disconnect(self, code: int) -> None:
        await super().disconnect(code)
        await self.notes.store()

    # What the page says.

    async def take(self, text: str | None) -> asyncio.Future[None] | None:
        if self.is_closing:
            return None
        if not self.bucket.take():
            await self.close(FLOOD)
            return None
        if not await self.is_still_member():
            return None
        try:
            said = read_frame(text)
        except BadFrame as err:
            await self._complain(err)
            return None
        match said:
            case Open():
                self._open(said)
            case Send():
                # Queued here, so that words keep the order in which they came.
                return self.start(self._answer(said, composer.submit(_composed(said))))
            case Read() | Draft():
                stored = self.notes.take(said)
                self._note_soon()
                return stored
            case Active():
                attention.saw_input()
                return self.was_used()
        return None

    async def _complain(self, err: BadFrame) -> None:
        self.errors += 1
        await self.send(frame("error", sentence=type(err).__doc__))
        if self.errors >= MOST_ERRORS:
            await self.close(TOO_MANY_ERRORS)

    def _open(self, said: Open) -> None:
        if said.person == self.view.person_id and said.after >= self.view.tail.after and self.view.around:
            self.view.visible = said.visible
            self._want(around=True)
            return
        self.view = View(person_id=said.person, visible=said.visible, tail=Tail(said.after))
        self.wants = Wants(answers=self.wants.answers)
        self._want(opened=True)

    async def _answer(self, said: Send, future: "asyncio.Future[Sent]") -> None:
        try:
            # Shielded: a page that is left right after sending does not take its words back.
            sent = await asyncio.shield(future)
        except MessagingError as err:
            await self.send(frame("refused", key=said.key, sentence=err.sentence))
            return
        except Exception:
            # The composer wrote it to the log.
            await self.send(frame("refused", key=said.key, sentence=NOT_STORED))
            return
        if sent.is_new and said.person == self.view.person_id:
            self._want_soon()
        else:
            self.wants.answers[sent.message.pk] = said.person
            self.wanted.set()

    def _note_soon(self) -> None:
        if self.noter is None or self.noter.done():
            self.noter = self.start(self.notes.keep())

    # What the node says.

    def hear(self, event: dict[str, Any]) -> None:
        """Note what an event changes for this page."""
        if self.is_closing:
            return
        what, ids, self.heard = event["what"], event.get("ids", ()), event.get("event", "")
        self.drawn = event.get("ahead") or {}
        is_open = self.view.person_id is not None and event.get("person") == str(self.view.person_id)
        if what == "ended":
            self.start(self.end())
        elif what == "doubted":
            self.start(self.look_again())
        elif what == "progress":
            if is_open:
                self.start(self.send(frame("progress", **{name: event[name] for name in PROGRESS})))
        elif is_open and what == "messages":
            self.wants.arrived.update(ids)
            if event.get("mine"):
                self._want_soon()
            else:
                self._want(messages=True, listed=True)
        elif is_open and what in ("states", "gone"):
            getattr(self.wants, what).update(ids)
            self._want(listed=True)
        elif is_open and what == "ticks":
            self.wants.ticks.update(dict.fromkeys(ids, event["state"]))
            self._want(listed=True)
        elif is_open and what == "notices":
            self._want(notices=True, around=True)
        elif is_open and what == "draft" and event["by"] != self.channel_name:
            self._want(draft=True, listed=True)
        elif what in WORDS:
            self._want(listed=True)
        else:
            self._want(around=True)

    def _want(self, **wanted: bool) -> None:
        for which, is_wanted in wanted.items():
            setattr(self.wants, which, getattr(self.wants, which) or is_wanted)
        self.wanted.set()

    def _want_soon(self) -> None:
        """Let the couriers go first: the member sees their own words already, and the recipient does not."""
        if self.own_words is None:
            self.own_words = asyncio.get_running_loop().call_later(OWN_WORDS_AFTER, self._own_words_are_due)

    def _own_words_are_due(self) -> None:
        self.own_words = None
        self._want(messages=True, listed=True)

    async def _pump(self) -> None:
        while not self.is_closing:
            self.is_idle = not self.wanted.is_set()
            await self.wanted.wait()
            self.is_idle = False
            self.wanted.clear()
            if await self.is_still_member():
                await self._catch_up()

    async def _catch_up(self) -> None:
        view, wants, self.wants = self.view, self.wants, Wants()
        self._put_off(wants)
        if not wants:
            return
        found = await self._look(view, wants) if wants.a_look else []
        if not await self._tell(view, [*found, *live.ticks(view, wants)]):
            # The page turned to another conversation meanwhile; that will be told as a whole, but for these.
            self.wants.answers.update(wants.answers)
            self.wanted.set()
        elif wants.opened or wants.around or wants.listed:
            # After the words, for it takes longer to draw.
            await self._tell(view, await self._look_around(view, wants))

    async def _look(self, view: View, wants: Wants) -> list[str]:
        place = live.place_of(view, wants)
        if place in self.drawn:
            return live.take(view, self.drawn[place])
        if place is None or not self.heard:
            return await database.run(live.look, view, wants)
        return live.take(view, await _news.get((self.heard, place), lambda: database.run(live.news, view)))

    async def _look_around(self, view: View, wants: Wants) -> list[str]:
        if wants.opened or not self.heard:
            return await database.run(live.around, view)
        if not wants.around:
            asked = (self.heard, view.person_id)
            return live.take_listing(view, await _listing.get(asked, lambda: database.run(live.listing, asked[1])))
        found = await _surroundings.get(
            (self.heard, view.person_id), lambda: database.run(live.surroundings, view.person_id)
        )
        return live.take_around(view, found)

    async def _tell(self, view: View, found: list[str]) -> bool:
        if view is not self.view:
            return False
        for text in found:
            await self.send(text)
        return True

    def _put_off(self, wants: Wants) -> None:
        """Leave what stands around the conversation for later, if it was drawn a moment ago."""
        if not (wants.around or wants.listed) or wants.opened:
            return
        every = AROUND_EVERY if self.view.visible else AROUND_EVERY_HIDDEN
        left = self.around_at + every - time.monotonic()
        if left > 0:
            self.put_off = self.put_off or wants.around
            wants.around = wants.listed = False
            self.later = self.later or asyncio.get_running_loop().call_later(left, self._around_is_due)
        else:
            self.around_at = time.monotonic()

    def _around_is_due(self) -> None:
        self.later = None
        self._want(listed=True, around=self.put_off)
        self.put_off = False


def _composed(said: Send) -> Composed:
    return Composed(said.person, said.text, said.key, said.files)
