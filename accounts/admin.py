"""People, invitations, devices and the audit log. No hash, seed or token is ever shown."""

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts import devices, services, signals
from accounts.admin_site import ReadOnly, site
from accounts.audit import note
from accounts.errors import AccountError
from accounts.forms import InviteForm
from accounts.models import AuditEntry, Invitation, Person, PersonDevice
from accounts.pictures import qr
from accounts.wire import address_of


@admin.register(Person, site=site)
class PersonAdmin(admin.ModelAdmin):
    list_display = ("user_name", "display_name", "role", "is_active", "last_login")
    list_filter = ("role", "is_active")
    search_fields = ("user_name", "display_name")
    fields = ("user_name", "display_name", "role", "is_active", "last_login", "created_at")
    readonly_fields = ("user_name", "is_active", "last_login", "created_at")
    actions = ("deactivate", "resend_invitation")
    change_list_template = "accounts/admin_people.html"

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        # Deactivate instead: a name must not pass to somebody else.
        return False

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict | None = None) -> HttpResponse:
        """Invite a person: nobody is added in any other way."""
        form = InviteForm(request.POST or None)
        if form.is_valid():
            try:
                invitation, token = services.invite(**form.cleaned_data, by=request.user)
            except AccountError as err:
                form.add_error("user_name", err.sentence)
            else:
                return show_links(request, [(invitation, token)])
        context = site.each_context(request) | {"form": form, "title": "Invite a person", "opts": self.opts}
        return render(request, "accounts/admin_invite.html", context, status=422 if form.is_bound else 200)

    def save_model(self, request: HttpRequest, obj: Person, form: object, change: bool) -> None:
        """Store a new name or role, note who gave it, and tell the nodes."""
        with transaction.atomic():
            super().save_model(request, obj, form, change)
            note(AuditEntry.What.PERSON_CHANGED, request.user, address_of(request), f"{obj}, {obj.role}")
            signals.person_changed.send(Person, person=obj)

    @admin.action(description="Deactivate: end sessions, withdraw devices")
    def deactivate(self, request: HttpRequest, people: QuerySet[Person]) -> None:
        for person in people.exclude(pk=request.user.pk):
            services.deactivate(person, request.user, address_of(request))
            messages.success(request, f"{person} cannot sign in any more, and their devices are withdrawn.")

    @admin.action(description="Send a new invitation")
    def resend_invitation(self, request: HttpRequest, people: QuerySet[Person]) -> HttpResponse | None:
        links = []
        for person in people:
            try:
                links.append(services.renew_invitation(person, by=request.user))
            except AccountError as err:
                messages.error(request, f"{person}: {err.sentence}")
        return show_links(request, links) if links else None


@admin.register(Invitation, site=site)
class InvitationAdmin(ReadOnly):
    list_display = ("person", "created_by", "created_at", "expires_at", "used_at")
    fields = list_display


@admin.register(PersonDevice, site=site)
class PersonDeviceAdmin(ReadOnly):
    list_display = ("person", "key_begins", "certified_until", "withdrawn", "created_at")
    list_display_links = None
    search_fields = ("person__user_name", "person__display_name")
    list_filter = (("withdrawal_number", admin.EmptyFieldListFilter),)
    list_select_related = ("person",)
    actions = ("withdraw",)

    @admin.display(description="Key begins with")
    def key_begins(self, device: PersonDevice) -> str:
        return device.short_key

    @admin.display(description="Certified until", ordering="expires_at")
    def certified_until(self, device: PersonDevice) -> str:
        ended = " (expired)" if device.expires_at <= timezone.now() else ""
        return f"{device.expires_at:%Y-%m-%d}{ended}"

    @admin.display(description="Withdrawn", boolean=True)
    def withdrawn(self, device: PersonDevice) -> bool:
        return device.withdrawal is not None

    @admin.action(description="Withdraw: lost or stolen, for good")
    def withdraw(self, request: HttpRequest, chosen: QuerySet[PersonDevice]) -> None:
        for device in chosen:
            devices.withdraw(device, request.user, address_of(request))
            messages.success(request, f"{device} is withdrawn. Nodes stop trusting it as soon as they hear of it.")


@admin.register(AuditEntry, site=site)
class AuditEntryAdmin(ReadOnly):
    list_display = ("at", "what", "who", "subject", "address")
    list_filter = ("what", "at")
    search_fields = ("subject", "address", "who__user_name")
    list_select_related = ("who",)
    date_hierarchy = "at"
    fields = list_display


def show_links(request: HttpRequest, invited: list[tuple[Invitation, str]]) -> HttpResponse:
    """Show links once, on a page that is not kept. They never go through a cookie."""
    links = [(invitation, link := services.invitation_link(token), qr(link, scale=4)) for invitation, token in invited]
    context = site.each_context(request) | {"links": links, "title": "Hand over the invitation"}
    response = render(request, "accounts/admin_links.html", context)
    response["Cache-Control"] = "no-store"
    return response
