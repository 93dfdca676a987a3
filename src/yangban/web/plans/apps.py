"""The application's name."""

from django.apps import AppConfig


class PlansConfig(AppConfig):
    """Plans, tasks, reports, warnings and forms."""

    name = "yangban.web.plans"
    label = "plans"
    verbose_name = "规划与任务"
