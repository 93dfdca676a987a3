"""The loader refuses what is incomplete, unknown or contradicts itself, and names file and key: one test per refusal."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from yangban.base.errors import BookError
from yangban.standards.load import load, read, read_editions

HEAD = """\
id = "gb0000-2000"
title = "测试标准"
title_en = "A standard for tests"
number = "GB 0000-2000"
kind = "standard"
issuer = "测试"
issued = 2000-01-01
effective = 2000-07-01
ended = 2009-12-31
checked = 2026-11-22
confidence = "official"
source = "made up for a test"
"""
PROVENANCE = 'unit = "µg/m³"\nclause = "表1"\nsource = ["text", "second text"]\nconfidence = "official"\n'
LIMIT = f'\n[[limit]]\npollutant = "pm25"\naveraging = "annual"\nlevel1 = 15\nlevel2 = 35.5\n{PROVENANCE}'
POINTS = f'\n[[breakpoints]]\npollutant = "pm25"\naveraging = "day"\npoints = [[0, 0], [50, 35], [100, 75]]\n{PROVENANCE}'
RULE = '\n[[rule]]\nkey = "some.rule"\nvalue = 20\nunit = "h"\nclause = "表4"\nsource = "text"\nconfidence = "official"\n'
SLOT = '\n[[rule]]\nkey = "some.slot"\ntype = "integer"\nunit = "h"\nclause = "表4"\nsource = "text"\nconfidence = "unknown"\n'


WATER = 'unit = "mg/L"\nclause = "表1"\nsource = "text"\nconfidence = "official"\n'
CLASSES = '\n[[class_limit]]\nitem = "{item}"\n{water}class1 = {0}\nclass2 = {1}\nclass3 = {2}\nclass4 = {3}\nclass5 = {4}\n' + WATER
TP = CLASSES.format(0.01, 0.025, 0.05, 0.1, 0.2, item="tp", water='water = "lake"\n')
DO = CLASSES.format(7.5, 6, 5, 3, 2, item="do", water="")
LOWER = f'\n[[rule]]\nkey = "water.lower_limit_items"\nvalue = ["do"]\n{WATER}'.replace('"mg/L"', '"1"')
SOURCE = f'\n[[source_limit]]\nitem = "fe"\nvalue = 0.3\n{WATER}'


def states(*classes: int) -> str:
    plain = WATER.replace('"mg/L"', '"1"')
    return "".join(f'\n[[state]]\nclass = {n}\nnumeral = "Ⅰ"\nword = "优"\nword_en = "Good"\n{plain}' for n in classes)


def colours(*classes: int) -> str:
    plain = WATER.replace('"mg/L"', '"1"')
    return "".join(f'\n[[state_colour]]\nclass = {n}\ncolour_name = "蓝色"\nrgb = [0, 0, 255]\n{plain}' for n in classes)


def level(number: int, low: int, high: int | None) -> str:
    end = "" if high is None else f"high = {high}\n"
    words = 'grade = "一级"\ncategory = "优"\ncategory_en = "Good"\ncolour_name = "绿色"\nrgb = [0, 228, 0]\ncmyk = [40, 0, 100, 0]\n'
    return f"\n[[level]]\nnumber = {number}\nlow = {low}\n{end}{words}{PROVENANCE}"


def write(folder: Path, text: str, name: str = "gb0000-2000.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_whole_document_is_read(tmp_path: Path) -> None:
    document = load(write(tmp_path, HEAD + LIMIT + POINTS + RULE + SLOT))
    assert (document.id, document.issued, document.effective, document.ended) == (
        "gb0000-2000",
        date(2000, 1, 1),
        date(2000, 7, 1),
        date(2009, 12, 31),
    )
    assert document.source == ("made up for a test",)
    found = {rule.key: rule.value for rule in document.rules}
    assert found == {
        "limit.pm25.annual.level1": Decimal(15),
        "limit.pm25.annual.level2": Decimal("35.5"),
        "breakpoints.pm25.day": ((0, Decimal(0)), (50, Decimal(35)), (100, Decimal(75))),
        "some.rule": 20,
        "some.slot": None,
    }
    rule = document.by_key["limit.pm25.annual.level2"][0]
    assert (rule.id, rule.unit, rule.clause, rule.source) == (
        "gb0000-2000:limit.pm25.annual.level2",
        "µg/m³",
        "表1",
        ("text", "second text"),
    )
    assert (rule.effective, rule.ended, rule.confidence, rule.unverified) == (date(2000, 7, 1), date(2009, 12, 31), "official", False)
    assert document.by_key["some.slot"][0].unverified


def test_a_document_of_water_is_read(tmp_path: Path) -> None:
    found = {rule.key: rule.value for rule in load(write(tmp_path, HEAD + TP + DO + SOURCE + LOWER + states(*range(1, 7)))).rules}
    assert [found[f"class_limit.tp.lake.{n}"] for n in range(1, 6)] == [Decimal(x) for x in ("0.01", "0.025", "0.05", "0.1", "0.2")]
    assert "class_limit.tp.river.1" not in found
    for kind in ("river", "lake"):
        assert [found[f"class_limit.do.{kind}.{n}"] for n in range(1, 6)] == [Decimal("7.5"), 6, 5, 3, 2]
    assert found["source_limit.fe"] == Decimal("0.3")
    assert (found["state.6"].klass, found["state.6"].word) == (6, "优")


def test_decimals_stay_exact(tmp_path: Path) -> None:
    document = load(write(tmp_path, HEAD + RULE.replace("value = 20", "value = 0.100")))
    assert str(document.rules[0].value) == "0.100"


REFUSALS = [
    # what is missing
    (HEAD + LIMIT.replace('unit = "µg/m³"\n', ""), "limit[pm25.annual].unit", "missing"),
    (HEAD + LIMIT.replace('clause = "表1"\n', ""), "limit[pm25.annual].clause", "missing"),
    (HEAD + LIMIT.replace('clause = "表1"', 'clause = " "'), "limit[pm25.annual].clause", "is empty"),
    (HEAD + LIMIT.replace('source = ["text", "second text"]\n', ""), "limit[pm25.annual].source", "missing"),
    (HEAD + LIMIT.replace('source = ["text", "second text"]', "source = []"), "limit[pm25.annual].source", "must be text"),
    (HEAD + LIMIT.replace('confidence = "official"\n', ""), "limit[pm25.annual].confidence", "missing"),
    (HEAD + RULE.replace('unit = "h"\n', ""), "rule[some.rule].unit", "missing"),
    (HEAD + LIMIT.replace("level1 = 15\n", ""), "limit[pm25.annual].level2", "missing"),
    (HEAD.replace("effective = 2000-07-01\n", "") + LIMIT, "effective", "missing"),
    (HEAD.replace("issued = 2000-01-01\n", "") + LIMIT, "issued", "missing"),
    (HEAD.replace("checked = 2026-11-22\n", "") + LIMIT, "checked", "missing"),
    (HEAD.replace('source = "made up for a test"\n', "") + LIMIT, "source", "missing"),
    (HEAD.replace('title = "测试标准"\n', "") + LIMIT, "title", "missing"),
    (HEAD, "rule", "lays down nothing"),
    # what is not known
    (HEAD + LIMIT + "levl2 = 3\n", "limit[pm25.annual].levl2", "unknown key"),
    (HEAD + 'colour = "red"\n' + LIMIT, "colour", "unknown key"),
    (HEAD + LIMIT.replace('"pm25"', '"pm2.5"'), "limit[pm2.5.annual].pollutant", "'pm2.5' is not known"),
    (HEAD + LIMIT.replace('"annual"', '"yearly"'), "limit[pm25.yearly].averaging", "'yearly' is not known"),
    (
        HEAD + POINTS.replace('averaging = "day"', 'averaging = "day"\nalso = ["often"]'),
        "breakpoints[pm25.day].also",
        "'often' is not known",
    ),
    (HEAD + LIMIT.replace('"µg/m³"', '"ug/m3"'), "limit[pm25.annual].unit", "'ug/m3' is not known"),
    (HEAD + LIMIT.replace('"official"', '"sure"'), "limit[pm25.annual].confidence", "'sure' is not known"),
    (HEAD.replace('"standard"', '"law"') + LIMIT, "kind", "'law' is not known"),
    # dates that contradict one another
    (HEAD.replace("ended = 2009-12-31", "ended = 1999-12-31") + LIMIT, "ended", "before effective"),
    (HEAD.replace("effective = 2000-07-01", "effective = 1999-07-01") + LIMIT, "effective", "before issued"),
    (HEAD.replace("checked = 2026-11-22", "checked = 1999-11-22") + LIMIT, "checked", "before issued"),
    (HEAD.replace("effective = 2000-07-01", 'effective = "2000-07-01"') + LIMIT, "effective", "must be a date"),
    (HEAD + RULE + "effective = 2005-01-01\nended = 2004-01-01\n", "rule[some.rule].ended", "before effective"),
    (HEAD + RULE + "effective = 1990-01-01\n", "rule[some.rule].effective", "reaches beyond the document"),
    (HEAD + RULE + "ended = 2020-01-01\n", "rule[some.rule].effective", "reaches beyond the document"),
    # given twice
    (HEAD + LIMIT + LIMIT, "limit.pm25.annual.level1", "given twice"),
    (HEAD + RULE + "ended = 2004-12-31\n" + RULE + "effective = 2004-12-31\n", "some.rule", "given twice"),
    (HEAD + 'id = "again"\n' + LIMIT, "file", "is not TOML"),
    # values
    (HEAD + LIMIT.replace("35.5", '"35.5"'), "limit[pm25.annual].level2", "must be a number"),
    (HEAD + LIMIT.replace("level1 = 15", "level1 = 0"), "limit[pm25.annual].level1", "not above 0"),
    (HEAD + LIMIT.replace("35.5", "10"), "limit[pm25.annual].level1", "laxer than level2"),
    (HEAD + POINTS.replace("[50, 35]", "[50, 80]"), "breakpoints[pm25.day].points", "does not rise"),
    (HEAD + POINTS.replace("[50, 35]", "[120, 35]"), "breakpoints[pm25.day].points", "does not rise"),
    (HEAD + POINTS.replace("[50, 35]", "[0, 35]"), "breakpoints[pm25.day].points", "does not rise"),
    (HEAD + POINTS.replace("[0, 0]", "[0, 5]"), "breakpoints[pm25.day].points", "must start at [0, 0]"),
    (HEAD + POINTS.replace("[50, 35]", "[50.5, 35]"), "breakpoints[pm25.day].points", "must be an integer"),
    (HEAD + POINTS.replace("[50, 35]", "[50]"), "breakpoints[pm25.day].points", "pairs"),
    (HEAD + level(1, 0, 50) + level(2, 52, None), "level[1].high", "does not start one above"),
    (HEAD + level(1, 0, 50), "level[1].high", "must stay open"),
    (HEAD + level(2, 0, None), "level[2].number", "expected 1"),
    (HEAD + level(1, 0, None).replace("228", "300"), "level[1].rgb", "from 0 to 255"),
    (HEAD + RULE.replace("value = 20", "value = {a = 1}"), "rule[some.rule].value", "must be one of"),
    (HEAD + RULE.replace("value = 20", 'value = 20\ntype = "text"'), "rule[some.rule].value", "not text"),
    # water
    (HEAD + TP.replace('"tp"', '"phosphorus"'), "class_limit[phosphorus.lake].item", "'phosphorus' is not known"),
    (HEAD + TP.replace('"lake"', '"sea"'), "class_limit[tp.sea].water", "'sea' is not known"),
    (HEAD + TP.replace("class5 = 0.2\n", ""), "class_limit[tp.lake].class5", "missing"),
    (HEAD + TP.replace("class5 = 0.2", "class6 = 0.2"), "class_limit[tp.lake].class6", "unknown key"),
    (HEAD + TP.replace("class1 = 0.01", "class1 = 0"), "class_limit[tp.lake].class1", "not above 0"),
    (HEAD + TP.replace("class1 = 0.01", 'class1 = "0.01"'), "class_limit[tp.lake].class1", "must be a number"),
    (
        HEAD + TP.replace("class3 = 0.05", "class3 = 0.02"),
        "class_limit[tp].class3",
        "0.02 (lake) is stricter than the class before it, 0.025",
    ),
    (HEAD + DO, "class_limit[do].class2", "6 (river) is stricter than the class before it, 7.5"),
    (
        HEAD + LOWER + DO.replace("class3 = 5", "class3 = 6.5"),
        "class_limit[do].class3",
        "6.5 (river) is stricter than the class before it, 6",
    ),
    (HEAD + TP.replace('"mg/L"', '"µg/m³"'), "class_limit[tp.lake].unit", "values of tp are kept in mg/L"),
    (HEAD + TP.replace('unit = "mg/L"\n', ""), "class_limit[tp.lake].unit", "missing"),
    (HEAD + TP + TP, "class_limit.tp.lake.1", "given twice"),
    (HEAD + TP + TP.replace('water = "lake"\n', ""), "class_limit.tp.lake.1", "given twice"),
    (HEAD + TP.replace('"official"', '"unknown"'), "class_limit[tp.lake].confidence", "although the entry has a value"),
    (HEAD + SOURCE.replace('"fe"', '"iron"'), "source_limit[iron].item", "'iron' is not known"),
    (HEAD + SOURCE.replace("value = 0.3\n", ""), "source_limit[fe].value", "missing"),
    (HEAD + SOURCE.replace("0.3", "-0.3"), "source_limit[fe].value", "not above 0"),
    (HEAD + SOURCE.replace('"mg/L"', '"1/L"'), "source_limit[fe].unit", "values of fe are kept in mg/L"),
    (HEAD + SOURCE + SOURCE, "source_limit.fe", "given twice"),
    (HEAD + states(1, 2, 3, 4, 5), "state", "class 6 has no entry"),
    (HEAD + states(1, 2, 3, 4, 5, 6, 7), "state[7].class", "must be a class from 1 to 5, or 6"),
    (HEAD + states(1, 2, 3, 4, 5, 6).replace("class = 6", "class = true"), "state[True].class", "not True"),
    (HEAD + states(1, 2, 3, 4, 5, 6, 6), "state.6", "given twice"),
    (HEAD + states(1, 2, 3, 4, 5, 6).replace('word = "优"', 'word = ""', 1), "state[1].word", "is empty"),
    (HEAD + colours(1), "state_colour", "class 2, 3, 4, 5, 6 has no entry"),
    (HEAD + colours(*range(1, 7)).replace("[0, 0, 255]", "[0, 0, 256]", 1), "state_colour[1].rgb", "3 integers from 0 to 255"),
    (HEAD + colours(*range(1, 7)).replace("class = 1", "class = 0"), "state_colour[0].class", "must be a class"),
    # slots
    (HEAD + SLOT.replace('type = "integer"\n', ""), "rule[some.slot].type", "missing"),
    (HEAD + SLOT.replace('"unknown"', '"official"'), "rule[some.slot].confidence", "an empty slot is unknown"),
    (HEAD + RULE.replace('"official"', '"unknown"'), "rule[some.rule].confidence", "although there is a value"),
    (HEAD + LIMIT.replace('"official"', '"unknown"'), "limit[pm25.annual].confidence", "although the entry has a value"),
]


@pytest.mark.parametrize(("text", "key", "problem"), REFUSALS, ids=[f"{key}: {problem}" for _, key, problem in REFUSALS])
def test_what_is_refused(tmp_path: Path, text: str, key: str, problem: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(BookError) as refused:
        load(path)
    assert refused.value.file == "gb0000-2000.toml"
    assert refused.value.key == key
    assert problem in refused.value.problem
    assert str(refused.value).startswith(f"gb0000-2000.toml: {key}: ")


def test_every_problem_is_collected_and_the_first_is_raised(tmp_path: Path) -> None:
    text = (
        HEAD.replace("checked = 2026-11-22\n", "") + LIMIT.replace('unit = "µg/m³"\n', "") + POINTS.replace("[50, 35]", "[50, 80]") + RULE
    )
    path = write(tmp_path, text)
    document, problems = read(path)
    assert document is None
    assert [problem.key for problem in problems] == ["checked", "limit[pm25.annual].unit", "breakpoints[pm25.day].points"]
    with pytest.raises(BookError, match="checked: missing"):
        load(path)


def test_a_file_that_is_absent_or_not_utf8_is_a_problem_of_the_file(tmp_path: Path) -> None:
    _, problems = read(tmp_path / "absent.toml")
    assert [(problem.key, problem.problem) for problem in problems] == [("file", "cannot be read: No such file or directory")]
    path = tmp_path / "gb18030.toml"
    path.write_bytes((HEAD + LIMIT).encode("gb18030"))
    _, problems = read(path)
    assert [problem.file for problem in problems] == ["gb18030.toml"]
    assert "is not UTF-8" in problems[0].problem


EDITION = """
[[edition]]
id = "{id}"
family = "{family}"
title = "一版"
title_en = "An edition"
start = {start}
{end}index = "i"
method = "m"
ranking = "r"
documents = ["{id}", "i", "m", "r"]
names = []
source = ["text"]
confidence = "official"
note = ""
"""


def editions(folder: Path, *, second: str = "2010-01-01", second_end: str = "", family: str = "b") -> list[str]:
    text = EDITION.format(id="one", family="a", start="2000-01-01", end="end = 2009-12-31\n")
    text += EDITION.format(id="two", family=family, start=second, end=second_end)
    found, problems = read_editions(write(folder, text, "editions.toml"))
    assert len(found) == 2
    return [f"{problem.key}: {problem.problem}" for problem in problems]


def test_editions_follow_one_another(tmp_path: Path) -> None:
    assert editions(tmp_path) == []
    assert editions(tmp_path, second="2010-01-02") == ["edition[two].start: does not follow the day on which one ends"]
    assert editions(tmp_path, second="2009-12-31") == ["edition[two].start: does not follow the day on which one ends"]
    assert editions(tmp_path, second_end="end = 2019-12-31\n") == ["edition[two].end: the last edition must stay open"]
    assert editions(tmp_path, family="a") == ["edition[two].names: the name 'a' is given twice"]


def test_an_edition_of_water_has_no_index_method_or_ranking(tmp_path: Path) -> None:
    text = 'medium = "water"\n' + EDITION.format(id="one", family="a", start="2000-01-01", end="")
    found, problems = read_editions(write(tmp_path, text, "editions.toml"))
    assert (found, [problem.key for problem in problems]) == ((), [f"edition[one].{key}" for key in ("index", "method", "ranking")])
    for key in ("index", "method", "ranking"):
        text = text.replace(f'{key} = "{key[0]}"\n', "")
    found, problems = read_editions(write(tmp_path, text, "editions.toml"))
    assert problems == []
    assert (found[0].id, found[0].index, found[0].ranking) == ("one", "", "")


def test_an_edition_without_its_documents_is_refused(tmp_path: Path) -> None:
    text = EDITION.format(id="one", family="a", start="2000-01-01", end="").replace("names = []\n", "wrong = 1\n")
    found, problems = read_editions(write(tmp_path, text, "editions.toml"))
    assert found == ()
    assert [problem.key for problem in problems] == ["edition[one].wrong", "edition[one].names"]
