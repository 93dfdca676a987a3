"""The application's name."""

from django.apps import AppConfig


class PlansConfig(AppConfig):
    """Plans, tasks, reports, warnings and forms."""

    name = "yangban.web.plans"
    label = "plans"
    verbose_name = "规划与任务"

    def ready(self) -> None:
        """Register the kinds of background work, and look at every new release."""
        from yangban.web.plans import hooks, scanning  # noqa: F401
        from yangban.web.public.publishing import release_published

        release_published.connect(scanning.on_release, dispatch_uid="plans.scan")
