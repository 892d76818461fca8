"""The sample people's accounts, opened the way that an invited person opens theirs."""

import secrets

from accounts import app_passwords, devices, second_factor, services
from accounts.models import Person as Account
from peernet.demo.codes import code_of
from peernet.demo.record import FOLDER, Person, Record, Server
from peers.protocol.signing import public_bytes

HERE = "127.0.0.1"
FIRST_SERVER_PORT, FIRST_NODE_PORT, APART = 8100, 8200, 100
# As older programs expect: most listen on 10001.
FIRST_CLASSIC_PORT, CLASSIC_NAME = 10001, "carol"
MEMBERS = {"alice": "Alice Martin", "bob": "Bob Okafor"}


def open_accounts() -> Record:
    """Invite everybody and open their accounts, with passwords and TOTP secrets made now."""
    people = [_open("admin", "Ada Admin", Account.Role.ADMIN)]
    for number, (name, display_name) in enumerate(MEMBERS.items()):
        person = _open(name, display_name, Account.Role.PERSON)
        port = FIRST_NODE_PORT + APART * number
        person.node, person.peers, person.home = (
            f"http://{HERE}:{port}",
            f"{HERE}:{port + 1}",
            str(FOLDER / "homes" / name),
        )
        people.append(person)
    key = public_bytes(devices.server_key()).hex()
    return Record(Server(f"http://{HERE}:{FIRST_SERVER_PORT}/admin/", f"{HERE}:{FIRST_SERVER_PORT + 1}", key), people)


def join_classic(record: Record) -> None:
    """Give everybody an app password for the classic network; Carol, who has no node, uses such a program only."""
    if not any(person.name == CLASSIC_NAME for person in record.people):
        record.people.append(_open(CLASSIC_NAME, "Carol Classic", Account.Role.PERSON))
    for person in record.people:
        if person.app_password or person.name == "admin":
            continue
        account = Account.objects.get(user_name=person.name)
        _, person.app_password = app_passwords.make(account, "demo", HERE)
    record.login_server.classic = record.login_server.classic or f"http://{HERE}:{FIRST_SERVER_PORT + 2}"
    for number, person in enumerate(record.members):
        person.classic = person.classic or f"http://{HERE}:{FIRST_CLASSIC_PORT + number}"


def _open(name: str, display_name: str, role: str) -> Person:
    invitation, token = services.invite(name, display_name=display_name, role=role)
    password = secrets.token_urlsafe(12)
    phone = services.start_invitation(token, password, HERE)
    secret = second_factor.secret_text(phone).replace(" ", "")
    # The code before the current one, so that the one that is shown can still be used.
    services.finish_invitation(token, code_of(secret, steps=-1), HERE)
    return Person(invitation.person.user_name, display_name, password, secret, phone.config_url)
