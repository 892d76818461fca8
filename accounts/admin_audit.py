"""The audit log as both admins show it: the login server's, and a node's."""

from django.contrib import admin

from accounts.admin_site import ReadOnly, titled
from accounts.models import AuditEntry


class AuditList(ReadOnly):
    list_display = fields = ("at", "happened", "who", "subject", "address")
    list_filter = (
        ("what", titled("what happened", admin.AllValuesFieldListFilter)),
        ("at", titled("time", admin.DateFieldListFilter)),
    )
    search_fields = ("subject", "address", "who__user_name")
    list_select_related = ("who",)
    date_hierarchy = "at"

    @admin.display(description="What", ordering="what")
    def happened(self, entry: AuditEntry) -> str:
        return entry.what
