"""The application's name."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AccountsConfig(AppConfig):
    """Accounts, organisations and the audit."""

    name = "yangban.web.accounts"
    label = "accounts"
    verbose_name = "账号与机构"

    def ready(self) -> None:
        """Tables that only grow stay so, whatever a migration did to them."""
        from yangban.web.accounts.append_only import keep_after_migrate

        post_migrate.connect(keep_after_migrate, sender=self)
