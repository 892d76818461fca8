"""What a node's lists are narrowed down by."""

from typing import ClassVar

from django.db.models import Q

from accounts.admin_filters import StateFilter


class KeysState(StateFilter):
    title, parameter_name = "keys", "keys"
    labels: ClassVar = {"same": "As they were", "changed": "Changed, not decided yet"}

    def states(self) -> dict[str, Q]:
        return {"same": Q(changed_statements=None), "changed": Q(changed_statements__isnull=False)}


class WithdrawalState(StateFilter):
    title, parameter_name = "withdrawal", "withdrawal"
    labels: ClassVar = {"no": "Not withdrawn", "yes": "Withdrawn"}

    def states(self) -> dict[str, Q]:
        return {"no": Q(withdrawn_at=None), "yes": Q(withdrawn_at__isnull=False)}


class LaneState(StateFilter):
    labels: ClassVar = {"well": "Works", "failing": "Fails"}

    def states(self) -> dict[str, Q]:
        return {"well": Q(failing_since=None), "failing": Q(failing_since__isnull=False)}
