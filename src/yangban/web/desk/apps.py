"""The application's name."""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    """The desk of the staff."""

    name = "yangban.web.desk"
    label = "desk"
