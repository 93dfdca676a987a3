"""The application's name."""

from django.apps import AppConfig


class MonitorConfig(AppConfig):
    """Readings and releases, from the side of the staff."""

    name = "yangban.web.monitor"
    label = "monitor"
    verbose_name = "监测与发布"

    def ready(self) -> None:
        """Register the kinds of background work."""
        from yangban.web.monitor import work  # noqa: F401
