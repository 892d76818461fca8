"""What the demo shows in the terminal. It is copied from there, so nothing is cut or broken, however narrow it is."""

import segno
from django.conf import settings
from rich.console import Console

from peernet.demo.codes import code_of, seconds_left
from peernet.demo.record import FILE, Person, Record

CLASSIC = """\
The classic network is on: older programs sign in at {}
with a name and its app password, and then find each other there. It protects nothing: see docs/classic.md."""


def show_network(record: Record) -> None:
    """Show where to go and how to get in."""
    console = Console()
    for person in record.people:
        console.print(
            f"\n[bold]{person.display_name}[/bold]: scan this with an authenticator app, or use the codes below"
        )
        segno.make(person.totp_link, micro=False).terminal(compact=True)
    _people(console, record)
    _say(console, f"\nAll of this is in {FILE}\n[bold]make demo-codes[/bold] prints fresh codes.")
    if record.login_server.classic and settings.PEERNET_CLASSIC:
        _say(console, "\n" + CLASSIC.format(record.login_server.classic))
    _say(console, "Open the two addresses in two windows, sign in, and talk. Ctrl-C ends the demo.")


def show_codes(record: Record) -> None:
    """Show the codes of now."""
    _people(Console(), record)


def _people(console: Console, record: Record) -> None:
    _say(console, f"\nA code works once, and these for {seconds_left()} more seconds.")
    for person in record.people:
        _say(console, f"\n[bold]{person.display_name}[/bold]{_whence(person)}")
        for what, value in _facts(person, record):
            _say(console, f"  {what:<8}  [bold]{value}[/bold]")


def _whence(person: Person) -> str:
    if person.node:
        return ""
    return ", who uses an older program" if person.app_password else ", for the admin pages"


def _pages(person: Person, record: Record) -> str:
    admin = record.login_server.admin
    return admin.replace("/admin/", "/app-passwords/") if person.app_password else admin


def _facts(person: Person, record: Record) -> list[tuple[str, str]]:
    return [
        ("open", person.node or _pages(person, record)),
        ("name", person.name),
        ("password", person.password),
        ("code", code_of(person.totp_secret)),
        *([("app", person.app_password)] if person.app_password and settings.PEERNET_CLASSIC else []),
    ]


def _say(console: Console, text: str) -> None:
    console.print(text, soft_wrap=True, highlight=False)
