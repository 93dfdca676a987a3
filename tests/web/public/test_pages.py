"""Every public page: it answers in both languages, from tables, with few questions, without inline code, and says what is synthetic."""

from __future__ import annotations

import gzip
import re
from decimal import Decimal
from typing import Any

import pytest
from django.test.utils import CaptureQueriesContext

from yangban.standards import load_book
from yangban.web.public.models import PublishedFigure, PublishedRelease

pytestmark = pytest.mark.django_db

MOST_QUERIES = 20
OF_RESULTS = (
    "/", "/air/", "/air/2023/", "/air/2023-01/", "/air/2023-Q1/", "/air/2023-01-14/", "/air/latest/", "/air/360100/",
    "/air/360100/2023/", "/air/360100/2023-01/", "/air/360100/2023-01-14/", "/air/2023/?edition=gb3095-2026-transitional&by=air.pm25.mean",
    "/air/advice/?edition=gb3095-2026-transitional", "/places/", "/places/360000/", "/places/360100/", "/places/360102/", "/indicators/",
    "/indicators/air.pm25.mean/", "/indicators/air.good_day_ratio/?edition=gb3095-2026-transitional",
    "/method/", "/method/hj663-2013/", "/how/0001/air.pm25.mean/360000/2023/", "/how/0001/air.composite_index/360100/2023/",
    "/how/0001/air.good_day_ratio/360100/2023-01/", "/how/0001/air.aqi/360100/2023-01-14/", "/releases/0001/",
    "/releases/0001/overview/", "/releases/0001/air/2023/", "/releases/0001/places/360100/",
)  # fmt: skip
PLAIN = ("/water/", "/bulletins/", "/data/", "/releases/", "/letters/", "/letters/status/")


@pytest.mark.parametrize("path", [*OF_RESULTS, *PLAIN])
def test_a_page_answers_with_few_questions_and_no_inline_code(path: str, client: Any) -> None:
    from django.db import connection

    with CaptureQueriesContext(connection) as asked:
        answer = client.get(path)
    assert answer.status_code == 200, path
    assert len(asked) <= MOST_QUERIES, [each["sql"][:90] for each in asked]
    text = answer.text
    assert text.count("<h1") == 1
    assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)", text)
    assert not re.search(r"\sstyle=|\son[a-z]+=", text)
    english = client.get(f"/en{path}")
    assert english.status_code == 200
    if path in OF_RESULTS:
        assert "合成数据" in text
        assert "Synthetic" in english.text


@pytest.mark.parametrize("path", [*OF_RESULTS[:14], "/method/", "/releases/0001/", "/bulletins/", "/data/", "/robots.txt", "/sitemap.xml"])
def test_a_page_is_kept_for_everyone(path: str, client: Any) -> None:
    first = client.get(path)
    assert first["Cache-Control"].startswith("public")
    assert client.get(path, headers={"if-none-match": first["ETag"]}).status_code == 304
    # It is held packed: who takes no gzip gets the same bytes, the first time and from what is held.
    small = client.get(path, headers={"accept-encoding": "gzip"})
    assert small["Content-Encoding"] == "gzip"
    assert int(small["Content-Length"]) == len(small.content)
    again = client.get(path)
    assert gzip.decompress(small.content) == first.content == again.content
    assert "Content-Encoding" not in again
    assert (int(again["Content-Length"]), again["ETag"]) == (len(first.content), first["ETag"])
    assert small["ETag"] != first["ETag"]


def test_the_first_sentence_says_what_was_released(client: Any) -> None:
    """The numbers of the headline are those of the Figures, and the cities within the limit are counted anew by the test."""
    release = PublishedRelease.objects.get(number=1)
    held = {
        f.indicator: f
        for f in release.figures.filter(
            subject="360000", period="2023", edition="gb3095-2012", indicator__in=["air.good_day_ratio", "air.pm25.mean"]
        )
    }
    cities = release.figures.filter(subject_level="city", period="2023", edition="gb3095-2012", indicator="air.pm25.mean")
    limit = load_book().air("2012").limit("pm25", "annual", 2)
    within = sum(1 for f in cities if Decimal(f.display) <= limit)
    said = re.sub(r"<[^>]+>|\s", "", re.search(r"<h1>(.*?)</h1>", client.get("/").text, re.DOTALL)[1])
    assert f"优良天数比例{held['air.good_day_ratio'].display}%" in said
    assert f"PM2.5平均浓度{held['air.pm25.mean'].display}微克/立方米" in said
    assert (f"{cities.count()}个设区城市PM2.5年均值都不高于" if within == cities.count() else f"中{within}个PM2.5年均值不高于") in said


def test_editions_stand_side_by_side(client: Any) -> None:
    """Switching shows the other edition's own number, and the difference is that of the printed values."""
    pair = [
        PublishedFigure.objects.get(release=1, subject="360100", period="2023", edition=edition, indicator="air.composite_index").display
        for edition in ("gb3095-2012", "gb3095-2026-transitional")
    ]
    assert pair[0] != pair[1]
    text = client.get("/air/360100/2023/").text
    apart = Decimal(pair[1]) - Decimal(pair[0])
    assert f'<span class="num">{"+" if apart > 0 else "−"}{abs(apart)}</span>' in text
    other = client.get("/air/360100/2023/?edition=gb3095-2026-transitional").text
    assert "GB 3095-2026（过渡阶段限值）" in other
    assert "/how/0001/air.composite_index/360100/2023/?edition=gb3095-2026-transitional" in other


def test_an_unknown_edition_period_or_place_says_what_there_is(client: Any) -> None:
    assert "gb3095-2012" in client.get("/air/2023/?edition=gb3095-1996", follow=True).text
    missing = client.get("/air/2019/")
    assert missing.status_code == 404
    assert "已发布的年份：2023" in missing.text
    assert client.get("/air/999999/2023/").status_code == 404
    assert client.get("/indicators/air.pm99.mean/").status_code == 404
    assert client.get("/releases/0099/").status_code == 404
    assert client.get("/method/gb9999/").status_code == 404


def test_a_county_without_results_leads_to_its_city(client: Any) -> None:
    text = client.get("/places/360102/").text
    assert "没有单独发布的结果" in text
    assert 'href="/places/360100/"' in text
    found = client.get("/places/?q=南昌市")
    assert found.status_code == 302
    assert found["Location"] == "/places/360100/"
    assert "没有找到" in client.get("/places/?q=亚特兰蒂斯").text


def test_places_have_english_names_on_english_pages_and_are_found_by_both(client: Any) -> None:
    for path in ("/en/", "/en/air/", "/en/places/", "/en/places/360100/", "/en/indicators/air.pm25.mean/"):
        page = client.get(path).text
        assert "Nanchang" in page, path
        assert not re.findall("南昌|赣州|萍乡市|九江市", page), path
    assert "Ganzhou" not in client.get("/").text
    for asked, code in (
        ("nanchang county", "360121"),
        ("Nanchang", "360100"),
        ("南昌", "360100"),
        ("婺源县", "361130"),
        ("360730", "360730"),
    ):
        for start in ("", "/en"):
            answer = client.get(f"{start}/places/", {"q": asked})
            assert (answer.status_code, answer["Location"]) == (302, f"{start}/places/{code}/"), asked


def test_every_number_of_the_ranking_leads_to_how_it_was_computed(client: Any) -> None:
    text = client.get("/").text
    links = re.findall(r'href="(/how/0001/air\.composite_index/\d{6}/2023/\?edition=gb3095-2012)"', text)
    assert len(set(links)) == 11
    page = client.get(links[0])
    assert page.status_code == 200
    assert "尚未与官方文本核对的规则" in page.text
    assert "HJ 663-2013" in page.text
    assert "/how/0001/air.composite.pm25/" in page.text


def test_what_is_not_public_is_nowhere(client: Any) -> None:
    """A draft, an internal release, one under embargo and one half written answer 404 on every page and stand in no list."""
    whole = PublishedRelease.objects.get(number=1)
    for number, changes in enumerate(
        ({"draft": True}, {"audience": "internal"}, {"embargo": "2999-01-01T00:00Z"}, {"complete": False}), start=2
    ):
        values = {field.name: getattr(whole, field.name) for field in PublishedRelease._meta.concrete_fields}
        PublishedRelease.objects.create(**{**values, "number": number, "note": f"秘密{number}", **changes})
    for number in (2, 3, 4, 5):
        for path in (
            "releases/{}/",
            "releases/{}/air/2023/",
            "releases/{}/overview/",
            "how/{}/air.pm25.mean/360000/2023/",
            "files/{}/data/figures.csv",
        ):
            assert client.get("/" + path.format(f"{number:04d}")).status_code == 404
    for path in ("/", "/releases/", "/data/", "/bulletins/", "/sitemap.xml"):
        assert "秘密" not in client.get(path).text
        assert not re.search(r"/(releases|how|files)/000[2-5]", client.get(path).text)


def test_the_map_of_the_site_and_the_word_to_crawlers(client: Any) -> None:
    text = client.get("/sitemap.xml").text
    for address in re.findall(r"<loc>http://testserver([^<]+)</loc>", text):
        assert client.get(address).status_code == 200, address
    assert "Disallow: /desk/" in client.get("/robots.txt").text


def test_a_site_with_months_alone_shows_the_last_month(own_workspace: Any, client: Any, monkeypatch: Any) -> None:
    """A bureau that has published a month and no year yet has a first page all the same."""
    from yangban.publish import release
    from yangban.web.public.publishing import publish

    # Pages held may be a second old; here what was published a moment ago is asked for at once.
    monkeypatch.setattr("yangban.web.public.cache._STAMP_SECONDS", 0.0)
    PublishedRelease.objects.update(audience="internal")
    assert "还没有空气质量结果" in client.get("/").text
    publish(own_workspace, release.create(own_workspace, periods=["2023-01"], note="一月"))
    answer = client.get("/")
    assert "2023年1月" in re.search(r"<h1>(.*?)</h1>", answer.text, re.DOTALL)[1]
    assert client.get("/places/360100/").status_code == 200
    assert client.get("/indicators/").status_code == 200
