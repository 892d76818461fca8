"""Opening an account in a browser, on the admin's door. Admins have no node at first."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import second_factor, services
from accounts.errors import AccountError
from accounts.forms import FinishForm, StartForm
from accounts.pictures import qr
from accounts.wire import address_of


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """Choose a password, and see the secret to scan."""
    form = StartForm(request.POST or None)
    if not form.is_valid():
        return show_start(request, form)
    token = form.cleaned_data["token"]
    try:
        device = services.start_invitation(token, form.cleaned_data["password"], address_of(request))
    except AccountError as err:
        form.add_error(None, err.sentence)
        return show_start(request, form, err.status)
    context = {
        "form": FinishForm(initial={"token": token}),
        "image": qr(device.config_url),
        "secret": second_factor.secret_text(device),
    }
    return render(request, "accounts/finish.html", context)


@never_cache
@sensitive_post_parameters()
@require_POST
def finish(request: HttpRequest) -> HttpResponse:
    """Prove the app works, and see the backup codes once."""
    form = FinishForm(request.POST)
    if not form.is_valid():
        return render(request, "accounts/finish.html", {"form": form}, status=422)
    data = form.cleaned_data
    try:
        person, codes = services.finish_invitation(data["token"], data["code"], address_of(request))
    except AccountError as err:
        form.add_error(None, err.sentence)
        return render(request, "accounts/finish.html", {"form": form}, status=err.status)
    return render(request, "accounts/opened.html", {"person": person, "codes": codes})


@never_cache
@require_safe
def computer(request: HttpRequest) -> HttpResponse:
    """Say what to do with the link for a new computer, where it was opened instead of pasted."""
    return render(request, "accounts/computer.html")


def show_start(request: HttpRequest, form: StartForm, status: int | None = None) -> HttpResponse:
    status = status or (422 if form.is_bound else 200)
    return render(request, "accounts/start.html", {"form": form}, status=status)
