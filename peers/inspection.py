"""A node's data for whoever looks for a fault: Django's admin, read-only, without words, bodies and keys."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.admin_audit import AuditList
from accounts.admin_search import ByBytes
from accounts.admin_site import ReadOnly, titled
from accounts.models import AuditEntry
from peers.inspection_filters import KeysState, LaneState, WithdrawalState
from peers.member.access import member_of_request, note_use, show_error
from peers.member.errors import CodeNeeded, NothingWasSent
from peers.models import (
    Attempt,
    ClassicBlock,
    ClassicLetter,
    ClassicPerson,
    Delivery,
    InStream,
    KnownPerson,
    Lane,
    OlmSession,
    OutStream,
    PeerDevice,
    Way,
)
from peers.tracing import device_of

View = Callable[..., HttpResponse]


class NodeSite(admin.AdminSite):
    """For the member, once their code was checked. There is nothing to change here."""

    site_header = site_title = "PeerNet, this node's data"
    index_title = "For finding faults"
    site_url = "/"

    def has_permission(self, request: HttpRequest) -> bool:
        """Tell whether this is the member, with their code checked."""
        member = member_of_request(request)
        return member is not None and member.verified

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        """Send whoever may not look to where they can sign in, and refuse whatever is not a look."""
        guarded = super().admin_view(view, cacheable)

        @wraps(guarded)
        def looking(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not self.has_permission(request):
                return self.login(request)
            if request.method not in ("GET", "HEAD"):
                return show_error(request, NothingWasSent(), status=405)
            note_use(request)
            return guarded(request, *args, **kwargs)

        return looking

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Ask to sign in at the node's own door; an offline session needs its code."""
        if member_of_request(request) is not None:
            return show_error(request, CodeNeeded())
        return redirect_to_login(request.get_full_path())

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The pages themselves have the way out."""
        return redirect("/")

    password_change = password_change_done = logout


site = NodeSite("admin")


class Inspected(ReadOnly):
    """Rows to look at. The site itself lets nobody else in."""

    list_display_links = None
    list_per_page = 100
    show_full_result_count = False

    def has_view_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return site.has_permission(request)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return site.has_permission(request)


@admin.register(KnownPerson, site=site)
class PersonRows(Inspected):
    list_display = fields = (
        "user_name",
        "display_name",
        "is_active",
        "online",
        "last_seen",
        "key_changed",
        "known_since",
    )
    list_filter = (
        ("online", titled("being online", admin.BooleanFieldListFilter)),
        ("is_active", titled("account being open", admin.BooleanFieldListFilter)),
        KeysState,
    )
    search_fields = ("user_name", "display_name", "full_name")
    ordering = ("user_name",)


@admin.register(PeerDevice, site=site)
class DeviceRows(ByBytes, Inspected):
    list_display = fields = (
        "__str__", "person", "pinned", "card_version", "told_version", "certified_until", "withdrawn_at",
    )  # fmt: skip
    list_filter = (("pinned", titled("being written to", admin.BooleanFieldListFilter)), WithdrawalState)
    search_fields = ("person__user_name", "person__display_name")
    bytes_field = "device"
    ordering = ("person__user_name", "pk")
    list_select_related = ("person",)


@admin.register(Delivery, site=site)
class DeliveryRows(ByBytes, Inspected):
    list_display = fields = ("payload", "kind", "device", "number", "state", "reason", "created_at", "ended_at")
    list_filter = ("state", "kind", ("created_at", titled("when it was queued", admin.DateFieldListFilter)))
    search_fields = ("stream__peer__person__user_name", "stream__peer__person__display_name", "reason")
    bytes_field = "payload_id"
    list_select_related = ("stream__peer__person",)
    ordering = ("-pk",)

    @admin.display(description="Id, as trace_message takes it")
    def payload(self, row: Delivery) -> str:
        return bytes(row.payload_id).hex()

    @admin.display(description="For")
    def device(self, row: Delivery) -> str:
        return device_of(row)


@admin.register(AuditEntry, site=site)
class AuditRows(AuditList, Inspected):
    """Keys that changed and what was decided about them, comparisons, sign-ins."""


class OfPeer(ByBytes, Inspected):
    """Rows of one device."""

    list_select_related = ("peer__person",)
    search_fields = ("peer__person__user_name", "peer__person__display_name")
    bytes_field = "peer__device"

    @admin.display(description="Person", ordering="peer__person__user_name")
    def person(self, row: Any) -> str:
        return str(row.peer.person)


@admin.register(Lane, site=site)
class LaneRows(OfPeer):
    list_filter = (LaneState,)
    list_display = fields = (
        "peer", "person", "attempts", "failing_since", "next_attempt_at", "last_error", "last_success_at",
        "leased_until",
    )  # fmt: skip


@admin.register(Attempt, site=site)
class AttemptRows(OfPeer):
    list_display = fields = ("at", "peer", "person", "first_number", "last_number", "milliseconds", "outcome")
    list_filter = (("at", titled("time", admin.DateFieldListFilter)),)
    search_fields = (*OfPeer.search_fields, "outcome")
    ordering = ("-pk",)


@admin.register(OutStream, site=site)
class OutStreamRows(OfPeer):
    list_display = fields = ("begins_with", "peer", "person", "last_number", "closed_at")

    @admin.display(description="Begins with")
    def begins_with(self, row: OutStream | InStream) -> str:
        return bytes(row.stream).hex()[:8]


@admin.register(InStream, site=site)
class InStreamRows(OutStreamRows):
    list_display = fields = ("begins_with", "peer", "person", "last_number")


@admin.register(OlmSession, site=site)
class SessionRows(OfPeer):
    list_filter = (("retired", titled("being retired", admin.BooleanFieldListFilter)),)
    ordering = ("-used_at",)
    list_display = fields = ("begins_with", "peer", "person", "used_at", "retired", "opened_since", "one_way_since")

    @admin.display(description="Begins with")
    def begins_with(self, row: OlmSession) -> str:
        return row.session_id[:8]


@admin.register(Way, site=site)
class WayRows(OfPeer):
    list_display = fields = ("peer", "person", "dialled_at", "undialled_since", "reached_at", "pulled_at")


@admin.register(ClassicPerson, site=site)
class ClassicPersonRows(Inspected):
    list_display = fields = (
        "user_name", "ip", "port", "location", "listed_at", "encryption", "hashing", "agreed_at", "asked_at", "blocked",
        "leased_until",
    )  # fmt: skip
    list_filter = ("blocked",)
    search_fields = ("user_name",)


@admin.register(ClassicLetter, site=site)
class ClassicLetterRows(Inspected):
    list_display = fields = (
        "person", "kind", "mine", "stamp", "state", "attempts", "encryption", "hashing", "left_with", "reason",
        "created_at",
    )  # fmt: skip
    list_filter = ("state", "kind", "mine")
    list_select_related = ("person",)
    search_fields = ("person__user_name",)
    ordering = ("-pk",)


@admin.register(ClassicBlock, site=site)
class ClassicBlockRows(Inspected):
    list_display = fields = ("name", "by_admin", "why", "created_at")
    search_fields = ("name",)
