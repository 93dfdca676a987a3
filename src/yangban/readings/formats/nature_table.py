"""Records of species: Darwin Core occurrences and events as CSV or TSV (the layout of a GBIF download), and survey sheets.

A row is one record and counts as one cell of the receipt. Refused is what cannot be placed in time or space, names nothing, or holds a
number that is none. A species that is on no list, a genus, a date without a day, a record without count are used and flagged.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import re
import unicodedata
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import polars as pl

from yangban.base import regions
from yangban.base.errors import UnknownRegion
from yangban.packs import load_pack, pack_names
from yangban.packs.species import extents, resolve
from yangban.readings.formats.sheet import Options, Refuse, Sheet, refusal
from yangban.readings.formats.table import Table
from yangban.readings.formats.text import BadLine, blocks
from yangban.readings.nature.frames import CARRIED, FLAGS, TIME

OCCURRENCE: Final = "species-occurrences"
SURVEY: Final = "species-survey"
LAYOUTS: Final = (OCCURRENCE, SURVEY)

WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "latin": ("scientificname", "学名", "拉丁名", "拉丁学名", "species", "verbatimscientificname"),
    "chinese": ("vernacularname", "中文名", "物种", "物种名称", "种名", "鸟种", "种类"),
    "rank": ("taxonrank", "分类阶元"),
    "record": ("occurrenceid", "gbifid", "记录编号", "id"),
    "event": ("eventid", "调查编号", "事件编号"),
    "date": ("eventdate", "日期", "调查日期", "观测日期", "时间", "调查时间", "记录日期"),
    "year": ("year", "年份", "年"),
    "month": ("month", "月份", "月"),
    "day": ("day", "日"),
    "longitude": ("decimallongitude", "经度", "longitude", "lon"),
    "latitude": ("decimallatitude", "纬度", "latitude", "lat"),
    "count": ("individualcount", "数量", "个体数", "个体数量", "只数", "头数", "count"),
    "quantity": ("organismquantity",),
    "quantity_type": ("organismquantitytype",),
    "status": ("occurrencestatus",),
    "site": ("locationid", "调查地点", "地点", "样地", "样线", "样点", "湖区", "江段", "站点", "保护区", "locality", "site"),
    "province": ("stateprovince", "省份", "省", "province"),
    "method": ("samplingprotocol", "调查方法", "basisofrecord"),
    "effort": ("samplesizevalue", "努力量", "调查努力量"),
    "effort_unit": ("samplesizeunit", "努力量单位", "调查努力量单位"),
    "effort_text": ("samplingeffort",),
    "effort_km": ("样线长度", "航程"),
    "effort_h": ("调查时长", "观测时长"),
    "share": ("占种群比例", "占迁飞种群比例", "占迁徙路线种群比例", "占全球种群比例", "flywayshare"),
    "synthetic": ("synthetic", "合成"),
}  # fmt: skip
_SPACES: Final = " \t\r\n\u00a0\u3000"
_DARWIN: Final = ("occurrenceid", "gbifid", "basisofrecord", "occurrencestatus", "datasetkey")
_NAMELESS: Final = "未注明地点"
_NATION: Final = "100000"
_COUNT: Final = re.compile(r"(\d{1,9})(?:\.0+)?", re.ASCII)
_NUMBER: Final = re.compile(r"\d{1,9}(?:\.\d{1,9})?", re.ASCII)
_EFFORT: Final = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)\s*([^\d\s].*)", re.ASCII)
_DAY: Final = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[T ]\s*\d{1,2}[:：时].*)?", re.ASCII)
_TIGHT: Final = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_MONTH: Final = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*月?", re.ASCII)
_YEAR: Final = re.compile(r"(\d{4})\s*年?", re.ASCII)
_EARLIEST: Final = 1700
"""No record of a species that a survey is compared with is older; an earlier year is a typing error."""
_TRUE: Final = ("1", "true", "yes", "是", "synthetic", "合成")
_LISTED: Final = 12
"""Names that a note lists; all of them are flagged in the lake."""
_MILLION: Final = 1_000_000


def is_tsv(path: Path) -> bool:
    """Whether a file is a table of species whose columns are separated by tabs."""
    try:
        with path.open("rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
        with gzip.open(path) if packed else path.open("rb") as file:
            head = file.readline(1 << 20)
    except (OSError, EOFError, zlib.error):
        return False
    names = head.decode("utf-8", "replace").strip("\r\n\ufeff").split("\t")
    return len(names) > 2 and recognise(names) is not None


def as_csv(path: Path, *, on_bad: Callable[[BadLine], None]) -> bytes:
    """A tab-separated table as CSV, line by line, so that line numbers stay true; ``on_bad`` is told lines that cannot be read."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for block in blocks(path, on_bad=on_bad):
        for line in block.data.decode("utf-8").split("\n")[:-1]:
            if line.strip():
                writer.writerow(line.rstrip("\r").split("\t"))
            else:
                out.write("\n")
    return out.getvalue().encode()


@dataclass(frozen=True)
class Plan:
    """Which column means what."""

    layout: str
    roles: Mapping[str, int]


def recognise(names: Sequence[str]) -> Plan | None:
    """The plan for a heading, ``None`` when it is no table of species."""
    plain = [_plain(name) for name in names]
    roles: dict[str, int] = {}
    for role, words in WORDS.items():
        hit = next((plain.index(word) for word in words if word in plain), None)
        if hit is not None:
            roles[role] = hit
    if not {"latin", "chinese"} & set(roles) or not {"date", "year"} & set(roles):
        return None
    if not {"count", "quantity", "record", "status", "event", "site"} & set(roles):
        return None
    return Plan(OCCURRENCE if any(word in plain for word in _DARWIN) else SURVEY, roles)


class _Refused(Exception):
    """One row that is refused, by rule."""

    def __init__(self, rule: str, text: str = "", detail: str = "") -> None:
        super().__init__(rule)
        self.rule, self.text, self.detail = rule, text, detail


def parse(table: Table, plan: Plan, *, name: str, options: Options, refuse: Refuse) -> Sheet:
    """Parse a table of species."""
    rows: list[dict[str, Any]] = []
    strange: dict[str, list[int]] = {}
    blank = rejected = flagged = 0
    names = table.header.names
    for piece in table.pieces(["text"] * len(names), width=1):
        columns = [f"c{i}" for i in range(len(names))]
        for line, *fields in piece.frame.select("line", *columns).iter_rows():
            cells = {role: (fields[index] or "").strip(_SPACES) for role, index in plan.roles.items()}
            if not any(cells.values()):
                blank += 1
                continue
            try:
                row = _row(cells, plan, latest=options.now.date())
            except _Refused as problem:
                rejected += 1
                refuse(refusal(name, line, problem.rule, text=problem.text, detail=problem.detail, raw=piece.raw(line)))
                continue
            if row["flags"] & FLAGS["off_list"]:
                strange.setdefault(row["taxon"], []).append(line)
            flagged += row["flags"] & ~FLAGS["no_coordinates"] != 0
            rows.append({"line": line, **row})
    frame = pl.DataFrame(rows, schema=_SCHEMA, orient="row") if rows else pl.DataFrame(schema=_SCHEMA)
    return Sheet(
        layout=plan.layout,
        hours=frame.with_columns(pl.col("time").dt.date().alias("day")),
        keys=("record",),
        columns=("content",),
        levels=dict.fromkeys(frame["subject"].unique().to_list(), "site"),
        lines=table.lines,
        cells=table.lines + table.refused,
        blank=blank,
        rejected=rejected + table.refused,
        synthetic=any("synthetic" in each.lower() or "合成" in each for each in table.header.comments),
        notes=list(_notes(frame, strange)),
        medium="nature",
        basis="occurrence" if plan.layout == OCCURRENCE else "survey",
        flagged=flagged,
    )


def _notes(frame: pl.DataFrame, strange: Mapping[str, Sequence[int]]) -> Iterator[str]:
    if frame.height:
        yield f"物种记录：{frame.height} 条，{frame['taxon'].n_unique()} 个名称，{frame['subject'].n_unique()} 个地点"
    if strange:
        shown = "；".join(
            f"{taxon}（第 {'、'.join(map(str, lines[:3]))}{' 等' if len(lines) > 3 else ''} 行）" for taxon, lines in strange.items()
        )
        told = "；".join(shown.split("；")[:_LISTED])
        yield f"{len(strange)} 个名称不在旗舰物种名录中，照用并标记：{told}{' 等' if len(strange) > _LISTED else ''}"
    for flag, words in (("not_species", "没有鉴定到种，不计入物种数"), ("coarse_date", "日期没有写到日，只计入所在的整年或整月"),
                        ("no_count", "没有个体数，只计入物种数")):  # fmt: skip
        n = frame.filter((pl.col("flags") & FLAGS[flag]) != 0).height
        if n:
            yield f"{n} 条{words}"


def _row(cells: Mapping[str, str], plan: Plan, *, latest: date) -> dict[str, Any]:
    flags = 0
    first, last = _dates(cells)
    if first > latest:
        raise _Refused("future_time", first.isoformat())
    flags |= FLAGS["coarse_date"] * ((last - first).days >= _MONTH_DAYS and cells.get("date", "").count("/") != 1)
    names = (cells.get("latin", ""), cells.get("chinese", ""))
    if not any(names):
        raise _Refused("nature_no_taxon")
    named = resolve(*names, rank=cells.get("rank", ""))
    if named is None:
        raise _Refused("unknown_taxon", " ".join(filter(None, names)))
    flags |= FLAGS["off_list"] * (not named.listed) | FLAGS["not_species"] * (not named.species)
    longitude, latitude = _point(cells)
    subject = _subject(cells, longitude, latitude)
    flags |= FLAGS["no_coordinates"] * (longitude is None)
    individuals = _individuals(cells)
    flags |= FLAGS["no_count"] * (individuals is None)
    effort, unit = _effort(cells)
    row: dict[str, Any] = {
        "subject": subject,
        "time": datetime(first.year, first.month, first.day),
        "until": datetime(last.year, last.month, last.day),
        "event": cells.get("event", ""),
        "taxon": named.taxon,
        "name": " ".join(filter(None, names)),
        "individuals": individuals,
        "effort": effort,
        "effort_unit": unit,
        "share": _share(cells),
        "longitude": None if longitude is None else int(longitude * _MILLION),
        "latitude": None if latitude is None else int(latitude * _MILLION),
        "method": cells.get("method", ""),
        "flags": flags,
        "basis": "occurrence" if plan.layout == OCCURRENCE else "survey",
        "synthetic": cells.get("synthetic", "").casefold() in _TRUE,
    }
    content = json.dumps({name: str(row[name]) for name in CARRIED if name in row}, ensure_ascii=False, sort_keys=True)
    row["content"] = content
    # A record without number is known by all that it says: the same line twice is one record.
    row["record"] = cells.get("record") or hashlib.sha256(content.encode()).hexdigest()[:_DIGEST]
    row["event"] = row["event"] or f"{subject}@{first.isoformat()}"
    return row


_MONTH_DAYS: Final = 27
_DIGEST: Final = 32


def _dates(cells: Mapping[str, str]) -> tuple[date, date]:
    """The first and last day that a record may belong to."""
    text = cells.get("date", "")
    if not text:
        text = "-".join(filter(None, (cells.get("year", ""), cells.get("month", ""), cells.get("day", ""))))
    parts = text.split("/")
    interval = parts if len(parts) == 2 and _YEAR.match(parts[0]) and len(parts[1]) > 2 else [text]
    spans = [_span(part.strip()) for part in interval]
    if any(span is None for span in spans):
        raise _Refused("nature_date", text)
    known = [span for span in spans if span is not None]
    if known[-1][1] < known[0][0]:
        raise _Refused("nature_reversed", text)
    return known[0][0], known[-1][1]


@lru_cache(maxsize=65536)
def _span(text: str) -> tuple[date, date] | None:
    try:
        if found := _DAY.fullmatch(text) or _TIGHT.fullmatch(text):
            day = date(int(found[1]), int(found[2]), int(found[3]))
            return None if day.year < _EARLIEST else (day, day)
        if found := _MONTH.fullmatch(text):
            first = date(int(found[1]), int(found[2]), 1)
            return None if first.year < _EARLIEST else (first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1))
        if found := _YEAR.fullmatch(text):
            year = int(found[1])
            return None if year < _EARLIEST else (date(year, 1, 1), date(year, 12, 31))
    except ValueError:
        return None
    return None


_DECIMALS: Final = 40
"""Decimals that a coordinate may be written with."""


def _point(cells: Mapping[str, str]) -> tuple[Decimal | None, Decimal | None]:
    """Longitude and latitude, checked; both may be missing."""
    told = cells.get("longitude", ""), cells.get("latitude", "")
    if not any(told):
        return None, None
    try:
        longitude, latitude = (Decimal(each) for each in told)
    except InvalidOperation:
        raise _Refused("bad_coordinates", "，".join(told)) from None
    if not (longitude.is_finite() and latitude.is_finite()):
        raise _Refused("bad_coordinates", "，".join(told))
    # Compared and never computed with: 1e999999999 has no absolute value, and the digits of 1e-999999999 must not be written out.
    if -90 <= longitude <= 90 and -180 <= latitude <= 180 and not -90 <= latitude <= 90:
        raise _Refused("swapped_coordinates", "，".join(told))
    fine = all(int(each.as_tuple().exponent) >= -_DECIMALS for each in (longitude, latitude))
    if not fine or not -90 <= latitude <= 90 or not -180 <= longitude <= 180 or (longitude == 0 and latitude == 0):
        raise _Refused("bad_coordinates", "，".join(told))
    if any(box.holds(latitude, longitude) and not box.holds(longitude, latitude) for box in extents().values()):
        raise _Refused("swapped_coordinates", "，".join(told))
    return longitude, latitude


def _subject(cells: Mapping[str, str], longitude: Decimal | None, latitude: Decimal | None) -> str:
    """The site: the province as stated, else the pack's region in whose box the point lies, else the nation."""
    stated = cells.get("province", "")
    code = _province(stated) if stated else ""
    if stated and not code:
        raise _Refused("unknown_province", stated)
    if longitude is not None and latitude is not None:
        boxes = extents()
        inside = next((region for region, box in boxes.items() if box.holds(longitude, latitude)), "")
        if code and code in boxes and not boxes[code].holds(longitude, latitude):
            raise _Refused("outside_region", f"{longitude}，{latitude}", detail=_box(code))
        if not code and not inside:
            raise _Refused("outside_region", f"{longitude}，{latitude}", detail="；".join(map(_box, boxes)))
        code = code or inside
    name = "".join(unicodedata.normalize("NFKC", cells.get("site", "")).replace(":", "：").split())
    return f"site:{code or _NATION}:{name or _NAMELESS}"


def _box(code: str) -> str:
    box = extents()[code]
    return f"{regions.place(code).name}在东经 {box.west}—{box.east}°、北纬 {box.south}—{box.north}° 之内"


@lru_cache(maxsize=4096)
def _province(text: str) -> str:
    english = text.casefold().removesuffix("province").removesuffix("sheng").strip()
    for name in pack_names():
        region = load_pack(name).region
        if region.name_en.casefold() == english:
            return region.code
    try:
        found = regions.place(text)
    except UnknownRegion:
        return ""
    return found.code if found.level in {"province", "nation"} else f"{found.code[:2]}0000"


def _individuals(cells: Mapping[str, str]) -> int | None:
    if cells.get("status", "").casefold() in {"absent", "缺失", "未见", "未发现"}:
        return 0
    text = cells.get("count", "")
    if not text and cells.get("quantity_type", "").casefold() in {"individuals", "individual", "个体", "只", "头"}:
        text = cells.get("quantity", "")
    if not text:
        return None
    found = _COUNT.fullmatch(text.replace(",", ""))
    if not found:
        raise _Refused("bad_count", text)
    return int(found[1])


def _effort(cells: Mapping[str, str]) -> tuple[int | None, str]:
    """Effort in thousandths, and its unit."""
    for role, unit in (("effort_km", "km"), ("effort_h", "h")):
        if text := cells.get(role, ""):
            return _thousandths(text), unit
    if text := cells.get("effort", ""):
        unit = cells.get("effort_unit", "")
        if not unit:
            raise _Refused("bad_effort", text)
        return _thousandths(text), unit
    if (text := cells.get("effort_text", "")) and (found := _EFFORT.fullmatch(text)):
        return _thousandths(found[1]), " ".join(found[2].split())
    return None, ""


def _thousandths(text: str) -> int:
    if not _NUMBER.fullmatch(text) or not Decimal(text):
        raise _Refused("bad_effort", text)
    return int((Decimal(text) * 1000).to_integral_value())


def _share(cells: Mapping[str, str]) -> int | None:
    text = cells.get("share", "").removesuffix("%")
    if not text:
        return None
    if not _NUMBER.fullmatch(text) or Decimal(text) > 100:
        raise _Refused("bad_share", text)
    return int((Decimal(text) * _MILLION).to_integral_value())


def _plain(name: str) -> str:
    text = "".join(unicodedata.normalize("NFKC", name).strip("\ufeff").casefold().split())
    return re.sub(r"\([^()]*\)|\[[^\[\]]*\]", "", text).removeprefix("dwc:")


_SCHEMA: Final[dict[str, Any]] = {
    "line": pl.UInt32,
    "subject": pl.String,
    "time": TIME,
    "until": TIME,
    "basis": pl.String,
    "synthetic": pl.Boolean,
    "record": pl.String,
    "event": pl.String,
    "taxon": pl.String,
    "name": pl.String,
    "individuals": pl.Int64,
    "effort": pl.Int64,
    "effort_unit": pl.String,
    "share": pl.Int64,
    "longitude": pl.Int64,
    "latitude": pl.Int64,
    "method": pl.String,
    "flags": pl.Int64,
    "content": pl.String,
}
