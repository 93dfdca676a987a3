"""What a parser hands to intake: hour rows of exact numbers, the count of every cell, and what was refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final

import polars as pl

from yangban.readings.formats.rules import REASONS
from yangban.readings.units import GASES, WHOLE, Ratio

if TYPE_CHECKING:
    from yangban.readings.formats.mapping import ColumnMapping


@dataclass(frozen=True)
class Refusal:
    """One refused file, column, line or cell: ``text`` is what stood there, ``cells`` how many values it stands for."""

    file: str
    line: int | None
    rule: str
    reason: str
    text: str = ""
    column: str | None = None
    cells: int = 1


def refusal(
    file: str, line: int | None, rule: str, *, text: str = "", column: str | None = None, cells: int = 1, detail: str = "", raw: str = ""
) -> Refusal:
    """A refusal with its reason in plain words: where, what stood there, why.

    ``text`` is shown in the reason; ``raw`` is the whole line where it is more than that.
    """
    what = f"{column}：" if column else ""
    what += f"“{text if len(text) <= 40 else text[:40] + '…'}”" if text else ""
    reason = f"{what}{REASONS[rule]}" if not what.endswith("”") else f"{what} {REASONS[rule]}"
    return Refusal(file, line, rule, f"{reason}（{detail}）" if detail else reason, (raw or text)[:MAX_KEPT], column, cells)


@dataclass(frozen=True)
class Options:
    """How a file is to be read; ``units`` by pollutant word, ``label`` is what an hour label marks, ``now`` is Beijing time.

    ``daily`` takes a table as one of days whatever it looks like, ``mapping`` says what its columns mean, ``ratio`` is the exact factor for
    gases that are stated at another temperature (:func:`~yangban.readings.units.state_ratio`). ``aliases`` leads from
    ``section:360000:name`` in any of its spellings to the subject of the section. ``memory`` holds the sections that were looked up before:
    thousands of files of one run name the same ones.
    """

    now: datetime
    level: str | None = None
    units: tuple[tuple[str, str], ...] = ()
    label: str = "end"
    daily: bool = False
    mapping: ColumnMapping | None = None
    ratio: Ratio = WHOLE
    aliases: Mapping[str, str] = field(default_factory=dict)
    memory: dict[tuple[str, str, str, str], str] = field(default_factory=dict, repr=False, compare=False)

    def ratio_of(self, item: str) -> Ratio:
        """The factor for the state of a pollutant; particles have none."""
        return self.ratio if item in GASES else WHOLE

    def unit_of(self, item: str) -> str | None:
        """The declared unit of a pollutant, ``None`` for its own."""
        return dict(self.units).get(item)


@dataclass
class Sheet:
    """A parsed file.

    A table of days has the keys ``subject, day`` and ready day values in ``columns``. Else ``hours`` holds ``line``, the keys (``day, slot,
    item`` with a column per subject, or ``subject, day, slot`` with a column per pollutant) and Int32 thousandths in ``columns``. ``cells``
    = stored + ``repeated`` (equal cells of a second column) + blank + ignored + rejected. ``restated`` are the pollutants that were
    converted from another state and rounded.

    A sheet of ``medium`` water holds the rows of :mod:`yangban.readings.water.frames` in ``hours`` (with ``line``, without ``received``),
    in ``rows`` the number of its rows by what they are, and its own ``basis``; ``flagged`` cells were told by the parser. Those of medium
    sound and nature (:mod:`yangban.readings.sound.frames`, :mod:`yangban.readings.nature.frames`) do likewise.
    """

    layout: str
    hours: pl.DataFrame
    keys: tuple[str, ...]
    columns: tuple[str, ...]
    levels: dict[str, str]
    lines: int = 0
    cells: int = 0
    blank: int = 0
    ignored: int = 0
    rejected: int = 0
    repeated: int = 0
    synthetic: bool = False
    rounded: list[tuple[int, str]] = field(default_factory=list)
    restated: frozenset[str] = frozenset()
    notes: list[str] = field(default_factory=list)
    medium: str = "air"
    basis: str = ""
    flagged: int = 0
    rows: dict[str, int] = field(default_factory=dict)


Refuse = Callable[[Refusal], None]
Advance = Callable[[int], None] | None

MAX_KEPT: Final = 20_000
"""Characters of a refused line that are kept beside its reason; the file itself is kept whole."""

FUTURE_MINUTES: Final = 60
"""An hour label may lie this far after the moment of receipt: instrument clocks run ahead, and a label is the end of its hour. Ours."""
