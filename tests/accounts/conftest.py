"""Alice and Bob have accounts, Carol is invited, Mallory attacks."""

import json
import time
from dataclasses import dataclass, field

import pytest
from django.test import Client
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import services, throttle
from accounts.models import Person

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def plain_house(settings):
    """A quick hasher, no earlier tries, and only the accounts' URLs."""
    settings.ROOT_URLCONF = "tests.accounts.urls"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.ALLOWED_HOSTS = ["testserver"]
    settings.SECURE_SSL_REDIRECT = False
    throttle.limiter().storage.reset()


@dataclass
class Member:
    person: Person
    backup_codes: list[str] = field(default_factory=list)

    @property
    def device(self) -> TOTPDevice:
        return TOTPDevice.objects.get(user=self.person, confirmed=True)

    def code(self, step: int = 0) -> str:
        return code_of(self.device, step)

    def fresh_code(self) -> str:
        """A code, as if half a minute had passed since the last one."""
        TOTPDevice.objects.filter(user=self.person).update(last_t=-1, drift=0)
        return self.code()


def code_of(device: TOTPDevice, step: int = 0) -> str:
    totp = TOTP(device.bin_key)
    totp.time = time.time() + 30 * step
    return f"{totp.token():06d}"


def wrong(code: str) -> str:
    return f"{(int(code) + 500_000) % 1_000_000:06d}"


def make_member(name: str, role: str = "person") -> Member:
    _, token = services.invite(name, role=role)
    device = services.start_invitation(token, PASSWORD, "10.0.0.1")
    person, codes = services.finish_invitation(token, code_of(device), "10.0.0.1")
    TOTPDevice.objects.update(last_t=-1, drift=0)
    return Member(person, codes)


@pytest.fixture
def alice(db) -> Member:
    return make_member("alice")


@pytest.fixture
def bob(db) -> Member:
    return make_member("bob")


@pytest.fixture
def boss(db) -> Member:
    return make_member("boss", "admin")


class Node:
    """Makes the calls a node makes."""

    def __init__(self, address: str = "192.0.2.1") -> None:
        self.client = Client(REMOTE_ADDR=address)
        self.token = ""

    def post(self, path: str, **fields: object):
        return self.post_raw(path, json.dumps(fields).encode())

    def post_raw(self, path: str, body: bytes, content_type: str = "application/json"):
        return self.client.post(f"/api/v1/{path}", body, content_type=content_type, headers=self.headers)

    def get(self, path: str):
        return self.client.get(f"/api/v1/{path}", headers=self.headers)

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    def sign_in(self, name: str, code: str, password: str = PASSWORD):
        answer = self.post("sign-in", name=name, password=password, code=code)
        if answer.status_code == 200:
            self.token = answer.json()["token"]
        return answer


@pytest.fixture
def node() -> Node:
    return Node()
