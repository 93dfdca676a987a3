"""The application's name."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Accounts, organisations and the audit."""

    name = "yangban.web.accounts"
    label = "accounts"
    verbose_name = "账号与机构"
