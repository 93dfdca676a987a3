"""The application's name."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """The interface for programs."""

    name = "yangban.web.api"
    label = "api"

    def ready(self) -> None:
        """Register the kind of background work."""
        from yangban.web.api import deliveries  # noqa: F401
