"""Targets as files: what is taken, what is refused and how that is said; the pack's own."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

import yangban.packs
from yangban.base.errors import BookError
from yangban.indicators.targets import bound, read_targets

ONE = """
[[target]]
indicator = "air.pm25.mean"
subject = "360100"
period = "2022"
value = "28"
unit = "µg/m³"
direction = "at_most"
source = "an example"
confidence = "unverified"
"""


def test_what_a_target_does_not_say_is_unknown() -> None:
    (target,) = read_targets(ONE, name="t.toml")
    assert (target.value, target.decimals, target.met_by, target.places) == (Decimal(28), 0, "unknown", "own")
    (target,) = read_targets(ONE.replace('"28"', '"28.4"').replace("360100", "南昌"), name="t.toml")
    assert (target.decimals, target.subject) == (1, "360100")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('value = "28"', "value = 28", "t.toml: target 1: value: expected a text"),
        ('value = "28"', 'value = "about 28"', "t.toml: target 1: value: expected a number in quotes"),
        ('direction = "at_most"', 'direction = "below"', "t.toml: target 1: direction: expected one of at_most, at_least"),
        ('subject = "360100"', 'subject = "仙境市"', "t.toml: target 1: subject: "),
        ('period = "2022"', 'period = "2022-13"', "t.toml: target 1: period: "),
        ('source = "an example"', 'source = ""', "t.toml: target 1: source: expected a text that is not empty"),
        ('source = "an example"', "", "t.toml: target 1: source: expected a text"),
        ('indicator = "air.pm25.mean"', 'indicator = "PM2.5"', "t.toml: target 1: indicator: "),
        ('confidence = "unverified"', 'confidence = "sure"', "t.toml: target 1: confidence: "),
        ('confidence = "unverified"', 'confidence = "unverified"\nrounding = 1', "t.toml: target 1: rounding: unknown key"),
        ('confidence = "unverified"', 'confidence = "unverified"\ndecimals = true', "t.toml: target 1: decimals: "),
        ("[[target]]", "[[aim]]", "t.toml: aim: expected only"),
        ("[[target]]", "[[target]", "t.toml: whole file: is no TOML"),
    ],
)
def test_a_wrong_entry_names_file_entry_and_key(old: str, new: str, message: str) -> None:
    with pytest.raises(BookError) as problem:
        read_targets(ONE.replace(old, new), name="t.toml")
    assert str(problem.value).startswith(message)


def test_the_edge_of_a_rounded_target() -> None:
    edge = bound(Decimal(57), "at_most", met_by="rounded", decimals=0)
    assert (edge.value, edge.inside) == (Fraction("57.5"), False), "57.5 is printed as 58"
    edge = bound(Decimal(58), "at_most", met_by="rounded", decimals=0)
    assert (edge.value, edge.inside) == (Fraction("58.5"), True), "58.5 is printed as 58"
    edge = bound(Decimal("26.4"), "at_most", met_by="rounded", decimals=0)
    assert (edge.value, edge.inside) == (Fraction("26.5"), True), "printed whole, 26 is the last number below 26.4"


def test_the_targets_of_jiangxi_say_where_they_come_from() -> None:
    """The 14th plan of the province (2021-11-16) and its targets of 2023, as the notes of the standards list them."""
    text = (Path(yangban.packs.__file__).parent / "jiangxi" / "targets.toml").read_text(encoding="utf-8")
    found = read_targets(text, name="jiangxi/targets.toml")
    listed = {(t.indicator, t.period.label, f"{t.value}", t.direction, t.places, t.confidence) for t in found}
    assert listed == {
        ("air.pm25.mean", "2025", "29", "at_most", "prefecture", "verified"),
        ("water.good_ratio", "2025", "95.5", "at_least", "own", "verified"),
        ("air.pm25.mean", "2023", "26.4", "at_most", "county", "one-source"),
        ("air.good_day_ratio", "2023", "94.5", "at_least", "county", "one-source"),
        ("water.good_ratio", "2023", "93.4", "at_least", "own", "one-source"),
    }
