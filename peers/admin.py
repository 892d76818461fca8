"""What the login server's admin sees of the directory: who is there. A node's own pages: `peers.inspection`."""

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.forms import ModelForm
from django.http import HttpRequest

from accounts.admin_search import ByBytes
from accounts.admin_site import ReadOnly, site, titled
from accounts.audit import note
from accounts.models import AuditEntry
from accounts.wire import address_of
from peers import directory
from peers.classic.login import is_name
from peers.models import ClassicBlock, DirectoryEntry
from peers.older import blocks


@admin.register(DirectoryEntry, site=site)
class PresenceAdmin(ByBytes, ReadOnly):
    list_display = ("person", "key_begins", "online", "last_seen", "card_version")
    list_display_links = None
    fields = ("online", "last_seen", "card_version")
    list_filter = (("online", titled("being online", admin.BooleanFieldListFilter)),)
    search_fields = ("device__person__user_name", "device__person__display_name")
    bytes_field = "device__key"
    list_select_related = ("device__person",)

    @admin.display(description="Person", ordering="device__person__name_key")
    def person(self, entry: DirectoryEntry) -> str:
        return str(entry.device.person)

    @admin.display(description="Key begins with")
    def key_begins(self, entry: DirectoryEntry) -> str:
        return entry.device.short_key


class ClassicBlockForm(ModelForm):
    def clean_name(self) -> str:
        name = str(self.cleaned_data["name"])
        if not is_name(name):
            raise ValidationError(str(blocks.NoName.__doc__))
        return name


@admin.register(ClassicBlock, site=site)
class ClassicBlockAdmin(admin.ModelAdmin):
    """Names of the classic network that no node of this network takes anything from."""

    form = ClassicBlockForm
    list_display = ("name", "why", "created_at")
    fields = ("name", "why")
    search_fields = ("name", "why")
    actions = None

    def has_module_permission(self, request: HttpRequest) -> bool:
        return settings.PEERNET_CLASSIC and super().has_module_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        # A name is blocked or not; another one is another entry.
        return False

    def save_model(self, request: HttpRequest, obj: ClassicBlock, form: ModelForm, change: bool) -> None:
        """Block a name, and note who did."""
        super().save_model(request, obj, form, change)
        note(AuditEntry.What.CLASSIC_BLOCKED, request.user, address_of(request), obj.name)
        _tell()

    def delete_model(self, request: HttpRequest, obj: ClassicBlock) -> None:
        """Let a name in again, and note who did."""
        super().delete_model(request, obj)
        note(AuditEntry.What.CLASSIC_UNBLOCKED, request.user, address_of(request), obj.name)
        _tell()


def _tell() -> None:
    """Have the nodes hear of it at once, with the changes of the directory."""
    blocks.changed()
    directory.count()
