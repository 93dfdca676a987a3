"""Rows laid over rows, against a slow reading of the same rule."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from yangban.readings.water.frames import SCHEMA, bit
from yangban.readings.water.merge import lay

NOON = datetime(2022, 6, 5, 12)
NOW = datetime(2023, 1, 1, tzinfo=UTC)

value = st.one_of(st.none(), st.integers(1, 3))
row = st.fixed_dictionaries(
    {
        "file": st.integers(0, 2),
        "subject": st.sampled_from(["a", "b"]),
        "time": st.sampled_from([NOON, NOON + timedelta(hours=4)]),
        "released": st.one_of(st.none(), st.integers(0, 3).map(lambda n: NOON + timedelta(hours=5 + n))),
        "ph": value,
        "tp": value,
        "low": st.booleans(),
        "published": st.one_of(st.none(), st.sampled_from(["Ⅰ", "Ⅱ"])),
    }
)


def frame(rows: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {
                **{name: each[name] for name in ("file", "subject", "time", "released", "ph", "tp", "published")},
                "below": bit("tp") if each["low"] and each["tp"] is not None else 0,
                "basis": "auto",
                "network": "state",
                "synthetic": False,
                "state": None,
            }
            for each in rows
        ],
        schema={"file": pl.Int32, "subject": pl.String, "time": pl.Datetime("us"), "released": pl.Datetime("us"), "ph": pl.Int64,
                "tp": pl.Int64, "published": pl.String, "below": pl.Int64, "basis": pl.String, "network": pl.String,
                "synthetic": pl.Boolean, "state": pl.String},
    )  # fmt: skip


def slowly(rows: list[dict[str, Any]]) -> tuple[dict[Any, dict[str, Any]], dict[str, int]]:
    held: dict[Any, dict[str, Any]] = {}
    counts = dict.fromkeys(("duplicate", "corrected", "section_times", "repeated"), 0)
    for each in sorted(rows, key=lambda each: (each["released"] is None, each["released"] or NOON)):
        key = (each["subject"], each["time"])
        counts["repeated" if key in held else "section_times"] += 1
        now = held.setdefault(key, {"ph": None, "tp": None, "published": None, "low": False})
        for item in ("ph", "tp"):
            if each[item] is not None:
                counts["duplicate"] += now[item] == each[item]
                counts["corrected"] += now[item] is not None and now[item] != each[item]
                now[item] = each[item]
                if item == "tp":
                    now["low"] = each["low"]
        now["published"] = each["published"] or now["published"]
        now["released"] = each["released"]
    return held, counts


def stored(rows: pl.DataFrame) -> dict[Any, dict[str, Any]]:
    return {
        (each["subject"], each["time"]): {
            **{name: each[name] for name in ("ph", "tp", "published", "released")}, "low": bool(each["below"] & bit("tp")),
        }
        for each in rows.iter_rows(named=True)
    }  # fmt: skip


EMPTY = pl.DataFrame(schema=SCHEMA)


@settings(max_examples=60, deadline=None)
@given(st.lists(row, min_size=1, max_size=12))
def test_the_last_release_wins_and_every_cell_is_counted(rows: list[dict[str, Any]]) -> None:
    laid = lay(EMPTY, frame(rows), received=NOW)
    held, counts = slowly(rows)
    assert stored(laid.rows) == held
    found = {**laid.of_rows.sum().row(0, named=True), **laid.counts.sum().row(0, named=True)}
    assert {name: found[name] for name in counts} == counts
    assert laid.corrections.filter(pl.col("item") != "published").height == counts["corrected"]
    assert laid.rows.schema == SCHEMA


@settings(max_examples=60, deadline=None)
@given(st.lists(row, min_size=1, max_size=12, unique_by=lambda each: (each["subject"], each["time"], each["released"])))
def test_the_same_rows_again_change_nothing(rows: list[dict[str, Any]]) -> None:
    first = lay(EMPTY, frame(rows), received=NOW)
    released = [each for each in rows if each["released"] is not None]
    for again in (released, released[:1]):
        if again:
            second = lay(first.rows, frame(again), received=NOW + timedelta(days=1))
            assert not second.changed
            assert second.rows.equals(first.rows)
            assert second.counts["corrected"].sum() == 0


@settings(max_examples=60, deadline=None)
@given(st.lists(row.filter(lambda each: each["released"] is not None), min_size=2, max_size=10), st.integers(1, 9))
def test_releases_in_two_parts_end_as_in_one(rows: list[dict[str, Any]], cut: int) -> None:
    rows.sort(key=lambda each: each["released"])
    whole = lay(EMPTY, frame(rows), received=NOW)
    first = lay(EMPTY, frame(rows[:cut]), received=NOW)
    later = rows[cut:]
    parts = lay(first.rows, frame(later), received=NOW) if later else first
    order = ["subject", "time"]
    assert parts.rows.sort(order).equals(whole.rows.sort(order))
