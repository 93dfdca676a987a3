"""Tidy files: long (subject, time, pollutant, value[, unit]) and wide (subject, time, one column per pollutant), CSV and Parquet.

Headers may be English or Chinese. Values are in µg/m³, CO in mg/m³, unless a unit column, a unit in the header (``CO(µg/m³)``) or the
caller says otherwise. The time is the END of the hour in Beijing time unless the caller says ``start``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import polars as pl

from yangban.base.errors import UnknownUnit
from yangban.base.pollutants import HOURLY_SIX
from yangban.readings.formats.archive import official
from yangban.readings.formats.sheet import FUTURE_MINUTES, Options, Refuse, Sheet, refusal
from yangban.readings.formats.table import Piece, Role, Table
from yangban.readings.formats.text import Refused
from yangban.readings.formats.times import end_label
from yangban.readings.formats.values import convert
from yangban.readings.subjects import resolve
from yangban.readings.units import scale_of

LONG: Final = "tidy-long"
WIDE: Final = "tidy-wide"

_WORDS: Final[dict[str, tuple[str, ...]]] = {
    "station": (
        "station",
        "stationcode",
        "station_code",
        "station_id",
        "站点",
        "站点编码",
        "站点编号",
        "监测点编码",
        "点位编码",
        "测点编码",
    ),
    "subject": (
        "subject",
        "city",
        "region",
        "place",
        "area",
        "county",
        "code",
        "城市",
        "城市名称",
        "地区",
        "区域",
        "行政区",
        "区县",
        "县区",
        "行政区划代码",
    ),
    "time": (
        "time",
        "datetime",
        "date_time",
        "timestamp",
        "timepoint",
        "time_point",
        "时间",
        "监测时间",
        "数据时间",
        "日期时间",
        "观测时间",
        "date",
        "日期",
        "监测日期",
    ),
    "hour": ("hour", "小时", "时"),
    "pollutant": ("pollutant", "item", "parameter", "type", "污染物", "污染物名称", "监测项目", "项目", "指标"),
    "value": ("value", "concentration", "数值", "浓度", "监测值", "值"),
    "unit": ("unit", "units", "单位"),
    "synthetic": ("synthetic", "合成"),
}
_POLLUTANTS: Final[dict[str, str]] = {
    **dict.fromkeys(("pm25", "pm2.5", "pm2_5", "细颗粒物", "细颗粒物(pm2.5)"), "pm25"),
    **dict.fromkeys(("pm10", "可吸入颗粒物", "可吸入颗粒物(pm10)"), "pm10"),
    **dict.fromkeys(("so2", "二氧化硫", "二氧化硫(so2)"), "so2"),
    **dict.fromkeys(("no2", "二氧化氮", "二氧化氮(no2)"), "no2"),
    **dict.fromkeys(("co", "一氧化碳", "一氧化碳(co)"), "co"),
    **dict.fromkeys(("o3", "o3_1h", "臭氧", "臭氧1小时", "臭氧(o3)", "臭氧小时"), "o3"),
}
_DERIVED: Final = re.compile(
    r"aqi|iaqi.*|空气质量指数|(pm2[._]?5|pm10|so2|no2|co|o3)(_8h)?_24h|o3[_-]?8h(_max)?|臭氧8小时|臭氧日最大8小时", re.IGNORECASE
)
_UNIT_TAIL: Final = re.compile(r"^(?P<name>.+?)\s*[（(\[]\s*(?P<unit>[^()（）\[\]]*/[^()（）\[\]]*|pp[mbt]v?)\s*[)）\]]$")
_TRUE: Final = frozenset(("1", "true", "yes", "是", "synthetic", "合成"))


@dataclass(frozen=True)
class Plan:
    """Which column means what: roles by word, pollutants by column with the unit that their header declares."""

    roles: dict[str, int]
    items: dict[int, tuple[str, str | None]] = field(default_factory=dict)
    ignored: tuple[int, ...] = ()

    @property
    def layout(self) -> str:
        """Long when there is a value column, else wide."""
        return LONG if "value" in self.roles else WIDE

    @property
    def subject(self) -> int:
        """The column that names the subject; a station's code goes before the name of its city."""
        return self.roles.get("station", self.roles.get("subject", -1))


def pollutant_word(text: str) -> tuple[str, str | None] | None:
    """The pollutant a header or cell names, and the unit it declares, if any.

    >>> pollutant_word("细颗粒物(µg/m³)"), pollutant_word("PM2.5"), pollutant_word("o3_8h")
    (('pm25', 'µg/m³'), ('pm25', None), None)
    """
    word, unit = text.strip(), None
    tail = _UNIT_TAIL.match(word)
    if tail:
        word, unit = tail["name"], tail["unit"]
    word = (
        word.lower()
        .replace(" ", "")
        .replace("（", "(")
        .replace("）", ")")
        .replace("₂", "2")
        .replace("₃", "3")
        .replace("₁₀", "10")
        .replace("₂.₅", "2.5")
    )
    item = _POLLUTANTS.get(word)
    return (item, unit) if item else None


def recognise(names: Sequence[str]) -> Plan | None:
    """The plan for a header, ``None`` when it is not tidy."""
    lowered = [name.strip().lower() for name in names]
    roles: dict[str, int] = {}
    for role, words in _WORDS.items():
        hit = next((lowered.index(word) for word in words if word in lowered), None)
        if hit is not None and hit not in roles.values():
            roles[role] = hit
    if "time" not in roles or not ({"subject", "station"} & set(roles)):
        return None
    if "value" in roles and "pollutant" in roles:
        return Plan(roles)
    roles = {role: index for role, index in roles.items() if role not in {"value", "pollutant", "unit"}}
    items: dict[int, tuple[str, str | None]] = {}
    for index, name in enumerate(names):
        word = pollutant_word(name)
        if word and index not in roles.values() and word[0] not in {each for each, _ in items.values()}:
            items[index] = word
    ignored = tuple(i for i, name in enumerate(names) if i not in items and i not in roles.values() and _DERIVED.fullmatch(name.strip()))
    return Plan(roles, items, ignored) if items else None


def parse(table: Table, plan: Plan, *, name: str, options: Options, refuse: Refuse) -> Sheet:
    """Parse a tidy CSV whose header :func:`recognise` has recognised."""
    wanted = set(plan.roles.values()) - ({plan.roles["value"]} if "value" in plan.roles else set())
    values = {plan.roles["value"]} if plan.layout == LONG else set(plan.items)
    roles: list[Role] = ["text" if i in wanted else "value" if i in values else "skip" for i in range(len(table.header.names))]
    work = _Work(plan, table.header.names, name, options, refuse)
    for piece in table.pieces(roles):

        def text(row: int, index: int, piece: Piece = piece) -> str:
            return piece.fields(piece.frame["line"][row])[index]

        work.take(piece.frame, text if piece.fast else None, piece.raw)
    sheet = work.sheet(lines=table.lines, refused=table.refused)
    sheet.synthetic = sheet.synthetic or any("synthetic" in each.lower() or "合成" in each for each in table.header.comments)
    return sheet


def parse_parquet(path: Path, *, name: str, options: Options, refuse: Refuse) -> Sheet:
    """Parse a tidy Parquet file; a "line" is then the number of the row, from 1."""
    try:
        frame = pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError) as problem:
        raise Refused("unreadable", str(problem).splitlines()[0]) from None
    plan = recognise(frame.columns)
    if plan is None:
        raise Refused("unknown_layout", "，".join(frame.columns[:8]))
    names = frame.columns
    values = {plan.roles["value"]} if plan.layout == LONG else set(plan.items)
    columns = [_number(frame[names[i]]) if i in values else as_text(frame[names[i]]) for i in (*plan.roles.values(), *plan.items)]
    labels = [f"c{i}" for i in (*plan.roles.values(), *plan.items)]
    plain = pl.DataFrame([column.alias(label) for column, label in zip(columns, labels, strict=True)])
    work = _Work(plan, names, name, options, refuse)
    work.take(
        plain.with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.UInt32).alias("line")),
        None,
        lambda line: ",".join(str(cell) for cell in frame.row(line - 1)),
    )
    return work.sheet(lines=frame.height, refused=0)


def _number(series: pl.Series) -> pl.Series:
    if series.dtype == pl.String:
        return series
    if isinstance(series.dtype, pl.Decimal):
        return series.cast(pl.String)
    # The shortest decimal of a Float32 is what its writer meant; widening it first would add digits that nobody measured.
    return series.cast(pl.String) if series.dtype == pl.Float32 else series.cast(pl.Float64, strict=False)


def as_text(series: pl.Series) -> pl.Series:
    """A column of any type as the text that a CSV of it would hold, instants in Beijing time."""
    if isinstance(series.dtype, pl.Datetime):
        local = series.dt.convert_time_zone("Asia/Shanghai") if series.dtype.time_zone else series
        return local.dt.strftime("%Y-%m-%d %H:%M:%S")
    return series.cast(pl.String)


class _Work:
    """The running state of one file."""

    def __init__(self, plan: Plan, names: Sequence[str], file: str, options: Options, refuse: Refuse) -> None:
        self._plan, self._names, self._file, self._options, self._refuse = plan, names, file, options, refuse
        self._latest = options.now + timedelta(minutes=FUTURE_MINUTES)
        self._width = 1 if plan.layout == LONG else len(plan.items)
        self._moments: dict[tuple[str | None, str | None], tuple[date, int] | str] = {}
        self._levels: dict[str, str] = {}
        self._parts: list[pl.DataFrame] = []
        self._rejected = self._stored = self._ignored = 0
        self._rounded: list[tuple[int, str]] = []
        self._synthetic = False
        self._raw: Callable[[int], str] = str
        try:
            self._scales = {index: scale_of(item, declared or options.unit_of(item)) for index, (item, declared) in plan.items.items()}
        except UnknownUnit as problem:
            raise Refused("unknown_unit", str(problem)) from None

    def take(self, frame: pl.DataFrame, text: Callable[[int, int], str] | None, raw: Callable[[int], str]) -> None:
        """Parse rows; ``text(row, column)`` gives the original text of a numeric cell, ``raw(line)`` a whole line."""
        self._raw = raw
        rows = frame.with_row_index("row")
        if "synthetic" in self._plan.roles:
            marks = rows[f"c{self._plan.roles['synthetic']}"].unique().to_list()
            self._synthetic = self._synthetic or any((mark or "").strip().lower() in _TRUE for mark in marks)
        rows = self._placed(self._timed(rows))
        if self._plan.layout == LONG:
            self._long(rows, text)
        else:
            self._wide(rows, text)

    def _drop(self, rows: pl.DataFrame, rule_column: str, shown: Sequence[int]) -> pl.DataFrame:
        bad = rows.filter(pl.col(rule_column).is_not_null())
        for row in bad.iter_rows(named=True):
            said = ",".join(str(row[f"c{i}"] or "") for i in shown)
            self._refuse(refusal(self._file, row["line"], row[rule_column], text=said, cells=self._width, raw=self._raw(row["line"])))
        self._rejected += bad.height * self._width
        return rows.filter(pl.col(rule_column).is_null()).drop(rule_column)

    def _timed(self, rows: pl.DataFrame) -> pl.DataFrame:
        plan = self._plan
        names = [f"c{plan.roles[role]}" for role in ("time", "hour") if role in plan.roles]
        known: list[tuple[Any, ...]] = []
        for key in rows.select(names).unique().iter_rows():
            label = end_label(key[0] or "", key[1] or "" if len(key) > 1 else None, label=self._options.label)
            rule = label if isinstance(label, str) else "future_time" if label > self._latest else None
            day, slot = official(label) if not isinstance(label, str) else (None, None)
            known.append((*key, day, slot, rule))
        table = pl.DataFrame(
            known, orient="row", schema={**dict.fromkeys(names, pl.String), "day": pl.Date, "slot": pl.Int8, "time_rule": pl.String}
        )
        joined = rows.join(table, on=names, how="left", nulls_equal=True, maintain_order="left")
        return self._drop(joined, "time_rule", [plan.roles[role] for role in ("time", "hour") if role in plan.roles])

    def _placed(self, rows: pl.DataFrame) -> pl.DataFrame:
        column = f"c{self._plan.subject}"
        level = self._options.level or ("station" if "station" in self._plan.roles else None)
        known: list[tuple[Any, ...]] = []
        for name in rows[column].unique().to_list():
            found = resolve(name, level=level) if name else None
            if found:
                self._levels[found.subject] = found.level
            known.append((name, found.subject if found else None, None if found else "unknown_place"))
        table = pl.DataFrame(known, orient="row", schema={column: pl.String, "subject": pl.String, "place_rule": pl.String})
        return self._drop(
            rows.join(table, on=column, how="left", nulls_equal=True, maintain_order="left"), "place_rule", [self._plan.subject]
        )

    def _long(self, rows: pl.DataFrame, text: Callable[[int, int], str] | None) -> None:
        what, unit = f"c{self._plan.roles['pollutant']}", self._plan.roles.get("unit")
        column = self._plan.roles["value"]
        named = [what] if unit is None else [what, f"c{unit}"]
        for key in rows.select(named).unique(maintain_order=True).iter_rows():
            same = pl.all_horizontal(
                pl.col(name).eq_missing(pl.lit(value, dtype=pl.String)) for name, value in zip(named, key, strict=True)
            )
            group = rows.filter(same)
            word = pollutant_word(key[0] or "")
            if word is None:
                if _DERIVED.fullmatch((key[0] or "").strip()):
                    self._ignored += group.height
                else:
                    self._drop(group.with_columns(rule=pl.lit("unknown_pollutant")), "rule", [self._plan.roles["pollutant"]])
                continue
            item, declared = word
            try:
                scale = scale_of(
                    item,
                    (key[1] or "").strip() or declared or self._options.unit_of(item)
                    if unit is not None
                    else declared or self._options.unit_of(item),
                )
            except UnknownUnit:
                self._drop(
                    group.with_columns(rule=pl.lit("unknown_unit")),
                    "rule",
                    [self._plan.roles["pollutant"], *([unit] if unit is not None else [])],
                )
                continue
            values = self._values(group, column, item, scale, text)
            self._parts.append(group.select("line", "subject", "day", "slot").with_columns(values.alias(item)))

    def _wide(self, rows: pl.DataFrame, text: Callable[[int, int], str] | None) -> None:
        columns = []
        for index, (item, _) in self._plan.items.items():
            columns.append(self._values(rows, index, item, self._scales[index], text).alias(item))
        self._parts.append(rows.select("line", "subject", "day", "slot").with_columns(columns))

    def _values(
        self, rows: pl.DataFrame, column: int, item: str, scale: tuple[int, int], text: Callable[[int, int], str] | None
    ) -> pl.Series:
        series, places, lines = rows[f"c{column}"], rows["row"], rows["line"]
        values, troubles = convert(series, *scale, text=(lambda row: text(places[row], column)) if text else None)
        fixed: dict[int, int] = {}
        for each in troubles:
            if each.rule:
                said = self._names[column] if self._plan.layout == WIDE else item
                self._refuse(
                    refusal(self._file, lines[each.row], each.rule, text=each.text.strip(), column=f"{rows['subject'][each.row]} {said}")
                )
                self._rejected += 1
            elif each.value is not None:
                fixed[each.row] = each.value
                if each.rounded:
                    self._rounded.append((lines[each.row], item))
        if fixed:
            values = values.scatter(list(fixed), list(fixed.values()))
        self._stored += values.len() - values.null_count()
        return values

    def sheet(self, *, lines: int, refused: int) -> Sheet:
        """The finished sheet; ``refused`` lines never reached the columns."""
        schema = {"line": pl.UInt32, "subject": pl.String, "day": pl.Date, "slot": pl.Int8, **dict.fromkeys(HOURLY_SIX, pl.Int32)}
        hours = pl.concat([pl.DataFrame(schema=schema), *self._parts], how="diagonal")
        sheet = Sheet(self._plan.layout, hours, ("subject", "day", "slot"), HOURLY_SIX, self._levels)
        ignored_columns = (lines + refused) * len(self._plan.ignored)
        sheet.lines = lines + refused
        sheet.cells = sheet.lines * self._width + ignored_columns
        sheet.ignored = self._ignored + ignored_columns
        sheet.rejected = self._rejected + refused * self._width
        sheet.blank = sheet.cells - sheet.ignored - sheet.rejected - self._stored
        sheet.rounded = self._rounded
        sheet.synthetic = self._synthetic
        return sheet
