from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from yangban.assess.figure import Figure
from yangban.assess.ranking import first_and_last, rank


def _figure(subject: str, display: str | None, status: str = "ok") -> Figure:
    return Figure(
        indicator="air.pm25.mean", subject=subject, subject_name=subject, subject_level="city", period="2022",
        exact=None if display is None else Fraction(Decimal(display)), display=None if display is None else Decimal(display), unit="µg/m³",
        edition="gb3095-2012", documents=(), status=status,
    )  # fmt: skip


POOL = [
    _figure("a", "30"),
    _figure("b", "25"),
    _figure("c", "25"),
    _figure("d", "41"),
    _figure("e", "10", "insufficient"),
    _figure("f", None),
]


def test_ties_are_joint_and_the_next_rank_is_skipped() -> None:
    ranked = [(r.figure.subject, r.rank, r.tied, r.of) for r in rank(POOL, descending=False)]
    assert ranked == [
        ("b", 1, True, 4),
        ("c", 1, True, 4),
        ("a", 3, False, 4),
        ("d", 4, False, 4),
        ("e", None, False, 4),
        ("f", None, False, 4),
    ]


def test_insufficient_ones_are_ranked_only_when_asked() -> None:
    ranked = rank(POOL, descending=False, include_insufficient=True)
    assert [(r.figure.subject, r.rank) for r in ranked][:2] == [("e", 1), ("b", 2)]


def test_first_and_last_lists_keep_every_tie() -> None:
    ranked = rank([_figure(s, v) for s, v in zip("abcdef", ("1", "2", "2", "3", "3", "4"), strict=True)], descending=False)
    assert [r.figure.subject for r in first_and_last(ranked, top=2, bottom=None)] == ["a", "b", "c"]
    assert [r.figure.subject for r in first_and_last(ranked, top=None, bottom=2)] == ["d", "e", "f"]
    assert [r.figure.subject for r in first_and_last(ranked, top=1, bottom=1)] == ["a", "f"]
    assert [r.figure.subject for r in first_and_last(ranked, top=6, bottom=6)] == list("abcdef")
