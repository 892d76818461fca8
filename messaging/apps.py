"""The messaging app: conversations."""

from django.apps import AppConfig


class MessagingConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "messaging"

    def ready(self) -> None:
        from messaging import classic, handlers, warming  # noqa: F401  (they connect themselves)
