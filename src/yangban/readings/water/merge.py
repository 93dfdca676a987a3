"""Rows of water laid over rows: the order in which they were released decides, and every cell is accounted for.

Rows of one section and time stand in the order of their release; rows without one come last, in the order of receipt. For each item the
last value wins, a blank never erases. A value that repeats the one before it is a duplicate, one that differs is a correction, and a
value that arrives after a later release has already spoken is left out and counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from yangban.readings.water.frames import ITEMS, SCHEMA, TIME, bit

_IDS: Final = ("subject", "time")
_STORED: Final = -1

COUNTS: Final = ("duplicate", "corrected", "older")
"""Cells by what became of them; all others with a value are new."""

ROWS: Final = ("section_times", "repeated", "corrected", "revised")
"""Rows: section-times named for the first time, rows that name one again, section-times with a replaced value or class, and those that
came back different in any way, also by a blank."""


@dataclass(frozen=True)
class Laid:
    """``rows`` is the whole table after the merge, ``changed`` whether it differs from the one before.

    ``counts`` has ``file`` and the :data:`COUNTS`, ``of_rows`` has ``file`` and the :data:`ROWS`; ``corrections`` lists ``file, subject,
    time, item, old, new`` (of the published class: item ``published`` with the texts in ``old_text`` and ``new_text``).
    """

    rows: pl.DataFrame
    changed: bool
    counts: pl.DataFrame
    of_rows: pl.DataFrame
    corrections: pl.DataFrame


_CORRECTION_COLUMNS: Final[dict[str, Any]] = {
    "file": pl.Int32,
    "subject": pl.String,
    "time": TIME,
    "item": pl.String,
    "old": pl.Int64,
    "new": pl.Int64,
    "old_text": pl.String,
    "new_text": pl.String,
}
_CORRECTIONS: Final = pl.Schema(_CORRECTION_COLUMNS)


class _Order:
    """The rows of both tables in the order that counts, and where each group of one section and time begins and ends."""

    def __init__(self, rows: pl.DataFrame) -> None:
        self.rows = rows
        self.n = rows.height
        subject, time = rows["subject"], rows["time"]
        first = (subject.ne_missing(subject.shift(1)) | time.ne_missing(time.shift(1))).fill_null(value=True)
        if self.n:
            first[0] = True
        self.first = first
        self.last = first.shift(-1, fill_value=True)
        self.at = pl.int_range(self.n, dtype=pl.UInt32, eager=True)
        self.begin = _where(first, self.at).forward_fill()
        self.stored = rows["file"] == _STORED
        group = first.cum_sum()
        ahead = _where(self.stored, self.at).backward_fill()
        # The stored row holds what its release and all before it said; the same release seen again tells nothing new.
        self.again = self.stored.shift(1, fill_value=False) & (rows["released"] == rows["released"].shift(1)).fill_null(value=False)
        # Only a stored row of the same section and time speaks against an older release.
        self.later = _where((group.gather(ahead) == group).fill_null(value=False) & ~self.stored, ahead)

    def final(self, values: pl.Series) -> pl.Series:
        """For each row the place of the last value up to and with it in its group, null where there is none."""
        place = _where(values.is_not_null(), self.at).forward_fill()
        return _where((place >= self.begin).fill_null(value=False), place)

    def before(self, final: pl.Series) -> pl.Series:
        """The same for what stood before each row."""
        place = final.shift(1)
        return _where((place >= self.begin).fill_null(value=False), place)


def _where(mask: pl.Series, values: pl.Series) -> pl.Series:
    return pl.select(pl.when(mask).then(values)).to_series()


def lay(old: pl.DataFrame, new: pl.DataFrame, *, received: Any) -> Laid:
    """Lay ``new`` over ``old``, both of one basis.

    ``old`` has the lake's shape. ``new`` has ``file`` (a number not below 0), ``subject``, ``time``, ``basis``, ``network``, ``synthetic``,
    ``released``, ``below``, ``published``, ``state`` and some items, in the order of receipt. ``received`` stamps the rows that change.
    """
    ids = list(_IDS)
    hit = old.join(new.select(ids).unique(), on=ids, how="semi")
    items = [each for each in ITEMS if each in new.columns or (hit.height and hit[each].null_count() < hit.height)]
    columns = ["file", *ids, "basis", "network", "synthetic", "received", "released", *items, "below", "published", "state"]
    fresh = new.with_columns(
        pl.lit(received).cast(SCHEMA["received"]).alias("received"),
        *(pl.lit(None, dtype=pl.Int64).alias(each) for each in items if each not in new.columns),
    ).select(columns)
    stored = hit.with_columns(pl.lit(_STORED, dtype=pl.Int32).alias("file")).select(columns)
    rows = pl.concat([stored, fresh]).sort(*ids, "released", nulls_last=True, maintain_order=True)
    order = _Order(rows)
    tally = _Tally(order)
    final: dict[str, pl.Series] = {}
    places: dict[str, pl.Series] = {}
    for item in items:
        places[item] = order.final(rows[item])
        tally.take(item, rows[item], places[item])
        final[item] = rows[item].gather(places[item])
    for text in ("published", "state"):
        places[text] = order.final(rows[text])
        final[text] = rows[text].gather(places[text])
    tally.take_class(rows["published"], places["published"])
    final["below"] = _bits(rows["below"], {each: places[each] for each in items})
    final["synthetic"] = _marks(rows["synthetic"], [places[each] for each in items])
    ends = rows.with_columns(series.alias(name) for name, series in final.items()).filter(order.last)
    touched = ends.filter(_differs(order, rows, final))
    whole = touched.with_columns(
        pl.lit(received).cast(SCHEMA["received"]).alias("received"),
        *(pl.lit(None, dtype=pl.Int64).alias(each) for each in ITEMS if each not in items),
    ).select(SCHEMA.names())
    laid = pl.concat([old.join(whole.select(ids), on=ids, how="anti"), whole]) if whole.height else old
    return Laid(laid, bool(whole.height), tally.counts(), tally.of_rows(), tally.corrections())


def _bits(below: pl.Series, places: dict[str, pl.Series]) -> pl.Series:
    """The bits of the rows from which the values come."""
    if not (below != 0).any():
        return below
    total = pl.Series("below", [0], dtype=pl.Int64).new_from_index(0, below.len())
    for item, place in places.items():
        total = total + (below & bit(item)).gather(place).fill_null(0)
    return total


def _marks(synthetic: pl.Series, places: Sequence[pl.Series]) -> pl.Series:
    """A row is marked while any of its values comes from a marked one."""
    if not synthetic.any():
        return synthetic
    marked = pl.Series([False]).new_from_index(0, synthetic.len())
    for place in places:
        marked = marked | synthetic.gather(place).fill_null(value=False)
    return marked


def _differs(order: _Order, rows: pl.DataFrame, final: dict[str, pl.Series]) -> pl.Series:
    """For each group whether its end differs from what is stored; a group that is not stored does."""
    at_stored = order.stored.arg_true()
    place = pl.DataFrame({"begin": order.begin.gather(at_stored), "place": at_stored.cast(pl.UInt32)})
    ends = pl.DataFrame({"begin": order.begin.filter(order.last)}).join(place, on="begin", how="left", maintain_order="left")["place"]
    differs = ends.is_null()
    for name, series in (*final.items(), ("released", rows["released"])):
        now = series.filter(order.last)
        differs = differs | now.ne_missing(rows[name].gather(ends))
    return differs


class _Tally:
    """What became of every cell and row that is not a stored one."""

    def __init__(self, order: _Order) -> None:
        self._order = order
        zero = pl.Series([0], dtype=pl.UInt32).new_from_index(0, order.n)
        self._cells = dict.fromkeys(COUNTS, zero)
        self._corrected = pl.Series([False]).new_from_index(0, order.n)
        self._revised = self._corrected
        self._listed: list[pl.DataFrame] = []
        self._news = ~order.stored

    def _judge(self, values: pl.Series, final: pl.Series) -> tuple[pl.Series, pl.Series, pl.Series, pl.Series]:
        order = self._order
        is_new = values.is_not_null() & self._news
        was = values.gather(order.before(final))
        ahead = values.gather(order.later)
        old = is_new & ahead.is_not_null()
        same = (old & (values == ahead)) | (is_new & ~old & (values == was))
        other = is_new & ~old & (values != was)
        other_row = values.ne_missing(values.shift(1)) & ~order.first & self._news & order.later.is_null() & ~order.again
        self._revised = self._revised | other_row
        self._corrected = self._corrected | other.fill_null(value=False)
        return same.fill_null(value=False), other.fill_null(value=False), (old & (values != ahead)).fill_null(value=False), was

    def take(self, item: str, values: pl.Series, final: pl.Series) -> None:
        """The cells of one item."""
        same, other, older, was = self._judge(values, final)
        for name, mask in zip(COUNTS, (same, other, older), strict=True):
            self._cells[name] = self._cells[name] + mask.cast(pl.UInt32)
        if other.any():
            self._list(item, other, old=was, new=values)

    def take_class(self, values: pl.Series, final: pl.Series) -> None:
        """The published class: listed when it changes, and no cell."""
        _, other, _, was = self._judge(values, final)
        if other.any():
            self._list("published", other, old_text=was, new_text=values)

    def _list(self, item: str, mask: pl.Series, **columns: pl.Series) -> None:
        found = self._order.rows.select("file", *_IDS).with_columns(series.alias(name) for name, series in columns.items()).filter(mask)
        found = found.with_columns(
            pl.lit(item).alias("item"),
            *(pl.lit(None, dtype=dtype).alias(name) for name, dtype in _CORRECTIONS.items() if name not in {*found.columns, "item"}),
        )
        self._listed.append(found.select(_CORRECTIONS.names()).cast(_CORRECTIONS))

    def counts(self) -> pl.DataFrame:
        """Cells by file."""
        return self._by_file(self._cells)

    def of_rows(self) -> pl.DataFrame:
        """Rows by file; a section-time is counted once for each file that changed it."""
        order = self._order
        masks = {
            "section_times": order.first & order.later.is_null(),
            "repeated": ~order.first | order.later.is_not_null(),
            "corrected": self._once(self._corrected),
            "revised": self._once(self._revised),
        }
        return self._by_file({name: mask.cast(pl.UInt32) for name, mask in masks.items()})

    def _once(self, mask: pl.Series) -> pl.Series:
        """The first marked row of each group and file."""
        hit = pl.DataFrame({"begin": self._order.begin, "file": self._order.rows["file"], "at": self._order.at}).filter(mask)
        return self._order.at.is_in(hit.unique(["begin", "file"], keep="first")["at"].implode())

    def _by_file(self, columns: dict[str, pl.Series]) -> pl.DataFrame:
        frame = pl.DataFrame({"file": self._order.rows["file"], **columns}).filter(self._news)
        return frame.group_by("file", maintain_order=True).agg(pl.col(each).sum() for each in columns)

    def corrections(self) -> pl.DataFrame:
        """Every replaced value and class, in the order of section and time."""
        return pl.concat([pl.DataFrame(schema=_CORRECTIONS), *self._listed]).sort("subject", "time", maintain_order=True)
