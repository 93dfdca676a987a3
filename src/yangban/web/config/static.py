"""Static files with a digest in their names, compressed; a script that was never built leaves its page standing."""

from __future__ import annotations

from typing import Any

from whitenoise.storage import CompressedManifestStaticFilesStorage


class Files(CompressedManifestStaticFilesStorage):
    """As whitenoise keeps them, but a file that is not there is named as it is, and answers 404, where Django would fail the page."""

    manifest_strict = False

    def hashed_name(self, name: str, content: Any = None, filename: str | None = None) -> str:
        """The name with its digest, or as it is."""
        try:
            return str(super().hashed_name(name, content, filename))
        except ValueError:
            return name
