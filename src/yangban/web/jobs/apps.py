"""The application's name."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """Background jobs."""

    name = "yangban.web.jobs"
    label = "jobs"
    verbose_name = "后台任务"
