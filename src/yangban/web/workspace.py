"""The workspace that the site serves."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from yangban.readings.workspace import Workspace


def site_workspace(*, create: bool = False) -> Workspace:
    """The workspace named by ``YANGBAN_HOME``; raises :class:`~yangban.base.errors.WorkspaceError` when there is none."""
    return Workspace.open(Path(settings.WORKSPACE), create=create)
