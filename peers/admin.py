"""What the login server's admin sees of the directory: who is there. A node's own pages: `peers.inspection`."""

from django.contrib import admin

from accounts.admin_site import ReadOnly, site
from peers.models import DirectoryEntry


@admin.register(DirectoryEntry, site=site)
class PresenceAdmin(ReadOnly):
    list_display = ("person", "key_begins", "online", "last_seen", "card_version")
    list_display_links = None
    fields = ("online", "last_seen", "card_version")
    list_filter = ("online",)
    search_fields = ("device__person__user_name", "device__person__display_name")
    list_select_related = ("device__person",)

    @admin.display(description="Person", ordering="device__person__name_key")
    def person(self, entry: DirectoryEntry) -> str:
        return str(entry.device.person)

    @admin.display(description="Key begins with")
    def key_begins(self, entry: DirectoryEntry) -> str:
        return entry.device.short_key
