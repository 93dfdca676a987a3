"""Progress that is rolled up by a stated rule, and never passes off a part as the whole."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from govern.made import LEAD, do, part, reach
from yangban.base.errors import UsageError
from yangban.govern.model import Split
from yangban.govern.progress import BY_AMOUNT, EQUAL, roll_up, tree_progress

SHARES = st.dictionaries(st.sampled_from("abcde"), st.none() | st.fractions(0, 1, max_denominator=12), min_size=1)


@pytest.mark.parametrize(
    ("parts", "rule", "amounts", "value", "floor", "coverage", "missing"),
    [
        # 100 projects half done, 60 wholly, 3 not told: (50 + 60) / 160; the floor counts the 3 as nothing.
        ({"甲": "1/2", "乙": "1", "自留": None}, BY_AMOUNT, {"甲": 100, "乙": 60, "自留": 3}, "11/16", "110/163", "160/163", ("自留",)),
        ({"甲": "1/2", "乙": "1", "自留": None}, EQUAL, None, "3/4", "1/2", "2/3", ("自留",)),
        ({"甲": "1/4", "乙": "1/2"}, EQUAL, None, "3/8", "3/8", "1", ()),
        ({"甲": None}, EQUAL, None, None, "0", "0", ("甲",)),
        ({"甲": "1", "乙": None}, BY_AMOUNT, {"甲": 5, "乙": 0}, "1", "1", "1/2", ("乙",)),
    ],
)
def test_progress_by_hand(
    parts: dict[str, str | None],
    rule: str,
    amounts: dict[str, int] | None,
    value: str | None,
    floor: str,
    coverage: str,
    missing: tuple[str],
) -> None:
    shares = {name: None if share is None else Fraction(share) for name, share in parts.items()}
    made = roll_up(shares, rule=rule, amounts=amounts and {name: Fraction(each) for name, each in amounts.items()})
    assert made.value == (None if value is None else Fraction(value))
    assert (made.floor, made.coverage, made.missing) == (Fraction(floor), Fraction(coverage), missing)
    assert made.usable == (not missing)


@given(SHARES)
def test_the_floor_is_never_above_and_equal_when_all_have_told(shares: dict[str, Fraction | None]) -> None:
    made = roll_up(shares)
    assert made.value is None or made.floor <= made.value
    if made.usable:
        assert made.floor == made.value
    assert made.usable == (None not in shares.values())


@pytest.mark.parametrize("amounts", [{"a": -1}, {"a": 0}, {}])
def test_weights_that_cannot_weigh_are_refused(amounts: dict[str, int]) -> None:
    with pytest.raises(UsageError):
        roll_up({"a": Fraction(1)}, rule=BY_AMOUNT, amounts={name: Fraction(each) for name, each in amounts.items()})


def test_a_tree_of_three_levels() -> None:
    top = reach("issued", "province", amount=Decimal(163), unit="个")
    city = part("市", amount="160", code="360725")
    whole = do(top, "split", LEAD, parts=Split(parts=(city,), kept=Decimal(3)))
    (below,) = whole.parts
    counties = [
        replace(below, id=name, number=name, parent=below.id, terms=replace(below.terms, amount=Decimal(n)))
        for name, n in (("甲", 100), ("乙", 60))
    ]
    tree = {top.id: whole.parts, below.id: counties}
    made = tree_progress(whole.task, tree, {"甲": Fraction(1, 2), "乙": Fraction(1), top.id: Fraction(0)})
    # (100 × 1/2 + 60 × 1 + 3 × 0) / 163
    assert (made.value, made.coverage, made.rule) == (Fraction(110, 163), 1, BY_AMOUNT)
    partly = tree_progress(whole.task, tree, {"甲": Fraction(1, 2), top.id: Fraction(1)})
    assert (partly.floor, partly.coverage, partly.missing) == (Fraction(53, 163), Fraction(103, 163), ("乙",))
    assert not partly.usable
