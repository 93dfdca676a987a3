"""The journey of a citizen: find my city's air, switch the edition, see how a number came, take the data home, write a letter."""

from __future__ import annotations

import csv
from collections.abc import Callable
from typing import Any

import pytest

PAGES = (
    "/", "/air/2023/", "/air/2023-01-14/", "/air/360100/2023/", "/places/", "/places/360100/", "/places/360102/", "/water/",
    "/indicators/", "/indicators/air.pm25.mean/", "/method/", "/method/hj663-2013/", "/how/0001/air.composite_index/360100/2023/",
    "/bulletins/", "/data/", "/releases/", "/releases/0001/", "/releases/0001/air/2023/", "/letters/", "/letters/status/", "/air/2019/",
    "/sound/", "/sound/360100/2023/", "/ecology/", "/species/", "/gep/", "/how/0001/ecology.gep/360000/2023/",
    "/how/0001/biodiversity.trend_winter.siberian_crane/360000/2019-01-01~2023-12-31/", "/en/species/", "/en/sound/",
)  # fmt: skip


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_every_page_is_accessible_and_fits(
    phone: bool, open_page: Any, site: Any, accessible: Callable[[Any], None], no_sideways_scrolling: Callable[[Any], None]
) -> None:
    """One window walks all pages: headings, contrast and names by axe, nothing wider than the window, by day; the phone also by night."""
    page = open_page("/", phone=phone, dark=phone)
    for path in PAGES:
        page.goto(site.url + path)
        assert page.locator("h1").count() == 1, path
        no_sideways_scrolling(page)
        accessible(page)


def test_a_citizen_finds_their_air_and_how_it_was_computed(open_page: Any) -> None:
    page = open_page("/", phone=True)
    assert "合成数据" in page.locator(".ribbon").all_inner_texts()[-1]
    page.fill("#q", "南昌市")
    page.click("main form.finder button")
    page.wait_for_url("**/places/360100/")
    assert "南昌市空气优良天数比例" in page.locator("h1").inner_text()
    page.click("text=更多空气质量结果")
    page.wait_for_url("**/air/360100/2023/")
    page.click(".switch a:not([aria-current])")
    page.wait_for_url("**edition=gb3095-2026-transitional**")
    assert "GB 3095-2026" in page.locator("p.line").first.inner_text()
    page.locator("p.line a.how").click()
    page.wait_for_url("**/how/0001/air.good_day_ratio/360100/2023/**")
    assert page.locator("dl.facts dt", has_text="修约前").count() == 1
    assert page.locator("section[aria-labelledby=under-months] tbody tr").count() == 12


def test_the_map_and_the_ranking_are_reached_by_keyboard(open_page: Any) -> None:
    page = open_page("/")
    first = page.locator(".map a").first
    first.focus()
    assert page.evaluate("document.activeElement.querySelector('title').textContent").strip() != ""
    page.keyboard.press("Enter")
    page.wait_for_url("**/places/36*/")


def test_charts_are_drawn_over_their_tables_and_taken_home(open_page: Any, tmp_path: Any) -> None:
    page = open_page("/air/360100/2023/")
    figure = page.locator("#chart-air-good_day_ratio")
    figure.locator("svg").wait_for()
    assert not figure.locator("table").is_visible()
    assert {"2012 版", "2026 版（过渡）"} <= set(figure.locator("svg text").all_text_contents())
    figure.locator("[data-chart-holder]").hover()
    for words, kind in (("CSV", ".csv"), ("SVG", ".svg"), ("PNG", ".png")):
        with page.expect_download() as taken:
            figure.get_by_role("button", name=words).click()
        assert taken.value.suggested_filename.endswith(kind)
        taken.value.save_as(tmp_path / f"chart{kind}")
    rows = list(csv.reader((tmp_path / "chart.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert rows[0] == ["月份", "2012 版", "2026 版（过渡）"]
    assert len(rows) == 13
    assert (tmp_path / "chart.png").read_bytes().startswith(b"\x89PNG")
    assert "<script" not in (tmp_path / "chart.svg").read_text(encoding="utf-8")


def test_without_scripts_the_tables_stand_open(open_page: Any) -> None:
    page = open_page("/air/360100/2023/", scripts=False)
    assert page.locator("#chart-air-good_day_ratio table").is_visible()
    assert page.locator("#calendar svg a").count() == 31


def test_the_data_of_a_release_are_downloaded(open_page: Any, site: Any) -> None:
    """The worker writes them after the release; the page says so until they are there."""
    page = open_page("/data/")
    link = page.locator("a[href$='/data/figures.csv']")
    for _ in range(90):
        if link.count():
            break
        assert "正在生成" in page.locator("main").inner_text()
        page.wait_for_timeout(1000)
        page.goto(f"{site.url}/data/?{page.evaluate('Date.now()')}")
    with page.expect_download() as taken:
        link.click()
    head = taken.value.path().read_text(encoding="utf-8").partition("\n")[0].split(",")
    assert {"indicator", "subject", "period", "display", "unit", "edition", "status", "reason"} <= set(head)


def test_a_letter_gets_a_number_and_is_asked_after(open_page: Any, accessible: Callable[[Any], None]) -> None:
    page = open_page("/letters/", phone=True)
    page.check("input[value=complaint]")
    page.fill("#id_subject", "测试来信")
    page.fill("#id_text", "这是浏览器测试写的。")
    page.click("main form button")
    number, code = page.locator("[data-number]").inner_text(), page.locator("[data-code]").inner_text()
    accessible(page)
    page.click("text=查询办理情况")
    page.fill("#id_number", number)
    page.fill("#id_code", code)
    page.click("main form button")
    assert "测试来信" in page.locator("main").inner_text()
    assert "已收到" in page.locator("main").inner_text()


def test_paper_shows_numbers_and_no_buttons(open_page: Any) -> None:
    page = open_page("/air/2023/")
    page.emulate_media(media="print")
    assert not page.locator(".tabs").is_visible()
    assert page.locator("table").first.is_visible()
