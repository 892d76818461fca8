"""The profiles app: who people are."""

from django.apps import AppConfig


class ProfilesConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "profiles"

    def ready(self) -> None:
        from profiles import classic, handlers  # noqa: F401  (they connect themselves)
