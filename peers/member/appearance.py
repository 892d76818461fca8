"""Light, dark, or as the system is: a choice of this browser, known before a page is drawn, so that none flashes."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse

THEMES = ("light", "dark")
A_YEAR = 365 * 24 * 60 * 60


def cookie_name() -> str:
    """Return a name of this node's own: browsers share cookies between the ports of one host."""
    return f"{settings.SESSION_COOKIE_NAME}_look"


def theme_of(request: HttpRequest) -> str:
    """Return what this browser chose; empty means as the system is."""
    chosen = request.COOKIES.get(cookie_name(), "")
    return chosen if chosen in THEMES else ""


def appearance(request: HttpRequest) -> dict[str, str]:
    """Tell every page how it should look."""
    return {"theme": theme_of(request)}


def remember(response: HttpResponse, theme: str) -> None:
    """Keep a choice in this browser; anything but a theme takes it back."""
    if theme in THEMES:
        response.set_cookie(cookie_name(), theme, max_age=A_YEAR, httponly=True, samesite="Lax")
    else:
        response.delete_cookie(cookie_name(), samesite="Lax")
