"""Alice and Bob on nodes of their own, and what their browsers must never do."""

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Request, expect

from tests.journeys.processes import Browser as Session
from tests.journeys.processes import LoginServer, Node, shows
from tests.journeys.ready import furnished, staffed

WIDE, PHONE = 1440, 360
NAMES = {"alice": "Alice Martin", "bob": "Bob Okafor", "lena": "Lena Marić"}


# The states of what the other's node has.
HELD = ("delivered", "read")


@dataclasses.dataclass
class Member:
    """Somebody with a node. `session` is signed in, and browsers take its cookies; `id` is what others call them."""

    name: str
    node: Node
    id: str = ""
    session: Session | None = None

    def sign_in(self) -> None:
        """Sign in with a backup code, which needs no waiting for the next thirty seconds."""
        self.session = self.node.sign_in(self.node.account.backup_codes.pop())

    def tell(self, other: "Member", *texts: str) -> None:
        """Send words from another page, and return when the other's node has them."""
        socket = self.session.socket()
        socket.open(other.id)
        for text in texts:
            socket.send(other.id, text)
        for text in texts[:-1]:
            socket.hear_words(text)
        last = socket.hear_words(texts[-1])
        # The tick may have turned before the words were drawn.
        if not shows(last, *HELD):
            socket.hear(lambda frame: shows(frame, *HELD) and last["pk"] in frame.get("pks", [frame.get("pk")]))
        socket.close()

    @property
    def cookies(self) -> list[dict[str, str]]:
        held = self.session.session.cookies.items()
        return [{"name": name, "value": value, "url": self.node.address} for name, value in held]


@dataclasses.dataclass
class Town:
    """A login server and members on nodes of their own."""

    server: LoginServer
    members: dict[str, Member]

    def __getattr__(self, name: str) -> Member:
        try:
            return self.members[name]
        except KeyError:
            raise AttributeError(name) from None

    def meet(self) -> None:
        """Everybody signs in, and all find each other."""
        for member in self.members.values():
            member.sign_in()
        for member in self.members.values():
            for other in self.members.values():
                if other is not member:
                    other.id = member.session.wait_for(other.name)


@contextmanager
def town(folder: Path, *names: str) -> Iterator[Town]:
    """Start the processes, and end them. Nobody is signed in yet."""
    server, members = LoginServer(folder / "server"), {}
    try:
        accounts = staffed(server, **{name: NAMES[name] for name in names})
        nodes = {name: furnished(Node(folder / name, server, account)) for name, account in accounts.items()}
        members |= {name: Member(NAMES[name], node) for name, node in nodes.items()}
        for member in members.values():
            member.node.start()
        yield Town(server, members)
    finally:
        for process in (*(member.node for member in members.values()), server):
            process.kill()


@dataclasses.dataclass
class Guard:
    """Notes what no page may do: break the security policy, throw, open a dialog, or fetch from elsewhere."""

    wrongs: list[str] = dataclasses.field(default_factory=list)

    def watch(self, context: BrowserContext) -> None:
        context.on("console", self._console)
        context.on("weberror", lambda error: self.wrongs.append(f"page error: {error.error}"))
        context.on("dialog", lambda dialog: (self.wrongs.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        context.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            self.wrongs.append(message.text)

    def _request(self, request: Request) -> None:
        if not request.url.startswith(("http://127.0.0.1:", "ws://127.0.0.1:")):
            self.wrongs.append(f"fetched from elsewhere: {request.url}")


@dataclasses.dataclass
class Visits:
    """Opens pages. A member who is signed in comes with the same browser again, whose cache saves most of the time."""

    chromium: Browser
    guard: Guard = dataclasses.field(default_factory=Guard)
    kept: dict[str, BrowserContext] = dataclasses.field(default_factory=dict)
    fresh: list[BrowserContext] = dataclasses.field(default_factory=list)

    def __call__(self, member: Member, path: str = "/", *, beside: Page | None = None, **options: Any) -> Page:
        context = beside.context if beside else self._browser(member, options)
        page = context.new_page()
        page.goto(member.node.address + path)
        return page

    def conversation(self, member: Member, other: Member, **options: object) -> Page:
        """Open the conversation with another member."""
        return self(member, f"/with/{other.id}/", **options)

    def _browser(self, member: Member, options: dict[str, Any]) -> BrowserContext:
        if not options.get("signed_in", True):
            context = self._context(member, **options)
            self.fresh.append(context)
            return context
        key = repr((member.cookies, options))
        if key not in self.kept:
            self.kept[key] = self._context(member, **options)
        return self.kept[key]

    def _context(
        self,
        member: Member,
        *,
        width: int = WIDE,
        scheme: str = "light",
        script: bool = True,
        signed_in: bool = True,
        **options: Any,
    ) -> BrowserContext:
        context = self.chromium.new_context(
            viewport={"width": width, "height": 860},
            color_scheme=scheme,
            java_script_enabled=script,
            has_touch=width <= PHONE,
            **options,
        )
        context.set_default_timeout(10_000)
        self.guard.watch(context)
        if signed_in:
            context.add_cookies(member.cookies)
        return context

    def leave(self) -> None:
        """Close all pages, before the next test."""
        for context in self.fresh:
            context.close()
        self.fresh.clear()
        for context in self.kept.values():
            for page in context.pages:
                page.close()

    def close(self) -> None:
        """Close all browsers."""
        self.leave()
        for context in self.kept.values():
            context.close()


def log_of(page: Page) -> Locator:
    """The words of the open conversation."""
    return page.get_by_role("log")


def bubble(page: Page, text: str) -> Locator:
    """The bubble with exactly these words."""
    return page.locator("#log .message").filter(has=page.locator(".words").get_by_text(text, exact=True))


def composer(page: Page) -> Locator:
    """Where words are typed."""
    return page.get_by_role("textbox", name="Message to")


def write(page: Page, text: str) -> Locator:
    """Type words, send them with Enter, and return their bubble: the last of these, for a story may be told again."""
    composer(page).fill(text)
    composer(page).press("Enter")
    return bubble(page, text).last


def read_to_end(page: Page) -> None:
    """Go to the newest words; a page opens at the first that is unread."""
    expect(page.get_by_text("Connected")).to_be_visible()
    page.locator("#scroller").evaluate("(scroller) => { scroller.scrollTop = scroller.scrollHeight; }")


def row_of(page: Page, member: Member) -> Locator:
    """Somebody's row in the list of people."""
    return page.locator(f'#people .person[data-person="{member.id}"]')
