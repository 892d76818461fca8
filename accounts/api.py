"""The calls nodes make about accounts, under /api/v1/."""

from django.http import HttpRequest
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import second_factor, services
from accounts.models import ApiToken, Person
from accounts.wire import Fields, address_of, bearer, call


class StartInvitation(Fields):
    token: str
    password: str


class FinishInvitation(Fields):
    token: str
    code: str


class SignIn(Fields):
    name: str
    password: str
    code: str
    device_key: str = ""


class Nothing(Fields):
    pass


class NewPassword(Fields):
    password: str
    code: str
    new_password: str


class Proof(Fields):
    password: str
    code: str


class Code(Fields):
    code: str


def describe(person: Person) -> dict[str, object]:
    return {
        "id": str(person.pk),
        "name": person.user_name,
        "display_name": person.display_name,
        "role": person.role,
    }


def describe_totp(device: TOTPDevice) -> dict[str, object]:
    return {"secret": second_factor.secret_text(device), "link": device.config_url}


def describe_token(token: ApiToken, raw: str) -> dict[str, object]:
    expires = token.expires_at.isoformat()
    return {"token": raw, "expires_at": expires, "person": describe(token.person)}


@call("POST", StartInvitation)
def start_invitation(request: HttpRequest, body: StartInvitation) -> dict[str, object]:
    device = services.start_invitation(body.token, body.password, address_of(request))
    return describe_totp(device) | {"person": describe(device.user)}


@call("POST", FinishInvitation)
def finish_invitation(request: HttpRequest, body: FinishInvitation) -> dict[str, object]:
    person, codes = services.finish_invitation(body.token, body.code, address_of(request))
    return {"person": describe(person), "backup_codes": codes}


@call("POST", SignIn)
def sign_in(request: HttpRequest, body: SignIn) -> dict[str, object]:
    token, raw = services.sign_in(body.name, body.password, body.code, address_of(request), body.device_key[:128])
    return describe_token(token, raw)


@call("POST", Nothing)
def sign_off(request: HttpRequest, body: Nothing) -> dict[str, object]:
    services.sign_off(bearer(request), address_of(request))
    return {}


@call("POST", NewPassword)
def change_password(request: HttpRequest, body: NewPassword) -> dict[str, object]:
    token = bearer(request)
    services.change_password(token.person, body.password, body.code, body.new_password, address_of(request), token)
    return {}


@call("POST", Proof)
def start_totp(request: HttpRequest, body: Proof) -> dict[str, object]:
    person = bearer(request).person
    return describe_totp(services.start_totp(person, body.password, body.code, address_of(request)))


@call("POST", Code)
def finish_totp(request: HttpRequest, body: Code) -> dict[str, object]:
    token = bearer(request)
    services.finish_totp(token.person, body.code, address_of(request), token)
    return {}


@call("POST", Proof)
def backup_codes(request: HttpRequest, body: Proof) -> dict[str, object]:
    person = bearer(request).person
    codes = services.new_backup_codes(person, body.password, body.code, address_of(request))
    return {"backup_codes": codes}


@call("GET")
def me(request: HttpRequest, body: None) -> dict[str, object]:
    return describe(bearer(request).person)
