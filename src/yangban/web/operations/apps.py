"""The application's name."""

from django.apps import AppConfig


class OperationsConfig(AppConfig):
    """Backups and checks of the database."""

    name = "yangban.web.operations"
    label = "operations"
    verbose_name = "运行维护"
