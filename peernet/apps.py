from django.apps import AppConfig


class PeernetConfig(AppConfig):
    name = "peernet"

    def ready(self) -> None:
        from peernet import checks  # noqa: F401
