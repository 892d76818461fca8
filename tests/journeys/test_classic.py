"""Alice's node, a login server with its classic door, and Dave, whose node is an older one. All are real processes."""

import hashlib
import io
import json
import re
import time
from collections.abc import Callable
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
import requests
from PIL import Image

from tests.classic.older_node import Door, OlderNode
from tests.journeys.processes import LoginServer, Node, free_port

HERE = "127.0.0.1"


class ClassicServer:
    """The login server's classic door, as a classic program calls it."""

    def __init__(self, server: LoginServer, port: int) -> None:
        self.server, self.port = server, port

    def app_password(self, account) -> str:
        """Make one as its owner does: on the page, with password and code."""
        page = f"http://{HERE}:{self.server.admin_port}/app-passwords/"
        browser = requests.Session()
        browser.trust_env = False
        fields = {"user_name": account.name, "password": account.password, "code": account.fresh_code()}
        answer = self._post(browser, page, page, fields)
        answer = self._post(browser, page, f"{page}make/", {"label": "An older program"})
        return re.search(r"<code>([a-z0-9]{32})</code>", answer.text).group(1)

    def admin(self, account) -> Callable[[str, dict], None]:
        """Sign an admin in, and return how they fill in a form of their pages."""
        pages = f"http://{HERE}:{self.server.admin_port}/admin/"
        browser = requests.Session()
        browser.trust_env = False
        fields = {"username": account.name, "password": account.password, "code": account.fresh_code()}
        fields["next"] = "/admin/"
        self._post(browser, f"{pages}login/", f"{pages}login/", fields)
        return lambda path, fields: self._post(browser, pages + path, pages + path, fields)

    @staticmethod
    def _post(browser, page: str, to: str, fields: dict) -> requests.Response:
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', browser.get(page, timeout=20).text).group(1)
        answer = browser.post(to, fields | {"csrfmiddlewaretoken": token}, timeout=20)
        assert answer.status_code == 200, answer.text
        return answer

    def call(self, path: str, name: str, password: str, **arguments) -> str:
        sent = hashlib.sha256(f"{password}{name}".encode()).hexdigest()
        query = urlencode({"username": name, "password": sent, **arguments})
        return urlopen(f"http://{HERE}:{self.port}/{path}?{query}", timeout=20).read().decode()


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (480, 320), "teal").save(out, "PNG")
    return out.getvalue()


def wait_for(found, seconds: float = 20.0):
    end = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)
    return value


@pytest.fixture
def dave():
    node = OlderNode(2018, "dave")
    with Door(node) as door:
        node.port, node.listed = door.port, ["receiveFile", "acknowledgeDelete", "receiveEvent"]
        node.pages = {"/me.png": picture()}
        node.profile = {"fullname": "Dave Older", "picture": f"http://{HERE}:{door.port}/me.png"}
        yield node


@pytest.fixture
def network(tmp_path, dave):
    """Dave is in the list, and Alice's node has found him there."""
    port = free_port()
    on = {"PEERNET_CLASSIC": "on", "PEERNET_CLASSIC_INTERFACE": HERE}
    server = LoginServer(tmp_path / "server", more=on | {"PEERNET_CLASSIC_PORT": str(port)})
    server.start()
    classic = ClassicServer(server, port)
    alices, daves = server.open_account("alice"), server.open_account("dave")
    dave.password = classic.app_password(daves)
    place = {"location": "2", "ip": HERE, "port": str(dave.port), "pubkey": dave.public_hex}
    assert classic.call("report", "dave", dave.password, **place) == "0, User and IP logged"
    settings = on | {
        "PEERNET_CLASSIC_PORT": str(free_port()),
        "PEERNET_CLASSIC_SERVER": f"http://{HERE}:{port}",
        "PEERNET_CLASSIC_USER": "alice",
        "PEERNET_CLASSIC_PASSWORD": classic.app_password(alices),
    }
    alice = Node(tmp_path / "alice", server, alices, more=settings)
    try:
        alice.start()
        yield classic, alice
    finally:
        alice.kill()
        server.kill()


def test_a_member_and_an_older_node_find_each_other_talk_and_acknowledge(network, dave):
    classic, alice = network
    browser = alice.sign_in(alice.account.backup_codes.pop())
    person = browser.wait_for("dave")
    page = browser.socket()
    page.open(person)
    page.send(person, "Kia ora, Dave 😀")
    page.hear_state("handed")
    heard = wait_for(lambda: dave.heard)[0]
    assert (heard["message"], heard["encryption"]) == ("Kia ora, Dave 😀", "5")
    door = f"http://{HERE}:{alice.settings['PEERNET_CLASSIC_PORT']}"
    assert requests.post(f"{door}/acknowledge", json=dave.acknowledgement(heard), timeout=20).text == "0"
    page.hear_state("delivered")

    listed = json.loads(classic.call("getList", "dave", dave.password, json="1"))
    entry = next(entry for entry in listed.values() if entry["username"] == "alice")
    assert f"http://{entry['ip']}:{entry['port']}" == door
    stamp = f"{time.time():.3f}"
    body = dave.compose("alice", "Kia ora, Alice", 5, 2, entry["publicKey"], stamp=stamp)
    assert requests.post(f"{door}/receiveMessage", json=body, timeout=20).text == "0"
    assert "Sender not proven" in page.hear_words("Kia ora, Alice")["html"]
    told = wait_for(lambda: dave.acknowledgements)[0]
    assert (told["sender"], told["destination"], told["stamp"]) == ("alice", "dave", stamp)
    page.close()

    # An admin blocks him, which holds at once, and lets him in again.
    act = classic.admin(classic.server.open_account("boss", "--admin"))
    act("peers/classicblock/add/", {"name": "dave"})
    body = dave.compose("alice", "Still there?")
    wait_for(lambda: requests.post(f"{door}/receiveMessage", json=body, timeout=20).text == "11", 2)
    act("peers/classicblock/1/delete/", {"post": "yes"})
    wait_for(lambda: requests.post(f"{door}/receiveMessage", json=body, timeout=20).text == "0", 2)

    # A file of 5 MiB, encrypted to nearly three times that, and one byte more.
    for size, code in ((5 * 1024 * 1024, "0"), (5 * 1024 * 1024 + 1, "6"), (9 * 1024 * 1024, "6")):
        body = dave.compose_file("alice", bytes(size), "film.bin", 4, 2, entry["publicKey"])
        assert requests.post(f"{door}/receiveFile", json=body, timeout=60).text == code

    too_long = requests.post(f"{door}/receiveMessage", data=b"x" * 600_000, timeout=20)
    assert (too_long.status_code, too_long.text) == (200, "6")
    assert alice.stop() == 0
    assert "alice" not in classic.call("getList", "dave", dave.password)


def test_the_shell_speaks_with_the_classic_network(network, dave):
    _, alice = network
    alice.sign_in(alice.account.backup_codes.pop())
    listed = alice.manage("classic", "list")
    assert "dave  127.0.0.1:" in listed.stdout, listed.stderr
    assert "dave answers: '0'" in alice.manage("classic", "ping", "dave").stdout
    assert "Encryption 5: proven" in alice.manage("classic", "handshake", "dave").stdout
    sent = alice.manage("classic", "send", "dave", "from the shell")
    assert sent.stdout.startswith("Handed. Classic, encryption 5"), sent.stderr
    assert [heard["message"] for heard in dave.heard] == ["from the shell"]
    dinner = ("event", "dave", "Board dinner", "2030-03-17T19:00", "2030-03-17T22:30", "--location", "The lab")
    invited = alice.manage("classic", *dinner)
    assert invited.stdout.startswith("Handed. Classic, encryption 5"), invited.stderr
    assert [(event["event_name"], event["event_location"]) for event in dave.invited] == [("Board dinner", "The lab")]
    refused = alice.manage("classic", *dinner[:4], dinner[3])
    assert (refused.returncode, "It ends before it begins." in refused.stderr) == (1, True)
    nobody = alice.manage("classic", "send", "nobody", "hi")
    assert (nobody.returncode, nobody.stderr.count("\n")) == (1, 1)
