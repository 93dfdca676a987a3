"""Lists of water sections into the registry: tables as offices keep them (CSV or Excel).

A row lays its filled cells over what is registered for its section; a blank says nothing, target classes are added year by year. A section
that only the packs know gets a row of the workspace's own. What is wrong is refused by row, rule and reason, and the file itself is kept.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final

from yangban.base import regions
from yangban.base.errors import InputError, UnknownRegion, UsageError
from yangban.readings.formats import workbook
from yangban.readings.formats.sheet import Refusal, refusal
from yangban.readings.formats.table import split
from yangban.readings.formats.text import Refused, blocks
from yangban.readings.formats.times import day_label
from yangban.readings.sections import (
    KINDS,
    NETWORKS,
    SOURCE,
    SOURCE_NAMES,
    TRUST,
    Section,
    Sections,
    read_rows,
    save_rows,
    span,
    spelled,
    targets_of,
)
from yangban.readings.station_lists import LATITUDES, LONGITUDES
from yangban.readings.workspace import Workspace, write_whole

_BODIES: Final = {"河流": "river", "湖库": "lake", "水库": "lake", "地下水": "ground"}

_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "name": ("name", "section", "断面名称", "断面", "监测断面", "点位名称", "断面(点位)名称", *SOURCE_NAMES),
    "province": ("province", "省份", "省", "所属省份"),
    "city": ("city", "城市", "地市", "设区市", "所在城市", "考核城市", "责任城市"),
    "county": ("county", "区县", "县区", "县(市、区)", "所在区县"),
    "river": ("river", "河流", "所在河流", "所在水体", "水体", "水体名称"),
    "basin": ("basin", "流域", "水系", "所属流域"),
    "kind": ("kind", "type", "断面类型", "水体类型", "类型", "水源类型", "水源地类型", "source_type"),
    "lake": ("lake", "湖库", "湖库名称", "湖泊"),
    "network": ("network", "网络", "控制级别", "断面级别", "断面属性"),
    "target": ("target", "水质目标", "目标", "考核目标", "目标类别"),
    "targets": ("targets", "历年目标"),
    "valid_from": ("valid_from", "启用日期", "开始日期"),
    "valid_to": ("valid_to", "停用日期", "结束日期"),
    "longitude": ("longitude", "lon", "lng", "经度"),
    "latitude": ("latitude", "lat", "纬度"),
    "trust": ("trust", "坐标可信度"),
    "aliases": ("aliases", "别名", "曾用名"),
    "source": ("source", "来源"),
    "note": ("note", "备注", "描述"),
}  # fmt: skip
_TARGET_OF_YEAR: Final = re.compile(r"(\d{4})年?(?:水质|考核)?目标(?:类别)?|target_?(\d{4})")
_NETWORK_WORDS: Final[Mapping[str, str]] = {
    **{word: word for word in NETWORKS},
    **dict.fromkeys(("国控", "国考", "国家", "国控断面", "国考断面"), "state"),
    **dict.fromkeys(("省控", "省考", "省控断面", "省考断面"), "province"),
    **dict.fromkeys(("市控", "市考", "市控断面"), "city"),
    **dict.fromkeys(("县控", "县考", "县控断面"), "county"),
}
_KIND_WORDS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("river", "河流", "河", "江河"), "river"),
    **dict.fromkeys(("lake", "湖库", "湖泊", "湖", "水库", "库", "湖(库)"), "lake"),
    **{word: word for word in KINDS if word.startswith(SOURCE)},
    **{f"{word}{end}": f"{SOURCE}{kind}" for word, kind in _BODIES.items() for end in ("型", "型水源", "水源", "水源地", "型水源地")},
    "地下水": f"{SOURCE}ground",
}
_CLASSES: Final[Mapping[str, int]] = {
    text: number
    for number, texts in enumerate((("1", "I", "Ⅰ"), ("2", "II", "Ⅱ"), ("3", "III", "Ⅲ"), ("4", "IV", "Ⅳ"), ("5", "V", "Ⅴ")), start=1)
    for text in texts
}
_BLANKS: Final = frozenset(("", "-", "--", "—", "/", "无", "未知"))
_HEADER_WITHIN: Final = 10


@dataclass(frozen=True)
class Imported:
    """What one import did; counts are rows of the file: ``rows`` = added + updated + unchanged + rejected."""

    file: str
    digest: str
    rows: int
    added: int
    updated: int
    unchanged: int
    rejected: int
    rejections: tuple[Refusal, ...]
    rejected_file: str | None

    def to_dict(self) -> dict[str, Any]:
        """As ``sections import --json`` prints it."""
        return asdict(self)


class _Refuse(Exception):
    """A row is refused; ``rule`` says why."""

    def __init__(self, rule: str, text: str = "", detail: str = "") -> None:
        super().__init__(rule)
        self.rule, self.text, self.detail = rule, text, detail


def import_file(
    workspace: Workspace,
    path: Path,
    *,
    province: str | None = None,
    network: str = "state",
    year: int | None = None,
    trust: str = "stated",
    now: datetime | None = None,
) -> Imported:
    """Take a table of sections into the registry.

    ``province`` (code or name) is that of rows that name neither province nor city, ``network`` that of rows that name none, ``year`` that
    of a column of target classes that names none, ``trust`` that of coordinates of which the table does not say how far they are to be
    trusted. The file is kept in ``raw/``.

    Raises :class:`~yangban.base.errors.InputError` when the file is no table of sections, :class:`~yangban.base.errors.UsageError` for an
    unknown network or trust, :class:`~yangban.base.errors.UnknownRegion` and :class:`~yangban.base.errors.WorkspaceError`.
    """
    for what, got, known in (("network", network, NETWORKS), ("trust", trust, TRUST)):
        if got not in known:
            raise UsageError(f"unknown {what} {got!r}; expected one of {', '.join(known)}")
    code = regions.place(province).code if province else ""
    refused: list[Refusal] = []
    where, targets, lines, sources = _table(path, refused)
    if "target" in where and year is None:
        raise UsageError(f"{path}: the column of targets names no year; say which with --target-year 目标一列没有写明年份")
    with workspace.writing():
        work = _Import(path, Sections.load(workspace), read_rows(workspace), where, targets, (code, network, year, trust), sources)
        for number, cells in lines:
            work.take(number, cells)
        refused += work.refusals
        digest = _keep(workspace, path)
        rejected_file = None
        if refused:
            stamp = (now or datetime.now(UTC)).astimezone(UTC)
            rejected_file = f"rejected/sections-{stamp:%Y%m%dT%H%M%S%f}-{digest[:8]}.jsonl"
            write_whole(workspace.path / rejected_file, "".join(json.dumps(asdict(each), ensure_ascii=False) + "\n" for each in refused))
        if work.added or work.updated:
            save_rows(workspace, work.rows)
    broken = len(refused) - len(work.refusals)
    rows = len(lines) + broken
    return Imported(str(path), digest, rows, work.added, work.updated, work.unchanged, len(refused), tuple(refused), rejected_file)


def _keep(workspace: Workspace, path: Path) -> str:
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    kept = workspace.raw / digest
    if not kept.exists():
        waiting = workspace.raw / f".{secrets.token_hex(4)}.tmp"
        waiting.write_bytes(content)
        waiting.replace(kept)
    return digest


_Rows = list[tuple[int, tuple[str, ...]]]


def _table(path: Path, refused: list[Refusal]) -> tuple[dict[str, int], dict[int, int], _Rows, bool]:
    """Where the columns stand, which columns hold the targets of which year, the rows, and whether they are drinking-water sources."""
    if not path.is_file():
        raise InputError(f"{path}: 找不到这个文件 no such file")
    try:
        lines = _lines(path, refused)
    except Refused as problem:
        told = refusal(str(path), None, problem.rule, detail=problem.detail)
        raise InputError(f"{path}: {told.reason}") from None
    for i, (_, cells) in enumerate(lines[:_HEADER_WITHIN]):
        plain = [_plain(name) for name in cells]
        where = {word: plain.index(head) for word, heads in _WORDS.items() for head in heads[::-1] if head in plain}
        if "name" in where and len(where) > 1:
            years = {index: int(found[1] or found[2]) for index, name in enumerate(plain) if (found := _TARGET_OF_YEAR.fullmatch(name))}
            return where, years, [each for each in lines[i + 1 :] if any(each[1])], plain[where["name"]] in SOURCE_NAMES
    first = "，".join(each for each in lines[0][1] if each)[:200] if lines else ""
    raise InputError(
        f"{path}: 不是断面表：前 {_HEADER_WITHIN} 行里没有“断面名称”和“省份、城市、河流”等列；第一行是 {first}。"
        "No table of sections: expected columns such as name, province, city, river."
    )


def _lines(path: Path, refused: list[Refusal]) -> _Rows:
    with path.open("rb") as file:
        magic = file.read(4)
    if magic in workbook.MAGIC:
        sheets = workbook.sheets_of(path)
        named = next((rows for rows in sheets.values() if any(_has_name(row) for row in rows[:_HEADER_WITHIN])), None)
        if named is None:
            raise Refused("unknown_layout")
        return [(number, tuple(row)) for number, row in enumerate(named, start=1)]
    found: _Rows = []
    for block in blocks(path, on_bad=lambda line: refused.append(refusal(str(path), line.line, line.rule, text=line.text))):
        for number, data in enumerate(block.data.split(b"\n")[:-1], start=block.first):
            text = data.decode("utf-8").strip("\r\ufeff")
            if text.strip() and not text.startswith("#"):
                found.append((number, tuple(each.strip() for each in split(text))))
    return found


def _has_name(row: Sequence[str]) -> bool:
    return any(_plain(cell) in _WORDS["name"] for cell in row)


def _plain(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


class _Import:
    """The running state of one import."""

    def __init__(
        self,
        path: Path,
        known: Sections,
        own: Sequence[Section],
        where: Mapping[str, int],
        targets: Mapping[int, int],
        defaults: tuple[str, str, int | None, str],
        sources: bool = False,
    ) -> None:
        self._file, self._where, self._targets, self._sources = path, where, targets, sources
        self._province, self._network, self._year, self._trust = defaults
        self._known, self._aliases = known, known.aliases()
        self.rows = list(own)
        self._taken: dict[tuple[str, date | None], tuple[int, Section]] = {}
        self.refusals: list[Refusal] = []
        self.added = self.updated = self.unchanged = 0

    def take(self, number: int, cells: Sequence[str]) -> None:
        """One row of the file: refuse it, or lay it over what is registered."""
        raw = ",".join(cells)
        try:
            self._lay(number, self._read(cells))
        except _Refuse as problem:
            told = refusal(str(self._file), number, problem.rule, text=problem.text or raw, detail=problem.detail, raw=raw)
            self.refusals.append(told)

    def _cell(self, cells: Sequence[str], word: str) -> str:
        index = self._where.get(word, -1)
        text = cells[index].strip() if 0 <= index < len(cells) else ""
        return "" if text in _BLANKS else text

    def _read(self, cells: Sequence[str]) -> Section:
        name = "".join(self._cell(cells, "name").split())
        if not name or ":" in name:
            raise _Refuse("no_section", name)
        city = self._place(self._cell(cells, "city"), None, "station_city")
        province = self._place(self._cell(cells, "province"), None, "no_province") or (f"{city[:2]}0000" if city else self._province)
        if not province:
            raise _Refuse("no_province")
        if city and city[:2] != province[:2]:
            raise _Refuse("section_place", self._cell(cells, "city"))
        county = self._place(self._cell(cells, "county"), city or province, "station_county")
        longitude, latitude = self._point(self._cell(cells, "longitude"), self._cell(cells, "latitude"))
        start, end = (self._day(self._cell(cells, word)) for word in ("valid_from", "valid_to"))
        if start and end and end < start:
            raise _Refuse("station_dates_reversed", f"{start} – {end}")
        lake = self._cell(cells, "lake")
        kind = self._word(self._cell(cells, "kind"), _KIND_WORDS, "section_kind") or ("lake" if lake else "")
        if self._sources and not kind.startswith(SOURCE):
            held = self._known.of(f"source:{province}:{name}")
            kind = f"{SOURCE}{kind}" if kind else held[-1].kind if held else f"{SOURCE}river"
        if kind == "lake" and not lake:
            lake = self._cell(cells, "river")
        trust = self._cell(cells, "trust") or self._trust
        if trust not in TRUST:
            raise _Refuse("section_trust", trust)
        return Section(
            province=province,
            name=name,
            city=city,
            county=county,
            river="" if kind.removeprefix(SOURCE) == "lake" else self._cell(cells, "river"),
            basin=self._cell(cells, "basin"),
            kind=kind,
            lake=lake if kind.removeprefix(SOURCE) == "lake" else "",
            network=self._word(self._cell(cells, "network"), _NETWORK_WORDS, "section_network"),
            targets=self._goals(cells),
            valid_from=start,
            valid_to=end,
            longitude=longitude,
            latitude=latitude,
            trust=trust if longitude is not None else "",
            aliases=tuple(filter(None, re.split(r"[;；、\s]+", self._cell(cells, "aliases")))),
            source=self._cell(cells, "source") or self._file.name,
            note=self._cell(cells, "note"),
        )

    def _goals(self, cells: Sequence[str]) -> dict[int, int]:
        try:
            found = targets_of(self._cell(cells, "targets"))
        except UsageError:
            raise _Refuse("section_target", self._cell(cells, "targets")) from None
        columns = dict(self._targets)
        if "target" in self._where and self._year is not None:
            columns[self._where["target"]] = self._year
        for index, year in columns.items():
            text = cells[index].strip().removesuffix("类") if index < len(cells) else ""
            if text not in _BLANKS:
                klass = _CLASSES.get(text.upper())
                if klass is None:
                    raise _Refuse("section_target", text)
                found[year] = klass
        return found

    @staticmethod
    def _place(text: str, within: str | None, rule: str) -> str:
        if not text:
            return ""
        try:
            place = regions.place(text, within=within)
        except UnknownRegion as problem:
            raise _Refuse(rule, text, str(problem)) from None
        fits = {
            "no_province": place.level == "province" or place.kind == "municipality",
            "station_city": place.prefecture_level,
            "station_county": place.level in {"county", "city"},
        }
        if not fits[rule]:
            raise _Refuse(rule, text)
        return place.code

    @staticmethod
    def _word(text: str, known: Mapping[str, str], rule: str) -> str:
        if text and text not in known:
            raise _Refuse(rule, text)
        return known[text] if text else ""

    @staticmethod
    def _day(text: str) -> date | None:
        day = day_label(text) if text else None
        if isinstance(day, str):
            raise _Refuse("station_date", text)
        return day

    @staticmethod
    def _point(longitude: str, latitude: str) -> tuple[Decimal | None, Decimal | None]:
        if not longitude and not latitude:
            return None, None
        try:
            east, north = Decimal(longitude), Decimal(latitude)
        except InvalidOperation:
            raise _Refuse("station_coordinates", f"{longitude},{latitude}") from None
        inside = LONGITUDES[0] <= east <= LONGITUDES[1] and LATITUDES[0] <= north <= LATITUDES[1]
        if not inside:
            swapped = LONGITUDES[0] <= north <= LONGITUDES[1] and LATITUDES[0] <= east <= LATITUDES[1]
            raise _Refuse("station_swapped" if swapped else "station_outside", f"{longitude},{latitude}")
        return east, north

    def _lay(self, number: int, row: Section) -> None:
        subject = self._aliases.get(spelled(row.subject), row.subject)
        if subject != row.subject:
            row = replace(row, name=subject.split(":", 2)[2])
        before, same = self._taken.setdefault((subject, row.valid_from), (number, row))
        if before != number:
            if row == same:
                # A table of readings names its sources once a month.
                self.unchanged += 1
                return
            raise _Refuse("section_duplicate", row.name, f"第 {before} 行已有")
        held = [each for each in self.rows if each.subject == subject]
        base = next((each for each in held if row.valid_from in {None, each.valid_from}), None)
        known = base or next((each for each in self._known.of(subject) if each.pack), None)
        laid = _over(known, row, self._network)
        clash = next((each for each in held if each is not base and each.overlaps(laid)), None)
        if clash is not None:
            raise _Refuse("section_overlap", row.name, f"已有 {span(clash)}")
        if base is None:
            self.rows.append(laid)
            self.added += 1
        elif laid == base:
            self.unchanged += 1
        else:
            self.rows[self.rows.index(base)] = laid
            self.updated += 1


def _over(known: Section | None, row: Section, network: str) -> Section:
    """A row of a file over what is known of its section: a blank says nothing, targets and other names are added."""
    if known is None:
        return replace(row, kind=row.kind or "river", network=row.network or network)
    texts = ("city", "county", "river", "basin", "kind", "lake", "network", "valid_from", "valid_to", "longitude", "latitude", "trust")
    laid: dict[str, Any] = {name: getattr(row, name) or getattr(known, name) for name in (*texts, "note")}
    if row.kind == "river":
        laid["lake"] = ""
    elif laid["kind"] == "lake":
        laid["river"] = ""
    changed = any(laid[name] != getattr(known, name) for name in texts) or any(known.targets.get(y) != k for y, k in row.targets.items())
    return replace(
        known,
        **laid,
        targets={**known.targets, **row.targets},
        aliases=tuple(dict.fromkeys((*known.aliases, *(each for each in row.aliases if each != known.name)))),
        source=row.source if changed or known.pack else known.source,
        pack=False,
    )
