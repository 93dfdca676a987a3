"""The application's name."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """The interface for programs."""

    name = "yangban.web.api"
    label = "api"
