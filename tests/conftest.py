"""Fixtures that every room's tests share."""

from __future__ import annotations

from pathlib import Path

import pytest

from web.prepared import prepared as prepared  # a fixture
from web.prepared import synthetic_year as synthetic_year  # a fixture

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real readings beside the repository; the test is skipped where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("real readings are not here: this test needs the folder ../shared/data beside the repository")
    return SHARED
