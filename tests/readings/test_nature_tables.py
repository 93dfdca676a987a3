"""Records of species in: Darwin Core downloads and survey sheets."""

from __future__ import annotations

import gzip
import json
from datetime import date, datetime

import pytest

from yangban.packs.species import extents, resolve, species
from yangban.readings.nature.frames import FLAGS

from .conftest import Bench

HEAD = "gbifID\toccurrenceID\tbasisOfRecord\teventDate\tscientificName\tdecimalLatitude\tdecimalLongitude\tindividualCount\tstateProvince\tlocality\ttaxonRank"  # noqa: E501
GOOD = "1\ta1\tHUMAN_OBSERVATION\t2022-01-15\tGrus leucogeranus Pallas, 1773\t29.123456\t116.043210\t12\tJiangxi\t沙湖\tSPECIES"
LINES = [
    HEAD,
    GOOD,
    "2\ta2\tHUMAN_OBSERVATION\t2022-02-30\tCiconia boyciana\t29.1\t116.0\t3\tJiangxi\t沙湖\tSPECIES",
    "3\ta3\tHUMAN_OBSERVATION\t2022-01-15\tunknown\t29.1\t116.0\t3\tJiangxi\t沙湖\t",
    "4\ta4\tHUMAN_OBSERVATION\t2022-01-15\tCiconia boyciana\t116.0\t29.1\t3\tJiangxi\t沙湖\tSPECIES",
    GOOD,
    "6\ta6\tHUMAN_OBSERVATION\t2022-01-15\tAnas crecca Linnaeus, 1758\t29.1\t116.0\t300\tJiangxi\t沙湖\tSPECIES",
    "7\ta7\tHUMAN_OBSERVATION\t2022-01-15\tAnas crecca\t40.1\t116.0\t300\tJiangxi\t沙湖\tSPECIES",
    "8\ta8\tHUMAN_OBSERVATION\t2031-01-15\tAnas crecca\t29.1\t116.0\t300\tJiangxi\t沙湖\tSPECIES",
    "9\ta9\tHUMAN_OBSERVATION\t2022-01-20/2022-01-11\tAnas crecca\t29.1\t116.0\t3\tJiangxi\t沙湖\tSPECIES",
    "10\ta10\tHUMAN_OBSERVATION\t2022-01-15\tAnser sp.\t29.1\t116.0\t3.5\tJiangxi\t沙湖\tGENUS",
    "11\ta11\tHUMAN_OBSERVATION\t2022\tAnser sp.\t29.1\t116.0\t\tJiangxi\t沙湖\tGENUS",
]
DARWIN = "\n".join(LINES) + "\n"
SHEET = """调查编号,调查日期,湖区,省份,物种,数量,努力量,努力量单位,占种群比例(%)
w1,2012-01-15,大湖池,江西,白鹤,2100,12,km,52.5
w1,2012-01-15,大湖池,江西,东方白鹳,900,12,km,
w1,2012-01-15,大湖池,江西,豆雁属,40,12,km,
"""


def rows(bench: Bench) -> list[dict[str, object]]:
    return bench.lake.nature(start=date(1900, 1, 1), end=date(2100, 1, 1)).sort("record").collect().to_dicts()


def test_a_darwin_core_file_with_faults_gives_reasons_and_loses_nothing(bench: Bench) -> None:
    receipt = bench.take(bench.write("occurrence.txt", DARWIN))
    file = receipt.files[0]
    assert file.layout == "species-occurrences"
    assert [(each.line, each.rule) for each in receipt.rejections] == [
        (3, "nature_date"),
        (4, "unknown_taxon"),
        (5, "swapped_coordinates"),
        (8, "outside_region"),
        (9, "future_time"),
        (10, "nature_reversed"),
        (11, "bad_count"),
    ]
    assert (file.cells, file.accepted, file.duplicate, file.blank, file.rejected) == (11, 3, 1, 0, 7)
    assert file.cells == file.accepted + file.duplicate + file.blank + file.rejected
    assert all(each.reason and each.file for each in receipt.rejections)
    kept = [json.loads(line) for line in (bench.workspace.path / str(receipt.rejected_file)).read_text(encoding="utf-8").splitlines()]
    assert [each["text"].split(",")[0] for each in kept] == ["2", "3", "4", "7", "8", "9", "10"]
    assert any("Anas crecca（第 7 行）" in note for note in file.notes)
    assert any("没有鉴定到种" in note for note in file.notes)


def test_what_is_stored(bench: Bench) -> None:
    bench.take(bench.write("occurrence.txt", DARWIN))
    crane, genus, teal = (next(r for r in rows(bench) if r["record"] == number) for number in ("a1", "a11", "a6"))
    assert (crane["taxon"], crane["individuals"], crane["longitude"], crane["latitude"]) == ("siberian_crane", 12, 116_043_210, 29_123_456)
    assert (crane["subject"], crane["time"], crane["flags"]) == ("site:360000:沙湖", datetime(2022, 1, 15), 0)
    assert (teal["taxon"], teal["flags"]) == ("Anas crecca", FLAGS["off_list"])
    assert (genus["time"], genus["until"], genus["individuals"]) == (datetime(2022, 1, 1), datetime(2022, 12, 31), None)
    assert genus["flags"] == FLAGS["off_list"] | FLAGS["not_species"] | FLAGS["coarse_date"] | FLAGS["no_count"]


def test_twice_changes_nothing_and_a_correction_finds_its_record_in_another_month(bench: Bench) -> None:
    bench.take(bench.write("a.txt", DARWIN))
    again = bench.take(bench.write("a.txt", DARWIN))
    assert (again.changed, again.total("accepted"), again.total("duplicate")) == (False, 0, 4)
    moved = "\n".join([HEAD, GOOD.replace("2022-01-15", "2022-03-02")]) + "\n"
    corrected = bench.take(bench.write("b.txt", moved))
    assert (corrected.total("corrected"), len(corrected.corrections)) == (1, 1)
    assert [r["time"] for r in rows(bench) if r["record"] == "a1"] == [datetime(2022, 3, 2)]


def test_a_survey_sheet_with_effort_and_share(bench: Bench) -> None:
    file = bench.take(SHEET).files[0]
    assert (file.layout, file.accepted, file.rejected) == ("species-survey", 3, 0)
    found = {r["taxon"]: r for r in rows(bench)}
    assert set(found) == {"siberian_crane", "oriental_stork", "豆雁属"}
    assert (found["siberian_crane"]["effort"], found["siberian_crane"]["effort_unit"], found["siberian_crane"]["share"]) == (
        12_000, "km", 52_500_000,
    )  # fmt: skip
    assert found["豆雁属"]["flags"] & FLAGS["not_species"]  # type: ignore[operator]


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("w1,2012-01-15,大湖池,江西,,5,,,", "nature_no_taxon"),
        ("w1,2012-01-15,大湖池,江西,12,5,,,", "unknown_taxon"),
        ("w1,2012-13-15,大湖池,江西,白鹤,5,,,", "nature_date"),
        ("w1,2012-01-15,大湖池,火星,白鹤,5,,,", "unknown_province"),
        ("w1,2012-01-15,大湖池,江西,白鹤,很多,,,", "bad_count"),
        ("w1,2012-01-15,大湖池,江西,白鹤,5,3,,", "bad_effort"),
        ("w1,2012-01-15,大湖池,江西,白鹤,5,,,160", "bad_share"),
    ],
)
def test_refusals_of_a_sheet(bench: Bench, line: str, rule: str) -> None:
    receipt = bench.take(SHEET + line + "\n")
    assert [(each.line, each.rule) for each in receipt.rejections] == [(5, rule)]
    assert receipt.files[0].accepted == 3


@pytest.mark.parametrize(
    ("names", "taxon", "is_species", "listed"),
    [
        (("Neophocaena asiaeorientalis asiaeorientalis",), "finless_porpoise", True, True),
        (("江豚",), "finless_porpoise", True, True),
        (("Cervus nippon kopschi Swinhoe, 1873",), "sika_deer", True, True),
        (("", "靛冠噪鹛"), "blue_crowned_laughingthrush", True, True),
        (("Anas (Anas) platyrhynchos",), "Anas platyrhynchos", True, False),
        (("Anatidae",), "Anatidae", False, False),
        (("鸭科",), "鸭科", False, False),
    ],
)
def test_names(names: tuple[str, ...], taxon: str, is_species: bool, listed: bool) -> None:
    found = resolve(*names)
    assert found is not None
    assert (found.taxon, found.species, found.listed) == (taxon, is_species, listed)


def test_the_list_says_how_sure_it_is() -> None:
    found = species()
    assert {found[name].latin for name in ("finless_porpoise", "siberian_crane", "sika_deer")} == {
        "Neophocaena asiaeorientalis", "Leucogeranus leucogeranus", "Cervus nippon",
    }  # fmt: skip
    assert all(each.confidence == "unverified" for each in found.values() if each.source.startswith("凭记忆"))
    assert {each.confidence for each in found.values()} == {"verified", "one-source", "unverified"}
    assert extents()["360000"].holds(extents()["360000"].west, extents()["360000"].south)


def test_a_packed_download_and_lines_that_cannot_be_read(bench: Bench) -> None:
    good = bench.take(bench.write("a.tsv.gz", gzip.compress("\n".join([HEAD, GOOD, ""]).encode())))
    assert (good.files[0].layout, good.total("accepted")) == ("species-occurrences", 1)
    broken = "\n".join([HEAD, GOOD.replace("a1", "b1"), GOOD.replace("沙湖", "沙\0湖"), ""])
    receipt = bench.take(bench.write("b.tsv", broken))
    file = receipt.files[0]
    assert [(each.line, each.rule) for each in receipt.rejections] == [(3, "nul_byte")]
    assert (file.cells, file.accepted, file.rejected) == (2, 1, 1)


def test_a_csv_with_quoted_commas_reads_as_a_tsv_does(bench: Bench) -> None:
    cells = [f'"{cell}"' if "," in cell else cell for cell in GOOD.split("\t")]
    receipt = bench.take("\n".join([HEAD.replace("\t", ","), ",".join(cells), ""]))
    assert (receipt.total("accepted"), receipt.rejections_total) == (1, 0)
    assert rows(bench)[0]["taxon"] == "siberian_crane"


@pytest.mark.parametrize(
    ("latitude", "longitude"), [("29.1", "116.0e999999999"), ("1e-999999999", "116"), ("90.0001", "116"), ("nan", "116")]
)
def test_an_absurd_coordinate_is_a_row_refused_by_name(bench: Bench, latitude: str, longitude: str) -> None:
    head = "occurrenceID,basisOfRecord,eventDate,scientificName,decimalLatitude,decimalLongitude,individualCount"
    text = f"{head}\na1,HumanObservation,2022-01-15,Grus leucogeranus,{latitude},{longitude},120\n"
    receipt = bench.take(bench.write("occurrence.txt", text))
    assert [(each.line, each.rule) for each in receipt.rejections] == [(2, "bad_coordinates")]
