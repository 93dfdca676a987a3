"""Background work on readings and releases."""

from __future__ import annotations
