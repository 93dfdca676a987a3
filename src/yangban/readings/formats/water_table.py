"""Tables of water: releases of automatic stations, monthly tables of sections, tables of laboratories.

Which one a table is, is told from its heading and first rows. A release (a column 站点情况, or times without a year) is of basis ``auto``,
and its year comes from the time of the snapshot: from a column ``snapshot``, else from the file's name (``2022_06_05_16h31m``). A table by
months is ``monthly``. What is left is ``auto`` where it holds clock times and nothing but what stations measure, else ``manual``.

Values are in the item's own unit (mg/L) unless the heading, the mapping, a column of units or the caller says otherwise; a file that says
nothing and cannot be in that unit is refused, never converted by guess.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Final

import polars as pl

from yangban.base import regions
from yangban.base.errors import UnknownRegion, UnknownUnit
from yangban.base.water_items import SCALE, printed_zh, unscaled, water_item
from yangban.readings.formats.sheet import FUTURE_MINUTES, Options, Refuse, Sheet, refusal
from yangban.readings.formats.table import Piece, Role, Table
from yangban.readings.formats.text import Refused
from yangban.readings.formats.times import clock_time, no_year
from yangban.readings.formats.water_values import BLANKS, SPACES, convert
from yangban.readings.sections import SOURCE_NAMES
from yangban.readings.water.frames import ITEMS, TIME, bit
from yangban.readings.water_headings import factor_to_item, water_heading

SNAPSHOT: Final = "water-snapshot"
MONTHLY: Final = "water-monthly"
SAMPLES: Final = "water-samples"
LONG: Final = "water-long"
LAYOUTS: Final = (SNAPSHOT, MONTHLY, SAMPLES, LONG)

PEEKED_ROWS: Final = 50

OLDEST: Final = timedelta(days=180)
"""How much older than its snapshot a reading may be: the oldest seen stood 32 days; beyond half a year a day without a year belongs to
no year for sure. Ours."""

STATION_ITEMS: Final = frozenset(
    ("temperature", "ph", "do", "conductivity", "turbidity", "codmn", "nh3n", "tp", "tn", "chla", "algae")
)  # fmt: skip
"""What automatic stations of the national network release."""

HIGHEST_MEDIANS: Final[Mapping[str, str]] = {
    "do": "50", "codmn": "200", "cod": "1000", "bod5": "500", "nh3n": "20", "tp": "5", "tn": "60", "cu": "1", "zn": "5", "fluoride": "20",
    "se": "0.1", "as": "0.5", "hg": "0.005", "cd": "0.02", "cr6": "1", "pb": "0.5", "cyanide": "1", "phenol": "0.1", "petroleum": "3",
    "surfactant": "10", "sulphide": "3", "fe": "20", "mn": "5",
}  # fmt: skip
"""Medians in mg/L that a table of surface water cannot reach, while the same water in µg/L has higher ones: several times the dirtiest
class, or what water can hold (oxygen). Ours."""

SWAP_MEDIANS: Final[Mapping[str, tuple[str, str]]] = {"ph": ("3", "12"), "temperature": ("-1", "45"), "do": ("0", "20")}
"""Lowest and highest median of a table; outside, the column holds something else. Ours."""

PARTS: Final = (("nh3n", "tn"), ("tp", "tn"), ("codmn", "cod"))
"""Pairs of a part and its whole, or of a weaker and a stronger oxidation of the same matter: when the first is larger in most rows, the two
columns were swapped. Total phosphorus above total nitrogen is no impossibility in a row, but in most rows of surface water it is. Ours."""

PARTS_FROM: Final = 5
"""Rows with both values that are needed to speak of most."""

_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "section": (
        "断面名称", "断面", "监测断面", "断面(点位)名称", "断面/点位", "断面点位名称", "点位名称", "监测点位", "点位", "站点名称", "站点",
        "水站名称", *SOURCE_NAMES,
        "section", "section_name", "subject", "station", "site", "采样点", "采样点位",
    ),
    "province": ("省份", "省", "所属省份", "province"),
    "city": ("城市", "地市", "设区市", "所属城市", "所在城市", "行政区", "city"),
    "time": (
        "监测时间", "时间", "采样时间", "采样日期", "监测日期", "日期", "time", "datetime", "date", "sampled", "数据时间",
    ),
    "year": ("年", "年份", "year"),
    "month": ("月份", "月", "年月", "month"),
    "snapshot": ("snapshot", "快照", "快照时间"),
    "class": ("水质类别", "类别", "class", "published"),
    "state": ("站点情况", "站点状态", "state"),
    "type": ("水源类型", "水源地类型", "source_type"),
    "basis": ("basis", "监测方式", "数据来源"),
    "item": ("item", "项目", "监测项目", "指标", "监测指标", "parameter", "pollutant"),
    "value": ("value", "数值", "浓度", "监测值", "监测结果", "结果", "值"),
    "unit": ("unit", "units", "单位", "计量单位"),
    "synthetic": ("synthetic", "合成"),
}  # fmt: skip
_BASIS_WORDS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("auto", "自动", "自动监测", "自动站", "水站"), "auto"),
    **dict.fromkeys(("manual", "手工", "手工监测", "人工", "采测分离", "采样"), "manual"),
    **dict.fromkeys(("monthly", "月均值", "月均"), "monthly"),
}
_SUBJECT: Final = re.compile(r"(?:section|source):\d{6}:\S+")
_IN_NAME: Final = re.compile(
    r"(?<!\d)(?P<year>20\d\d)[-_. ]?(?P<month>\d\d)[-_. ]?(?P<day>\d\d)[-_. T]*(?P<hour>\d\d)[h:_.-]?(?P<minute>\d\d)?m?(?!\d)", re.ASCII
)
_MONTH: Final = re.compile(r"(\d{4})\s*[-/.年]?\s*(\d{1,2})\s*月?", re.ASCII)
_SHORT: Final = re.compile(r"(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?\s+(\d{1,2})[:：时](\d{1,2})?\s*分?(?::00)?", re.ASCII)
_CLASS: Final = re.compile(r"(劣?)([ⅠⅡⅢⅣⅤ]|IV|V|I{1,3})类?")
_ROMAN: Final[Mapping[str, str]] = {"I": "Ⅰ", "II": "Ⅱ", "III": "Ⅲ", "IV": "Ⅳ", "V": "Ⅴ"}
_NO_CLASS: Final = frozenset((*BLANKS, "未知", "无", "未评价"))
_TRUE: Final = frozenset(("1", "true", "yes", "是", "synthetic", "合成"))
_SAMPLED: Final = ("采样",)


@dataclass(frozen=True)
class Plan:
    """Which column means what: roles by word, items by column with the unit that their heading declares ("" when none).

    ``layout`` names the table; ``swapped`` says that the headings of section and time stood over each other's columns, ``sources`` that the
    table speaks of drinking-water sources.
    """

    layout: str
    roles: Mapping[str, int]
    items: Mapping[int, tuple[str, str]] = field(default_factory=dict)
    swapped: bool = False
    basis: str = "manual"
    province: str = ""
    sources: bool = False

    def cells(self, fields: Sequence[str]) -> dict[str, str]:
        """The texts of the items of which a row speaks."""
        if "value" in self.roles:
            found = water_heading(fields[self.roles["item"]])
            return {found.word: fields[self.roles["value"]].strip()} if found else {}
        return {word: fields[index].strip() for index, (word, _) in self.items.items() if index < len(fields)}


def recognise(names: Sequence[str]) -> Plan | None:
    """The plan for a heading, ``None`` when it is no table of water; the kind of table is told by :func:`choose`.

    Raises :class:`~yangban.readings.formats.text.Refused` when two columns hold one item.
    """
    return _recognised(tuple(names))


@lru_cache(maxsize=256)
def _recognised(names: tuple[str, ...]) -> Plan | None:
    # Only here: the layouts of air are read by a module that itself knows mappings of water.
    from yangban.readings.formats.tidy import pollutant_word

    plain = [_plain(name) for name in names]
    roles: dict[str, int] = {}
    for role, words in _WORDS.items():
        hit = next((plain.index(word) for word in words if word in plain), None)
        if hit is not None and hit not in roles.values():
            roles[role] = hit
    if "section" not in roles or not {"time", "month"} & set(roles) or any(map(pollutant_word, names)):
        return None
    if {"item", "value"} <= set(roles):
        return Plan(LONG, roles)
    roles = {role: index for role, index in roles.items() if role not in {"item", "value", "unit"}}
    items: dict[int, tuple[str, str]] = {}
    for index, name in enumerate(names):
        found = water_heading(name)
        if found is None or index in roles.values():
            continue
        twice = next((names[i] for i, (word, _) in items.items() if word == found.word), None)
        if twice is not None:
            raise Refused("two_columns", f"{twice}、{name}")
        items[index] = (found.word, found.unit)
    # The temperature alone may be that of the air.
    return Plan(SAMPLES, roles, items) if {word for word, _ in items.values()} - {"temperature"} else None


def choose(names: Sequence[str], sample: Sequence[Sequence[str]], options: Options) -> Plan | None:
    """The plan for a heading and the first rows, or ``None`` when it is no table of water.

    Raises :class:`~yangban.readings.formats.text.Refused` for a heading that contradicts the mapping or itself.
    """
    if options.mapping is not None:
        if not options.mapping.of_water:
            return None
        roles, items = options.mapping.water_columns(names)
        drawn = "source" in roles
        roles = {"section" if word == "source" else word: index for word, index in roles.items()}
        plan: Plan | None = Plan(
            LONG if "value" in roles else SAMPLES, roles, items, province=options.mapping.province or "", sources=drawn
        )
    else:
        plan = recognise(names)
    if plan is None:
        return None
    rows = [row for row in sample if len(row) > max((*plan.roles.values(), *plan.items))]
    if plan.layout == LONG and rows and not any(water_heading(row[plan.roles["item"]]) for row in rows):
        return None
    drawn = plan.sources or _plain(names[plan.roles["section"]]) in SOURCE_NAMES
    return _kind(replace(plan, sources=drawn), names, rows)


def _kind(plan: Plan, names: Sequence[str], rows: Sequence[Sequence[str]]) -> Plan:
    roles = dict(plan.roles)
    if "time" not in roles:
        layout = LONG if plan.layout == LONG else MONTHLY
        return replace(plan, layout=layout, basis="monthly")
    times, places = ([row[roles[role]].strip(SPACES) for row in rows] for role in ("time", "section"))
    swapped = sum(map(_like_time, places)) > sum(map(_like_time, times)) and bool(rows)
    if swapped:
        times = places
        roles["time"], roles["section"] = roles["section"], roles["time"]
    told = [text for text in times if _like_time(text)]
    plan = replace(plan, roles=roles, swapped=swapped)
    if plan.layout != LONG and ("state" in roles or "snapshot" in roles or any(map(no_year, told))):
        return replace(plan, layout=SNAPSHOT, basis="auto")
    if told and all(_month(text) for text in told):
        return replace(plan, layout=LONG if plan.layout == LONG else MONTHLY, basis="monthly")
    by_hand = any(word in names[plan.roles["time"]] for word in _SAMPLED) or not {word for word, _ in plan.items.values()} <= STATION_ITEMS
    clocks = sum(":" in text and not re.search(r"\s0?0:00(:00)?$", text) for text in told)
    below = any(re.search(r"<|\dL$", row[i].strip(SPACES)) for row in rows for i in plan.items)
    auto = plan.layout != LONG and not by_hand and not below and clocks * 2 > len(told)
    return replace(plan, basis="auto" if auto else "manual")


def _like_time(text: str) -> bool:
    return bool(_SHORT.fullmatch(text) or _month(text) or not isinstance(clock_time(text), str))


def _month(text: str) -> datetime | None:
    found = _MONTH.fullmatch(text)
    if not found or not 1 <= int(found[2]) <= 12 or not 1970 <= int(found[1]) <= 2200:
        return None
    return datetime(int(found[1]), int(found[2]), 1)


def snapshot_of(name: str) -> datetime | None:
    """The time of a snapshot from the name of its file, in Beijing time.

    >>> snapshot_of("2022_06_05_16h31m.csv.gz"), snapshot_of("water-202201010004.json"), snapshot_of("断面.csv")
    (datetime.datetime(2022, 6, 5, 16, 31), datetime.datetime(2022, 1, 1, 0, 4), None)
    """
    for found in _IN_NAME.finditer(Path(name).name):
        try:
            year, month, day, hour, minute = (int(found[part] or 0) for part in ("year", "month", "day", "hour", "minute"))
            return datetime(year, month, day, hour, minute)
        except ValueError:
            continue
    return None


@lru_cache(maxsize=65536)
def resolve_year(text: str, snapshot: datetime) -> datetime | str:
    """The time of a reading without a year: the last such day that is not after its snapshot (an hour is allowed for clocks).

    Gives the id of the rule that refuses it.

    >>> resolve_year("12-31 20:00", datetime(2022, 1, 1, 0, 4)), resolve_year("06-05 16:00", datetime(2022, 6, 5, 16, 31)).year
    (datetime.datetime(2021, 12, 31, 20, 0), 2022)
    >>> resolve_year("01-01 00:00", datetime(2021, 12, 31, 23, 50)), resolve_year("06-07 16:00", datetime(2022, 6, 5, 16, 31))
    (datetime.datetime(2022, 1, 1, 0, 0), 'snapshot_year')
    """
    found = _SHORT.fullmatch(text)
    if not found:
        return "bad_water_time"
    month, day, hour, minute = (int(part or 0) for part in found.groups())
    latest = snapshot + timedelta(minutes=FUTURE_MINUTES)
    fits = []
    for year in (snapshot.year - 1, snapshot.year, snapshot.year + 1):
        try:
            moment = datetime(year, month, day) + timedelta(hours=hour, minutes=minute)
        except (ValueError, OverflowError):
            continue
        if hour <= 24 and minute < 60 and snapshot - OLDEST <= moment <= latest:
            fits.append(moment)
    if fits:
        return max(fits)
    return "snapshot_year" if 1 <= month <= 12 and 1 <= day <= 31 and hour <= 24 and minute < 60 else "bad_water_time"


@lru_cache(maxsize=65536)
def _moment(text: str, released: datetime | None) -> datetime | str:
    if _SHORT.fullmatch(text):
        return resolve_year(text, released) if released else "no_year"
    return _month(text) or clock_time(text)


def parse(table: Table, plan: Plan, *, name: str, options: Options, refuse: Refuse) -> Sheet:
    """Parse a table of water for which :func:`choose` has given the plan.

    Raises :class:`~yangban.readings.formats.text.Refused` when the whole file is refused.
    """
    return _taken(table, plan, name=name, options=options, refuse=refuse).sheet(table)


def rows(table: Table, plan: Plan, *, name: str, options: Options) -> pl.DataFrame:
    """The rows of a table that was taken in before, to find lines again: the same columns, whatever the units and medians."""
    return _taken(table, plan, name=name, options=options, refuse=lambda _: None).frame()


def _taken(table: Table, plan: Plan, *, name: str, options: Options, refuse: Refuse) -> _Work:
    released = snapshot_of(name) if plan.layout == SNAPSHOT and "snapshot" not in plan.roles else None
    if plan.layout == SNAPSHOT and "snapshot" not in plan.roles and released is None:
        column = plan.roles["time"]
        if any(no_year(row[column].strip(SPACES)) for row in table.peek(PEEKED_ROWS) if len(row) > column):
            raise Refused("no_snapshot")
    work = _Work(plan, table.header.names, name, options, refuse, released)
    used = {*plan.roles.values(), *plan.items}
    # Values are read as text, since "--" and "*" stand among them in every release.
    roles: list[Role] = ["text" if i in used else "skip" for i in range(len(table.header.names))]
    for piece in table.pieces(roles, width=work.width):
        work.take(piece)
    return work


class _Work:
    """The rows of one table as they come."""

    def __init__(self, plan: Plan, names: Sequence[str], name: str, options: Options, refuse: Refuse, released: datetime | None) -> None:
        self._plan, self._names, self._name, self._options, self._refuse, self._released = plan, names, name, options, refuse, released
        self._latest = options.now + timedelta(minutes=FUTURE_MINUTES)
        self._frames: list[pl.DataFrame] = []
        self._factors: dict[tuple[str, str], Fraction | str] = {}
        self._declared: set[str] = set()
        self._prefix = "source" if plan.sources else "section"
        self._named: set[str] = set()
        self._blank = self._rejected = self._rounded = self._flagged = 0
        self.width = 1 if plan.layout == LONG else len(plan.items)
        self._rows = dict.fromkeys(("silent", "without_class"), 0)

    def take(self, piece: Piece) -> None:
        """One block of rows."""
        keyed = self._keys(piece)
        if not keyed.height:
            return
        frame = self._long(keyed, piece) if self._plan.layout == LONG else self._wide(keyed, piece)
        self._frames.append(frame)

    def _text(self, frame: pl.DataFrame, role: str) -> pl.Series:
        if role not in self._plan.roles:
            return pl.Series([""]).new_from_index(0, frame.height)
        return frame[f"c{self._plan.roles[role]}"]

    def _translated(self, frame: pl.DataFrame, role: str, how: Callable[[str], str | None]) -> pl.Series:
        """A column with each of its few texts put through ``how``."""
        if role not in self._plan.roles:
            return pl.Series([how("")], dtype=pl.String).new_from_index(0, frame.height)
        texts = self._text(frame, role)
        kinds = texts.unique()
        return texts.replace_strict(kinds, pl.Series([how(each) for each in kinds], dtype=pl.String), return_dtype=pl.String)

    def _keys(self, piece: Piece) -> pl.DataFrame:
        """The rows that have a section and a time, with ``subject, time, released, published, state, basis`` put beside their cells."""
        plan = self._plan
        used = [f"c{i}" for i in sorted(set(plan.roles.values()))]
        frame = piece.frame.with_columns(pl.col(used).fill_null("").str.strip_chars(SPACES))
        n = frame.height
        places = zip([self._prefix] * n, *(self._texts(frame, role) for role in ("province", "city", "section")), strict=True)
        memory = self._options.memory
        subjects = [memory.get(place) or memory.setdefault(place, self._subject(*place[1:])) for place in places]
        kinds = set(subjects)
        refused = {each for each in kinds if each.startswith("!")}
        self._named |= kinds - refused
        time_text = self._text(frame, "time") if "time" in plan.roles else self._text(frame, "month")
        if "time" not in plan.roles and "year" in plan.roles:
            time_text = self._text(frame, "year").str.replace(r"\.0+$|年$", "") + "-" + time_text.str.replace(r"\.0+$", "")
        released = self._snapshots(frame)
        times, rules = self._times(time_text, released)
        published = self._translated(frame, "class", _class)
        states = self._text(frame, "type" if self._prefix == "source" and "type" in plan.roles else "state")
        constant = [
            pl.lit(plan.basis).alias("basis") if "basis" not in plan.roles
            else self._translated(frame, "basis", lambda text: _BASIS_WORDS.get(text, plan.basis)).alias("basis"),
            pl.lit(value=False).alias("synthetic") if "synthetic" not in plan.roles
            else self._translated(frame, "synthetic", lambda text: "1" if text.lower() in _TRUE else None).is_not_null().alias("synthetic"),
        ]  # fmt: skip
        keyed = frame.with_columns(
            pl.Series("subject", subjects, dtype=pl.String),
            times.alias("time"),
            rules.alias("rule"),
            time_text.alias("told"),
            released.alias("released"),
            published.alias("published"),
            pl.when(pl.lit(states) != "").then(pl.lit(states)).alias("state"),
            *constant,
        )
        if "class" in plan.roles:
            self._rows["without_class"] += published.null_count()
        lost = [each in refused for each in subjects] if refused else None
        good = times.is_not_null() if lost is None else times.is_not_null() & ~pl.Series(lost)
        if good.all() and n:
            return keyed
        for row in keyed.filter(~good).iter_rows(named=True):
            self._drop(row, piece)
        return keyed.filter(good)

    def _texts(self, frame: pl.DataFrame, role: str) -> list[str]:
        return frame[f"c{self._plan.roles[role]}"].to_list() if role in self._plan.roles else [""] * frame.height

    def _times(self, told: pl.Series, released: pl.Series) -> tuple[pl.Series, pl.Series]:
        """The moments of the rows, and the rule that refuses those that have none; each of the few texts is read once."""
        if "snapshot" in self._plan.roles:
            both = pl.DataFrame({"t": told, "r": released})
            kinds = both.unique()
            found = [self._time(text, when) for text, when in kinds.iter_rows()]
        else:
            both = pl.DataFrame({"t": told})
            kinds = both.unique()
            found = [self._time(text, self._released) for text in kinds["t"].to_list()]
        times = pl.Series("time", [None if isinstance(each, str) else each for each in found], dtype=TIME)
        rules = pl.Series("rule", [each if isinstance(each, str) else None for each in found], dtype=pl.String)
        if len(found) == 1:
            return times.new_from_index(0, told.len()), rules.new_from_index(0, told.len())
        laid = both.join(kinds.with_columns(times, rules), on=both.columns, how="left", maintain_order="left", nulls_equal=True)
        return laid["time"], laid["rule"]

    def _drop(self, row: Mapping[str, object], piece: Piece) -> None:
        """A row without section or time: a station that does not report has no values either, and only that is no fault."""
        cells = [row[f"c{i}"] for i in self._plan.items] if self._plan.layout != LONG else [row[f"c{self._plan.roles['value']}"]]
        empty = all(cell is None or str(cell).strip(SPACES) in BLANKS for cell in cells)
        subject, told = str(row["subject"]), str(row["told"])
        if empty and told in BLANKS:
            self._rows["silent"] += 1
            self._blank += self.width
            return
        rule = subject[1:] if subject.startswith("!") else str(row["rule"])
        line = int(str(row["line"]))
        text = told if not subject.startswith("!") else ""
        self._rejected += self.width
        self._refuse(refusal(self._name, line, rule, text=text, cells=self.width, raw=piece.raw(line)))

    def _subject(self, province: str, city: str, section: str) -> str:
        """The subject, or ``!rule``."""
        if _SUBJECT.fullmatch(section):
            return self._options.aliases.get(_spelled(section), section)
        if section in BLANKS:
            return "!no_section"
        code = _province(province or self._plan.province, city)
        name = "".join(section.split())
        subject = f"{self._prefix}:{code}:{name}"
        return self._options.aliases.get(_spelled(subject), subject) if code else "!no_province"

    def _snapshots(self, frame: pl.DataFrame) -> pl.Series:
        if "snapshot" not in self._plan.roles:
            return pl.Series("released", [self._released], dtype=TIME).new_from_index(0, frame.height)
        texts = self._text(frame, "snapshot")
        kinds = texts.unique()
        known = [found if not isinstance(found := clock_time(text), str) else snapshot_of(text) for text in kinds]
        return texts.replace_strict(kinds, pl.Series(known, dtype=TIME), return_dtype=TIME)

    def _time(self, text: str, released: datetime | None) -> datetime | str:
        found = _moment(text, released)
        return "future_time" if not isinstance(found, str) and found > self._latest else found

    def _factor(self, item: str, stated: str) -> Fraction | str:
        """The factor to the item's unit, or what is wrong with the stated unit; a unit of the caller goes before that of the file."""
        key = (item, stated)
        if key not in self._factors:
            unit = self._options.unit_of(item) or stated
            if unit:
                self._declared.add(item)
            try:
                self._factors[key] = factor_to_item(unit, item) if unit else Fraction(1)
            except UnknownUnit as problem:
                self._factors[key] = str(problem)
        return self._factors[key]

    def _wide(self, keyed: pl.DataFrame, piece: Piece) -> pl.DataFrame:
        groups: dict[Fraction, list[int]] = {}
        columns: dict[str, pl.Series] = {}
        n = keyed.height
        for index, (item, unit) in self._plan.items.items():
            factor = self._factor(item, unit)
            if isinstance(factor, str):
                cells = int((~_blank(keyed[f"c{index}"])).sum())
                self._blank += n - cells
                self._rejected += cells
                if cells:
                    self._refuse(refusal(self._name, None, "unknown_unit", column=self._names[index], cells=cells, detail=factor))
                columns[item] = pl.Series([None], dtype=pl.Int64).new_from_index(0, n)
                continue
            groups.setdefault(factor, []).append(index)
        below: dict[int, int] = {}
        for factor, indexes in groups.items():
            items = [self._plan.items[index][0] for index in indexes]
            cold = items.index("temperature") if "temperature" in items else -1
            done = convert(
                pl.concat([keyed[f"c{i}"] for i in indexes], rechunk=True),
                factor,
                cold=range(cold * n, cold * n + n) if cold >= 0 else range(0),
            )
            self._count(done.blank, done.refused, done.rounded)
            lines = keyed["line"]
            for place, text, rule in done.refused:
                line = lines[place % n]
                head = self._names[indexes[place // n]]
                self._refuse(refusal(self._name, line, rule, text=text, column=head, raw=piece.raw(line)))
            for k, item in enumerate(items):
                columns[item] = done.values.slice(k * n, n)
            self._flagged += len(done.below)
            for place in done.below:
                below[place % n] = below.get(place % n, 0) | bit(items[place // n])
        bits = pl.Series([0], dtype=pl.Int64).new_from_index(0, n)
        if below:
            bits = bits.scatter(list(below), list(below.values()))
        return self._shaped(keyed, columns, bits)

    def _count(self, blank: int, refused: Sequence[object], rounded: int) -> None:
        self._blank += blank
        self._rejected += len(refused)
        self._rounded += rounded

    def _long(self, keyed: pl.DataFrame, piece: Piece) -> pl.DataFrame:
        value = f"c{self._plan.roles['value']}"
        heads = self._text(keyed, "item")
        units = self._text(keyed, "unit")
        parts = []
        marked = keyed.with_columns(heads.alias("head"), units.alias("said"))
        for (head, said), rows in marked.group_by("head", "said", maintain_order=True):
            found = water_heading(str(head))
            factor = self._factor(found.word, str(said) or found.unit) if found else "?"
            if found is None or isinstance(factor, str):
                rule, text = ("unknown_unit", str(said)) if found else ("unknown_pollutant", str(head))
                detail = factor if found and isinstance(factor, str) else ""
                blank = _blank(rows[value])
                self._blank += int(blank.sum())
                for line in rows.filter(~blank)["line"].to_list():
                    self._rejected += 1
                    self._refuse(refusal(self._name, line, rule, text=text, detail=detail, raw=piece.raw(line)))
                continue
            done = convert(rows[value], factor, cold=range(rows.height) if found.word == "temperature" else range(0))
            self._count(done.blank, done.refused, done.rounded)
            self._flagged += len(done.below)
            for place, text, rule in done.refused:
                line = rows["line"][place]
                self._refuse(refusal(self._name, line, rule, text=text, column=str(head), raw=piece.raw(line)))
            below = pl.Series([0], dtype=pl.Int64).new_from_index(0, rows.height)
            if done.below:
                below = below.scatter(done.below, bit(found.word))
            parts.append(self._shaped(rows, {found.word: done.values}, below))
        return pl.concat(parts, how="diagonal").sort("line") if parts else self._shaped(keyed.clear(), {}, pl.Series([], dtype=pl.Int64))

    def _shaped(self, keyed: pl.DataFrame, columns: Mapping[str, pl.Series], below: pl.Series) -> pl.DataFrame:
        keys = keyed.select("line", "subject", "time", "released", "basis", "synthetic", "published", "state")
        return keys.hstack([below.alias("below"), *(series.alias(item) for item, series in columns.items())])

    def frame(self) -> pl.DataFrame:
        """All rows so far."""
        if len(self._frames) == 1:
            return self._frames[0]
        return pl.concat(self._frames, how="diagonal") if self._frames else _EMPTY

    def sheet(self, table: Table) -> Sheet:
        """The parsed table."""
        plan = self._plan
        frame = self.frame()
        items = tuple(item for item in ITEMS if item in frame.columns)
        self._look(frame, items)
        notes = []
        if plan.swapped:
            notes.append(f"“{self._names[plan.roles['section']]}”与“{self._names[plan.roles['time']]}”两列的表头写反了，已按内容读取")
        if self._rounded:
            notes.append(f"{self._rounded} 个数值的小数多于六位，已修约到六位")
        if self._flagged:
            notes.append(f"{self._flagged} 个数值低于检出限，按检出限的一半计（环办监测函〔2020〕82号）")
        rows = self._rows if plan.layout == SNAPSHOT else {name: n for name, n in self._rows.items() if n}
        return Sheet(
            layout=plan.layout if self._released is None else f"{plan.layout}@{self._released:%Y-%m-%dT%H:%M}",
            hours=frame.with_columns(pl.col("time").dt.date().alias("day")),
            keys=("subject", "time"),
            columns=items,
            # A silent station is named all the same: the lists of a year's snapshots are then one list.
            levels=dict.fromkeys(self._named, "section"),
            lines=table.lines,
            cells=(table.lines + table.refused) * self.width,
            blank=self._blank,
            rejected=self._rejected + table.refused * self.width,
            synthetic=any("synthetic" in each.lower() or "合成" in each for each in table.header.comments),
            notes=notes,
            medium="water",
            basis=plan.basis,
            flagged=self._flagged,
            rows=rows,
        )

    def _look(self, frame: pl.DataFrame, items: Sequence[str]) -> None:
        """Refuse the file when its columns cannot be what their headings say."""
        pairs = [(part, whole) for part, whole in PARTS if part in items and whole in items]
        counted = [(pl.col(part) > pl.col(whole)).count().alias(f"{part} both") for part, whole in pairs]
        counted += [(pl.col(part) > pl.col(whole)).sum().alias(f"{part} more") for part, whole in pairs]
        seen = frame.select(pl.col(items).median(), *counted).row(0, named=True) if items else {}
        told = {item: int(median) for item in items if isinstance(median := seen[item], int | float)}
        for item, (low, high) in SWAP_MEDIANS.items():
            if (
                item in told
                and not float(low) * SCALE <= told[item] <= float(high) * SCALE
                and item not in _unit_first(told, self._declared)
            ):
                raise Refused("swapped_columns", f"{water_item(item).printed}的中位数是 {unscaled(told[item])}，应在 {low} 到 {high} 之间")
        for part, whole in pairs:
            both, more = seen[f"{part} both"], seen[f"{part} more"]
            if both >= PARTS_FROM and more * 2 > both and not {part, whole} & set(_unit_first(told, self._declared)):
                raise Refused("swapped_columns", f"{both} 行中有 {more} 行{water_item(part).printed}大于{water_item(whole).printed}")
        strange = _unit_first(told, self._declared)
        if strange:
            item = strange[0]
            median = f"{unscaled(told[item])} {water_item(item).unit}，超过 {HIGHEST_MEDIANS[item]}"
            detail = f"{printed_zh(strange)}；{water_item(item).printed}的中位数是 {median}"
            raise Refused("water_unit", f"{detail}；若是 µg/L，请写 --unit {item}=ug/L")


def _unit_first(told: Mapping[str, int], declared: set[str]) -> list[str]:
    """Items of which nobody declared a unit and whose median cannot be in theirs."""
    return [item for item, high in HIGHEST_MEDIANS.items() if item in told and item not in declared and told[item] > float(high) * SCALE]


def _blank(cells: pl.Series) -> pl.Series:
    return cells.is_null() | cells.cast(pl.String).str.strip_chars(SPACES).is_in(BLANKS)


@lru_cache(maxsize=4096)
def _province(province: str, city: str) -> str:
    """The code of the province that a row names, or of its city's; empty when neither is known."""
    try:
        if province:
            found = regions.place(province)
            return found.code if found.level == "province" or found.kind == "municipality" else ""
        if city:
            return f"{regions.place(city).code[:2]}0000"
    except UnknownRegion:
        pass
    return ""


def _class(text: str) -> str | None:
    """The published class in one spelling, ``None`` where there is none; what cannot be read stays as it is."""
    cell = unicodedata.normalize("NFC", text).strip(SPACES)
    if cell in _NO_CLASS:
        return None
    found = _CLASS.fullmatch(cell)
    return f"{found[1]}{_ROMAN.get(found[2], found[2])}" if found else cell


def _plain(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


@lru_cache(maxsize=65536)
def _spelled(subject: str) -> str:
    """A subject in the one spelling in which sections are looked up."""
    return "".join(unicodedata.normalize("NFKC", subject).split())


_EMPTY: Final = pl.DataFrame(
    schema={
        "line": pl.UInt32,
        "subject": pl.String,
        "time": TIME,
        "released": TIME,
        "basis": pl.String,
        "synthetic": pl.Boolean,
        "published": pl.String,
        "state": pl.String,
        "below": pl.Int64,
    }
)
