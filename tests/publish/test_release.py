"""Releases: what is frozen, what may be seen, and that one changed reading, rule, record, file or line of a template is found and named."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from yangban.base.errors import UsageError, WorkspaceError
from yangban.base.periods import parse
from yangban.publish import release_inputs
from yangban.publish.release import (
    BOOK,
    FIGURES,
    MANIFEST,
    Release,
    Verification,
    corrected_by,
    create,
    find,
    latest,
    releases,
    verify,
)
from yangban.readings.events import Event, append
from yangban.readings.intake import ingest
from yangban.readings.lake import Lake
from yangban.readings.stations import Registry, Station
from yangban.readings.workspace import Workspace
from yangban.run.local import assess_air, open_results
from yangban.standards import load_book
from yangban.standards.resolve import Book

PM25 = {"南昌市": 20, "景德镇市": 30}

OVERLAY = """
id = "local-example"
title = "示例"
title_en = "Example"
number = "示例"
kind = "overlay"
region = "360000"
base = "gb3095-2012"
issuer = "示例"
issued = 2022-12-01
effective = 2023-01-01
checked = 2023-01-01
confidence = "verified"
source = ["an example"]

[[limit]]
pollutant = "pm25"
averaging = "day"
level2 = {limit}
unit = "µg/m³"
clause = "示例"
source = ["an example"]
confidence = "verified"
"""


def hours(path: Path, first: date, n_days: int, *, change: dict[str, int] | None = None) -> Path:
    """A tidy file of both cities; PM2.5 swings around its mean, ``change`` gives other values by ``city label``."""
    lines = ["subject,time,pm25,pm10,so2,no2,co,o3"]
    for city, mean in PM25.items():
        for k in range(n_days):
            for h in range(1, 25):
                label = datetime(first.year, first.month, first.day) + timedelta(days=k, hours=h)
                key = f"{city} {label:%Y-%m-%d %H:%M}"
                value = (change or {}).get(key, mean + (h + first.day + k) % 7)
                lines.append(f"{city},{label:%Y-%m-%d %H:%M},{value},{mean * 2},8,20,0.6,{60 + h}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def made(folder: Path, name: str = "w") -> Workspace:
    """June 2023 of two cities, read in as two files, assessed."""
    workspace = Workspace.open(folder / name, create=True)
    files = folder / f"{name}-files"
    files.mkdir()
    ingest(workspace, [hours(files / "first.csv", date(2023, 6, 1), 15)])
    ingest(workspace, [hours(files / "second.csv", date(2023, 6, 16), 15)])
    assess_air(workspace, [2023])
    return workspace


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a workspace with a release; :func:`held` hands out copies of it."""
    folder = tmp_path_factory.mktemp("release")
    create(made(folder), note="六月", now=datetime(2023, 7, 3, 1, tzinfo=UTC))
    return folder / "w"


@pytest.fixture
def held(once: Path, tmp_path: Path) -> Workspace:
    shutil.copytree(once, tmp_path / "w")
    return Workspace.open(tmp_path / "w")


def failing(done: Verification) -> dict[str, list[str]]:
    """What a verification found, by kind, without what is only worth knowing."""
    found: dict[str, list[str]] = {}
    for each in done.findings:
        if each.fails:
            found.setdefault(each.what, []).append(each.text)
    return found


# ------------------------------------------------------------------------------------------------------------------ what is frozen


def test_a_release_holds_the_figures_of_the_workspace(held: Workspace) -> None:
    release = find(held, 1)
    asked = open_results(held).figures(
        subjects=release.manifest["subjects"], periods=[parse(label) for label in release.manifest["periods"]]
    )
    order = {figure: n for n, figure in enumerate(sorted({f.indicator for f in asked}))}
    frozen = list(release.figures())
    assert len(frozen) == len(asked) == release.manifest["figures"]["rows"]
    key = lambda f: (f.period, f.subject, order[f.indicator])  # noqa: E731
    for ours, theirs in zip(frozen, sorted(asked, key=key), strict=True):
        assert replace(ours, detail={}) == replace(theirs, detail={}), "values, status, documents, inputs: everything"
        assert json.dumps(dict(ours.detail), sort_keys=True) == json.dumps(dict(theirs.detail), sort_keys=True)


def test_periods_that_have_not_begun_are_left_out(held: Workspace) -> None:
    manifest = find(held, 1).manifest
    assert manifest["periods"] == [
        "2023",
        "2023-01",
        "2023-02",
        "2023-03",
        "2023-04",
        "2023-05",
        "2023-06",
        "2023-H1",
        "2023-Q1",
        "2023-Q2",
    ]
    assert manifest["through"] == "2023-06-30"
    assert manifest["subjects"] == ["360000", "360100", "360200"]


def test_the_digest_is_that_of_the_text_and_the_table_is_sorted(held: Workspace) -> None:
    release = find(held, 1)
    text = gzip.decompress((release.folder / FIGURES).read_bytes())
    assert hashlib.sha256(text).hexdigest() == release.manifest["figures"]["sha256"]
    keys = [(r["period"], r["subject"], r["indicator"], r["edition"]) for r in release.rows()]
    assert keys == sorted(keys)
    assert len(set(keys)) == len(keys)
    frame = release.frame()
    assert frame.height == len(keys)
    assert frame.filter(pl.col("period") == "2023-06", pl.col("indicator") == "air.pm25.mean")["display"].to_list() == ["28", "23", "33"]


def test_the_same_files_on_another_machine_give_the_same_figures(once: Path, tmp_path: Path) -> None:
    other = made(tmp_path, "elsewhere")
    new = create(other, now=datetime(2030, 1, 1, tzinfo=UTC))
    old = find(Workspace.open(once), 1)
    assert new.manifest["figures"] == old.manifest["figures"]
    assert new.manifest["inputs"]["lake"]["sha256"] == old.manifest["inputs"]["lake"]["sha256"]
    assert new.manifest["inputs"]["book"] == old.manifest["inputs"]["book"]
    shutil.rmtree(other.releases / "0001")
    shutil.copytree(old.folder, other.releases / "0001")
    assert failing(verify(other)) == {}, "a release carried to the new machine is computed again there"


def test_it_can_be_computed_again(held: Workspace) -> None:
    before = {path: path.read_bytes() for path in sorted(held.path.rglob("*")) if path.is_file()}
    done = verify(held)
    assert (done.reproduces, done.findings) == (True, ())
    assert done.recomputed == done.release.manifest["figures"]["sha256"]
    assert {path: path.read_bytes() for path in sorted(held.path.rglob("*")) if path.is_file()} == before


def test_days_that_come_later_do_not_touch_it(held: Workspace, tmp_path: Path) -> None:
    ingest(held, [hours(tmp_path / "later.csv", date(2023, 7, 1), 3)])
    assess_air(held, [2023])
    assert failing(verify(held, 1)) == {}
    second = create(held)
    assert second.manifest["through"] == "2023-07-03"
    assert second.manifest["chain"] == find(held, 1).digest
    assert failing(verify(held)) == {}


# ------------------------------------------------------------------------------------------------------------- what changed is named


def test_a_corrected_reading_is_found_and_named(held: Workspace, tmp_path: Path) -> None:
    ingest(held, [hours(tmp_path / "again.csv", date(2023, 6, 10), 1, change={"南昌市 2023-06-10 08:00": 170})])
    found = failing(verify(held))
    assert set(found) == {"readings", "figures"}
    assert found["readings"] == ["读数改变：city realtime hours 2023-06"]
    assert any("南昌市 2023-06 air.pm25.mean" in text and "value" in text for text in found["figures"])
    assert not any(text.startswith("景德镇") for text in found["figures"])


def test_a_reading_changed_behind_the_lakes_back_is_found(held: Workspace) -> None:
    lake = Lake(held)
    path = lake.root / lake.parts()[0].file
    days = pl.read_parquet(path, glob=False)
    mark = (pl.col("subject") == "360200") & (pl.col("day") == date(2023, 6, 20))
    days.with_columns(pl.when(mark).then(pl.col("pm25_05") + 1).otherwise(pl.col("pm25_05")).alias("pm25_05")).write_parquet(path)
    found = failing(verify(held))
    assert found["readings"] == ["读数改变：city realtime hours 2023-06"]
    assert any("景德镇市 2023-06 air.pm25.mean" in text for text in found["figures"]), "one thousandth in one hour"


def test_a_damaged_lake_is_said_and_not_thrown(held: Workspace) -> None:
    lake = Lake(held)
    path = lake.root / lake.parts()[0].file
    path.write_bytes(path.read_bytes()[:-100])
    found = failing(verify(held))
    assert found["figures"][0].startswith("不能重新计算")
    assert found["readings"][0].startswith("现有内容不能读出")


def test_a_local_limit_is_found_and_named(held: Workspace) -> None:
    (held.path / "overlays").mkdir()
    (held.path / "overlays" / "local.toml").write_text(OVERLAY.format(limit=32), encoding="utf-8")
    found = failing(verify(held))
    assert set(found) == {"book", "figures"}
    assert "标准文件新增：local-example" in found["book"]


def test_one_number_of_an_overlay_is_found_and_named(tmp_path: Path) -> None:
    workspace = made(tmp_path)
    (workspace.path / "overlays").mkdir()
    path = workspace.path / "overlays" / "local.toml"
    path.write_text(OVERLAY.format(limit=32), encoding="utf-8")
    create(workspace)
    assert failing(verify(workspace)) == {}
    path.write_text(OVERLAY.format(limit=31), encoding="utf-8")
    assert failing(verify(workspace))["book"] == ["local-example:limit.pm25.day.level2 改变：32 → 31"]


def _with_limit(book: Book, value: str) -> Book:
    document = book.documents["gb3095-2012"]
    key = "limit.pm25.day.level2"
    rules = tuple(replace(rule, value=Decimal(value)) if rule.key == key else rule for rule in document.rules)
    assert rules != document.rules
    return replace(book, documents={**book.documents, "gb3095-2012": replace(document, rules=rules)})


def test_one_limit_of_the_shipped_book_is_found_and_named(held: Workspace) -> None:
    found = failing(verify(held, book=_with_limit(load_book(), "32")))
    assert found["book"] == ["gb3095-2012:limit.pm25.day.level2 改变：75 → 32"]
    assert any("air.pm25.exceed_days" in text for text in found["figures"])


def test_a_limit_that_changes_no_value_is_found_all_the_same(held: Workspace) -> None:
    found = failing(verify(held, book=_with_limit(load_book(), "75.5")))
    assert found == {"book": ["gb3095-2012:limit.pm25.day.level2 改变：75 → 75.5"]}


def _exclusion(day: date) -> Event:
    start = datetime(day.year, day.month, day.day, 10)
    return Event("exclusion", "360100", start, start, "张三", pollutants=("pm25",), reason="仪器故障")


def test_a_record_is_found_and_named(held: Workspace) -> None:
    append(held, [_exclusion(date(2023, 6, 10))])
    found = failing(verify(held))
    assert found["events"] == ["发布之后登记：剔除 360100 2023-06-10 10:00–2023-06-10 10:00 pm25"]
    assert any("南昌市 2023-06 air.pm25.mean" in text for text in found["figures"])


def test_the_same_records_entered_elsewhere_are_the_same(tmp_path: Path) -> None:
    made_of = []
    for name, year, before in (("a", 2024, []), ("b", 2025, [_exclusion(date(2023, 7, 10))])):
        workspace = made(tmp_path, name)
        append(workspace, [*before, _exclusion(date(2023, 6, 10))], now=datetime(year, 1, 1, tzinfo=UTC))
        assess_air(workspace, [2023])
        made_of.append(create(workspace).manifest)
    first, second = made_of
    assert first["figures"] == second["figures"]
    assert first["inputs"]["events"]["records"] == second["inputs"]["events"]["records"]
    assert first["inputs"]["lake"]["sha256"] == second["inputs"]["lake"]["sha256"]
    assert first["inputs"]["events"]["head"] != second["inputs"]["events"]["head"]


def test_a_record_on_other_days_or_places_does_not_touch_it(held: Workspace) -> None:
    append(held, [_exclusion(date(2023, 7, 10)), replace(_exclusion(date(2023, 6, 10)), subject="430100")])
    assert failing(verify(held)) == {}


def test_an_edited_list_of_records_is_found(tmp_path: Path) -> None:
    workspace = made(tmp_path)
    append(workspace, [_exclusion(date(2023, 6, 10))])
    assess_air(workspace, [2023])
    create(workspace)
    assert failing(verify(workspace)) == {}
    path = workspace.path / "events.jsonl"
    path.write_text(path.read_text(encoding="utf-8").replace("仪器故障", "仪器正常"), encoding="utf-8")
    found = failing(verify(workspace))
    assert any("events.jsonl:1" in text for text in found["events"])
    assert found["figures"][0].startswith("不能重新计算"), "on a list that cannot be trusted nothing is computed"


def test_the_registry_of_stations_is_found(held: Workspace) -> None:
    station = Station("station:9001A", "甲", "360100", valid_from=date(2023, 1, 1))
    with held.writing():
        Registry((station,)).save(held)
    assert set(failing(verify(held))) == {"stations"}
    with held.writing():
        Registry((replace(station, valid_from=date(2023, 7, 1)),)).save(held)
    assert failing(verify(held)) == {}, "a station that came after the release"


@pytest.mark.parametrize("damage", ["changed", "missing"])
def test_a_raw_file_is_found(held: Workspace, damage: str) -> None:
    path = held.raw / find(held, 1).manifest["inputs"]["files"][0]["digest"]
    if damage == "changed":
        path.write_bytes(path.read_bytes() + b" ")
    else:
        path.unlink()
    found = failing(verify(held))
    assert set(found) == {"raw"}
    assert path.name in found["raw"][0]


def test_one_line_of_a_template_is_found(tmp_path: Path) -> None:
    workspace = made(tmp_path)
    template = workspace.path / "templates" / "monthly.txt"
    template.parent.mkdir()
    template.write_text("一\n二\n", encoding="utf-8")
    release = create(workspace)
    assert "packs/jiangxi/texts.toml" in release.manifest["inputs"]["templates"]
    template.write_text("一\n三\n", encoding="utf-8")
    assert failing(verify(workspace)) == {"template": ["模板改变：workspace/templates/monthly.txt"]}
    template.unlink()
    assert failing(verify(workspace)) == {"template": ["模板缺失：workspace/templates/monthly.txt"]}


def test_another_module_adds_its_templates(held: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "own.docx"
    path.write_bytes(b"1")
    monkeypatch.setitem(release_inputs.TEMPLATES, "own", lambda _workspace, _subjects: [("own/own.docx", path)])
    create(held)
    assert failing(verify(held)) == {}
    path.write_bytes(b"2")
    assert failing(verify(held)) == {"template": ["模板改变：own/own.docx"]}
    assert [each.text for each in verify(held, 1).findings] == ["模板新增：own/own.docx"]
    assert verify(held, 1).reproduces, "a template that came later is no fault"


def _edit_figures(release: Release) -> None:
    text = gzip.decompress((release.folder / FIGURES).read_bytes()).decode()
    (release.folder / FIGURES).write_bytes(gzip.compress(text.replace('"insufficient"', '"ok"', 1).encode()))


def _edit_book(release: Release) -> None:
    path = release.folder / BOOK
    path.write_text(path.read_text(encoding="utf-8").replace('"75"', '"76"', 1), encoding="utf-8")


def _cut_figures(release: Release) -> None:
    path = release.folder / FIGURES
    path.write_bytes(path.read_bytes()[:-40])


@pytest.mark.parametrize(("damage", "what"), [(_edit_figures, "figures"), (_edit_book, "book"), (_cut_figures, "figures")])
def test_a_frozen_file_that_was_edited_is_found(held: Workspace, damage: Callable[[Release], None], what: str) -> None:
    damage(find(held, 1))
    assert set(failing(verify(held))) == {what}


def test_an_edited_manifest_breaks_the_chain(held: Workspace) -> None:
    create(held)
    path = held.releases / "0001" / MANIFEST
    path.write_text(path.read_text(encoding="utf-8").replace("六月", "七月"), encoding="utf-8")
    assert set(failing(verify(held))) == {"chain"}


# ---------------------------------------------------------------------------------------------------------- numbers, drafts, embargo


def test_numbers_have_no_gap_and_nothing_is_overwritten(held: Workspace) -> None:
    first = (held.releases / "0001" / MANIFEST).read_bytes()
    (held.releases / ".new-killed").mkdir()
    (held.releases / ".new-killed" / MANIFEST).write_text("{", encoding="utf-8")
    assert [each.number for each in releases(held)] == [1], "what a killed run left is no release"
    create(held)
    assert sorted(path.name for path in held.releases.iterdir()) == ["0001", "0002"]
    assert (held.releases / "0001" / MANIFEST).read_bytes() == first
    shutil.rmtree(held.releases / "0001")
    with pytest.raises(WorkspaceError, match="缺少 0001"):
        create(held)


def test_results_that_are_older_than_the_readings_are_not_published(held: Workspace, tmp_path: Path) -> None:
    ingest(held, [hours(tmp_path / "again.csv", date(2023, 6, 10), 1, change={"南昌市 2023-06-10 08:00": 170})])
    with pytest.raises(UsageError, match="先运行 yangban assess --year 2023"):
        create(held)
    assert [each.number for each in releases(held)] == [1]
    assess_air(held, [2023])
    assert create(held, corrects=1, why="更正一个小时值").number == 2


def test_figures_other_than_those_that_were_checked_are_not_frozen(held: Workspace) -> None:
    before = releases(held)
    years = [int(each) for each in before[-1].manifest["asked"]["assessed"]]
    with pytest.raises(UsageError, match="审核时不同"):
        create(held, years=years, expect_figures="0" * 64)
    assert len(releases(held)) == len(before)
    assert not list(held.releases.glob(".new-*"))
    digest = create(held, years=years).manifest["figures"]["sha256"]
    assert create(held, years=years, expect_figures=digest).manifest["figures"]["sha256"] == digest


def test_drafts_audience_and_embargo_decide_what_is_shown(held: Workspace) -> None:
    now = datetime(2023, 7, 10, 4, tzinfo=UTC)

    def shown(at: datetime = now) -> tuple[int | None, int | None]:
        every, public = latest(held), latest(held, public=True, now=at)
        return every and every.number, public and public.number

    assert shown() == (1, 1)
    create(held, draft=True)
    assert shown() == (1, 1)
    create(held, audience="internal")
    assert shown() == (3, 1)
    create(held, embargo="2023-07-11", document_number="赣环字〔2023〕1号")
    assert shown() == (4, 1)
    assert shown(datetime(2023, 7, 10, 16, tzinfo=UTC)) == (4, 4), "midnight in Beijing is 16:00 UTC of the day before"
    assert shown(datetime(2023, 7, 10, 15, 59, tzinfo=UTC)) == (4, 1)


def test_a_correction_names_the_old_one_and_says_why(held: Workspace) -> None:
    for words in ({"corrects": 1}, {"why": "因为"}, {"corrects": 7, "why": "因为"}):
        with pytest.raises(UsageError):
            create(held, **words)  # type: ignore[arg-type]
    draft = create(held, draft=True)
    with pytest.raises(UsageError, match="草稿"):
        create(held, corrects=draft.number, why="因为")
    second = create(held, corrects=1, why="换了说明")
    assert (second.corrects, second.manifest["why"]) == (1, "换了说明")
    assert corrected_by(releases(held), 1) == second.number
    assert list(find(held, 1).rows()), "the old one stays readable"
    with pytest.raises(UsageError, match=f"已由第 {second.number} 号更正"):
        create(held, corrects=1, why="再一次")


@pytest.mark.parametrize(
    "words",
    [
        {"audience": "everyone"},
        {"bases": ["best", "realtime"]},
        {"bases": ["audited"]},
        {"scopes": ["none"]},
        {"years": [2022]},
        {"periods": ["2023-08"]},
        {"embargo": "tomorrow"},
    ],
)
def test_what_cannot_be_frozen_is_refused_and_leaves_nothing(held: Workspace, words: dict[str, Sequence[object]]) -> None:
    with pytest.raises(UsageError):
        create(held, **words)  # type: ignore[arg-type]
    assert [path.name for path in held.releases.iterdir()] == ["0001"]


def test_a_later_year_does_not_change_the_editions_of_an_earlier_one(held: Workspace, tmp_path: Path) -> None:
    assess_air(held, [2023], editions="2012,2026-transitional")
    ingest(held, [hours(tmp_path / "later.csv", date(2024, 1, 1), 2)])
    assess_air(held, [2024], editions="2012")
    release = create(held, years=[2023])
    assert {row["edition"] for row in release.rows()} == {"gb3095-2012", "gb3095-2026-transitional"}


def test_an_edition_asked_for_and_a_period_of_ones_own(held: Workspace) -> None:
    release = create(held, periods=["2023-06-10/2023-06-20", "2023-06-13"], edition="2012,2026-transitional", subjects=["360100"])
    assert release.manifest["periods"] == ["2023-06-10/2023-06-20", "2023-06-13"]
    assert {row["edition"] for row in release.rows()} == {"gb3095-2012", "gb3095-2026-transitional"}
    assert release.manifest["through"] == "2023-06-20"
    assert failing(verify(held)) == {}
    aqi = [figure for figure in release.figures() if figure.indicator == "air.aqi"]
    assert {figure.detail["primary"] is not None for figure in aqi} == {True}


def test_without_results_or_releases_it_says_what_to_do(tmp_path: Path) -> None:
    workspace = Workspace.open(tmp_path / "w", create=True)
    with pytest.raises(WorkspaceError, match="yangban assess"):
        create(workspace)
    with pytest.raises(UsageError, match="yangban release create"):
        verify(workspace)
