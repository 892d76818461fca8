"""The page where people make app passwords for classic programs. Each visit begins with password and code."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import auth
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts import app_passwords, services
from accounts.errors import AccountError
from accounts.forms import AppPasswordForm, SignInForm
from accounts.wire import address_of

View = Callable[..., HttpResponse]
# Long enough to type a password into a program.
SESSION_SECONDS = 15 * 60


def classic_only(view: View) -> View:
    """Answer 404 where the classic network is off: then nothing takes an app password."""

    @wraps(view)
    def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not settings.PEERNET_CLASSIC:
            raise Http404
        return view(request, *args, **kwargs)

    return shown


def signed_in(view: View) -> View:
    """Let in only who gave their code; others are asked for it."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_verified():
            return back()
        return view(request, *args, **kwargs)

    return guarded


def back() -> HttpResponse:
    return HttpResponseRedirect(reverse("accounts:app-passwords"))


@never_cache
@sensitive_post_parameters()
@classic_only
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """Show the member's app passwords, or ask them to sign in."""
    if request.method != "POST":
        return show(request) if request.user.is_verified() else ask(request, SignInForm())
    form = SignInForm(request.POST)
    if not form.is_valid():
        return ask(request, form, 422)
    data = form.cleaned_data
    try:
        person = services.prove(data["user_name"], data["password"], data["code"], address_of(request))
    except AccountError as err:
        form.add_error(None, err.sentence)
        return ask(request, form, err.status)
    services.note(services.What.SIGNED_IN, person, address_of(request), "app passwords")
    # Django's own signal makes the session a verified one, by the device that `prove` left on the person.
    auth.login(request, person, "django.contrib.auth.backends.ModelBackend")
    request.session.set_expiry(SESSION_SECONDS)
    return back()


@never_cache
@classic_only
@require_POST
@signed_in
def make(request: HttpRequest) -> HttpResponse:
    """Make an app password, and show it this once."""
    form = AppPasswordForm(request.POST)
    if not form.is_valid():
        return show(request, form, status=422)
    try:
        made, raw = app_passwords.make(request.user, form.cleaned_data["label"], address_of(request))
    except AccountError as err:
        form.add_error(None, err.sentence)
        return show(request, form, status=err.status)
    return show(request, made=made, raw=raw)


@never_cache
@classic_only
@require_POST
@signed_in
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """End an app password."""
    form = AppPasswordForm()
    try:
        app_passwords.revoke(request.user, pk, address_of(request))
    except AccountError as err:
        return show(request, form, error=err.sentence, status=err.status)
    return back()


@never_cache
@classic_only
@require_POST
def sign_off(request: HttpRequest) -> HttpResponse:
    """End this visit."""
    auth.logout(request)
    return back()


def show(
    request: HttpRequest, form: AppPasswordForm | None = None, *, status: int = 200, **more: object
) -> HttpResponse:
    context = {"form": form or AppPasswordForm(), "kept": request.user.app_passwords.all(), **more}
    return render(request, "accounts/app_passwords.html", context, status=status)


def ask(request: HttpRequest, form: SignInForm, status: int = 200) -> HttpResponse:
    return render(request, "accounts/app_passwords_sign_in.html", {"form": form}, status=status)
