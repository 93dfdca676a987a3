"""The library, a compendium and an activity as people meet them, at desktop and phone width; each page looked at by axe."""

from __future__ import annotations

import re
from typing import Any


def _enter(page: Any, site: Any, name: str, target: str) -> None:
    page.goto(f"{site.url}/accounts/login/?next={target}")
    page.fill("input[name=login]", name)
    page.fill("input[name=password]", site.password)
    page.click("form button[type=submit]")
    page.wait_for_url(f"**{target}")


def test_a_reader_searches_and_signs_up(site: Any, open_page: Any, accessible: Any, no_sideways_scrolling: Any) -> None:
    """On a phone, in both languages, without a script where there is none."""
    page = open_page("/cases/", phone=True)

    def look() -> None:
        accessible(page)
        no_sideways_scrolling(page)

    look()
    page.fill("#case-q", "湿地")
    page.click(".case-search button")
    assert page.locator("mark").first.inner_text() == "湿地"
    assert page.locator(".case-list > li").count() >= 2
    look()
    page.click(".case-list h2 a >> nth=0")
    page.wait_for_selector("article h2")
    assert "虚构" in page.inner_text("main")
    look()
    page.goto(f"{site.url}/en/events/")
    look()
    page.click("text=World Environment Day: cleaning the river bank")
    page.fill("input[name=name]", "Walker")
    look()
    page.check("input[name=agreed]")
    page.click("form.sign-up button")
    page.wait_for_url("**/events/mine/*/")
    assert re.fullmatch(r"[0-9A-Z]{10}", page.inner_text("[data-code]"))
    look()
    page.click("button.danger")
    page.wait_for_selector("text=Cancelled")
    wide = open_page("/cases/?tag=湿地", scripts=False)
    assert wide.locator(".case-list > li").count() >= 1
    no_sideways_scrolling(wide)


def test_the_desk_of_the_library(site: Any, open_page: Any, accessible: Any, no_sideways_scrolling: Any) -> None:
    page = open_page("/accounts/login/")
    _enter(page, site, "case.write", "/desk/cases/")
    accessible(page)
    page.click("text=园区雨水回用")
    page.wait_for_selector("text=报送前还要补")
    accessible(page)
    for end in ("write/", "figures/", "pictures/"):
        address = page.url
        page.goto(address + end)
        accessible(page)
        no_sideways_scrolling(page)
        page.goto(address)
    page.set_viewport_size({"width": 390, "height": 844})
    no_sideways_scrolling(page)
    page = open_page("/accounts/login/")
    _enter(page, site, "province.editor", "/desk/cases/reviews/")
    accessible(page)
    page.click("text=社区旧衣循环点")
    page.fill("#step-words", "请补充数量")
    page.click("text=退回修改")
    page.wait_for_selector("text=已办")
    accessible(page)
    page.goto(f"{site.url}/desk/activities/")
    accessible(page)
    page.click("text=全国生态日·植绿护绿（示例）")
    accessible(page)
    page.goto(f"{site.url}/desk/compendia/")
    page.click("text=美丽建设在行动 资料汇编（示例）")
    page.wait_for_selector("text=现在的样子")
    accessible(page)
    page.click("text=编印 Word")
    page.wait_for_selector("ul.made li", timeout=150_000)  # the page asks for itself anew
    with page.expect_download() as found:
        page.click("ul.made a")
    assert found.value.suggested_filename.endswith(".docx")
    page.set_viewport_size({"width": 390, "height": 844})
    no_sideways_scrolling(page)
