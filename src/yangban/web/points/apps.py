"""The application's name."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class PointsConfig(AppConfig):
    """Carbon points."""

    name = "yangban.web.points"
    label = "points"
    verbose_name = "碳积分"

    def ready(self) -> None:
        """Register the kinds of background work, and see to the rules of the books after every migration."""
        from yangban.web.points import closing, importing, sweeping, versions  # noqa: F401
        from yangban.web.points.triggers import keep_after_migrate

        post_migrate.connect(keep_after_migrate, sender=self)
