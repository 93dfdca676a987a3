"""The numbers of sound and ecology, typed a second time from the fact sheets (air-and-water.md C, indicators-and-governance.md 8.2)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import gamma, pi, sqrt

import pytest

from yangban.base.errors import UnknownEdition
from yangban.standards import load_book

SOUND = load_book().medium("sound", "2008")


def test_limits_of_zones() -> None:
    expected = {"0": (50, 40), "1": (55, 45), "2": (60, 50), "3": (65, 55), "4a": (70, 55), "4b": (70, 60)}
    found = {k: (SOUND.rule(f"zone_limit.{k}.day").value, SOUND.rule(f"zone_limit.{k}.night").value) for k in expected}
    assert found == expected
    assert SOUND.rule("zone_limit.4b.night").unverified
    assert not SOUND.rule("zone_limit.2.night").unverified
    assert SOUND.rule("night.sudden_over").value == 15
    assert (SOUND.rule("day.start_hour").value, SOUND.rule("day.end_hour").value) == (6, 22)


@pytest.mark.parametrize(
    ("key", "bounds", "sure"),
    [
        ("grade.area.day", ("50.0", "55.0", "60.0", "65.0"), True),
        ("grade.area.night", ("40.0", "45.0", "50.0", "55.0"), False),
        ("grade.road.day", ("68.0", "70.0", "72.0", "74.0"), True),
        ("grade.road.night", ("58.0", "60.0", "62.0", "64.0"), False),
    ],
)
def test_grades(key: str, bounds: tuple[str, ...], sure: bool) -> None:
    rule = SOUND.rule(key)
    assert [row[2] for row in rule.value[:-1]] == [Decimal(each) for each in bounds]
    assert [row[1] for row in rule.value] == ["好", "较好", "一般", "较差", "差"]
    assert rule.unverified is not sure


def test_the_rule_of_2024_is_named_and_empty() -> None:
    edition = load_book().medium_on("sound", date(2025, 1, 1))
    assert edition.id == "zones-2024"
    assert edition.rule("zone.rate.method_2024").value is None
    assert load_book().medium_on("sound", date(2024, 12, 31)).id == "gb3096-2008"
    with pytest.raises(UnknownEdition):
        load_book().medium_on("sound", date(2008, 9, 30))


def test_eqi() -> None:
    edition = load_book().medium("ecology", "eqi")
    assert edition.rule("eqi.weights").value is None
    assert edition.rule("eqi.grades").value == (("一类", 70), ("二类", 55), ("三类", 40), ("四类", 30), ("五类",))
    assert edition.rule("eqi.changes").value == (
        ("基本稳定", "", 1), ("轻微变好", "轻微变差", 2), ("一般变好", "一般变差", 4), ("明显变好", "明显变差"),
    )  # fmt: skip
    assert edition.rule("eqi.weights_recalled").unverified
    assert sum(map(Fraction, edition.rule("eqi.weights_recalled").value)) == 1


def test_prices_of_ganzi_2010() -> None:
    found = {rule.key.split(".")[-1]: Fraction(rule.value) for rule in load_book().document("gep-ganzi-2010").rules}
    expected = {
        "water_price": "7.06", "silt_share": "0.24", "soil_density": "0.93", "silt_price": "15.58", "soil_nitrogen": "0.37",
        "nitrogen_price": "875", "soil_phosphorus": "0.108", "phosphorus_price": "2800", "sand_density": "1.28", "sand_depth": "0.1",
        "sand_price": "3.75", "carbon_price": "380", "oxygen_price": "727", "power_price": "0.53",
    }  # fmt: skip
    assert found == {key: Fraction(value) for key, value in expected.items()}


def _two_sided(t: float, df: int, steps: int = 4000) -> float:
    """P(|T| ≤ t) of Student's t, by Simpson's rule over its density."""
    scale = gamma((df + 1) / 2) / (sqrt(df * pi) * gamma(df / 2))
    density = [scale * (1 + (t * i / steps) ** 2 / df) ** (-(df + 1) / 2) for i in range(steps + 1)]
    inner = density[0] + density[-1] + 4 * sum(density[1:-1:2]) + 2 * sum(density[2:-1:2])
    return 2 * inner * t / steps / 3


def test_the_table_of_t_is_that_of_students_distribution() -> None:
    table = load_book().medium("ecology", "eqi").rule("trend.t95").value
    assert len(table) == 30
    for df, value in enumerate(table, start=1):
        assert _two_sided(float(value), df) == pytest.approx(0.95, abs=1e-4), df
