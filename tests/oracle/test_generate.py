"""The generated city-days hold what they promise: many exact ties and every edge."""

from __future__ import annotations

from collections import Counter
from datetime import date

import numpy as np
import pytest

from oracle import air, generate
from oracle.generate import Sample


@pytest.fixture(scope="module")
def sample() -> Sample:
    return generate.generate()


def test_more_than_100_000_days_with_more_than_20_000_exact_ties(sample: Sample) -> None:
    assert len(sample) == 109_500
    count = 24 - sample.null.sum(axis=2)
    total = sample.hours.astype(np.int64).sum(axis=2)
    step = np.array([1000, 1000, 1000, 1000, 100, 1000])
    # A valid mean lies exactly half-way between two reportable values when twice the sum is an odd number of half steps.
    ties = ((2 * total) % (2 * step * np.maximum(count, 1)) == step * count) & (count >= 20)
    days_with_a_tie = ties[:, :5].any(axis=1).sum()
    assert days_with_a_tie >= 20_000
    assert sample.hours.min() == 0
    assert sample.hours.max() == 10_000_000
    assert not sample.hours[sample.null].any()


def test_the_same_seed_gives_the_same_days() -> None:
    one, two, other = (generate.generate(subjects=20, seed=seed) for seed in (5, 5, 6))
    assert np.array_equal(one.hours, two.hours)
    assert np.array_equal(one.null, two.null)
    assert not np.array_equal(one.hours, other.hours)


def test_every_edge_occurs(sample: Sample) -> None:
    hours: Counter[int] = Counter()
    windows: Counter[tuple[int | None, bool]] = Counter()
    joint = flagged = unpublishable = saved = shared_windows = 0
    for row in sample.rows(0, 6000):
        values = air.day_values(row, scale=1000)
        hours.update(day.hours for item, day in values.items() if item != "o3_8h")
        windows[values["o3_8h"].windows, values["o3_8h"].valid] += 1
        index = air.day_index(air.valid_only(values), "2026-transitional")
        joint += len(index.primary) > 1
        flagged += bool(index.flags)
        unpublishable += index.aqi is not None and not index.publishable
        saved += index.publishable and len(index.iaqi) < 6
        o3 = row["o3"]
        shared_windows += None not in o3 and o3[:16] == o3[8:] and len(set(o3)) > 1
    assert min(hours[n] for n in (0, 19, 20, 21, 24)) > 50
    assert min(windows[n, True] for n in (14, 15, 17)) > 50
    assert min(windows[13, valid] for valid in (True, False)) > 20
    assert min(joint, unpublishable, saved, shared_windows) > 50
    assert flagged > 10


def test_the_last_subjects_are_about_periods(sample: Sample) -> None:
    first = len(sample) - 8 * generate.DAYS
    days: dict[int, dict[date, dict[str, air.DayValue]]] = {}
    for n, row in enumerate(sample.rows(first), start=first):
        days.setdefault(sample.subject(n), {})[sample.day(n)] = air.day_values(row, scale=1000)
    plans = [air.period_stats(days[subject], "2023", "2012")["air.pm25.mean"] for subject in sorted(days, reverse=True)]
    assert [(stat.n, stat.ok) for stat in plans] == [
        (365, True),
        (322, False),
        (360, False),
        (361, False),
        (324, True),
        (323, False),
        (1, False),
        (0, False),
    ]
    assert plans[0].value == air.Fraction("34.5")
