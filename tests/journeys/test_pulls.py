"""Bob's node stands behind a router that lets nobody in: it fetches what Alice's node has for it."""

import os
import re
import signal
import time
from contextlib import contextmanager
from html import unescape

import pytest

from tests.faults.proxy import Proxy
from tests.journeys.network import Network
from tests.journeys.processes import Browser, LoginServer, Node
from tests.journeys.ready import furnished, staffed
from tests.journeys.trays import hear_delivered, saved, send, upload

MIB = 1024 * 1024

# What is there at once without a pull that is held would take a retry, or the 25 seconds of a pull.
AT_ONCE = 5.0


class Behind(Network):
    """Alice can be dialled; Bob only through a proxy, which refuses until it is told otherwise."""

    def __init__(self, folder, **bobs_settings):
        self.server = LoginServer(folder / "server")
        accounts = staffed(self.server, alice="alice", bob="bob")
        self.to_alice, self.to_bob = None, None
        alice, bob = (furnished(Node(folder / name, self.server, account)) for name, account in accounts.items())
        self.to_alice, self.to_bob = Proxy(alice.peers_port), Proxy(bob.peers_port)
        alice.more["PEERNET_PEERS_ADDRESSES"] = self.to_alice.address
        bob.more["PEERNET_PEERS_ADDRESSES"] = self.to_bob.address
        bob.more.update(bobs_settings)
        self.to_bob.cut()
        super().__init__(self.server, alice, bob)

    def kill(self):
        super().kill()
        for proxy in (self.to_alice, self.to_bob):
            proxy.close()


@contextmanager
def town(folder, **bobs_settings):
    """Both have signed in, and Alice's first message has found its way."""
    made = Behind(folder, **bobs_settings)
    try:
        made.alice.start()
        made.bob.start()
        made.meet()
        reopen(made)
        made.alices_page.send(made.bob_id, "hello")
        heard = made.bobs_page.hear_words("hello", 60)
        made.bobs_page.say(type="read", up_to=heard["pk"], **{"with": made.alice_id})
        # What the first words stir up has settled, and the next pull is open.
        made.alices_page.hear_state("read", 60)
        yield made
    finally:
        made.kill()


@pytest.fixture(scope="module")
def one_town(tmp_path_factory):
    with town(tmp_path_factory.mktemp("behind"), PEERNET_PEERS_DIALLABLE="no") as made:
        yield made


@pytest.fixture
def behind(one_town):
    """Bob's router lets nobody in, and his pull is open."""
    one_town.to_alice.mend()
    one_town.to_bob.mend()
    one_town.to_bob.cut()
    reopen(one_town)
    time.sleep(1.0)
    return one_town


@pytest.fixture
def unsure(tmp_path):
    """Bob's node has to find out by itself whether it can be dialled."""
    with town(tmp_path, PEERNET_PEERS_DIALLABLE="auto") as made:
        yield made


def shown(browser: Browser, person: str, text: str) -> int:
    """Return how many bubbles of a conversation hold these words."""
    return len(re.findall(rf'class="words"[^>]*>{text}<', browser.get(f"/with/{person}/").text))


def reopen(behind):
    """The pages of nodes that were started again."""
    behind.alices_page, behind.bobs_page = behind.alices.socket(), behind.bobs.socket()
    behind.alices_page.open(behind.bob_id)
    behind.bobs_page.open(behind.alice_id)


def arrived_once(behind, text: str) -> None:
    """Both nodes are up: wait until Bob has the words and Alice his receipt, and that each is shown once."""
    reopen(behind)
    end = time.monotonic() + 40
    while not (delivered(behind, text) and shown(behind.bobs, behind.alice_id, text)):
        assert time.monotonic() < end, "it never came"
        time.sleep(0.1)
    behind.alices_page.send(behind.bob_id, f"after: {text}")
    behind.bobs_page.hear_words(f"after: {text}", 40)
    assert shown(behind.bobs, behind.alice_id, text) == 1
    assert shown(behind.alices, behind.bob_id, text) == 1


def delivered(behind, text: str) -> bool:
    page = behind.alices.get(f"/with/{behind.bob_id}/").text
    return re.search(rf'class="message mine[^"]* delivered"(?:(?!<li).)*>{text}<', page, re.DOTALL) is not None


def route(behind) -> str:
    """Return how Bob is reached, as Alice's page says it."""
    found = re.search(r'class="route"[^>]*>([a-z ]+)<', behind.alices.get(f"/with/{behind.bob_id}/").text)
    return found.group(1) if found else ""


def test_both_talk_at_once_though_only_one_can_be_dialled(behind):
    for number in range(3):
        behind.alices_page.send(behind.bob_id, f"ping {number}")
        behind.bobs_page.hear_words(f"ping {number}", AT_ONCE)
        behind.alices_page.hear_state("delivered", AT_ONCE)
        behind.bobs_page.send(behind.alice_id, f"pong {number}")
        behind.alices_page.hear_words(f"pong {number}", AT_ONCE)
        behind.bobs_page.hear_state("delivered", AT_ONCE)


def test_a_burst_arrives_whole_and_in_order(behind):
    texts = [f"number {number:03}" for number in range(150)]
    for text in texts:
        behind.alices_page.send(behind.bob_id, text)
    heard = [behind.bobs_page.hear_words("number ", 30)["html"] for _ in texts]
    assert [re.search(r"number \d{3}", html).group() for html in heard] == texts


@pytest.mark.parametrize("who", ["alice", "bob"])
@pytest.mark.parametrize("way", ["answers", "requests"])
def test_a_kill_in_the_middle_of_a_pull_loses_nothing_and_doubles_nothing(behind, who, way):
    """`answers` carry the bundle to Bob; `requests` carry his receipt, after he stored it."""
    words = f"while {who} dies, {way} held"
    stopped = getattr(behind.to_alice, way)
    stopped.hold()
    behind.alices_page.send(behind.bob_id, words)
    if way == "requests":
        behind.bobs_page.hear_words(words, AT_ONCE)
    assert stopped.reached.wait(10)
    killed = getattr(behind, who)
    killed.kill()
    behind.to_alice.reset()
    killed.start()
    arrived_once(behind, words)


def test_a_pull_is_opened_again_after_the_network_changed(behind):
    behind.to_alice.reset()
    behind.alices_page.send(behind.bob_id, "on another network")
    behind.bobs_page.hear_words("on another network", AT_ONCE)


def test_a_node_that_slept_opens_its_pull_again_when_it_wakes(behind):
    behind.bob.process.send_signal(signal.SIGSTOP)
    behind.to_alice.reset()
    behind.alices_page.send(behind.bob_id, "while he slept")
    behind.alices_page.hear_words("while he slept")
    behind.bob.process.send_signal(signal.SIGCONT)
    behind.bobs_page.hear_words("while he slept", 15)


def test_a_router_that_swallows_what_comes_delays_nothing_once_a_pull_is_open(behind):
    behind.to_bob.mend()
    behind.to_bob.requests.drop()
    for number in range(3):
        behind.alices_page.send(behind.bob_id, f"into the void {number}")
        behind.bobs_page.hear_words(f"into the void {number}", AT_ONCE)


def test_a_node_finds_out_by_itself_whether_it_can_be_dialled(unsure):
    assert route(unsure) == "pull"
    assert "it fetches what is for it" in unsure.bob.manage("doctor").stdout
    unsure.to_bob.mend()
    unsure.bob.stop()
    unsure.bob.start()
    end = time.monotonic() + 100
    while route(unsure) != "direct":
        assert time.monotonic() < end
        time.sleep(0.2)
    assert "Other nodes dial this one" in unsure.bob.manage("doctor").stdout


def test_files_are_fetched_also_over_a_kill_and_one_that_is_refused_says_why(behind):
    data = os.urandom(MIB) * 12 + b"the end"
    pk = upload(behind.alices, behind.bob_id, "plan.bin", data)
    behind.to_alice.answers.delay = 0.01
    send(behind.alices_page, behind.bob_id, text := f"A plan {os.urandom(4).hex()}", pk)
    behind.bobs_page.hear(lambda frame: frame["type"] == "progress" and frame["done"] >= 2 * MIB, 60)
    behind.bob.kill()
    behind.bob.start()
    behind.to_alice.answers.delay = 0.0
    hear_delivered(behind.alices_page, text, 60)
    (answer,) = saved(behind.bobs, behind.alice_id, 1)
    assert answer.content == data


def test_a_file_that_a_fetching_node_refuses_says_why(behind):
    behind.bob.stop()
    behind.bob.more["PEERNET_FILE_LIMIT"] = "1000"
    # It is away, so nobody can be asked before.
    pk = upload(behind.alices, behind.bob_id, "plan.bin", bytes(2000))
    send(behind.alices_page, behind.bob_id, "Too much", pk)
    behind.bob.start()
    failed = behind.alices_page.hear_state("failed", 60)
    behind.bob.stop()
    del behind.bob.more["PEERNET_FILE_LIMIT"]
    behind.bob.start()
    assert "Their node takes no file of this size" in unescape(failed["html"])


def test_while_nobody_reaches_anybody_words_wait_and_the_ways_out_are_named(behind):
    behind.to_alice.cut()
    behind.alices_page.send(behind.bob_id, "when there is a way")
    behind.alices_page.hear_state("waiting")
    # The login server must have called him online for 90 seconds of silence: let them have passed.
    late = (
        "from peers.models import Way; from datetime import timedelta; from django.utils import timezone; "
        "Way.objects.update(undialled_since=timezone.now() - timedelta(minutes=5), pulled_at=None, dialled_at=None)"
    )
    assert behind.alice.manage("shell", "-c", late).returncode == 0
    assert "forward a port of your router" in behind.alices.get(f"/with/{behind.bob_id}/").text
    behind.to_alice.mend()
    behind.bobs_page.hear_words("when there is a way", 60)
    assert "forward a port of your router" not in behind.alices.get(f"/with/{behind.bob_id}/").text
