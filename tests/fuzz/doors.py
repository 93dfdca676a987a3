"""Every place where bytes or texts from outside come in, each as one call, with samples that it takes.

A door either gives something back or raises one of its refusals, which are errors that the program raises on purpose. The samples are
valid or nearly so: changes to them reach deeper than noise does. ``share`` says how many of a run's inputs a door gets beside the others:
a text of ten characters is looked at ten thousand times in the time in which a workbook is opened once.
"""

# ruff: noqa: E501  (samples stand on lines as long as they come)

from __future__ import annotations

import gzip
import io
import json
import os
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from yangban.base import periods, pollutants, regions, units
from yangban.base.errors import YangbanError
from yangban.govern import case_text
from yangban.govern import plans as govern_plans
from yangban.govern import units as govern_units
from yangban.govern.forms import Field, Form
from yangban.indicators.targets import read_targets
from yangban.packs import read_pack
from yangban.points.events import events_of
from yangban.publish import course, maps, release, splitting
from yangban.readings import (
    accounts,
    event_sheets,
    events,
    formats,
    photos,
    plan_sheets,
    records,
    reported,
    section_lists,
    shapes,
    sheets,
    station_lists,
    water_headings,
    water_sheets,
)
from yangban.readings.formats import mapping, times, values, water_values
from yangban.readings.formats.sheet import Options
from yangban.readings.formats.text import Refused
from yangban.standards import campaigns, governance, points, programmes, systems
from yangban.standards import load as standards_load

BOOK = Path(standards_load.__file__).parent / "book"
PACKS = Path(standards_load.__file__).parent.parent / "packs"
REFUSALS = (YangbanError, Refused)
CITY, STATION = "南昌市", "1299A"


@dataclass(frozen=True)
class Door:
    """One way in: its name, how it reads, what it takes, its share of the inputs, and whether its samples are zip files or texts."""

    name: str
    read: Callable[[bytes], object]
    samples: tuple[bytes, ...]
    share: int
    refusals: tuple[type[BaseException], ...] = REFUSALS
    words: tuple[bytes, ...] = ()


# ---------------------------------------------------------------------------------------------------------------------------- scratch


@cache
def scratch(_process: int) -> Path:
    """A folder of this process for files that doors read, within that of the run."""
    return Path(tempfile.mkdtemp(prefix="yangban-fuzz-", dir=os.environ.get("YANGBAN_FUZZ_SCRATCH")))


def by_path(parse: Callable[[Path], object], name: str) -> Callable[[bytes], object]:
    """A door of a file: the input is laid down under a name of its own."""

    def read(data: bytes) -> object:
        path = scratch(os.getpid()) / name
        path.write_bytes(data)
        return parse(path)

    return read


def text(parse: Callable[[str], object]) -> Callable[[bytes], object]:
    """A door of a text that came in as UTF-8; what is none becomes the sign for that, as Django makes of it in addresses."""
    return lambda data: parse(data.decode("utf-8", "replace"))


# ------------------------------------------------------------------------------------------------------------------------- the tables

NOW = datetime(2023, 1, 10, 12)


def readings(name: str, **said: Any) -> Callable[[bytes], object]:
    """A file of readings, recognised by its content."""

    def parse(path: Path) -> object:
        return formats.read(path, name=name, options=Options(now=NOW, **said), refuse=lambda _: None)

    return by_path(parse, name)


def rows(*lines: str, code: str = "utf-8") -> bytes:
    return ("\n".join(lines) + "\n").encode(code)


ARCHIVE = ("date,hour,type,南昌,九江,360102", "20220613,0,PM2.5,35,41,", "20220613,1,O3,120,-99,7", "20220613,1,AQI,50,60,70")
STATION_ARCHIVE = ("date,hour,type,1299A,1300A", "20220613,0,PM2.5,35,41", "20220613,13,CO,0.8,1.2")
LONG = ("时间,城市,污染物,数值", "2022-06-13 01:00,南昌市,PM2.5,35", "2022-06-13 02:00,南昌市,O3,12.5")
WIDE = (
    "时间,站点编码,PM2.5(μg/m³),PM10,SO2,NO2,CO(mg/m³),O3", "2022/6/13 1:00,1299A,35,60,8,22,0.7,88", "2022/6/13 24:00,1299A,,--,8,22,0.7,88",
)  # fmt: skip
DAYS = ("日期,城市,PM2.5,PM10,SO2,NO2,CO,O3_8h", "2022-06-13,南昌市,35,60,8,22,0.7,88", "2022-06-14,九江市,36,61,9,23,0.8,90")
SOUND = ("测点,城市,功能区,监测时间,Leq,Lmax", "P1,南昌市,2类,2022-06-13 08:00,54.3,57", "P1,南昌市,2类,2022-06-13 22:00,44.3,47")
SPECIES = (
    "occurrenceID\tbasisOfRecord\teventDate\tscientificName\tdecimalLatitude\tdecimalLongitude\tindividualCount\tstateProvince",
    "a1\tHumanObservation\t2022-01-15\tGrus leucogeranus\t29.1\t116.3\t120\t江西省",
)
WATER = (
    "省份,流域,断面名称,监测时间,水质类别,水温(℃),pH(无量纲),溶解氧(mg/L),高锰酸盐指数(mg/L),氨氮(mg/L),总磷(mg/L)",
    "江西省,长江流域,外洲,2022-06-13 08:00,Ⅱ,25.1,7.2,7.8,2.1,0.05L,0.04",
)
LAB = ("断面,采样日期,pH,溶解氧,高锰酸盐指数,氨氮,总磷,备注", "外洲,2022-06-03,7.2,7.8,2.1,<0.025,0.04,")
SAMPLES = ("type,ph,do,codmn,nh3n,tp", "river,7.2,7.8,2.1,0.05L,0.04", "lake,7.5,6.1,3.9,0.4,0.03")
JSON_WATER = json.dumps(
    {
        "thead": ["省份", "流域", "断面名称", "监测时间", "水质类别", "水温<br/>(℃)", "pH<br/>(无量纲)", "溶解氧<br/>(mg/L)"],
        "tbody": [["江西省", "长江流域", "<span title='所属：南昌'>外洲</span>", "06-13 08:00", "Ⅱ", "25.1", "7", "<span title='原始值：7.842'>7.84</span>"]],
    },
    ensure_ascii=False,
).encode()  # fmt: skip
EVENTS = ("类型,地区/点位,污染物,开始,结束,编号/原因,经手人", "沙尘,南昌市,PM10,2022-03-08 01,2022-03-08 24,赣环函1号,张三")
EVENTS_TOML = '[[event]]\nkind = "dust"\nsubject = "360100"\nfrom = 2022-03-08T01:00:00\nto = "2022-03-08 24"\nnotice = "1"\nby = "张三"\n'
REPORTED = ("指标,地区,时段,数值,单位,依据,部门,填报人", "forest,360000,2022,63.1,%,年报,林业局,张三")
REPORTED_TOML = (
    '[[reported]]\nkey = "forest"\nsubject = "360000"\nperiod = "2022"\nvalue = 63.1\nunit = "%"\nevidence = "年报"\n'
    'department = "林业局"\nby = "张三"\n'
)
ACCOUNT = ("地区,年份,类别,科目,分项,功能量,功能量单位,单价,单价单位,来源", "360000,2022,物质产品,农业产品,稻谷,2000,万吨,2500,元/吨,年鉴")
ACCOUNT_TOML = (
    '[account]\nregion = "360000"\nyear = 2022\nsource = "年鉴"\nby = "张三"\n[[item]]\ncategory = "provision"\nsubject = "农业"\npart = "稻谷"\n'
    'quantity = 2000\nunit = "万t"\nprice = 2500\nprice_unit = "元/t"\nsource = "年鉴"\n'
    '[coefficients]\nregion = "360000"\nyear = 2020\nsource = "x"\nwater = { value = 7.06, unit = "CNY/m³" }\n'
)
MAPPING = (
    '[columns]\ntime = "监测时间"\nsubject = "城市"\npm25 = "细颗粒物"\nco = "一氧化碳"\n[units]\nco = "mg/m3"\n'
    '[options]\nheader_row = 2\nlabel = "end"\n'
)
TARGETS = (
    '[[target]]\nindicator = "air.pm25.mean"\nsubject = "360000"\nperiod = "2025"\nvalue = "29"\nunit = "µg/m³"\ndirection = "at_most"\n'
    'source = "x"\nconfidence = "unverified"\n'
)
UNITS = '[[unit]]\nid = "forestry"\nname = "林业局"\nkind = "department"\nplace = "360000"\nconfidence = "unverified"\nsource = "x"\nowns = ["reported.forest"]\n'
PLANS = (
    '[[document]]\nid = "plan-x"\ntier = "outline"\ntitle = "规划"\nsubject = "360000"\nversion = 1\nconfidence = "unverified"\nsource = "x"\n'
    'issued = 2022-06-13\n[[document.item]]\nkind = "goal"\nkey = "1"\nname = "空气"\nfirst = 2022\nlast = 2035\n'
)
PATH = "[months]\n" + "".join(f'{n} = "4{n % 10}"\n' for n in range(1, 13))
BASE_MAP = 'file = "map.geojson"\nsource = "x"\nlicence = "x"\ndate = 2024-05-01\napproval = "赣S(2024)001号"\n'
SECTIONS = ("断面名称,省份,城市,河流,断面类型,2025年目标", "外洲,江西省,南昌市,赣江,河流,Ⅱ", "湖心,江西省,九江市,鄱阳湖,湖库,Ⅲ")
STATIONS = ("站点编码,站点名称,城市,经度,纬度,对照点", "1299A,建工学校,南昌市,115.9,28.7,", "1300A,武术学校,南昌市,115.8,28.6,是")
WEIGHTS = ("地区,权重", "南昌市,2.5", "360400,1/3")
PLAN_SHEET = (
    "类别,编号,上级编号,名称,起始年,完成年,牵头单位,指标,目标值,单位,方向",
    "goal,1,,空气,2022,2035,生态环境厅,air.pm25.mean,29,µg/m³,at_most",
)
POINTS = ("编号,会员,行为,发生时间,步", "e1,m23456789ab,steps,2024-05-01 08:00,7250", "e2,m23456789ab,metro,2024-05-01T09:00:00+08:00,")
BULK = ("编号,任务名称,依据文件,牵头单位,完成期限", "T1,空气,规划,生态环境厅,2024-12-31")
SQUARE = [[115.8, 28.6], [115.9, 28.6], [115.9, 28.7], [115.8, 28.6]]
GEOJSON = json.dumps(
    {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": {"code": "360100", "name": "南昌"}, "geometry": {"type": "Polygon", "coordinates": [SQUARE]}},
            {"type": "Feature", "properties": None, "geometry": {"type": "Point", "coordinates": [115.85, 28.65]}},
            {"type": "Feature", "geometry": {"type": "GeometryCollection", "geometries": [{"type": "LineString", "coordinates": SQUARE[:3]}]}},
        ],
    }
).encode()  # fmt: skip
KML = (
    b'<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document><name>n</name><Placemark><Polygon>'
    b"<outerBoundaryIs><LinearRing><coordinates>115.8,28.6,0 115.9,28.6 115.9,28.7 115.8,28.6</coordinates></LinearRing></outerBoundaryIs>"
    b"</Polygon></Placemark><Placemark><Point><coordinates>115.8,28.6</coordinates></Point></Placemark></Document></kml>"
)


# --------------------------------------------------------------------------------------------------------- workbooks, Word, pictures


def book(lines: Sequence[str]) -> bytes:
    """A workbook with a table; cells that are numbers are numbers."""
    import xlsxwriter

    out = io.BytesIO()
    made = xlsxwriter.Workbook(out, {"in_memory": True})
    page = made.add_worksheet("表")
    for row, line in enumerate(lines):
        for column, cell in enumerate(line.split(",")):
            page.write(row, column, float(cell) if cell.replace(".", "", 1).isdigit() else cell)
    made.close()
    return out.getvalue()


def document(lines: Sequence[str]) -> bytes:
    """A Word file with a table."""
    import docx

    made = docx.Document()
    cells = [line.split(",") for line in lines]
    table = made.add_table(rows=len(cells), cols=len(cells[0]))
    for row, line in enumerate(cells):
        for column, cell in enumerate(line):
            table.cell(row, column).text = cell
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def zipped(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in files.items():
            made.writestr(name, content)
    return out.getvalue()


def opendocument(rows: str) -> bytes:
    content = (
        f'<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"><office:body>'
        f'<office:spreadsheet><table:table table:name="a">{rows}</table:table></office:spreadsheet></office:body></office:document-content>'
    )
    return zipped(
        **{"META-INF/manifest.xml": MANIFEST},
        mimetype=b"application/vnd.oasis.opendocument.spreadsheet",
        **{"content.xml": content.encode()},
    )


def opendocument_rows(lines: Sequence[str]) -> str:
    """The rows of a table, every cell a text."""
    cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    return "".join(f"<table:table-row>{''.join(cell.format(each) for each in line.split(','))}</table:table-row>" for line in lines)


MANIFEST = (
    b'<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
    b'<manifest:file-entry manifest:full-path="/" manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/></manifest:manifest>'
)


def parquet() -> bytes:
    import polars as pl

    out = io.BytesIO()
    pl.DataFrame({"time": [datetime(2022, 6, 13, 1)], "subject": [CITY], "pm25": [35.0], "o3": ["12"]}).write_parquet(out)
    return out.getvalue()


def picture(kind: str, *, exif: bool = False) -> bytes:
    from PIL import Image

    out = io.BytesIO()
    made = Image.new("RGB", (480, 360), (90, 160, 90))
    said = Image.Exif()
    if exif:
        said[306] = "2024:05:01 08:00:00"
        said.get_ifd(0x8825)[1] = "N"
        said.get_ifd(0x8825)[2] = (28.0, 41.0, 12.0)
        said.get_ifd(0x8825)[3] = "E"
        said.get_ifd(0x8825)[4] = (115.0, 51.0, 0.0)
    made.save(out, kind, exif=said)
    return out.getvalue()


def tar_of(manifest: object, **files: bytes) -> bytes:
    """A backup as the program writes one, as far as its reading goes."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, content in (*files.items(), ("manifest.json", json.dumps(manifest).encode())):
            member = tarfile.TarInfo(name.replace("__", "/"))
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return out.getvalue()


FORM = Form(
    number="B1", title="月报", basis="x", owner="360000", rhythm="month", starts=date(2024, 1, 1), ends=date(2026, 12, 31), level="city",
    fields=(Field(key="a", name="秸秆利用率", kind="number", source="given", unit="%"), Field(key="b", name="说明", kind="text", source="given")),
)  # fmt: skip


# ------------------------------------------------------------------------------------------------------------------------ of the site


def site() -> None:
    """The settings of the site, where no test has them loaded: doors of the site need them, and none needs a database."""
    from django.apps import apps

    if apps.ready:
        return
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yangban.web.config.settings")
    os.environ["YANGBAN_HOME"] = str(scratch(os.getpid()) / "site")
    os.environ.setdefault("YANGBAN_SECRET_KEY", "a key of the fuzzing alone, which opens nothing")
    import django

    django.setup()


def _bodies(name: str) -> Callable[[bytes], object]:
    from yangban.web.api import schemas

    return getattr(schemas, name).model_validate_json


def _layout(data: bytes) -> object:
    """A form in the office's own table: opened, its fields found, shown, and the map that was found taken back."""
    from yangban.web.plans import layouts

    opened = layouts.opened(data, "x.xlsx")
    made = layouts.propose(opened, FORM)
    layouts.shown(opened, made, FORM)
    return layouts.plan_of(layouts.written(made, FORM), opened, made.sheet, FORM)


@cache
def _one_layout() -> Any:
    from yangban.web.plans import layouts

    return layouts.opened(book(("秸秆利用率,说明,单位", ",,")), "x.xlsx")


def _map(said: str) -> object:
    from yangban.web.plans import layouts

    return layouts.plan_of(said, _one_layout(), "表", FORM)


def _sheet_of_points(data: bytes) -> object:
    """Reports of points from a sheet, as the job reads them before it asks the ledger."""
    from yangban.web.points import importing

    return events_of(importing.records_of(importing.text_of(data)), {"步行": "steps"})


def _bulk(kind: str) -> Callable[[bytes], object]:
    from django.core.files.uploadedfile import SimpleUploadedFile

    from yangban.web.plans import issuing

    return lambda data: issuing.read_rows(SimpleUploadedFile(f"x{kind}", data))


def _picture(data: bytes) -> object:
    from yangban.web.cases import pictures

    return pictures.made("x", data)


def _page_address(said: str) -> object:
    """What a public page makes of the parts of its address and of its question."""
    import re

    from yangban.web.plans import sending
    from yangban.web.public.converters import PeriodLabel, ReleaseNumber

    for converter in (PeriodLabel(), ReleaseNumber()):
        if re.fullmatch(converter.regex, said):
            found = converter.to_python(said)
            converter.to_url(found)
            if isinstance(found, str):
                with suppress(YangbanError):
                    periods.parse(found)
    return sending.place_of(said)


def _cursor(said: str) -> object:
    from yangban.web.api import paging

    return paging.read(said, {"a": 1})


def _keys(said: str) -> object:
    """What comes in headers: keys, and words that name a request."""
    from yangban.web.api import inbox, keys, routes

    keys.digest_of(said)
    routes._is_word(said)
    inbox.plain_name(said)
    return keys._SHAPE.fullmatch(said)


# --------------------------------------------------------------------------------------------------------------------------- the doors


def _search(said: str) -> object:
    parts = case_text.wanted(said)
    return case_text.snippet(["赣江源头的治理，做法和成效：PM2.5 下降。", said], parts)


def _time_words(said: str) -> object:
    times.end_label(said)
    times.end_label(said, "24", label="start")
    times.day_label(said)
    times.clock_time(said)
    times.no_year(said)
    sheets.read_day(said)
    return release.beijing_instant(said)


def _events_words(said: str) -> object:
    for read in (events.hour_label, events.pollutant_words, events.kind_word):
        with suppress(YangbanError):
            read(said)
    return events.subject_of(said, frozenset({"station:1299A"}))


def _cell(said: str) -> object:
    values.judge.__wrapped__(said)
    values.judge.__wrapped__(said, 1000, 7)
    water_sheets.read_value(said, "do")
    water_values.judge.__wrapped__(said, temperature=True)
    return said


def _headings(said: str) -> object:
    pollutants.heading(said)
    found = water_headings.water_heading(said)
    mapping._plain(said)
    if found is not None and found.unit:
        water_headings.factor_to_item(found.unit, found.word)
    return found


def _units(said: str) -> object:
    source, _, target = said.partition("|")
    with suppress(YangbanError):
        accounts.scaled(source, "x")
    units.canonical(source)
    return units.factor(source, target or "µg/m³")


def _place(said: str) -> object:
    with suppress(YangbanError):
        regions.subject_name(said)
    with suppress(YangbanError):
        regions.subject_level(said)
    return regions.place(said)


def _first(report: Any) -> object:
    """A report of a file of the book: its first problem, raised."""
    if report.problems:
        raise report.problems[0]
    return report.made


def _standard(path: Path) -> object:
    made, problems = standards_load.read(path)
    if problems:
        raise problems[0]
    return made


def _pack(data: bytes) -> object:
    """A pack of one's own, of which one file is the input."""
    folder = scratch(os.getpid()) / "pack"
    folder.mkdir(exist_ok=True)
    for name in ("region.toml", "texts.toml", "published.toml"):
        if not (folder / name).exists():
            (folder / name).write_bytes((PACKS / "jiangxi" / name).read_bytes())
    for name in ("published.toml", "region.toml"):
        kept = (PACKS / "jiangxi" / name).read_bytes()
        (folder / name).write_bytes(data)
        try:
            made = read_pack(folder)
        except YangbanError:
            made = None
        finally:
            (folder / name).write_bytes(kept)
        if made is not None:
            return made
    raise YangbanError


def _published() -> bytes:
    """The first entries of a pack's published figures."""
    parts = (PACKS / "jiangxi" / "published.toml").read_bytes().split(b"[[figure]]")
    return b"[[figure]]".join(parts[:6])


def _sections(path: Path) -> object:
    return section_lists._table(path, [])


def _stations(path: Path) -> object:
    return station_lists._table(path, [])


def _collection(path: Path) -> object:
    return maps.polygons(maps.read_collection(path), path)


def _plan_rows(data: bytes, name: str) -> object:
    """A plan's table, and what its rows would make."""
    rows_ = by_path(plan_sheets.read_plan_rows, name)(data)
    bare = govern_plans.Document(
        id="x", tier="outline", title="x", subject="360000", version=1, confidence="unverified", source="x", items=()
    )
    return govern_plans.preview(bare, rows_)


def small(folder: str) -> tuple[bytes, ...]:
    """The two smallest files of a room of the book."""
    found = sorted((BOOK / folder).glob("*.toml"), key=lambda each: each.stat().st_size)
    return tuple(each.read_bytes() for each in found[:2])


def _backups() -> tuple[bytes, ...]:
    import hashlib

    from yangban.web.operations import backup

    content = b"workspace"
    told = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest(), "mode": 384}
    manifest = {
        "layout": backup.LAYOUT, "created": "2026-01-01T00:00:00+00:00", "program": "0.1.0", "engine": "sqlite", "migrations": ["a.0001"],
        "tables": {"accounts_user": 1}, "files": {"workspace/mark": told, next(iter(backup._DUMPS.values())): told},
    }  # fmt: skip
    dump = next(iter(backup._DUMPS.values()))
    return (tar_of(manifest, **{"workspace/mark": content, dump: content}), tar_of(manifest))


@cache
def doors() -> dict[str, Door]:
    """All doors by name."""
    site()
    from pydantic import ValidationError

    from yangban.web.api.problems import Problem
    from yangban.web.monitor.uploads import _harmless
    from yangban.web.operations import backup

    air = book(WIDE)
    made = [
        # Words of addresses, questions, headers and single cells.
        Door("period", text(periods.parse), (b"2022", b"2022-Q1", b"2022-H2", b"2022-06", b"2022-06-13", b"2022-01-01/2022-04-30"), 300),
        Door("place", text(_place), ("南昌市".encode(), b"360100", b"station:1299A", "section:360000:外洲".encode(), b"group:central-six"), 4),
        Door("units", text(_units), ("万吨".encode(), b"mg/m3|ug/m3", "μg/m³".encode(), b"mg/L|ug/L", "亿元".encode()), 200),
        Door("headings", text(_headings), ("PM2.5(μg/m³)".encode(), b"O3_8h", "总磷<br/>(mg/L)".encode(), "氨氮（mg/L）".encode()), 200),
        Door("cell", text(_cell), (b"35.2", b"-99", b"0.05L", b"<0.025", b"1e3", "未检出".encode(), b"--", "１２".encode(), b"1E-9"), 300),
        Door("times", text(_time_words), (b"2022-06-13 01:00", b"2022/6/13 24:00", "2022年6月13日".encode(), b"20220613", b"06-13 08:00"), 200),
        Door("event words", text(_events_words), (b"2022-03-08 24", "PM10、臭氧".encode(), "沙尘".encode(), b"station:1299A"), 4),
        Door("cursor", text(_cursor), (b"W1swXQ", b"eyJhIjoxfQ=="), 200, (*REFUSALS, Problem)),
        Door("headers", text(_keys), (b"yb_ABCDEFGH_" + b"a" * 43, b"0a1b-2c", b"../../x.csv"), 200),
        Door("addresses", text(_page_address), (b"0001", b"2022-01-01~2022-04-30", b"https://oapi.dingtalk.com/robot/send?x=1"), 200),
        Door("search", text(_search), ("赣江 治理".encode(), b'"PM2.5" -x', "源头".encode()), 60),
        Door("repair line", text(_harmless), (b"a,=1+1,-2", b'"x";"@y"', b"a\tb"), 200),
        Door("layout map", text(_map), ("秸秆利用率 = B2\n填报单位 = C2".encode(), "秸秆利用率=A\n单位=C\n首行=2".encode()), 20),
        # Bodies of the interface.
        Door("hours json", _bodies("Hours"), (b'{"rows":[{"subject":"station:1297A","time":"2026-01-01 08:00","pm25":"35","co":null}],"network":"state"}',), 100, (*REFUSALS, ValidationError)),
        Door("readings json", _bodies("Readings"), (b'{"rows":[{"subject":"360100","time":"2026-01-01 08:00","pollutant":"pm25","value":"35.5"}]}',), 100, (*REFUSALS, ValidationError)),
        Door("points json", _bodies("PointsEvents"), (b'{"events":[{"id":"e1","member":"m23456789ab","behaviour":"steps","happened_at":"2026-01-01T08:00:00+08:00","amounts":{"step":"7250"}}]}',), 100, (*REFUSALS, ValidationError)),
        Door("records json", text(lambda said: records.parse_records(said, "x")), (b'[{"id":"e1","amounts":{"step":7250.5},"a":{"b":1}}]', b'{"id":"1"}\n{"id":"2"}'), 60),
        # Tables of readings.
        Door("archive", readings("china_cities_20220613.csv"), (rows(*ARCHIVE), rows(*ARCHIVE, code="gb18030"), gzip.compress(rows(*ARCHIVE))), 12),
        Door("station archive", readings("china_sites_20220613.csv", level="station"), (rows(*STATION_ARCHIVE),), 6),
        Door("long table", readings("x.csv"), (rows(*LONG), rows(*LONG, code="gb18030")), 8),
        Door("wide table", readings("x.csv"), (rows(*WIDE), rows(*WIDE, code="gb18030"), b"\xef\xbb\xbf" + rows(*WIDE)), 8),
        Door("day table", readings("x.csv"), (rows(*DAYS),), 8),
        Door("sound table", readings("x.csv"), (rows(*SOUND),), 8),
        Door("species table", readings("x.tsv"), (rows(*SPECIES), rows(*(line.replace("\t", ",") for line in SPECIES))), 8),
        Door("water table", readings("2022_06_13_08h31m.csv"), (rows(*WATER), rows(*LAB)), 8),
        Door("water snapshot", readings("2022_06_13_08h31m.json"), (JSON_WATER, gzip.compress(JSON_WATER)), 8),
        Door("readings in parquet", readings("x.parquet"), (parquet(),), 3),
        Door("readings in excel", readings("x.xlsx"), (air, book(DAYS), book(WATER)), 3),
        Door("days in csv", by_path(sheets.read_days, "x.csv"), (rows(*DAYS), rows(*DAYS, code="utf-16")), 20),
        Door("days in excel", by_path(sheets.read_days, "x.xlsx"), (book(DAYS),), 3),
        Door("days in opendocument", by_path(sheets.read_days, "x.ods"), (opendocument(opendocument_rows(DAYS)),), 3),
        Door("samples in csv", by_path(water_sheets.read_samples, "x.csv"), (rows(*SAMPLES),), 20),
        Door("sections", by_path(_sections, "x.csv"), (rows(*SECTIONS),), 10),
        Door("stations", by_path(_stations, "x.csv"), (rows(*STATIONS),), 10),
        Door("weights", by_path(splitting.read_weights, "x.csv"), (rows(*WEIGHTS),), 20),
        # Lists that people keep.
        Door("events in csv", by_path(lambda path: event_sheets.read_events(path, stations=frozenset()), "x.csv"), (rows(*EVENTS),), 12),
        Door("events in toml", by_path(lambda path: event_sheets.read_events(path, stations=frozenset()), "x.toml"), (EVENTS_TOML.encode(),), 12),
        Door("events in excel", by_path(lambda path: event_sheets.read_events(path, stations=frozenset()), "x.xlsx"), (book(EVENTS),), 2),
        Door("reported in csv", by_path(reported.read_reported, "x.csv"), (rows(*REPORTED),), 12),
        Door("reported in toml", by_path(reported.read_reported, "x.toml"), (REPORTED_TOML.encode(),), 12),
        Door("account in csv", by_path(accounts.read_account, "x.csv"), (rows(*ACCOUNT),), 12),
        Door("account in toml", by_path(accounts.read_account, "x.toml"), (ACCOUNT_TOML.encode(),), 12),
        Door("points in csv", _sheet_of_points, (rows(*POINTS),), 20),
        Door("records in csv", by_path(records.read_records, "x.csv"), (rows(*POINTS),), 12),
        Door("records in json", by_path(records.read_records, "x.json"), (b'[{"id":"e1","step":7250}]',), 12),
        Door("plan in csv", lambda data: _plan_rows(data, "x.csv"), (rows(*PLAN_SHEET),), 12),
        Door("plan in word", lambda data: _plan_rows(data, "x.docx"), (document(PLAN_SHEET),), 1),
        Door("plan in excel", lambda data: _plan_rows(data, "x.xlsx"), (book(PLAN_SHEET),), 2),
        Door("tasks in csv", _bulk(".csv"), (rows(*BULK),), 10),
        Door("tasks in excel", _bulk(".xlsx"), (book(BULK),), 2),
        Door("form in the office's table", _layout, (book(("秸秆利用率,说明,单位", ",,")), book(("秸秆利用率,", "说明,"))), 1),
        # Files in TOML.
        Door("mapping", by_path(mapping.load, "x.toml"), (MAPPING.encode(),), 12),
        Door("targets", text(lambda said: read_targets(said, name="x")), (TARGETS.encode(),), 20),
        Door("units of plans", text(lambda said: govern_units.read_units(said, name="x")), (UNITS.encode(),), 20),
        Door("plans", text(lambda said: govern_plans.read_plans(said, name="x")), (PLANS.encode(),), 20),
        Door("course", by_path(course.read_path, "x.toml"), (PATH.encode(),), 12),
        Door("base map", by_path(maps._slot, "x.toml"), (BASE_MAP.encode(),), 12),
        Door("system", by_path(lambda path: _first(systems.read(path)), "x.toml"), small("systems"), 4),
        Door("scheme of points", by_path(lambda path: _first(points.read_points(path)), "x.toml"), small("points"), 6),
        Door("programme", by_path(lambda path: _first(programmes.read(path)), "x.toml"), small("programmes"), 4),
        Door("governance", by_path(lambda path: _first(governance.read(path)), "x.toml"), small("governance"), 4),
        Door("campaign days", by_path(campaigns.read_days, "x.toml"), small("campaigns"), 4),
        Door("standard", by_path(_standard, "x.toml"), small("air"), 4),
        Door("pack", _pack, (_published(), (PACKS / "jiangxi" / "region.toml").read_bytes()), 2),
        # Shapes, pictures, archives.
        Door("geojson", lambda data: shapes.read_shape(data, name="x.geojson"), (GEOJSON,), 30),
        Door("kml", lambda data: shapes.read_shape(data, name="x.kml"), (KML,), 20),
        Door("boundaries", by_path(_collection, "x.geojson"), (GEOJSON,), 12),
        Door("photo", lambda data: photos.read_photo(data, name="x", ask=True), (picture("JPEG", exif=True), picture("PNG"), picture("WEBP", exif=True)), 8),
        Door("photo for the page", lambda data: photos.bare_copy(data, name="x"), (picture("JPEG", exif=True), picture("PNG"), picture("WEBP")), 1),
        Door("picture of a case", _picture, (picture("JPEG", exif=True), picture("PNG"), picture("WEBP")), 1),
        Door("backup", by_path(backup.check, "x.tar"), _backups(), 6),
    ]  # fmt: skip
    return {each.name: each for each in made}


def is_zip(data: bytes) -> bool:
    """Whether an input is a zip that can be taken apart."""
    return data.startswith(b"PK\x03\x04") and zipfile.is_zipfile(io.BytesIO(data))
