"""People, invitations and the audit log. No hash, seed or token is ever shown."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts import services
from accounts.admin_site import site
from accounts.errors import AccountError
from accounts.models import AuditEntry, Invitation, Person


class ReadOnly(admin.ModelAdmin):
    """A list to look at."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Person, site=site)
class PersonAdmin(admin.ModelAdmin):
    list_display = ("user_name", "display_name", "role", "is_active", "last_login")
    list_filter = ("role", "is_active")
    search_fields = ("user_name", "display_name")
    fields = ("user_name", "display_name", "role", "is_active", "last_login", "created_at")
    actions = ("deactivate", "resend_invitation")

    def get_readonly_fields(self, request: HttpRequest, obj: object = None) -> tuple[str, ...]:
        shown = ("is_active", "last_login", "created_at")
        return ("user_name", *shown) if obj else shown

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        # Deactivate instead: a name must not pass to somebody else.
        return False

    def has_add_permission(self, request: HttpRequest) -> bool:
        # People are added by an invitation.
        return False

    @admin.action(description="Deactivate, ending sessions and tokens")
    def deactivate(self, request: HttpRequest, people: QuerySet[Person]) -> None:
        for person in people.exclude(pk=request.user.pk):
            services.deactivate(person, request.user, request.META.get("REMOTE_ADDR", ""))

    @admin.action(description="Send a new invitation")
    def resend_invitation(self, request: HttpRequest, people: QuerySet[Person]) -> HttpResponse | None:
        links = []
        for person in people:
            try:
                invitation, token = services.renew_invitation(person, by=request.user)
            except AccountError as err:
                messages.error(request, f"{person}: {err.sentence}")
            else:
                links.append((invitation, services.invitation_link(token)))
        return show_links(request, links) if links else None


@admin.register(Invitation, site=site)
class InvitationAdmin(ReadOnly):
    list_display = ("person", "created_by", "created_at", "expires_at", "used_at")
    fields = list_display


@admin.register(AuditEntry, site=site)
class AuditEntryAdmin(ReadOnly):
    list_display = ("at", "what", "who", "subject", "address")
    list_filter = ("what",)
    search_fields = ("subject", "address", "who__user_name")
    fields = list_display


def show_links(request: HttpRequest, links: list[tuple[Invitation, str]]) -> HttpResponse:
    """Show links once, on a page that is not kept. They never go through a cookie."""
    context = site.each_context(request) | {"links": links, "title": "Invitations"}
    response = render(request, "accounts/admin_links.html", context)
    response["Cache-Control"] = "no-store"
    return response
