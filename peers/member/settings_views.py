"""The member's settings: how pages look, where they are signed in, and what protects the account."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.pictures import qr
from peers.answers import TotpSecret
from peers.member import account, browsers
from peers.member.access import member_required, verified_required
from peers.member.appearance import remember
from peers.member.computer import this_computer
from peers.member.errors import SignInError
from peers.member.forms import CodeForm, PasswordForm, ProofForm
from peers.older import blocks, standing
from peers.older import settings as older

# The new secret of the phone, kept in the session from the proof to its first code.
TOTP = "new_totp"
FORM_METHODS = ["GET", "HEAD", "POST"]


@never_cache
@member_required
@require_safe
def settings_page(request: HttpRequest) -> HttpResponse:
    """Show what can be set."""
    return render(request, "node/settings.html", _context(request))


def _context(request: HttpRequest, error: str = "") -> dict[str, object]:
    is_classic = older.is_on()
    blocked = blocks.listed() if is_classic else []
    found = {"browsers": browsers.browsers(request), "computer": this_computer(), "page": "settings"}
    classic = standing.sentence() if is_classic else ""
    return found | {"classic": classic, "blocked": blocked, "block_error": error}


@never_cache
@member_required
@require_POST
def block(request: HttpRequest) -> HttpResponse:
    """Block a name of the classic network, met or not, or let it write again."""
    name = request.POST.get("name", "").strip()
    try:
        (blocks.unblock if request.POST.get("block") == "0" else blocks.block)(name)
    except blocks.NoName as err:
        return render(request, "node/settings.html", _context(request, str(err.__doc__)), status=422)
    return redirect("member:settings")


@never_cache
@member_required
@require_POST
def appearance(request: HttpRequest) -> HttpResponse:
    """Keep how this browser wants the pages."""
    response = redirect("member:settings")
    remember(response, request.POST.get("theme", ""))
    return response


@never_cache
@verified_required
@require_POST
def end_others(request: HttpRequest) -> HttpResponse:
    """Sign out everywhere else, or in one other browser."""
    if mark := request.POST.get("browser", ""):
        browsers.end_one(request, mark)
    else:
        browsers.end_others(request)
    return redirect("member:settings")


@never_cache
@sensitive_post_parameters()
@sensitive_variables()
@verified_required
@require_http_methods(FORM_METHODS)
def password(request: HttpRequest) -> HttpResponse:
    """Change the password."""
    form = PasswordForm(request.POST or None)
    if form.is_valid():
        data = form.cleaned_data
        try:
            account.change_password(request, data["password"], data["code"], data["new_password"])
            return _done(request, "Your password is changed. Everywhere else you are signed out.")
        except SignInError as err:
            form.add_error(None, err.sentence)
    return _show(request, form, "Change your password", "Change the password")


@never_cache
@sensitive_post_parameters()
@sensitive_variables()
@verified_required
@require_http_methods(FORM_METHODS)
def backup_codes(request: HttpRequest) -> HttpResponse:
    """Make new backup codes, and show them once."""
    form = ProofForm(request.POST or None)
    if form.is_valid():
        try:
            codes = account.new_backup_codes(form.cleaned_data["password"], form.cleaned_data["code"])
            return render(request, "node/new_backup_codes.html", {"codes": codes})
        except SignInError as err:
            form.add_error(None, err.sentence)
    more = "The codes that you have now stop working."
    return _show(request, form, "New backup codes", "Make new codes", more, account.MAKING_CODES)


@never_cache
@sensitive_post_parameters()
@sensitive_variables()
@verified_required
@require_http_methods(FORM_METHODS)
def phone(request: HttpRequest) -> HttpResponse:
    """Prove who asks, for a new phone."""
    form = ProofForm(request.POST or None)
    if form.is_valid():
        try:
            secret = account.start_totp(form.cleaned_data["password"], form.cleaned_data["code"])
            request.session[TOTP] = {"secret": secret.secret, "link": secret.link}
            return redirect("member:phone-code")
        except SignInError as err:
            form.add_error(None, err.sentence)
    return _show(request, form, "A new phone", "Go on", "The phone that you have now counts until the new one does.")


@never_cache
@sensitive_post_parameters()
@sensitive_variables()
@verified_required
@require_http_methods(FORM_METHODS)
def phone_code(request: HttpRequest) -> HttpResponse:
    """Show the new secret, and take its first code."""
    kept = request.session.get(TOTP)
    if kept is None:
        return redirect("member:phone")
    secret, form = TotpSecret(**kept), CodeForm(request.POST or None)
    if form.is_valid():
        try:
            account.finish_totp(form.cleaned_data["code"])
            del request.session[TOTP]
            browsers.end_others(request)
            return _done(request, "Your new phone counts from now on, and everywhere else you are signed out.")
        except SignInError as err:
            form.add_error(None, err.sentence)
    context = {"form": form, "qr": qr(secret.link), "secret": secret.secret}
    return render(request, "node/new_phone.html", context, status=422 if form.is_bound else 200)


def _show(
    request: HttpRequest, form: ProofForm, title: str, button: str, more: str = "", waits: str = ""
) -> HttpResponse:
    context = {"form": form, "title": title, "button": button, "more": more, "waits": waits, "page": "settings"}
    return render(request, "node/proof.html", context, status=422 if form.is_bound else 200)


def _done(request: HttpRequest, sentence: str) -> HttpResponse:
    return render(request, "node/done.html", {"title": "Done", "sentence": sentence, "page": "settings"})
