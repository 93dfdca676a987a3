"""The application's name."""

from django.apps import AppConfig


class NowConfig(AppConfig):
    """Real-time air."""

    name = "yangban.web.now"
    label = "now"
    verbose_name = "实时空气质量"
