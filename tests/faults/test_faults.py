"""A share of the seeded faults in every run of the tests; `make faults` does more."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.skipif(os.name == "nt", reason="faults are done to forked processes")
def test_nothing_is_lost_or_doubled_under_seeded_faults() -> None:
    tests = Path(__file__).resolve().parents[1]
    paths = os.pathsep.join([str(tests.parent / "src"), str(tests)])
    done = subprocess.run(
        [sys.executable, "-m", "faults", "--runs", "6", "--seed", "1", "--jobs", "1"],
        cwd=tests, env={**os.environ, "PYTHONPATH": paths}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "6 seeded faults from seed 1" in done.stdout
