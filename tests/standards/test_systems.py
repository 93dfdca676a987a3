"""The shipped indicator systems say what the facts say, and a wrong file is refused with file and key."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from yangban.base.errors import BookError, UsageError
from yangban.packs import load_pack, pack_names
from yangban.standards.systems import SYSTEMS, System, Weights, load_file, load_given, load_systems, read, shipped_files

KNOWN = load_systems()

ONE = """
kind = "system"
id = "ours"
title = "本市指标"
title_en = "Our own"
number = "—"
issuer = "本市"
issued = 2024-01-01
effective = "unknown"
checked = 2024-02-01
confidence = "official"
source = "本市文件"
note = ""
combine = "points"
ranking = "allowed"
levels = ["county"]
full_points = "10"

[[dimension]]
key = "air"
name = "空气"
clause = "附件"

[[indicator]]
key = "pm25"
no = "1"
name = "PM2.5"
dimension = "air"
unit = "µg/m³"
better = "low"
clause = "附件"
points = "10"
scoring = "requirement"
[[indicator.requirement]]
type = "threshold"
value = "30"
direction = "at_most"

[[grade]]
name = "优秀"
clause = "附件"

[[veto]]
key = "event"
name = "重大事件"
bars = ["优秀"]
clause = "附件"
"""

SET = """
kind = "set"
system = "ours"
id = "mine"
title = "本市分数线"
title_en = "Our cut-offs"
confidence = "official"
source = "本市文件"
note = ""
[[grade]]
name = "优秀"
at_least = "9"
"""


def _write(folder: Path, text: str, name: str = "ours.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("path", shipped_files(), ids=lambda path: path.stem)
def test_every_shipped_file_is_whole(path: Path) -> None:
    assert [str(problem) for problem in read(path).problems] == []


def test_what_is_shipped() -> None:
    """Rows and numbers of each table, and whether it is known as a whole, as the fact sheet has them."""
    found = {each.id: (len(each.items), len({item.no for item in each.items}), each.complete) for each in KNOWN.systems.values()}
    found = {name: row for name, row in found.items() if SYSTEMS / f"{name}.toml" in shipped_files()}
    assert found == {
        "assessment-2026": (12, 12, True),
        "beautiful-rivers": (6, 6, True),
        "campaign-2020": (1, 1, True),
        "demonstration-2016": (9, 1, False),
        "demonstration-2019": (49, 40, True),
        "demonstration-2024": (26, 13, False),
        "evaluation-2020": (22, 22, True),
        "letter-2018": (3, 3, False),
        "two-mountains": (19, 19, False),
    }


def test_the_evaluation_of_2020() -> None:
    system = KNOWN.system("evaluation-2020")
    assert (system.ranking, system.appraisal) == ("forbidden", "forbidden")
    assert Counter(each.dimension for each in system.items) == {"air": 3, "water": 3, "soil": 5, "ecology": 5, "habitat": 6}
    low = [each.key for each in system.items if each.better == "low"]
    assert low == ["pm25", "pm10", "inferior_water"]
    assert [each.weight for each in system.items] == [None] * 22, "weights are not published"


def test_slots_that_nobody_published_are_empty() -> None:
    for name in ("assessment-2026", "beautiful-rivers", "two-mountains", "evaluation-2020"):
        system = KNOWN.system(name)
        assert all(each.weight is None and each.points is None for each in system.items), name
        assert all(each.at_least is None for each in system.grades), name
        assert all(each.most is None for each in system.adjustments), name


def test_sets_that_are_made_up_say_so() -> None:
    sets = [one for system in KNOWN.systems.values() for one in system.sets]
    assert {one.id for one in sets} == {"example"}
    assert all(one.example and "示例" in one.title and one.confidence == "unverified" for one in sets)
    weights = KNOWN.system("assessment-2026").weights("example")
    assert sum(one["points"] for one in weights.items.values()) == 100


def test_marks_of_the_editions() -> None:
    marks = {name: Counter(each.confidence for each in KNOWN.system(name).items) for name in KNOWN.systems}
    assert marks["demonstration-2019"] == {"unverified": 49}
    assert marks["demonstration-2024"] == {"one-source": 26}
    assert marks["two-mountains"] == {"unverified": 19}
    assert marks["evaluation-2020"] == {"verified": 22}


def test_binding_of_2019() -> None:
    """The column typed a second time: number to B, R or both (city, county)."""
    reference = {11, 12, 13, 15, 19, 22, 24, 25, 26, 31, 33, 34, 35, 36, 38, 39, 40}
    for each in KNOWN.system("demonstration-2019").items:
        words = set(each.binding.values())
        if each.no == "6":
            assert each.binding == {"city": "binding", "county": "reference"}
        else:
            assert words == {"reference" if int(each.no) in reference else "binding"}, each.no


def test_thresholds_of_2024_typed_twice() -> None:
    typed = {
        "appraisal": "20", "good_days": "90", "pm25": "25", "groundwater": "25", "drinking_water": "100", "urban_sewage": "70",
        "black_water": "100", "rural_black_water": "100", "waste_recycling": "35", "night_sound": "85", "eqi_change": "-1",
        "rectification": "100", "farmland": "93", "non_fossil": "25",
    }  # fmt: skip
    found = {
        item.key: part.value for item in KNOWN.system("demonstration-2024").items for part in item.requirements if part.value is not None
    }
    assert found == {key: Decimal(value) for key, value in typed.items()}


def test_only_a_pack_knows_its_region() -> None:
    names = [name for pack in pack_names() for name in (load_pack(pack).region.short, load_pack(pack).region.name_en)]
    texts = [path for path in SYSTEMS.rglob("*.toml") if any(name in path.read_text(encoding="utf-8") for name in names)]
    assert texts == []


def test_a_system_of_ones_own_and_its_set(tmp_path: Path) -> None:
    known = load_systems([_write(tmp_path, ONE), _write(tmp_path, SET, "set.toml")])
    system = known.system("ours")
    assert system.grades[0].at_least is None
    assert system.filled(system.weights("mine")).grades[0].at_least == 9
    assert isinstance(load_file(tmp_path / "ours.toml"), System)
    assert isinstance(load_file(tmp_path / "set.toml"), Weights)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('combine = "points"', 'combine = "sum"', "ours.toml: combine: expected one of none, all_met"),
        ("issued = 2024-01-01", 'issued = "2024"', "ours.toml: issued: expected a day"),
        ('dimension = "air"', 'dimension = "water"', "ours.toml: indicator[pm25].dimension: expected one of air"),
        ('direction = "at_most"', "", "ours.toml: indicator[pm25].requirement[1].direction: missing"),
        ('value = "30"', 'value = "about 30"', "ours.toml: indicator[pm25].requirement[1].value: expected a number"),
        ('type = "threshold"', 'type = "treshold"', "ours.toml: indicator[pm25].requirement[1].type: expected one of threshold"),
        ('scoring = "requirement"', 'scoring = "loss"', "ours.toml: indicator[pm25].loss: scoring by loss needs loss and per"),
        ('bars = ["优秀"]', 'bars = ["优等"]', "ours.toml: veto[event].bars: expected one of 优秀, got '优等'"),
        ('points = "10"\nscoring', 'point = "10"\nscoring', "ours.toml: indicator[pm25].point: unknown key; 是否指 points"),
        ('better = "low"\nclause = "附件"', 'better = "low"', "ours.toml: indicator[pm25].clause: missing"),
        (
            'points = "10"\nscoring',
            'points = "-1"\nscoring',
            "ours.toml: indicator[pm25].points: expected a number that is not negative, got '-1'",
        ),
        ('levels = ["county"]', 'levels = ["town"]', "ours.toml: levels: expected one of province, city, county, got 'town'"),
    ],
)
def test_a_wrong_entry_is_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in ONE
    problems = [str(each) for each in read(_write(tmp_path, ONE.replace(old, new, 1))).problems]
    assert any(each.startswith(message) for each in problems), problems


def test_ids_and_slots_are_not_taken_twice(tmp_path: Path) -> None:
    with pytest.raises(BookError, match="is taken by evaluation-2020"):
        load_systems([_write(tmp_path, ONE.replace('id = "ours"', 'id = "evaluation-2020"'))])
    own = _write(tmp_path, ONE)
    with pytest.raises(BookError, match="原文已有的数不能改"):
        load_systems([own, _write(tmp_path, SET + '[[item]]\nkey = "pm25"\npoints = "12"\n', "set.toml")])
    with pytest.raises(BookError, match="没有这一项"):
        load_systems([own, _write(tmp_path, SET.replace("优秀", "上等"), "set.toml")])
    with pytest.raises(BookError, match="there is no system"):
        load_systems([_write(tmp_path, SET, "set.toml")])


def test_unknown_names_come_with_near_ones() -> None:
    with pytest.raises(UsageError, match="是否指 evaluation-2020"):
        KNOWN.system("evaluation-2021")
    with pytest.raises(UsageError, match="现有 example"):
        KNOWN.system("assessment-2026").weights("official")
    with pytest.raises(UsageError, match="现有 default、guangyuan-2018"):
        KNOWN.warning_rules("red")


def test_warning_rules_end_open(tmp_path: Path) -> None:
    text = (SYSTEMS / "warnings-default.toml").read_text(encoding="utf-8")
    cut = text[: text.rindex("[[rule]]")]
    assert [each.key for each in read(_write(tmp_path, cut)).problems] == ["rule"]
    lost = text.replace('symbol = "▲"', 'symbol = ""', 1)
    assert [each.key for each in read(_write(tmp_path, lost)).problems] == ["rule[red].symbol"]


def test_values_of_a_file(tmp_path: Path) -> None:
    text = (SYSTEMS / "examples" / "letter-2018.toml").read_text(encoding="utf-8")
    assert load_given(_write(tmp_path, text)).values[0]["value"] == 63
    for old, new, key in (
        ('value = "63"', 'value = "many"', "value[pm10].value"),
        ('evidence = "示例"', "", "value[pm10].evidence"),
        ('level = "city"', 'level = "town"', "level"),
        ('value = "63"', "", "value[pm10]"),
    ):
        with pytest.raises(BookError) as caught:
            load_given(_write(tmp_path, text.replace(old, new, 1)))
        assert caught.value.key == key
