"""The pages of sound, ecology, species and ecosystem accounts: every number from the release, sensitive places withheld, gaps said."""

from __future__ import annotations

import html
import re
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from web.prepared import REGION, YEAR
from yangban.base.periods import parse
from yangban.packs.species import species
from yangban.web.public import selectors
from yangban.web.public.models import PublishedFigure, PublishedRelease, PublishedSummary

pytestmark = pytest.mark.django_db


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())))


def figure(word: str, subject: str = REGION, period: str = str(YEAR)) -> PublishedFigure:
    return PublishedFigure.objects.get(indicator=word, subject=subject, period=period)


@pytest.mark.parametrize("prefix", ["/", "/en/"])
@pytest.mark.parametrize(
    "path", ["sound/", "sound/2023/", "sound/2023-Q2/", "sound/360100/", "sound/360100/2023/", "ecology/", "ecology/2022/", "species/",
             "species/2022/", "gep/", "gep/2023/", "releases/0001/sound/2023/", "releases/0001/species/2023/", "releases/0001/gep/2023/"]
)  # fmt: skip
def test_every_page_is_there_in_both_languages_and_says_that_it_is_synthetic(client: Any, prefix: str, path: str) -> None:
    answer = client.get(prefix + path)
    assert answer.status_code == 200
    assert ("Synthetic" if prefix == "/en/" else "合成数据") in answer.content.decode()


def test_sound_shows_levels_with_numeral_word_and_symbol(client: Any) -> None:
    held = figure("sound.area_day")
    answer = client.get("/sound/2023/")
    text = text_of(answer)
    assert f"{held.display} 分贝 ，{held.detail['numeral']}（{held.detail['word']}）" in text
    assert answer.content.decode().count('class="steps-chip"') == 4, "areas and roads by day and by night"
    cities = PublishedFigure.objects.filter(indicator="sound.road_night", period="2023", subject_level="city")
    assert cities.count() == 11
    for city in cities:
        assert f">{city.display}</a>" in answer.content.decode()
    rates = figure("sound.zone_night_rate").detail["classes"]
    assert f"{rates['4a']['attained']} / {rates['4a']['visits']}" in text
    assert "grade" in text_of(client.get("/en/sound/2023/"))


def test_a_city_has_a_page_of_its_own_and_no_list_of_cities(client: Any) -> None:
    held = figure("sound.area_day", "360100")
    text = text_of(client.get("/sound/360100/2023/"))
    assert held.display is not None
    assert held.display in text
    assert "各设区城市" not in text
    assert "声环境" in text_of(client.get("/places/360100/"))


def test_what_is_reported_names_department_and_evidence_and_no_person(client: Any) -> None:
    answer = client.get("/ecology/2023/")
    text = text_of(answer)
    for word in ("ecology.forest_cover", "ecology.red_line_area", "ecology.protected_area", "ecology.wetland_protection"):
        held = figure(word)
        assert f">{held.display}</a>" in answer.content.decode()
        assert held.detail["department"] in text
        assert held.detail["evidence"] in text
        assert "by" not in held.detail
    assert "森林面积占土地面积的百分比" in text
    assert "郁闭度0.2以上" in text


def test_the_page_says_why_no_eqi_is_computed_and_gives_a_reported_one_its_class(client: Any) -> None:
    text = text_of(client.get("/ecology/2023/"))
    assert "本系统不计算 EQI" in text
    then, now = figure("ecology.eqi", period="2022"), figure("ecology.eqi")
    step = Decimal(now.display or 0) - Decimal(then.display or 0)
    assert step < 1, "EQI rule: a step below 1 is called stable"
    assert f"升 +{step}" in text
    assert "基本稳定" in text
    assert "二类" in text


def test_flagship_species_with_class_source_count_and_trend(client: Any) -> None:
    answer = client.get("/species/2023/")
    text = text_of(answer)
    cranes, trend = figure("biodiversity.individuals.siberian_crane"), _trend("siberian_crane")
    assert f"白鹤 Leucogeranus leucogeranus 国家一级 {cranes.display}" in text
    assert " / ".join(map(str, cranes.detail["places"])) in text
    assert f"{trend.display}% [{trend.detail['low']} 至 {trend.detail['high']}]".replace("-", "−") in text
    for each in species().values():
        assert each.latin in text
        assert each.source in text
    english = text_of(client.get("/en/species/2023/"))
    assert "Siberian crane" in english
    assert "class 1" in english


def _trend(taxon: str) -> PublishedFigure:
    return PublishedFigure.objects.get(indicator=f"biodiversity.trend_winter.{taxon}", subject=REGION)


def test_places_of_sensitive_species_stand_on_no_page_and_it_says_so(client: Any) -> None:
    text = text_of(client.get("/species/2023/"))
    assert "公开时不给地点名称" in text
    table = text.partition("可以公开的地点")[2].partition("旗舰物种名录")[0]
    assert "示例湖甲" in table
    assert "白鹤" not in table.partition("合计")[2]
    assert "东方白鹳" not in table
    named = PublishedFigure.objects.filter(subject_level="site").values_list("indicator", flat=True)
    assert not {word for word in named if word.endswith(("siberian_crane", "oriental_stork"))}
    assert not PublishedFigure.objects.filter(
        subject_level="site", indicator__in=("biodiversity.individuals", "biodiversity.species")
    ).exists()


def test_the_way_to_a_trend_with_its_seasons(client: Any) -> None:
    held = _trend("siberian_crane")
    address = reverse("public:how", kwargs={"number": 1, "indicator": held.indicator, "subject": REGION, "period": held.period})
    assert "2019-01-01~2023-12-31" in address
    answer = client.get(address)
    assert answer.status_code == 200
    text = text_of(answer)
    for year, value in held.detail["series"]:
        assert f"{year}: {value}" in text


def test_the_account_line_by_line(client: Any) -> None:
    """By hand from the sample: 700 亿 m³ at 8 yuan, 0.4 亿 t at 100, 3000 亿 kWh at 0.6, and two values given."""
    answer = client.get("/gep/2023/")
    text = text_of(answer)
    for cells in (
        "水源涵养 700 亿 m³",
        "5600.00",
        "固碳 40,000,000 t",
        "40.00",
        "局部气候调节 3,000 亿 kWh",
        "1800.00",
        "2600.00",
        "11840.00",
    ):
        assert cells in text
    assert "江西省 2023 年".replace(" 年", "年") in text
    how = text_of(client.get(reverse("public:how", kwargs={"number": 1, "indicator": "ecology.gep", "subject": REGION, "period": "2023"})))
    assert "生态产品总值：调节服务" in how


def test_cards_on_the_first_page_lead_to_the_pages(client: Any) -> None:
    answer = client.get("/")
    for path in ("/sound/2023/", "/ecology/2023/", "/species/2023/", "/gep/2023/"):
        assert f'href="{path}"' in answer.content.decode()
    pinned = client.get("/releases/0001/overview/").content.decode()
    assert 'href="/releases/0001/sound/2023/"' in pinned


def test_periods_are_those_of_the_medium(client: Any) -> None:
    release = PublishedRelease.objects.get(number=1)
    assert selectors.labels(release, "ecology") == ["2022", "2023"]
    air = selectors.labels(release, "air")
    assert "2022" not in air
    assert all(PublishedFigure.objects.filter(release=release, period=label, indicator__startswith="air.").exists() for label in air)
    assert "/air/2022/" not in client.get("/air/2023/").content.decode()
    PublishedSummary.objects.filter(release=release, kind="media").delete()
    assert selectors.labels(release, "air") == selectors.spans(release), "a release from before that was noted"


def test_a_page_without_results_says_what_is_missing(client: Any) -> None:
    PublishedFigure.objects.exclude(indicator__startswith="air.").delete()
    missing = {
        "/sound/": "区域、道路交通和功能区的监测数据接入",
        "/sound/360100/": "南昌市的声环境结果",
        "/ecology/": "由主管部门填报",
        "/species/": "达尔文核心",
        "/gep/": "核算表",
    }
    for path, words in missing.items():
        answer = client.get(path)
        assert answer.status_code == 200
        assert words in text_of(answer)
    assert client.get("/sound/2023/").status_code == 404
    assert client.get("/").status_code == 200


def test_no_number_of_these_media_is_without_its_way(client: Any) -> None:
    for path in ("/sound/2023/", "/ecology/2023/", "/species/2023/", "/gep/2023/"):
        links = set(re.findall(r'href="(/how/[^"]+)"', client.get(path).content.decode()))
        assert links
        for link in sorted(links)[:6]:
            assert client.get(html.unescape(link)).status_code == 200


def test_exact_values_longer_than_a_line_are_kept() -> None:
    """The mean of eleven cities weighted by lengths is a long fraction; a column of 120 characters would cut or refuse it."""
    assert PublishedFigure._meta.get_field("exact").max_length is None
    held = figure("sound.road_day")
    assert held.exact is not None
    assert parse(held.period).kind == "year"
