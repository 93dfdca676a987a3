"""Tidy files: long (subject, time, pollutant, value[, unit]) and wide (subject, time, one column per pollutant), of hours or of days.

Headers may be English or Chinese. Values are in µg/m³, CO in mg/m³, unless a unit column, a unit in the header (``CO(µg/m³)``) or the
caller says otherwise; a file whose CO names no unit and cannot be in mg/m³ is refused, never converted by guess. The time is the END of
the hour in Beijing time unless the caller says ``start``; it may also stand in columns year, month, day and hour.

A table of *days* has dates without hours and ozone as the daily maximum of 8 hours; it brings ready day values.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import polars as pl

from yangban.base.errors import UnknownUnit
from yangban.base.pollutants import AIR_SIX, HOURLY_SIX, heading
from yangban.readings.formats.archive import official
from yangban.readings.formats.extent import refuse_parquet
from yangban.readings.formats.sheet import FUTURE_MINUTES, Options, Refuse, Sheet, refusal
from yangban.readings.formats.table import Piece, Role, Table
from yangban.readings.formats.text import Refused
from yangban.readings.formats.times import day_label, end_label, is_bare_date
from yangban.readings.formats.values import convert
from yangban.readings.subjects import resolve
from yangban.readings.units import WHOLE, scale_of

LONG: Final = "tidy-long"
WIDE: Final = "tidy-wide"
DAILY_LONG: Final = "daily-long"
DAILY_WIDE: Final = "daily-wide"

PEEKED_ROWS: Final = 50
"""Rows that are looked at to tell days from hours."""

CO_MEDIAN: Final = 50_000
"""Thousandths of mg/m³ that the median of carbon monoxide cannot reach: the highest single hours seen in China are about 30 mg/m³, while
the same air in µg/m³ has medians of 300 and more. Ours."""

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
    "year": ("year", "年", "年份"),
    "month": ("month", "月", "月份"),
    "day": ("day", "日"),
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
_INDEX: Final = re.compile(r"i?aqi.*|空气质量(分)?指数.*", re.IGNORECASE)
_WHOLE_FLOAT: Final = re.compile(r"\.0+$")
_TRUE: Final = frozenset(("1", "true", "yes", "是", "synthetic", "合成"))


@dataclass(frozen=True)
class Plan:
    """Which column means what: roles by word, pollutants by column with the unit that their header declares.

    ``daily``: one row per place and day. ``unclear`` are columns of ozone of which a table of days does not say what they hold;
    ``clash`` names two columns of one pollutant, of which nobody has said which one counts.
    """

    roles: dict[str, int]
    items: dict[int, tuple[str, str | None]] = field(default_factory=dict)
    ignored: tuple[int, ...] = ()
    daily: bool = False
    unclear: tuple[int, ...] = ()
    clash: str = ""

    @property
    def long(self) -> bool:
        """Whether there is a row per value and not one per time."""
        return "value" in self.roles

    @property
    def layout(self) -> str:
        """The word by which receipts name the layout."""
        if self.daily:
            return DAILY_LONG if self.long else DAILY_WIDE
        return LONG if self.long else WIDE

    @property
    def moment(self) -> tuple[int, ...]:
        """The columns that tell the time, in the order in which :meth:`when` takes their cells."""
        return tuple(self.roles[role] for role in ("time", "year", "month", "day", "hour") if role in self.roles)

    def when(self, cells: Sequence[str], *, label: str, latest: datetime) -> tuple[date, int] | str:
        """Official day and slot of a row (slot 0 in a table of days), or the id of the rule that refuses its time."""
        hour = cells[-1] if "hour" in self.roles else None
        text = cells[0] if "time" in self.roles else "-".join(_WHOLE_FLOAT.sub("", cell.strip()) for cell in cells[:3])
        if self.daily:
            day = day_label(text)
            return day if isinstance(day, str) else "future_time" if day > latest.date() else (day, 0)
        moment = end_label(text, hour, label=label)
        return moment if isinstance(moment, str) else "future_time" if moment > latest else official(moment)

    def item(self, text: str) -> tuple[str, str | None] | None:
        """The pollutant that a cell of a long table names, and the unit it declares."""
        return day_word(text) if self.daily else pollutant_word(text)

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


def day_word(text: str) -> tuple[str, str | None] | None:
    """The pollutant that a heading of a table of days names, and the unit it declares, if any.

    >>> day_word("O3_8h"), day_word("臭氧日最大8小时(μg/m³)"), day_word("O3")
    (('o3_8h', None), ('o3_8h', 'µg/m³'), None)
    """
    said = heading(text)
    word = said.word(hourly=False) if said else None
    return (word, said.unit or None) if said and word else None


def choose(names: Sequence[str], sample: Sequence[Sequence[str]], options: Options) -> Plan | None:
    """The plan for a header and its first rows, of hours or of days; ``None`` when it is not tidy.

    Raises :class:`~yangban.readings.formats.text.Refused` when the header contradicts the mapping, or when two columns of a table of days
    hold one pollutant.
    """
    if options.mapping is not None:
        hours = options.mapping.plan(names)
        days = replace(hours, daily=True, items={i: each for i, each in hours.items.items() if each[0] in AIR_SIX})
        if options.daily or options.mapping.daily:
            return days
        return (
            days
            if _is_of_days(days, hours, sample)
            else replace(hours, items={i: each for i, each in hours.items.items() if each[0] in HOURLY_SIX})
        )
    found = recognise(names)
    of_days = recognise(names, daily=True)
    if not options.daily and (of_days is None or not _is_of_days(of_days, found, sample)):
        return found
    if of_days is not None and of_days.clash:
        raise Refused("two_columns", of_days.clash)
    return of_days


def _is_of_days(days: Plan, hours: Plan | None, sample: Sequence[Sequence[str]]) -> bool:
    """Whether the first rows hold dates without hours, and ozone of 8 hours.

    Midnight beside each date is what programs write for a bare date; it is taken for one where the dates differ and no hourly ozone stands
    beside.
    """
    if "hour" in days.roles:
        return False
    rows = [row for row in sample if len(row) > max((*days.roles.values(), *days.items), default=0)]
    if days.long:
        ozone = any((word := day_word(row[days.roles["pollutant"]])) and word[0] == "o3_8h" for row in rows)
    else:
        ozone = "o3_8h" in {item for item, _ in days.items.values()}
    if not rows or not ozone:
        return False
    if "time" not in days.roles:
        return True
    # Remarks below a table, and rows with a broken time, say neither.
    texts = [text for row in rows if not isinstance(end_label(text := row[days.roles["time"]]), str) or is_bare_date(text)]
    if not texts or sum(map(is_bare_date, texts)) * 2 > len(texts):
        return bool(texts)
    labels = {day_label(text) for text in texts}
    hourly_ozone = hours is not None and "o3" in {item for item, _ in hours.items.values()}
    return len(labels) > 1 and not any(isinstance(each, str) for each in labels) and not hourly_ozone and not days.long


def recognise(names: Sequence[str], *, daily: bool = False) -> Plan | None:
    """The plan for a header as one of hours, or of days, ``None`` when it is not tidy."""
    lowered = [name.strip().lower() for name in names]
    roles: dict[str, int] = {}
    for role, words in _WORDS.items():
        hit = next((lowered.index(word) for word in words if word in lowered), None)
        if hit is not None and hit not in roles.values():
            roles[role] = hit
    if "time" not in roles and "day" in roles and not {"year", "month"} <= set(roles):
        roles["time"] = roles["day"]
    if "time" in roles:
        roles = {role: index for role, index in roles.items() if role not in {"year", "month", "day"}}
    if not ({"time"} <= set(roles) or {"year", "month", "day"} <= set(roles)) or not ({"subject", "station"} & set(roles)):
        return None
    if "value" in roles and "pollutant" in roles:
        return Plan(roles, daily=daily)
    roles = {role: index for role, index in roles.items() if role not in {"value", "pollutant", "unit"}}
    if daily:
        return _of_days(names, roles)
    items: dict[int, tuple[str, str | None]] = {}
    for index, name in enumerate(names):
        word = pollutant_word(name)
        if word and index not in roles.values() and word[0] not in {each for each, _ in items.values()}:
            items[index] = word
    ignored = tuple(i for i, name in enumerate(names) if i not in items and i not in roles.values() and _DERIVED.fullmatch(name.strip()))
    return Plan(roles, items, ignored) if items else None


def _of_days(names: Sequence[str], roles: dict[str, int]) -> Plan | None:
    items: dict[int, tuple[str, str | None]] = {}
    unclear, clash = [], ""
    for index, name in enumerate(names):
        if index in roles.values():
            continue
        word, said = day_word(name), heading(name)
        if word:
            twice = next((names[i] for i, (item, _) in items.items() if item == word[0]), None)
            if twice is None:
                items[index] = word
            else:
                clash = clash or f"{twice}、{name}"
        elif said and said.unclear(hourly=False):
            unclear.append(index)
    if "o3_8h" in {item for item, _ in items.values()}:
        # Beside the 8-hour ozone, a bare "O3" can only be the 1-hour maximum, which is no day value of the six.
        unclear = []
    ignored = tuple(i for i, name in enumerate(names) if i not in items and i not in roles.values() and _INDEX.fullmatch(name.strip()))
    return Plan(roles, items, ignored, True, tuple(unclear), clash) if items else None


def parse(table: Table, plan: Plan, *, name: str, options: Options, refuse: Refuse) -> Sheet:
    """Parse a tidy CSV for whose header :func:`choose` has given the plan."""
    wanted = set(plan.roles.values()) - ({plan.roles["value"]} if plan.long else set()) | set(plan.unclear)
    values = {plan.roles["value"]} if plan.long else set(plan.items)
    roles: list[Role] = ["text" if i in wanted else "value" if i in values else "skip" for i in range(len(table.header.names))]
    work = _Work(plan, table.header.names, name, options, refuse)
    for piece in table.pieces(roles):

        def text(row: int, index: int, piece: Piece = piece) -> str:
            return piece.fields(piece.frame["line"][row])[index]

        work.take(piece.frame, text if piece.fast else None, piece.raw)
    sheet = work.sheet(lines=table.lines, refused=table.refused, header=table.header.line)
    sheet.synthetic = sheet.synthetic or any("synthetic" in each.lower() or "合成" in each for each in table.header.comments)
    return sheet


def parse_parquet(path: Path, *, name: str, options: Options, refuse: Refuse) -> Sheet:
    """Parse a tidy Parquet file; a "line" is then the number of the row, from 1."""
    refuse_parquet(path)
    try:
        frame = pl.read_parquet(path)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as problem:
        raise Refused("unreadable", f"{problem}".partition("\n")[0][:200]) from None
    sample = frame.head(PEEKED_ROWS)
    rows = [["" if cell is None else cell for cell in row] for row in sample.select(as_text(each) for each in sample).iter_rows()]
    plan = choose(frame.columns, rows, options)
    if plan is None:
        raise Refused("unknown_layout", "，".join(frame.columns[:8]))
    names = frame.columns
    values = {plan.roles["value"]} if plan.long else set(plan.items)
    used = (*plan.roles.values(), *plan.items, *plan.unclear)
    columns = [_number(frame[names[i]]) if i in values else as_text(frame[names[i]]) for i in used]
    labels = [f"c{i}" for i in used]
    plain = pl.DataFrame([column.alias(label) for column, label in zip(columns, labels, strict=True)])
    work = _Work(plan, names, name, options, refuse)
    work.take(
        plain.with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.UInt32).alias("line")),
        None,
        lambda line: ",".join(str(cell) for cell in frame.row(line - 1)),
    )
    return work.sheet(lines=frame.height, refused=0, header=0)


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
        self._width = 1 if plan.long else len(plan.items)
        self._keys = ("subject", "day") if plan.daily else ("subject", "day", "slot")
        self._items = AIR_SIX if plan.daily else HOURLY_SIX
        self._unclear = dict.fromkeys(plan.unclear, 0)
        self._co: list[pl.Series] = []
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
        for index in self._unclear:
            self._unclear[index] += int((rows[f"c{index}"].str.strip_chars().fill_null("") != "").sum())
        rows = self._placed(self._timed(rows))
        if self._plan.long:
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
        names = [f"c{index}" for index in plan.moment]
        known: list[tuple[Any, ...]] = []
        for key in rows.select(names).unique().iter_rows():
            placed = plan.when([cell or "" for cell in key], label=self._options.label, latest=self._latest)
            known.append((*key, None, None, placed) if isinstance(placed, str) else (*key, *placed, None))
        table = pl.DataFrame(
            known, orient="row", schema={**dict.fromkeys(names, pl.String), "day": pl.Date, "slot": pl.Int8, "time_rule": pl.String}
        )
        joined = rows.join(table, on=names, how="left", nulls_equal=True, maintain_order="left")
        return self._drop(joined, "time_rule", plan.moment)

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
            word = self._plan.item(key[0] or "")
            if word is None:
                if (_INDEX if self._plan.daily else _DERIVED).fullmatch((key[0] or "").strip()):
                    self._ignored += group.height
                else:
                    self._drop(group.with_columns(rule=pl.lit("unknown_pollutant")), "rule", [self._plan.roles["pollutant"]])
                continue
            item, declared = word
            stated = ((key[1] or "").strip() if unit is not None else "") or declared or self._options.unit_of(item)
            try:
                scale = scale_of(item, stated)
            except UnknownUnit:
                self._drop(
                    group.with_columns(rule=pl.lit("unknown_unit")),
                    "rule",
                    [self._plan.roles["pollutant"], *([unit] if unit is not None else [])],
                )
                continue
            values = self._values(group, column, item, scale, text)
            if item == "co" and stated is None:
                self._co.append(values)
            self._parts.append(group.select("line", *self._keys).with_columns(values.alias(item)))

    def _wide(self, rows: pl.DataFrame, text: Callable[[int, int], str] | None) -> None:
        columns = []
        for index, (item, declared) in self._plan.items.items():
            values = self._values(rows, index, item, self._scales[index], text)
            if item == "co" and (declared or self._options.unit_of(item)) is None:
                self._co.append(values)
            columns.append(values.alias(item))
        self._parts.append(rows.select("line", *self._keys).with_columns(columns))

    def _values(
        self, rows: pl.DataFrame, column: int, item: str, scale: tuple[int, int], text: Callable[[int, int], str] | None
    ) -> pl.Series:
        series, places, lines = rows[f"c{column}"], rows["row"], rows["line"]
        original = (lambda row: text(places[row], column)) if text else None
        values, troubles = convert(series, *scale, ratio=self._options.ratio_of(item), text=original)
        fixed: dict[int, int] = {}
        for each in troubles:
            if each.rule:
                said = item if self._plan.long else self._names[column]
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

    def _check_co(self) -> None:
        """Refuse a file whose carbon monoxide names no unit and cannot be in mg/m³: nothing is converted by guess."""
        values = pl.concat(self._co).drop_nulls() if self._co else pl.Series(dtype=pl.Int32)
        median = values.median()
        if isinstance(median, float) and median > CO_MEDIAN:
            raise Refused("co_unit", f"中位数 {median / 1000:g}，共 {values.len()} 个值")

    def sheet(self, *, lines: int, refused: int, header: int) -> Sheet:
        """The finished sheet; ``refused`` lines never reached the columns, ``header`` is the header's line."""
        self._check_co()
        keys = {"subject": pl.String, "day": pl.Date, "slot": pl.Int8}
        schema = {"line": pl.UInt32, **{key: keys[key] for key in self._keys}, **dict.fromkeys(self._items, pl.Int32)}
        hours = pl.concat([pl.DataFrame(schema=schema), *self._parts], how="diagonal")
        sheet = Sheet(self._plan.layout, hours, self._keys, self._items, self._levels)
        for index, n in self._unclear.items():
            if n:
                self._refuse(refusal(self._file, header, "unclear_ozone", column=self._names[index], cells=n, detail=f"共 {n} 个值"))
        lost = sum(self._unclear.values())
        ignored_columns = (lines + refused) * len(self._plan.ignored)
        sheet.lines = lines + refused
        sheet.cells = sheet.lines * self._width + ignored_columns + lost
        sheet.ignored = self._ignored + ignored_columns
        sheet.rejected = self._rejected + refused * self._width + lost
        sheet.blank = sheet.cells - sheet.ignored - sheet.rejected - self._stored
        sheet.rounded = self._rounded
        sheet.restated = frozenset(item for item in self._items if self._options.ratio_of(item) != WHOLE)
        sheet.synthetic = self._synthetic
        return sheet
