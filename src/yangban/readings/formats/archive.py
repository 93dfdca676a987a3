"""The layout of the national archive of real-time releases: ``date,hour,type,<place>,<place>…``.

One line per hour and type, one column per city (or per station code). Of its 15 types the six hourly concentrations are stored, in
µg/m³ and CO in mg/m³ as the national centre releases them; the AQI and the running means can be computed and are counted as ignored.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Final

import polars as pl

from yangban.base.exact import plain
from yangban.readings.formats.sheet import FUTURE_MINUTES, Options, Refuse, Sheet, refusal
from yangban.readings.formats.table import Header, Piece, Role, Table
from yangban.readings.formats.times import end_label
from yangban.readings.formats.values import Trouble, convert, convert_block, judge
from yangban.readings.subjects import Found, resolve
from yangban.readings.units import WHOLE, Ratio, scale_of

LAYOUT: Final = "archive-hourly"

TYPES: Final = {"PM2.5": "pm25", "PM10": "pm10", "SO2": "so2", "NO2": "no2", "CO": "co", "O3": "o3"}
IGNORED: Final = frozenset(("AQI", "PM2.5_24h", "PM10_24h", "SO2_24h", "NO2_24h", "CO_24h", "O3_24h", "O3_8h", "O3_8h_24h"))
_AGAIN: Final = "\t"
"""Between a subject and the index of a further column of the same place."""

_KEY_NAMES: Final = {"date": ("date", "日期"), "hour": ("hour", "小时", "时"), "type": ("type", "类型", "指标")}


def key_columns(names: Sequence[str]) -> dict[str, int] | None:
    """Where date, hour and type stand, in any order; ``None`` when this is not the archive's header."""
    lowered = [name.lower() for name in names]
    found = {key: next((lowered.index(word) for word in words if word in lowered), -1) for key, words in _KEY_NAMES.items()}
    return None if -1 in found.values() or len(names) < 4 else found


def places(header: Header, keys: dict[str, int], level: str | None) -> dict[int, Found | None]:
    """For each place column the subject that it means, ``None`` when unknown."""
    return {i: resolve(name, level=level) for i, name in enumerate(header.names) if i not in keys.values()}


def parse(table: Table, *, name: str, options: Options, refuse: Refuse) -> Sheet:
    """Parse one archive file whose header :func:`key_columns` has recognised."""
    keys = key_columns(table.header.names)
    if keys is None:
        raise ValueError("not the archive's header")
    found = places(table.header, keys, options.level)
    taken: dict[str, int] = {}
    unknown: list[int] = []
    for index, subject in found.items():
        if subject is None:
            unknown.append(index)
        else:
            # The archive has two columns for some places, under an old and a new name; one of them is empty as a rule.
            code = subject.subject
            taken[code if code not in taken else f"{code}{_AGAIN}{index}"] = index
    roles: list[Role] = ["text" if i in keys.values() else "value" for i in range(len(table.header.names))]
    work = _Work(name, options, refuse, keys, taken, unknown, table.header.names)
    for piece in table.pieces(roles):
        work.take(piece)
    lost = work.report_unknown(table.header.line)
    hours = pl.concat(work.parts) if work.parts else work.empty()
    stored = sum(hours.height - hours[code].null_count() for code in taken)
    hours, repeated, differing = work.one_column_each(hours)
    subjects = tuple(code for code in taken if _AGAIN not in code)
    width = len(found)
    sheet = Sheet(LAYOUT, hours, ("day", "slot", "item"), subjects, {each.subject: each.level for each in found.values() if each})
    sheet.lines = table.lines + table.refused
    sheet.cells = sheet.lines * width
    sheet.ignored = work.ignored * width
    sheet.blank = sheet.cells - sheet.ignored - work.rejected - lost - table.refused * width - stored
    sheet.rejected = work.rejected + lost + table.refused * width + differing
    sheet.repeated = repeated
    sheet.rounded = work.rounded
    sheet.restated = frozenset(item for item in TYPES.values() if options.ratio_of(item) != WHOLE)
    sheet.notes = [f"不认识：{table.header.names[i]}" for i in unknown]
    return sheet


class _Work:
    """The running state of one file."""

    def __init__(
        self,
        name: str,
        options: Options,
        refuse: Refuse,
        keys: dict[str, int],
        taken: dict[str, int],
        unknown: list[int],
        names: Sequence[str],
    ) -> None:
        self._name, self._options, self._refuse = name, options, refuse
        self._keys, self._taken, self._unknown, self._names = keys, taken, unknown, names
        self._moments: dict[tuple[str | None, str | None], tuple[date, int] | str] = {}
        self._unknown_cells = dict.fromkeys(unknown, 0)
        self._latest = options.now + timedelta(minutes=FUTURE_MINUTES)
        self.parts: list[pl.DataFrame] = []
        self.ignored = self.rejected = 0
        self.rounded: list[tuple[int, str]] = []

    def empty(self) -> pl.DataFrame:
        return pl.DataFrame(
            schema={"line": pl.UInt32, "day": pl.Date, "slot": pl.Int8, "item": pl.String, **dict.fromkeys(self._taken, pl.Int32)}
        )

    def take(self, piece: Piece) -> None:
        """Parse the rows of one block."""
        frame = piece.frame
        days: list[date | None] = []
        slots: list[int | None] = []
        items: list[str | None] = []
        width = len(self._taken) + len(self._unknown)
        columns = [frame[f"c{self._keys[key]}"].to_list() for key in ("date", "hour", "type")]
        for row, (day, hour, kind) in enumerate(zip(*columns, strict=True)):
            moment = self._moments.get((day, hour))
            if moment is None:
                moment = self._moments[day, hour] = self._moment(day or "", hour or "")
            word = (kind or "").strip()
            item = TYPES.get(word)
            rule = moment if isinstance(moment, str) else "" if item or word in IGNORED else "unknown_type"
            if rule:
                text = f"{day or ''},{hour or ''},{word}"
                line = frame["line"][row]
                self._refuse(refusal(self._name, line, rule, text=text, cells=width, raw=piece.raw(line)))
                self.rejected += width
            elif not item:
                self.ignored += 1
            keep = not rule and item is not None
            days.append(moment[0] if keep and not isinstance(moment, str) else None)
            slots.append(moment[1] if keep and not isinstance(moment, str) else None)
            items.append(item if keep else None)
        keyed = frame.with_columns(
            pl.Series("day", days, dtype=pl.Date), pl.Series("slot", slots, dtype=pl.Int8), pl.Series("item", items, dtype=pl.String)
        ).filter(pl.col("item").is_not_null())
        for index in self._unknown:
            self._unknown_cells[index] += _filled(keyed[f"c{index}"])
        scales = {item: (scale_of(item, self._options.unit_of(item)), self._options.ratio_of(item)) for item in TYPES.values()}
        for scale in sorted(set(scales.values())):
            wanted = [item for item, each in scales.items() if each == scale]
            rows = keyed if len(wanted) == len(scales) else keyed.filter(pl.col("item").is_in(wanted))
            if rows.height:
                self.parts.append(self._numbers(piece, rows, *scale))

    def _moment(self, day: str, hour: str) -> tuple[date, int] | str:
        label = end_label(day, hour, label=self._options.label)
        if isinstance(label, str):
            return label
        if label > self._latest:
            return "future_time"
        return official(label)

    def _numbers(self, piece: Piece, rows: pl.DataFrame, scale: Ratio, ratio: Ratio) -> pl.DataFrame:
        numerator, denominator = scale
        lines, items = rows["line"], rows["item"]
        columns = [rows[f"c{index}"] for index in self._taken.values()]
        done: list[pl.Series] = []
        if piece.fast:
            done, odd = convert_block(columns, numerator, denominator, ratio=ratio)
            for number, row in odd:
                text = piece.fields(lines[row])[list(self._taken.values())[number]]
                verdict = judge(text, numerator * ratio[0], denominator * ratio[1])
                trouble = Trouble(row, text, verdict.value, verdict.rule, verdict.rounded)
                done[number] = self._settled(done[number], [trouble], number, lines, items)
        else:
            for number, column in enumerate(columns):
                values, troubles = convert(column, numerator, denominator, ratio=ratio)
                done.append(self._settled(values, troubles, number, lines, items))
        return rows.select("line", "day", "slot", "item").hstack([each.alias(code) for code, each in zip(self._taken, done, strict=True)])

    def _settled(self, values: pl.Series, troubles: list[Trouble], number: int, lines: pl.Series, items: pl.Series) -> pl.Series:
        """Refuse or put in the cells that were judged by their text."""
        code, index = list(self._taken.items())[number]
        fixed: dict[int, int] = {}
        for each in troubles:
            if each.rule:
                where = f"{self._names[index]} {items[each.row]}"
                self._refuse(refusal(self._name, lines[each.row], each.rule, text=each.text.strip(), column=where))
                self.rejected += 1
            elif each.value is not None:
                fixed[each.row] = each.value
                if each.rounded:
                    self.rounded.append((lines[each.row], code.partition(_AGAIN)[0]))
        return values.scatter(list(fixed), list(fixed.values())) if fixed else values

    def one_column_each(self, hours: pl.DataFrame) -> tuple[pl.DataFrame, int, int]:
        """Lay several columns of one place into the first of them; gives also how many cells were equal and how many were refused."""
        equal = different = 0
        for again in [name for name in self._taken if _AGAIN in name]:
            code = again.partition(_AGAIN)[0]
            if hours[again].null_count() == hours.height:
                hours = hours.drop(again)
                continue
            equal += int((hours[code] == hours[again]).sum())
            clash = hours.filter(pl.col(code) != pl.col(again))
            for line, item, value in clash.select("line", "item", again).iter_rows():
                column = f"{self._names[self._taken[again]]} {item}"
                self._refuse(refusal(self._name, line, "duplicate_column", text=plain(Fraction(value, 1000), 3), column=column))
            different += clash.height
            hours = hours.with_columns(pl.coalesce(code, again).alias(code)).drop(again)
        return hours, equal, different

    def report_unknown(self, line: int) -> int:
        """Name every unknown column that held values; give the number of its cells."""
        for index in self._unknown:
            n = self._unknown_cells[index]
            if n:
                self._refuse(
                    refusal(
                        self._name,
                        line,
                        "unknown_place",
                        column=self._names[index] or f"第 {index + 1} 列",
                        cells=n,
                        detail=f"共 {n} 个值，原文件已存",
                    )
                )
        return sum(self._unknown_cells.values())


def official(label: datetime) -> tuple[date, int]:
    """Official day and slot of an end-of-hour label: 00:00 is slot 24 of the day before.

    >>> official(datetime(2022, 1, 1, 0)), official(datetime(2022, 1, 1, 1))
    ((datetime.date(2021, 12, 31), 24), (datetime.date(2022, 1, 1), 1))
    """
    before = label - timedelta(hours=1)
    return before.date(), before.hour + 1


def _filled(series: pl.Series) -> int:
    if series.dtype == pl.String:
        return int((series.str.strip_chars().fill_null("") != "").sum())
    return series.len() - series.null_count()
