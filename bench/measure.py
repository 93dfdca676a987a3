"""Timing: pairs of runs side by side, so that what else the machine does touches both."""

from __future__ import annotations

import gc
import importlib.util
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


def throw_away_postgresql() -> Any:
    """The module that makes a PostgreSQL and throws it away: the one of the tests."""
    spec = importlib.util.spec_from_file_location("postgres", Path(__file__).resolve().parents[1] / "tests" / "postgres.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


@dataclass(frozen=True)
class Row:
    """One line of the table: ``ratio`` against ``goal``; ``at_most`` says on which side the goal lies."""

    job: str
    ratio: float
    goal: float
    at_most: bool
    detail: str

    @property
    def met(self) -> bool:
        """Whether the goal is met."""
        return self.ratio <= self.goal if self.at_most else self.ratio >= self.goal


def seconds(work: Callable[[], object]) -> float:
    """Wall time of one call."""
    gc.collect()
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def side_by_side(ours: Callable[[], object], theirs: Callable[[], object], *, rounds: int = 5) -> tuple[float, float, float]:
    """Median seconds of both, and the median of the ratios of the pairs, after one unmeasured round."""
    ours()
    theirs()
    pairs = [(seconds(ours), seconds(theirs)) for _ in range(rounds)]
    return (
        statistics.median(a for a, _ in pairs),
        statistics.median(b for _, b in pairs),
        statistics.median(a / b for a, b in pairs),
    )
