"""Tables of sound: hourly levels of automatic stations, surveys of grid points, road segments and points of functional zones.

A table of hours has a point, a time with hours and ``Leq``; a survey has a point, a date (or month, quarter, year) and ``Ld``, ``Ln``, or
one ``Leq`` with 昼间 or 夜间 beside it. What is monitored is told by a column (监测类型), else by what the table has: a length of road
segments, a class of functional zones, grid points, hours. Levels are dB(A); nothing is converted.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

import polars as pl

from yangban.base import regions
from yangban.base.errors import UnknownRegion
from yangban.readings.formats.sheet import FUTURE_MINUTES, Options, Refuse, Sheet, refusal
from yangban.readings.formats.table import Piece, Role, Table
from yangban.readings.formats.text import Refused
from yangban.readings.formats.times import clock_time, end_label, is_bare_date
from yangban.readings.formats.values import convert
from yangban.readings.sound.frames import KINDS, LEVELS, TIME

HOURS: Final = "sound-hours"
SURVEY: Final = "sound-survey"
LAYOUTS: Final = (HOURS, SURVEY)
PEEKED_ROWS: Final = 50

WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "point": (
        "测点", "测点名称", "测点编号", "点位", "点位名称", "点位编号", "监测点位", "网格", "网格编号", "网格点", "路段", "路段名称",
        "道路名称", "站点",
        "站点名称", "站点编号", "point", "site", "station", "subject",
    ),
    "city": ("城市", "设区市", "所属城市", "地市", "行政区", "区县", "city", "region"),
    "time": ("监测时间", "时间", "监测日期", "日期", "测量时间", "年月", "time", "datetime", "date"),
    "hour": ("小时", "时", "hour"),
    "year": ("年份", "年", "year"),
    "quarter": ("季度", "quarter"),
    "span": ("时段", "昼夜", "span"),
    "kind": ("监测类型", "监测类别", "类型", "kind"),
    "class": ("功能区类别", "声功能区类别", "声环境功能区类别", "功能区", "功能区类型", "class"),
    "length_m": ("路段长度", "长度", "路段长度m", "路段长度米", "长度m", "length_m", "length"),
    "length_km": ("路段长度km", "路段长度公里", "长度km", "length_km"),
    "leq": ("leq", "laeq", "等效声级", "等效连续a声级", "等效a声级", "小时等效声级"),
    "ld": ("ld", "昼间", "昼间等效声级", "昼间声级", "昼间leq"),
    "ln": ("ln", "夜间", "夜间等效声级", "夜间声级", "夜间leq"),
    "lmax": ("lmax", "最大声级", "夜间最大声级", "突发噪声最大声级"),
    "basis": ("监测方式", "basis"),
    "synthetic": ("合成", "synthetic"),
}  # fmt: skip
"""Headings, without unit, brackets, spaces and case."""

SOUND_VALUES: Final = ("leq", "ld", "ln", "lmax")
_KIND_WORDS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("area", "区域", "区域环境噪声", "区域声环境", "网格"), "area"),
    **dict.fromkeys(("road", "道路", "道路交通", "道路交通噪声", "交通"), "road"),
    **dict.fromkeys(("zone", "功能区", "功能区声环境", "功能区噪声"), "zone"),
}
_KIND_NAMES: Final[Mapping[str, str]] = {"area": "区域", "road": "道路", "zone": "功能区"}
_SPAN_WORDS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("day", "昼", "昼间", "白天"), "day"),
    **dict.fromkeys(("night", "夜", "夜间"), "night"),
}
_CLASS: Final = re.compile(r"([0123]|4[AB]?)类?(区)?", re.ASCII)
_SUBJECT: Final = re.compile(r"sound:\d{6}:\S+")
_YEAR: Final = re.compile(r"(\d{4})年?", re.ASCII)
_QUARTER: Final = re.compile(r"(?:(\d{4})\s*年?\s*-?\s*)?第?\s*(?:Q\s*)?([1-4一二三四])\s*(?:季度?)?", re.ASCII | re.IGNORECASE)
_MONTH: Final = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*月?", re.ASCII)
_NUMERALS: Final = "一二三四"
_SPACES: Final = " \t\r\n\u00a0\u3000"
_AREA_HEADS: Final = ("网格",)
_ROAD_HEADS: Final = ("路段", "道路")


@dataclass(frozen=True)
class Plan:
    """Which column means what, of which layout the table is, and what it monitors where no column says so ("" when unknown)."""

    layout: str
    roles: Mapping[str, int]
    kind: str = ""
    basis: str = "manual"

    @property
    def values(self) -> tuple[str, ...]:
        """The value columns that the table has."""
        return tuple(each for each in SOUND_VALUES if each in self.roles)


def recognise(names: Sequence[str]) -> Plan | None:
    """The plan for a heading, ``None`` when it is no table of sound."""
    plain = [_plain(name) for name in names]
    roles: dict[str, int] = {}
    for role, words in WORDS.items():
        hit = next((plain.index(_plain(word)) for word in words if _plain(word) in plain), None)
        if hit is not None and hit not in roles.values():
            roles[role] = hit
    return _planned(names, roles)


def _planned(names: Sequence[str], roles: dict[str, int]) -> Plan | None:
    if "point" not in roles or not {"leq", "ld", "ln"} & set(roles) or not {"time", "year"} & set(roles):
        return None
    if "length_m" in roles and "km" in _plain(names[roles["length_m"]]):
        roles["length_km"] = roles.pop("length_m")
    if {"ld", "ln"} & set(roles):
        roles.pop("leq", None)
    head = names[roles["point"]]
    kind = ""
    if {"length_m", "length_km"} & set(roles) or any(word in head for word in _ROAD_HEADS):
        kind = "road"
    elif any(word in head for word in _AREA_HEADS):
        kind = "area"
    elif "class" in roles:
        kind = "zone"
    return Plan(SURVEY, roles, kind)


def choose(names: Sequence[str], sample: Sequence[Sequence[str]], options: Options) -> Plan | None:
    """The plan for a heading and the first rows, ``None`` when it is no table of sound."""
    if options.mapping is not None:
        if not options.mapping.of_sound:
            return None
        where = options.mapping.where(names)
        same = {"station": "point", "subject": "point"}
        plan = _planned(names, {same.get(word, word): index for word, index in where.items()})
    else:
        plan = recognise(names)
    if plan is None or not {"leq"} & set(plan.roles) or "span" in plan.roles or "time" not in plan.roles:
        return plan
    column = plan.roles["time"]
    hour = plan.roles.get("hour")
    rows = [row for row in sample if len(row) > max(plan.roles.values())]
    hourly = hour is not None or any(not is_bare_date(row[column]) and not isinstance(end_label(row[column]), str) for row in rows)
    return replace(plan, layout=HOURS, kind=plan.kind or "zone", basis="auto") if hourly else plan


def parse(table: Table, plan: Plan, *, name: str, options: Options, refuse: Refuse) -> Sheet:
    """Parse a table of sound for which :func:`choose` has given the plan.

    Raises :class:`~yangban.readings.formats.text.Refused` when nobody says what the table monitors.
    """
    if not plan.kind and "kind" not in plan.roles:
        raise Refused("sound_kind")
    work = _Work(plan, table.header.names, name, options, refuse)
    used = set(plan.roles.values())
    roles: list[Role] = ["text" if i in used else "skip" for i in range(len(table.header.names))]
    for piece in table.pieces(roles, width=work.width):
        work.take(piece)
    return work.sheet(table)


class _Work:
    """The rows of one table as they come."""

    def __init__(self, plan: Plan, names: Sequence[str], name: str, options: Options, refuse: Refuse) -> None:
        self._plan, self._names, self._name, self._options, self._refuse = plan, names, name, options, refuse
        self._latest = options.now + timedelta(minutes=FUTURE_MINUTES)
        self._frames: list[pl.DataFrame] = []
        self._blank = self._rejected = self._rounded = 0
        self.width = len(plan.values)

    def _text(self, frame: pl.DataFrame, role: str) -> pl.Series:
        if role not in self._plan.roles:
            return pl.Series([""]).new_from_index(0, frame.height)
        return frame[f"c{self._plan.roles[role]}"].cast(pl.String).fill_null("").str.strip_chars(_SPACES)

    def take(self, piece: Piece) -> None:
        """One block of rows."""
        frame = piece.frame
        keys = pl.DataFrame(
            {"line": frame["line"], **{role: self._text(frame, role) for role in WORDS if role not in SOUND_VALUES}}
        ).with_columns(self._subjects(frame), *self._times(frame), self._kinds(frame), self._classes(frame))
        rule = (
            pl.when(pl.col("subject").str.starts_with("!"))
            .then(pl.col("subject").str.slice(1))
            .when(pl.col("time_rule").is_not_null())
            .then(pl.col("time_rule"))
            .when(pl.col("kind_word") == "")
            .then(pl.lit("sound_kind"))
            .when(pl.col("class_word") == "!")
            .then(pl.lit("sound_class"))
        )
        keys = keys.with_columns(rule.alias("rule"))
        for line, told in keys.filter(pl.col("rule").is_not_null()).select("line", "rule").iter_rows():
            self._rejected += self.width
            self._refuse(refusal(self._name, line, told, cells=self.width, raw=piece.raw(line)))
        good = keys["rule"].is_null()
        keys, frame = keys.filter(good).drop("rule"), frame.filter(good)
        if not keys.height:
            return
        values = {value: self._values(frame, value, piece) for value in self._plan.values}
        length = self._length(frame, piece)
        base = keys.with_columns(length)
        for value in ("leq", "ld", "ln"):
            if value not in values:
                continue
            span = {"ld": pl.lit("day"), "ln": pl.lit("night")}.get(value, pl.col("span_word"))
            # A largest level belongs to the night where there is one, else to the row's own span.
            lmax = values.get("lmax")
            own = lmax is not None and (value == "ln" or "ln" not in values)
            part = base.with_columns(
                span.alias("span_word"),
                values[value].cast(pl.Int64).alias("leq"),
                (lmax.cast(pl.Int64) if lmax is not None and own else pl.lit(None, dtype=pl.Int64)).alias("lmax"),
            )
            self._frames.append(part.filter(pl.col("leq").is_not_null() | pl.col("lmax").is_not_null()))

    def _subjects(self, frame: pl.DataFrame) -> pl.Series:
        pairs = pl.DataFrame({"p": self._text(frame, "point"), "c": self._text(frame, "city"), "k": self._kinds(frame)})
        kinds = pairs.unique()
        found = kinds.with_columns(pl.Series("subject", [_subject(*row) for row in kinds.iter_rows()], dtype=pl.String))
        return pairs.join(found, on=["p", "c", "k"], how="left", maintain_order="left")["subject"].alias("subject")

    def _times(self, frame: pl.DataFrame) -> list[pl.Series]:
        told = pl.DataFrame({role: self._text(frame, role) for role in ("time", "hour", "year", "quarter", "span")})
        kinds = told.unique()
        hourly = self._plan.layout == HOURS
        found = [_when(*row, hourly=hourly, label=self._options.label) for row in kinds.iter_rows()]
        found = [("future_time", b) if isinstance(a, datetime) and a > self._latest else (a, b) for a, b in found]
        kinds = kinds.with_columns(
            pl.Series("when", [a if isinstance(a, datetime) else None for a, _ in found], dtype=TIME),
            pl.Series("time_rule", [a if isinstance(a, str) else None for a, _ in found], dtype=pl.String),
            pl.Series("span_word", [b for _, b in found], dtype=pl.String),
        )
        joined = told.join(kinds, on=told.columns, how="left", maintain_order="left")
        return [joined[each] for each in ("when", "time_rule", "span_word")]

    def _kinds(self, frame: pl.DataFrame) -> pl.Series:
        texts = self._text(frame, "kind")
        own = {text: _KIND_WORDS.get(text.casefold(), "" if text else self._plan.kind) for text in texts.unique()}
        return texts.replace_strict(own, return_dtype=pl.String).alias("kind_word")

    def _classes(self, frame: pl.DataFrame) -> pl.Series:
        texts = self._text(frame, "class")
        own = {text: _class(text) for text in texts.unique()}
        return texts.replace_strict(own, return_dtype=pl.String).alias("class_word")

    def _values(self, frame: pl.DataFrame, value: str, piece: Piece) -> pl.Series:
        index = self._plan.roles[value]
        cells, troubles = convert(frame[f"c{index}"].cast(pl.String).str.strip_chars(_SPACES))
        told = cells.null_count()
        for each in troubles:
            told -= 1
            if each.value is not None:
                cells = cells.scatter([each.row], each.value)
                self._rounded += each.rounded
            elif each.rule == "sentinel":
                self._blank += 1
            else:
                line = int(frame["line"][each.row])
                self._rejected += 1
                head = self._names[index]
                self._refuse(refusal(self._name, line, str(each.rule), text=each.text, column=head, raw=piece.raw(line)))
        self._blank += told
        return cells

    def _length(self, frame: pl.DataFrame, piece: Piece) -> pl.Series:
        role = next((each for each in ("length_m", "length_km") if each in self._plan.roles), None)
        if role is None:
            return pl.Series("length", [None], dtype=pl.Int64).new_from_index(0, frame.height)
        factor = 1_000_000 if role == "length_km" else 1000
        cells, troubles = convert(frame[f"c{self._plan.roles[role]}"].cast(pl.String).str.strip_chars(_SPACES), factor)
        for each in troubles:
            if each.value is not None:
                cells = cells.scatter([each.row], each.value)
                continue
            line = int(frame["line"][each.row])
            head = self._names[self._plan.roles[role]]
            self._refuse(refusal(self._name, line, "sound_length", text=each.text, column=head, cells=0, raw=piece.raw(line)))
        return cells.cast(pl.Int64).alias("length")

    def sheet(self, table: Table) -> Sheet:
        """The parsed table."""
        plan = self._plan
        rows = pl.concat(self._frames) if self._frames else _EMPTY
        synthetic = rows["synthetic"].str.to_lowercase().is_in(_TRUE)
        basis = rows["basis"].replace_strict(_BASIS_WORDS, default=plan.basis, return_dtype=pl.String)
        frame = rows.select(
            "line",
            "subject",
            pl.col("when").alias("time"),
            pl.col("span_word").alias("span"),
            basis.alias("basis"),
            synthetic.alias("synthetic"),
            pl.col("kind_word").alias("kind"),
            pl.col("class_word").replace("", None).alias("klass"),
            pl.col("subject").str.split(":").list.get(1, null_on_oob=True).alias("region"),
            "length",
            *LEVELS,
        )
        kinds = [each for each in KINDS if each in set(frame["kind"].to_list())]
        notes = [f"声环境：{'、'.join(_KIND_NAMES[each] for each in kinds)}，{frame['subject'].n_unique()} 个测点"] if kinds else []
        if self._rounded:
            notes.append(f"{self._rounded} 个数值的小数多于三位，已修约到三位")
        unclassed = frame.filter((pl.col("kind") == "zone") & pl.col("klass").is_null())["subject"].n_unique()
        if unclassed:
            notes.append(f"{unclassed} 个功能区测点没有写明类别，不能判断是否达标；再导入一份带“功能区类别”的表即可")
        return Sheet(
            layout=plan.layout,
            hours=frame.with_columns(pl.col("time").dt.date().alias("day")),
            keys=("subject", "time", "span"),
            columns=LEVELS,
            levels=dict.fromkeys(frame["subject"].unique().to_list(), "sound"),
            lines=table.lines,
            cells=(table.lines + table.refused) * self.width,
            blank=self._blank,
            rejected=self._rejected + table.refused * self.width,
            synthetic=any("synthetic" in each.lower() or "合成" in each for each in table.header.comments),
            notes=notes,
            medium="sound",
            basis=plan.basis,
        )


_TRUE: Final = ("1", "true", "yes", "是", "synthetic", "合成")
_BASIS_WORDS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("auto", "自动", "自动监测"), "auto"),
    **dict.fromkeys(("manual", "手工", "手工监测"), "manual"),
}
_EMPTY: Final = pl.DataFrame(
    schema={
        "line": pl.UInt32,
        **dict.fromkeys((role for role in WORDS if role not in SOUND_VALUES), pl.String),
        "subject": pl.String,
        "when": TIME,
        "time_rule": pl.String,
        "span_word": pl.String,
        "kind_word": pl.String,
        "class_word": pl.String,
        "length": pl.Int64,
        "leq": pl.Int64,
        "lmax": pl.Int64,
    }
)


@lru_cache(maxsize=65536)
def _subject(point: str, city: str, kind: str) -> str:
    """The subject, or ``!rule``; a grid point and a zone's point of one name are two."""
    if _SUBJECT.fullmatch(point):
        return point
    name = "".join(unicodedata.normalize("NFKC", point).replace(":", "：").split())
    if not name:
        return "!sound_point"
    try:
        return f"sound:{regions.place(city).code}:{kind}:{name}" if city else "!sound_city"
    except UnknownRegion:
        return "!sound_city"


@lru_cache(maxsize=65536)
def _when(text: str, hour: str, year: str, quarter: str, span: str, *, hourly: bool, label: str) -> tuple[datetime | str, str]:
    """The time and span of a row, or the rule that refuses it."""
    if hourly:
        return end_label(text, hour or None, label=label), "hour"
    word = _SPAN_WORDS.get(span, "day")
    told = text or year
    if quarter and (found := _QUARTER.fullmatch(quarter)) and (of := found[1] or (_YEAR.match(told) or ["", ""])[1]):
        number = _NUMERALS.index(found[2]) + 1 if found[2] in _NUMERALS else int(found[2])
        return datetime(int(of), 3 * number - 2, 1), word
    if found := _YEAR.fullmatch(told):
        return datetime(int(found[1]), 1, 1), word
    if (found := _MONTH.fullmatch(told)) and 1 <= int(found[2]) <= 12:
        return datetime(int(found[1]), int(found[2]), 1), word
    moment = clock_time(told)
    if isinstance(moment, str):
        return ("bad_sound_time" if moment != "no_year" else moment), word
    return datetime(moment.year, moment.month, moment.day), word


def _class(text: str) -> str:
    """The class of a functional zone in one spelling, "" for none, ``!`` for one that is none."""
    cell = unicodedata.normalize("NFKC", text).strip().upper().translate(str.maketrans("ⅠⅡⅢ", "123"))
    if cell in {"", "-", "/", "--", "未划分", "无"}:
        return ""
    found = _CLASS.fullmatch(cell)
    return "!" if not found else "4a" if found[1] == "4" else found[1].lower()


def _plain(name: str) -> str:
    text = re.sub(r"[(\[]?db(\(a\)|a)?[)\]]?", "", "".join(unicodedata.normalize("NFKC", name).casefold().split()))
    inside = re.search(r"\((km|公里|m|米)\)", text)
    return re.sub(r"\([^()]*\)|\[[^\[\]]*\]", "", text) + (inside[1] if inside else "")
