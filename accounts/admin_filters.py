"""What the admin narrows lists down by: what a row means today, not what a column holds."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone


class StateFilter(admin.SimpleListFilter):
    """Rows that are in one of some named states now."""

    title, parameter_name = "state", "state"
    labels: ClassVar[Mapping[str, str]] = {}

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(self.labels.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        state = self.value()
        return queryset.filter(self.states()[state]) if state in self.labels else queryset

    def states(self) -> dict[str, Q]:
        """Return what each state means of a row."""
        raise NotImplementedError


class AccountState(StateFilter):
    title = "account"
    labels: ClassVar = {"open": "Open", "invited": "Invited, not opened yet", "closed": "Closed"}

    def states(self) -> dict[str, Q]:
        invited = Q(invitations__used_at=None, invitations__expires_at__gt=timezone.now(), is_active=False)
        return {"open": Q(is_active=True), "invited": invited, "closed": Q(is_active=False) & ~invited}


class InvitationState(StateFilter):
    labels: ClassVar = {"open": "Open", "used": "Used", "expired": "Expired"}

    def states(self) -> dict[str, Q]:
        now = timezone.now()
        return {
            "open": Q(used_at=None, expires_at__gt=now),
            "used": Q(used_at__isnull=False),
            "expired": Q(used_at=None, expires_at__lte=now),
        }


class DeviceState(StateFilter):
    labels: ClassVar = {"use": "In use", "withdrawn": "Withdrawn", "ended": "Certificate has ended"}

    def states(self) -> dict[str, Q]:
        now = timezone.now()
        return {
            "use": Q(withdrawal=None, expires_at__gt=now),
            "withdrawn": Q(withdrawal__isnull=False),
            "ended": Q(withdrawal=None, expires_at__lte=now),
        }
