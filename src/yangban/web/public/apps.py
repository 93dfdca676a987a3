"""The application's name."""

from django.apps import AppConfig


class PublicConfig(AppConfig):
    """The public site."""

    name = "yangban.web.public"
    label = "public"
    verbose_name = "公开网站"

    def ready(self) -> None:
        """Register the kinds of background work."""
        from yangban.web.public import files  # noqa: F401
