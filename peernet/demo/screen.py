"""What the demo shows in the terminal. It is copied from there, so nothing is cut or broken, however narrow it is."""

import segno
from rich.console import Console

from peernet.demo.codes import code_of, seconds_left
from peernet.demo.record import FILE, Person, Record


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
    _say(console, "Open the two addresses in two windows, sign in, and talk. Ctrl-C ends the demo.")


def show_codes(record: Record) -> None:
    """Show the codes of now."""
    _people(Console(), record)


def _people(console: Console, record: Record) -> None:
    _say(console, f"\nA code works once, and these for {seconds_left()} more seconds.")
    for person in record.people:
        _say(console, f"\n[bold]{person.display_name}[/bold]{'' if person.node else ', for the admin pages'}")
        for what, value in _facts(person, record):
            _say(console, f"  {what:<8}  [bold]{value}[/bold]")


def _facts(person: Person, record: Record) -> list[tuple[str, str]]:
    return [
        ("open", person.node or record.login_server.admin),
        ("name", person.name),
        ("password", person.password),
        ("code", code_of(person.totp_secret)),
    ]


def _say(console: Console, text: str) -> None:
    console.print(text, soft_wrap=True, highlight=False)
