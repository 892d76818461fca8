"""People, invitations, devices and the audit log. No hash, seed or token is ever shown."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.db import models, transaction
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.safestring import SafeString

from accounts import app_passwords, devices, services, signals
from accounts.admin_audit import AuditList
from accounts.admin_filters import AccountState, DeviceState, InvitationState
from accounts.admin_search import ByBytes
from accounts.admin_site import Listed, ReadOnly, show_form, site
from accounts.admin_words import (
    AGAIN,
    BY_LINK,
    DEACTIVATE,
    INVITATION,
    INVITE,
    NEW_COMPUTER,
    ONCE,
    RELEASE,
    REVOKE,
    WITHDRAW,
)
from accounts.audit import note
from accounts.errors import AccountError
from accounts.forms import InviteForm
from accounts.models import AppPassword, AuditEntry, Invitation, Person, PersonDevice, random_salt
from accounts.pictures import qr
from accounts.wire import address_of


@admin.register(Person, site=site)
class PersonAdmin(Listed):
    list_display = ("user_name", "display_name", "role", "account", "signed_in")
    list_filter = ("role", AccountState)
    search_fields = ("user_name", "display_name")
    fields = ("user_name", "display_name", "role", "account", "signed_in", "created_at")
    readonly_fields = ("user_name", "account", "signed_in", "created_at")
    actions = ("release", "deactivate", "resend_invitation")
    change_list_template = "accounts/admin_people.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Person]:
        signed_in = models.Max("did__at", filter=models.Q(did__what=AuditEntry.What.SIGNED_IN))
        invited = Invitation.objects.filter(person=models.OuterRef("pk"), used_at=None, expires_at__gt=timezone.now())
        return super().get_queryset(request).annotate(signed_in_at=signed_in, is_invited=models.Exists(invited))

    @admin.display(description="Account")
    def account(self, person: Any) -> str:
        return "Open" if person.is_active else "Invited" if person.is_invited else "Closed"

    @admin.display(description="Signed in last", ordering="signed_in_at")
    def signed_in(self, person: Any) -> datetime | None:
        return person.signed_in_at

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        # Deactivate instead: a name must not pass to somebody else.
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Person | None = None) -> tuple[str, ...]:
        # Nobody locks themselves out, nor the company with the last admin.
        is_own = obj is not None and obj.pk == request.user.pk
        return (*self.readonly_fields, "role") if is_own else self.readonly_fields

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict | None = None) -> HttpResponse:
        """Invite a person: nobody is added in any other way."""
        form = InviteForm(request.POST or None)
        if form.is_valid():
            try:
                invited = services.invite(**form.cleaned_data, by=request.user, address=address_of(request))
            except AccountError as err:
                form.add_error("user_name", err.sentence)
            else:
                return show_invitations(request, [invited])
        return show_form(request, form, "Invite a person", INVITE, "Invite")

    def save_model(self, request: HttpRequest, obj: Person, form: ModelForm, change: bool) -> None:
        """Store a new name or role, note who gave it, and tell the nodes."""
        if "role" in form.changed_data:
            # Whoever is no admin any more is off these pages at once.
            obj.session_salt = random_salt()
        with transaction.atomic():
            super().save_model(request, obj, form, change)
            note(AuditEntry.What.PERSON_CHANGED, request.user, address_of(request), f"{obj}, {obj.role}")
            signals.person_changed.send(Person, person=obj)

    @admin.action(description="Release: a lost computer, the link for a new one")
    def release(self, request: HttpRequest, people: QuerySet[Person]) -> HttpResponse | None:
        if not request.POST.get("confirmed"):
            return confirm(request, "release", "Release these people for a new computer?", RELEASE, people)
        released = []
        for person in people:
            try:
                link = services.release(person, request.user, address_of(request))
            except AccountError as err:
                messages.error(request, f"{person}: {err.sentence}")
            else:
                released.append((str(person), link, qr(link, scale=4)))
        return show_links(request, NEW_COMPUTER, BY_LINK, released) if released else None

    @admin.action(description="Deactivate: end sessions, withdraw devices")
    def deactivate(self, request: HttpRequest, people: QuerySet[Person]) -> HttpResponse | None:
        if request.user.pk in {person.pk for person in people}:
            messages.error(request, "You cannot deactivate yourself. Ask another admin.")
            return None
        if not request.POST.get("confirmed"):
            return confirm(request, "deactivate", "Deactivate these people?", DEACTIVATE, people)
        for person in people:
            services.deactivate(person, request.user, address_of(request))
            messages.success(request, f"{person} cannot sign in any more, and their devices are withdrawn.")
        return None

    @admin.action(description="Invite again")
    def resend_invitation(self, request: HttpRequest, people: QuerySet[Person]) -> HttpResponse | None:
        if not request.POST.get("confirmed"):
            return confirm(request, "resend_invitation", "Invite these people again?", AGAIN, people)
        links = []
        for person in people:
            try:
                links.append(services.renew_invitation(person, by=request.user, address=address_of(request)))
            except AccountError as err:
                messages.error(request, f"{person}: {err.sentence}")
        return show_invitations(request, links) if links else None


@admin.register(Invitation, site=site)
class InvitationAdmin(ReadOnly):
    list_display = ("person", "created_by", "created_at", "expires_at", "used_at")
    fields = list_display
    list_filter = (InvitationState,)
    search_fields = ("person__user_name", "person__display_name")
    list_select_related = ("person", "created_by")


@admin.register(PersonDevice, site=site)
class PersonDeviceAdmin(ByBytes, ReadOnly):
    list_display = ("person", "key_begins", "certified_until", "state", "withdrawn_on", "created_at")
    fields = ("person", "key_begins", "created_at", "certified_from", "certified_until", "state", "withdrawn_on")
    search_fields = ("person__user_name", "person__display_name")
    bytes_field = "key"
    list_filter = (DeviceState,)
    list_select_related = ("person",)
    actions = ("withdraw",)

    @admin.display(description="Key begins with")
    def key_begins(self, device: PersonDevice) -> str:
        return device.short_key

    @admin.display(description="Certified from")
    def certified_from(self, device: PersonDevice) -> datetime:
        return datetime.fromtimestamp(devices.certificate_of(device).issued, UTC)

    @admin.display(description="Certified until", ordering="expires_at")
    def certified_until(self, device: PersonDevice) -> str:
        return f"{device.expires_at:%Y-%m-%d}"

    @admin.display(description="State")
    def state(self, device: PersonDevice) -> str:
        if device.withdrawal is not None:
            return DeviceState.labels["withdrawn"]
        return DeviceState.labels["ended" if device.expires_at <= timezone.now() else "use"]

    # Withdrawals are numbered in their order.
    @admin.display(description="Withdrawn on", ordering="withdrawal_number")
    def withdrawn_on(self, device: PersonDevice) -> datetime | None:
        withdrawal = devices.withdrawal_of(device)
        return datetime.fromtimestamp(withdrawal.time, UTC) if withdrawal else None

    @admin.action(description="Withdraw: lost or stolen, for good")
    def withdraw(self, request: HttpRequest, chosen: QuerySet[PersonDevice]) -> HttpResponse | None:
        if not request.POST.get("confirmed"):
            return confirm(request, "withdraw", "Withdraw these devices for good?", WITHDRAW, chosen)
        for device in chosen:
            devices.withdraw(device, request.user, address_of(request))
            messages.success(request, f"{device} is withdrawn. Nodes stop trusting it as soon as they hear of it.")
        return None


@admin.register(AppPassword, site=site)
class AppPasswordAdmin(ReadOnly):
    list_display = ("person", "label", "created_at", "used_at")
    fields = list_display
    search_fields = ("person__user_name", "person__display_name", "label")
    list_select_related = ("person",)
    actions = ("revoke",)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return settings.PEERNET_CLASSIC and super().has_module_permission(request)

    @admin.action(description="Revoke: end a classic program's access")
    def revoke(self, request: HttpRequest, chosen: QuerySet[AppPassword]) -> HttpResponse | None:
        if not request.POST.get("confirmed"):
            return confirm(request, "revoke", "Revoke these app passwords?", REVOKE, chosen)
        for row in chosen.select_related("person"):
            app_passwords.revoke_as_admin(row, request.user, address_of(request))
            messages.success(request, f"{row} is revoked.")
        return None


@admin.register(AuditEntry, site=site)
class AuditEntryAdmin(AuditList):
    """Who did what."""


def confirm(
    request: HttpRequest, action: str, title: str, consequence: str, chosen: Iterable[models.Model]
) -> HttpResponse:
    """Ask before what cannot be undone."""
    context: dict[str, Any] = site.each_context(request) | {
        "action": action,
        "title": title,
        "consequence": consequence,
        "chosen": list(chosen),
        "back": request.get_full_path(),
    }
    return render(request, "accounts/admin_confirm.html", context)


def show_invitations(request: HttpRequest, invited: list[tuple[Invitation, str]]) -> HttpResponse:
    """Show the links of invitations."""
    links = [
        (f"{invitation.person}, until {invitation.expires_at:%Y-%m-%d %H:%M} UTC", link, qr(link, scale=4))
        for invitation, token in invited
        for link in [services.invitation_link(token)]
    ]
    return show_links(request, INVITATION, ONCE, links)


def show_links(request: HttpRequest, title: str, lead: str, links: list[tuple[str, str, SafeString]]) -> HttpResponse:
    """Show links once, on a page that is not kept. They never go through a cookie."""
    context = site.each_context(request) | {"links": links, "title": title, "lead": lead}
    response = render(request, "accounts/admin_links.html", context)
    response["Cache-Control"] = "no-store"
    return response
