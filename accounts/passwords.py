"""Passwords: which are good enough, and whether one is right."""

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from accounts.errors import BadPassword
from accounts.models import Person
from accounts.names import MIN_PASSWORD, normal_password


def hash_new_password(password: str, person: Person) -> str:
    """Return the hash to store, or raise BadPassword."""
    password = normal_password(password)
    if len(password) < MIN_PASSWORD:
        raise BadPassword(f"Use at least {MIN_PASSWORD} characters.")
    try:
        validate_password(password, person)
    except ValidationError as err:
        raise BadPassword(" ".join(err.messages)) from err
    return make_password(password)


def is_password_of(person: Person | None, password: str) -> bool:
    """Check the password, and take as long when there is nobody to check."""
    password = normal_password(password)
    if person is None:
        make_password(password)
        return False
    return check_password(password, person.password)
