"""The application's name."""

from django.apps import AppConfig


class CasesConfig(AppConfig):
    """Cases, compendia, activities."""

    name = "yangban.web.cases"
    label = "cases"
    verbose_name = "案例与活动"

    def ready(self) -> None:
        """Register the kinds of background work."""
        from yangban.web.cases import books, sweeping  # noqa: F401
