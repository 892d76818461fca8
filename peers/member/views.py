"""The pages to get in and out, and the member's word on somebody's new keys."""

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from accounts.errors import AccountError
from accounts.pictures import qr
from accounts.wire import address_of
from peers import node, people
from peers.login_server import known
from peers.member import account, invitations
from peers.member import sign_in as signing
from peers.member.access import member_of_request, show_error, verified_required
from peers.member.errors import NothingToJudge, SignInError
from peers.member.forms import CodeForm, ComputerForm, InvitationForm, SignInForm
from peers.member.invitations import SESSION_KEY, Opening
from peers.models import KnownPerson, LoginServer


@never_cache
@sensitive_post_parameters()
@sensitive_variables()
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Take name, password and code."""
    if known() is None:
        return redirect("member:invitation")
    if request.method != "POST":
        member = member_of_request(request)
        if member is not None and member.verified and LoginServer.objects.exclude(token="").exists():
            return redirect(_local(request, request.GET.get("next", "")))
        return _show_sign_in(request, SignInForm(initial={"next": request.GET.get("next", "")}))
    form = SignInForm(request.POST)
    if not form.is_valid():
        return _show_sign_in(request, form, 422)
    data = form.cleaned_data
    try:
        signing.sign_in(request, data["name"], data["password"], data["code"], address_of(request))
    except (SignInError, AccountError) as err:
        form.add_error(None, err.sentence)
        return _show_sign_in(request, form, err.status)
    node.discovery.wake()
    return redirect(_local(request, data["next"]))


def _show_sign_in(request: HttpRequest, form: SignInForm, status: int = 200) -> HttpResponse:
    server_down = LoginServer.objects.exclude(down_since=None).exists()
    return render(request, "node/sign_in.html", {"form": form, "server_down": server_down}, status=status)


def _local(request: HttpRequest, target: str) -> str:
    """Return a page of ours: a link must not lead elsewhere after the sign-in."""
    is_local = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if is_local and target.startswith("/") else "/"


@never_cache
@require_POST
def sign_off(request: HttpRequest) -> HttpResponse:
    """Sign off on this node and at the login server."""
    try:
        signing.sign_off(request)
    except SignInError as err:
        return show_error(request, err)
    return redirect("member:sign-in")


@never_cache
@sensitive_post_parameters()
@sensitive_variables()
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest) -> HttpResponse:
    """Paste the link, choose a password."""
    form = InvitationForm(request.POST or None)
    if not form.is_valid():
        return _show_invitation(request, form, 422 if form.is_bound else 200)
    try:
        opening = invitations.start(form.cleaned_data["link"], form.cleaned_data["password"])
    except SignInError as err:
        form.add_error(None, err.sentence)
        return _show_invitation(request, form, err.status)
    request.session[SESSION_KEY] = opening.kept()
    return redirect("member:invitation-code")


def _show_invitation(request: HttpRequest, form: InvitationForm, status: int) -> HttpResponse:
    return render(request, "node/invitation.html", {"form": form, "is_known": known() is not None}, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def computer(request: HttpRequest) -> HttpResponse:
    """Paste the link for a new computer, and go on to sign in."""
    form = ComputerForm(request.POST or None)
    if not form.is_valid():
        return render(request, "node/computer.html", {"form": form}, status=422 if form.is_bound else 200)
    try:
        invitations.find_server(form.cleaned_data["link"])
    except SignInError as err:
        form.add_error(None, err.sentence)
        return render(request, "node/computer.html", {"form": form}, status=err.status)
    return redirect("member:sign-in")


@never_cache
@sensitive_post_parameters()
@sensitive_variables()
@require_http_methods(["GET", "HEAD", "POST"])
def invitation_code(request: HttpRequest) -> HttpResponse:
    """Show the secret to scan, take the first code, and show the backup codes once."""
    kept = request.session.get(SESSION_KEY)
    if kept is None:
        return redirect("member:invitation")
    opening, form = Opening(**kept), CodeForm(request.POST or None)
    if not form.is_valid():
        return _show_code(request, opening, form, 422 if form.is_bound else 200)
    try:
        codes = invitations.finish(opening, form.cleaned_data["code"])
    except SignInError as err:
        form.add_error(None, err.sentence)
        return _show_code(request, opening, form, err.status)
    del request.session[SESSION_KEY]
    return render(request, "node/backup_codes.html", {"codes": codes})


def _show_code(request: HttpRequest, opening: Opening, form: CodeForm, status: int) -> HttpResponse:
    context = {"form": form, "qr": qr(opening.link), "secret": opening.secret, "waits": account.MAKING_CODES}
    return render(request, "node/invitation_code.html", context, status=status)


@never_cache
@verified_required
@require_POST
def judge_keys(request: HttpRequest, person: uuid.UUID) -> HttpResponse:
    """Accept or refuse somebody's new list of devices, the one that the page showed."""
    known_person = get_object_or_404(KnownPerson, pk=person)
    shown = request.POST.get("shown", "")
    try:
        newly = people.judge_keys(
            known_person, request.POST.get("accept") == "1", bytes.fromhex(shown) if shown else None
        )
    except (NothingToJudge, ValueError):
        return show_error(request, NothingToJudge())
    for peer in newly:
        node.couriers.wake(peer)
        node.puller.wake(peer)
    return HttpResponse(status=303, headers={"Location": reverse("messaging:conversation", args=[person])})
