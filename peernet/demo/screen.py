"""What the demo shows in the terminal."""

import segno
from rich.console import Console
from rich.table import Table

from peernet.demo.codes import code_of, seconds_left
from peernet.demo.record import FILE, Record


def show_network(record: Record) -> None:
    """Show where to go and how to get in."""
    console = Console()
    for person in record.people:
        console.print(
            f"\n[bold]{person.display_name}[/bold]: scan this with an authenticator app, or use the codes below"
        )
        segno.make(person.totp_link, micro=False).terminal(compact=True)
    _table(console, record)
    console.print(f"All of this is in {FILE}. [bold]make demo-codes[/bold] prints fresh codes.")
    console.print("Open the two addresses in two windows, sign in, and talk. Ctrl-C ends the demo.")


def show_codes(record: Record) -> None:
    """Show the codes of now."""
    _table(Console(), record)


def _table(console: Console, record: Record) -> None:
    table = Table(title=f"Codes work once, and for {seconds_left()} more seconds")
    for column in ("Who", "Open", "Name", "Password", "Code"):
        # They are copied from here: they must not be broken.
        table.add_column(column, no_wrap=True)
    for person in record.people:
        where = person.node or record.login_server.admin
        table.add_row(person.display_name, where, person.name, person.password, code_of(person.totp_secret))
    console.print(table)
