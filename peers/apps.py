from django.apps import AppConfig


class PeersConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "peers"

    def ready(self) -> None:
        from peers import directory  # noqa: F401
