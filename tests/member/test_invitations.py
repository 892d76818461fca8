"""Bob opens his account on his node with the link that an admin sent."""

import pytest

from peers.member import invitations
from peers.member.errors import BadLink
from peers.member.invitations import read_link
from tests.member.conftest import CODE, PASSWORD

KEY = "ab" * 32
LINK = f"http://127.0.0.1:8100/invitation/#token=abc-DEF_123&server=192.0.2.7:8101&key={KEY}"


def test_a_link_names_token_server_and_key():
    link = read_link(f"  {LINK}\n")
    assert (link.token, link.server, link.key) == ("abc-DEF_123", "192.0.2.7:8101", bytes.fromhex(KEY))


@pytest.mark.parametrize(
    "broken",
    [
        "",
        "hello",
        "http://x/#token=a",
        LINK[:-1],
        LINK[:-2],
        LINK.replace("8101", "99999"),
        LINK.replace("ab", "zz"),
        "http://[x",
    ],
)
def test_half_a_link_is_refused(broken):
    with pytest.raises(BadLink):
        read_link(broken)


@pytest.fixture
def opening(client, server, monkeypatch):
    monkeypatch.setattr(invitations, "learn", lambda address, key: server.server)

    def post(password=PASSWORD, link=LINK):
        return client.post("/invitation/", {"link": link, "password": password})

    return post


def test_bob_opens_his_account_and_sees_his_backup_codes_once(opening, client):
    assert opening().headers["Location"] == "/invitation/code/"
    page = client.get("/invitation/code/").content.decode()
    assert "JBSWY3DPEHPK3PXP" in page
    assert "<svg" in page
    assert "aaaa-bbbb" in client.post("/invitation/code/", {"code": CODE}).content.decode()
    assert client.get("/invitation/code/").headers["Location"] == "/invitation/"


def test_a_wrong_first_code_can_be_tried_again(opening, client):
    opening()
    answer = client.post("/invitation/code/", {"code": "000000"})
    assert answer.status_code == 401
    assert "JBSWY3DPEHPK3PXP" in answer.content.decode()


def test_a_weak_password_is_refused_in_the_login_servers_words(opening):
    answer = opening(password="short")
    assert answer.status_code == 422
    assert "at least 12" in answer.content.decode()


def test_a_broken_link_says_what_to_do(opening):
    answer = opening(link="http://127.0.0.1/")
    assert answer.status_code == 422
    assert "Copy all of it" in answer.content.decode()


def test_a_node_that_has_its_member_opens_no_other_account(bob, opening):
    answer = opening()
    assert answer.status_code == 403
    assert "another person" in answer.content.decode()


COMPUTER = LINK.replace("invitation", "computer").replace("token=abc-DEF_123&", "")


@pytest.fixture
def arriving(client, server, monkeypatch):
    """Paste the link for a new computer."""
    learned: list[tuple[str, bytes]] = []
    monkeypatch.setattr(invitations, "learn", lambda *place: learned.append(place))

    def post(link=COMPUTER):
        return client.post("/computer/", {"link": link}), learned

    return post


@pytest.mark.parametrize("link", [COMPUTER, LINK])
def test_a_new_computer_learns_its_login_server_and_goes_on_to_sign_in(arriving, link):
    answer, learned = arriving(link)
    assert answer.headers["Location"] == "/sign-in"
    assert learned == [("192.0.2.7:8101", bytes.fromhex(KEY))]


@pytest.mark.parametrize("link", ["", COMPUTER[:-1], COMPUTER.replace("8101", "0")])
def test_half_a_link_for_a_new_computer_teaches_nothing(arriving, link):
    answer, learned = arriving(link)
    assert (answer.status_code, learned) == (422, [])


def test_a_computer_that_has_its_member_takes_no_other_login_server(bob, arriving):
    answer, learned = arriving()
    assert (answer.status_code, learned) == (403, [])


def test_a_link_for_a_new_computer_opens_no_account(opening):
    assert opening(link=COMPUTER).status_code == 422


def test_a_node_without_a_login_server_asks_for_an_invitation(client, node):
    assert client.get("/sign-in").headers["Location"] == "/invitation/"
