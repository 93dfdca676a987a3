"""The application's name."""

from django.apps import AppConfig


class PointsConfig(AppConfig):
    """Carbon points."""

    name = "yangban.web.points"
    label = "points"
    verbose_name = "碳积分"

    def ready(self) -> None:
        """Register the kinds of background work."""
        from yangban.web.points import closing, importing, sweeping, versions  # noqa: F401
