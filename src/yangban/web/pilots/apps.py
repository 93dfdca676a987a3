"""The application's name."""

from django.apps import AppConfig


class PilotsConfig(AppConfig):
    """Applications for titles, pilots and projects."""

    name = "yangban.web.pilots"
    label = "pilots"
    verbose_name = "试点示范与项目"
