"""Bob's node compares emoji with Alice's, whose side is played by the protocol alone."""

import os

import pytest
from django.test import Client

from accounts.models import AuditEntry
from peers.models import Delivery, KnownPerson
from peers.people import StatementList
from peers.protocol import comparison as wire
from peers.protocol.codec import decode, encode
from peers.protocol.comparison import Comparison, Shown, Side
from peers.protocol.ratchet import Sas
from peers.protocol.statements import begin, digest
from profiles import comparing, trust
from profiles.comparing import Step
from profiles.errors import NoComparison, NotNow
from profiles.models import Verification
from profiles.payloads import ANSWER, ASK, END, KEY, PROOF


@pytest.fixture(autouse=True)
def nobody_compares():
    yield
    comparing._talks.clear()


@pytest.fixture
def pinned(alices, alice) -> KnownPerson:
    KnownPerson.objects.filter(pk=alices.pk).update(
        statements=encode(StatementList([begin(alice.key, alice.person)])), online=True
    )
    return KnownPerson.objects.get(pk=alices.pk)


class Alice:
    """Her node's side."""

    def __init__(self, say, commit, device, person) -> None:
        self._say, self._commit, self._device, self._person = say, commit, device, person
        self.sas, self.id = Sas(), os.urandom(16)

    def say(self, kind: str, body) -> None:
        with self._commit(execute=True):
            self._say(kind, encode(body))

    def heard(self, kind: str, body):
        """The last thing of a kind that Bob's node sent her."""
        row = Delivery.objects.filter(kind=kind).order_by("-pk").first()
        return decode(body, bytes(row.body))

    def side(self) -> Side:
        device = self._device
        return Side(device.person, device.id, device.account.identity, digest(begin(device.key, device.person)))

    def shown(self, key: bytes, *, asks: bool) -> Shown:
        bob = comparing._own_side()
        sides = (self.side(), bob) if asks else (bob, self.side())
        keys = (self.sas.key, key) if asks else (key, self.sas.key)
        return Shown(self.sas, Comparison(self.id, *sides, *keys), we_ask=asks)

    def until_shown_asked_by_bob(self) -> Shown:
        comparing.begin(self._person)
        self.id = self.heard(ASK, wire.Ask).id
        self.say(ANSWER, wire.Answer(self.id, wire.commitment(self.id, self.sas.key)))
        shown = self.shown(self.heard(KEY, wire.Key).key, asks=False)
        self.say(KEY, wire.Key(self.id, self.sas.key))
        return shown

    def until_shown_asked_by_her(self) -> Shown:
        self.say(ASK, wire.Ask(self.id))
        comparing.act(self._person, self.id.hex(), "join")
        promised = self.heard(ANSWER, wire.Answer).commitment
        self.say(KEY, wire.Key(self.id, self.sas.key))
        key = self.heard(KEY, wire.Key).key
        wire.check_commitment(promised, self.id, key)
        return self.shown(key, asks=True)


@pytest.fixture
def hers(say, alice, pinned, django_capture_on_commit_callbacks) -> Alice:
    return Alice(say, django_capture_on_commit_callbacks, alice, pinned)


def talk(person) -> comparing.Talk:
    return comparing.talk_with(person.pk)


@pytest.mark.parametrize("way", [Alice.until_shown_asked_by_bob, Alice.until_shown_asked_by_her])
def test_both_see_the_same_emoji_both_say_so_and_the_mark_is_set(hers, pinned, bobs_account, way):
    shown = way(hers)
    assert talk(pinned).emoji == shown.emoji()
    comparing.act(pinned, hers.id.hex(), "same")
    assert not Verification.objects.exists()
    shown.check(hers.heard(PROOF, wire.Proof).mac)
    hers.say(PROOF, wire.Proof(hers.id, shown.prove()))
    assert talk(pinned).step is Step.SAME
    assert Verification.objects.get().number == trust.number_with(pinned)
    entry = AuditEntry.objects.get()
    assert (entry.what, entry.subject, entry.who) == (AuditEntry.What.COMPARED, "alice: seven emoji", bobs_account)


def test_alices_word_alone_sets_no_mark(hers, pinned):
    shown = hers.until_shown_asked_by_bob()
    hers.say(PROOF, wire.Proof(hers.id, shown.prove()))
    assert not Verification.objects.exists()
    comparing.act(pinned, hers.id.hex(), "same")
    assert Verification.objects.exists()


def test_emoji_that_differ_end_it_on_both_sides_without_a_mark(hers, pinned):
    hers.until_shown_asked_by_bob()
    comparing.act(pinned, hers.id.hex(), "differ")
    assert talk(pinned).step is Step.DIFFER
    assert hers.heard(END, wire.End).differ
    hers.sas, hers.id = Sas(), os.urandom(16)
    hers.until_shown_asked_by_her()
    hers.say(END, wire.End(hers.id, True))
    assert talk(pinned).step is Step.DIFFER
    assert not Verification.objects.exists()


def test_a_second_click_on_the_same_button_ends_nothing(hers, pinned):
    hers.say(ASK, wire.Ask(hers.id))
    for _ in range(2):
        comparing.act(pinned, hers.id.hex(), "join")
    hers.say(KEY, wire.Key(hers.id, hers.sas.key))
    for _ in range(2):
        comparing.act(pinned, hers.id.hex(), "same")
    assert talk(pinned).step is Step.SAID
    assert [Delivery.objects.filter(kind=kind).count() for kind in (ANSWER, PROOF, END)] == [1, 1, 0]


@pytest.mark.parametrize("what", ["", "same", "join", "nonsense"])
def test_what_does_not_fit_the_step_changes_nothing(hers, pinned, what):
    comparing.begin(pinned)
    with pytest.raises(NoComparison):
        comparing.act(pinned, talk(pinned).name, what)
    assert talk(pinned).step is Step.ASKED


def test_another_key_than_was_promised_is_noticed(hers, pinned):
    comparing.begin(pinned)
    hers.id = hers.heard(ASK, wire.Ask).id
    hers.say(ANSWER, wire.Answer(hers.id, wire.commitment(hers.id, Sas().key)))
    hers.say(KEY, wire.Key(hers.id, hers.sas.key))
    assert talk(pinned).step is Step.TAMPERED
    assert talk(pinned).emoji == []


def test_a_forged_proof_is_noticed(hers, pinned):
    hers.until_shown_asked_by_bob()
    comparing.act(pinned, hers.id.hex(), "same")
    hers.say(PROOF, wire.Proof(hers.id, "A" * 43))
    assert talk(pinned).step is Step.TAMPERED
    assert not Verification.objects.exists()


def test_mallory_as_alice_sees_other_emoji_than_alice(hers, pinned, mallory):
    """Bob's node was told that Mallory's device is Alice's: what it shows is about Mallory's keys."""
    shown = hers.until_shown_asked_by_bob()
    real, hers._device = hers._device, mallory
    mallory.person = real.person
    hers.sas = Sas()
    hers.until_shown_asked_by_her()
    assert talk(pinned).emoji != shown.emoji()


def test_keys_that_change_meanwhile_get_no_mark(hers, pinned):
    shown = hers.until_shown_asked_by_bob()
    KnownPerson.objects.filter(pk=pinned.pk).update(changed_statements=b"other")
    comparing._talks[pinned.pk].step = Step.SAID
    hers.say(PROOF, wire.Proof(hers.id, shown.prove()))
    assert talk(pinned).step is Step.STOPPED
    assert not Verification.objects.exists()


def test_steps_out_of_order_and_of_another_comparison_change_nothing(hers, pinned):
    comparing.begin(pinned)
    hers.say(KEY, wire.Key(hers.heard(ASK, wire.Ask).id, hers.sas.key))
    hers.say(PROOF, wire.Proof(hers.heard(ASK, wire.Ask).id, "A" * 43))
    hers.say(ANSWER, wire.Answer(bytes(16), bytes(32)))
    assert talk(pinned).step is Step.ASKED


def test_of_two_who_ask_at_once_the_lower_id_counts(hers, pinned):
    comparing.begin(pinned)
    hers.say(ASK, wire.Ask(b"\xff" * 16))
    assert talk(pinned).step is Step.ASKED
    hers.say(ASK, wire.Ask(bytes(16)))
    assert (talk(pinned).id, talk(pinned).step) == (bytes(16), Step.AGREEING)


def test_nobody_who_is_away_or_in_doubt_is_asked(pinned):
    pinned.online = False
    with pytest.raises(NotNow):
        comparing.begin(pinned)
    assert not Delivery.objects.exists()


def test_the_page_leads_through_and_says_what_to_do_when_they_differ(hers, pinned, browser):
    path = f"/people/{pinned.pk}/safety"
    hers.say(ASK, wire.Ask(hers.id))
    assert "wants to compare" in browser.get(path).content.decode()
    assert "Wants to compare emoji" in browser.get("/").content.decode()
    assert "wants to compare seven emoji" in browser.get(f"/with/{pinned.pk}/").content.decode()
    browser.post(f"{path}/emoji", {"what": "join", "talk": hers.id.hex()})
    hers.say(KEY, wire.Key(hers.id, hers.sas.key))
    page = browser.get(path).content.decode()
    for emoji, name in talk(pinned).emoji:
        assert emoji in page
        assert name in page
    browser.post(f"{path}/emoji", {"what": "differ", "talk": hers.id.hex()})
    assert "write nothing confidential" in browser.get(path).content.decode()


def test_a_click_on_a_page_that_is_older_is_refused(hers, pinned, browser):
    path = f"/people/{pinned.pk}/safety/emoji"
    hers.until_shown_asked_by_bob()
    assert browser.post(path, {"what": "same", "talk": bytes(16).hex()}).status_code == 409
    assert talk(pinned).step is Step.SHOWN


def test_an_offline_session_compares_no_emoji(pinned, sign_in):
    browser = sign_in(Client(), with_code=False)
    assert browser.post(f"/people/{pinned.pk}/safety/emoji", {"what": "begin"}).status_code == 403
    assert not Delivery.objects.exists()


def test_alice_may_ask_six_times_a_minute(hers, pinned):
    from peers import hooks

    for _ in range(6):
        hers.say(ASK, wire.Ask(os.urandom(16)))
    with pytest.raises(hooks.Refused):
        hers.say(ASK, wire.Ask(os.urandom(16)))


@pytest.mark.parametrize("kind", [ASK, ANSWER, KEY, PROOF, END])
def test_what_is_no_step_is_refused(hers, pinned, kind):
    from peers import hooks

    with pytest.raises(hooks.Refused):
        hers._say(kind, b"\x91\x01")
