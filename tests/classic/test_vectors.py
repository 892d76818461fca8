"""The known answers of docs/vectors/classic.json."""

import json
from pathlib import Path

import pytest

from peers.classic import ciphers, hashing, login
from peers.classic.year import Year

VECTORS = json.loads((Path(__file__).parents[2] / "docs/vectors/classic.json").read_text())
IV = bytes(range(16))


@pytest.mark.parametrize("known", VECTORS["login_password"])
def test_the_password_hash_of_each_year_is_the_known_one(known):
    assert login.password_hash(Year(known["year"]), known["password"], known.get("username", "")) == known["hash"]


@pytest.mark.parametrize("known", VECTORS["login_server_enc"])
def test_an_argument_with_enc_1_is_the_known_one_both_ways(known):
    assert login.encrypt_argument(known["text"], IV) == known["hex"]
    assert login.decrypt_argument(known["hex"]) == known["text"]


@pytest.mark.parametrize("known", VECTORS["encryption"]["1"])
def test_standard_1_is_the_known_one_both_ways(known):
    year = Year(known["year"])
    assert ciphers.xor(known["text"].encode(), year).hex() == known["hex"]
    assert ciphers.xor(bytes.fromhex(known["hex"]), year).decode() == known["text"]


@pytest.mark.parametrize("known", VECTORS["encryption"]["2"])
def test_standard_2_is_the_known_one_both_ways(known):
    assert ciphers.aes_encrypt(known["text"], ciphers.SHARED_KEY, IV) == known["hex"]
    assert ciphers.aes_decrypt(known["hex"], ciphers.SHARED_KEY) == known["text"]


@pytest.mark.parametrize("known", VECTORS["encryption"]["4"])
def test_the_inner_cipher_of_standard_4_is_the_known_one_both_ways(known):
    key = known["key"].encode()
    assert ciphers.aes_encrypt(known["text"], key, IV) == known["hex"]
    assert ciphers.aes_decrypt(known["hex"], key) == known["text"]


@pytest.mark.parametrize("known", VECTORS["hashing"])
def test_each_digest_is_the_known_one(known):
    year, text, sender = Year(known["year"]), known["text"], known["sender"]
    assert hashing.make_hash(known["n"], year, text, sender) == known["hex"]
    hashing.check_hash(known["n"], year, text, sender, known["hex"])
