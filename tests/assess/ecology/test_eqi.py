"""EQI: classes, changes, the refusal to compute. Source: 区域生态质量评价办法（试行） as in air-and-water.md C, and published pairs."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from yangban.assess.ecology.eqi import change, grade, index, refusal
from yangban.assess.ecology.forest import forest_cover
from yangban.base.errors import UsageError
from yangban.standards import load_book

EDITION = load_book().medium("ecology", "eqi")
PARTS = {"pattern": Fraction(70), "function": Fraction(80), "biodiversity": Fraction(60), "stress": Fraction(10)}


@pytest.mark.parametrize(
    ("value", "word"),
    [
        ("100", "一类"), ("70", "一类"), ("69.99", "二类"), ("55", "二类"), ("54.99", "三类"), ("40", "三类"), ("39.99", "四类"),
        ("30", "四类"),
        ("29.99", "五类"), ("0", "五类"),
    ],
)  # fmt: skip
def test_both_edges_of_every_class(value: str, word: str) -> None:
    """air-and-water.md C: 一类 ≥ 70; 二类 55–70; 三类 40–55; 四类 30–40; 五类 < 30, lower end included."""
    assert grade(Decimal(value), EDITION).word == word


@pytest.mark.parametrize(("value", "word"), [("59.77", "二类"), ("59.6", "二类"), ("59.95", "二类")])
def test_the_nation_as_published(value: str, word: str) -> None:
    """National EQI of 2021 (59.77), 2022 and 2023 (59.6): all 二类 (S80); 2024 59.95 (S58)."""
    assert grade(Decimal(value), EDITION).word == word


@pytest.mark.parametrize(
    ("step", "word"),
    [
        ("0", "基本稳定"), ("0.99", "基本稳定"), ("-0.99", "基本稳定"), ("1", "轻微变好"), ("-1", "轻微变差"), ("1.99", "轻微变好"),
        ("2", "一般变好"),
        ("-2", "一般变差"), ("3.99", "一般变好"), ("4", "明显变好"), ("-4", "明显变差"), ("-0.17", "基本稳定"),
    ],
)  # fmt: skip
def test_both_edges_of_every_change(step: str, word: str) -> None:
    """air-and-water.md C: |Δ| < 1 stable, 1–2 slight, 2–4 moderate, ≥ 4 clear; the nation's −0.17 was called 无明显变化 (S80)."""
    assert change(Decimal(step), EDITION) == word


def test_no_index_is_computed_while_the_weights_are_not_verified() -> None:
    assert "权重未经原文核实" in refusal(EDITION)
    with pytest.raises(UsageError, match=r"eqi-2021:eqi\.weights"):
        index(PARTS, EDITION)


def test_a_person_who_has_read_the_rule_fills_the_slot(tmp_path: Path) -> None:
    overlay = tmp_path / "eqi.toml"
    overlay.write_text(
        'kind = "overlay"\nid = "eqi-read"\ntitle = "读过的权重"\ntitle_en = "Weights as read"\nnumber = "—"\n'
        'issuer = "测试"\nissued = "unknown"\n'
        'effective = 2021-01-01\nchecked = 2026-11-22\nconfidence = "official"\nsource = "测试"\nregion = "100000"\nbase = "eqi-2021"\n\n'
        '[[rule]]\nkey = "eqi.weights"\nvalue = [0.4, 0.3, 0.2, 0.1]\nunit = "1"\n'
        'clause = "测试"\nsource = "测试"\nconfidence = "official"\n',
        encoding="utf-8",
    )
    edition = load_book([overlay]).medium_on("ecology", date(2022, 12, 31), region="360000")
    # 0.4·70 + 0.3·80 + 0.2·60 + 0.1·(100 − 10) = 73
    assert index(PARTS, edition) == 73
    with pytest.raises(UsageError, match="stress"):
        index({**PARTS, "stress": Fraction(101)}, edition)


def test_forest_cover_by_its_definition() -> None:
    """indicators-and-governance.md 8.3: forest area / land area × 100, five parts. Hand: (50 + 5 + 3 + 1 + 1) / 100."""
    parts = {"arbor": Fraction(50), "bamboo": Fraction(5), "shrub": Fraction(3), "shelter_belt": Fraction(1), "four_sides": Fraction(1)}
    assert forest_cover(parts, Fraction(100), EDITION) == 60
    with pytest.raises(UsageError, match="four_sides"):
        forest_cover({name: value for name, value in parts.items() if name != "four_sides"}, Fraction(100), EDITION)
    with pytest.raises(UsageError, match="larger"):
        forest_cover(parts, Fraction(50), EDITION)
