"""A member's way at phone width: join, check in by the code on a screen, see the points with their method, redeem, see the line; leave."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest


def _enter(page: Any, site: Any, name: str, target: str) -> None:
    page.goto(f"{site.url}/accounts/login/?next={target}")
    page.fill("input[name=login]", name)
    page.fill("input[name=password]", site.password)
    page.click("form button[type=submit]")
    page.wait_for_url(f"**{target}")


@pytest.mark.parametrize("english", [False, True], ids=["zh", "en"])
def test_a_member_checks_in_and_redeems(site: Any, open_page: Any, accessible: Any, no_sideways_scrolling: Any, english: bool) -> None:
    """In both languages, each page looked at by axe and never wider than the phone."""
    screen = open_page("/accounts/login/")
    _enter(screen, site, "points.run", "/desk/points/check-points/")
    screen.click("text=机关食堂（演示）")
    assert screen.locator(".qr svg").is_visible()
    accessible(screen)
    code = urlsplit(screen.locator(".hash a").get_attribute("href")).path
    prefix = "/en" if english else ""

    def look(page: Any) -> None:
        accessible(page)
        no_sideways_scrolling(page)

    page = open_page(prefix + code, phone=True, english=english)
    look(page)
    page.click("text=Join and check in" if english else "text=加入并签到")
    look(page)
    page.fill("input[name=name]", f"walker-{'en' if english else 'zh'}@example.org")
    page.fill("input[name=password]", "seven green lanterns")
    page.check("input[name=agreed]")
    page.click("main form button")
    page.wait_for_url(f"**{prefix}{code}")
    page.click("main form button")
    page.wait_for_url("**/points/lines/*/")
    assert "+5.0" in page.inner_text("h1")
    assert "clean-plate" in page.inner_text("dl.facts")
    look(page)
    page.goto(f"{site.url}{prefix}/points/")
    assert page.inner_text(".purse .big").startswith("5.0")
    look(page)
    page.goto(f"{site.url}{prefix}/points/shop/")
    look(page)
    page.click(f"li.card:has-text('{'Shopping bag' if english else '环保购物袋'}') button")
    page.wait_for_load_state()
    assert page.locator("ul.orders .code").count() == 1
    look(page)
    page.goto(f"{site.url}{prefix}/points/lines/")
    first = page.locator("ol.lines li").first
    assert "−3.0" in first.inner_text()
    assert "2.0" in first.inner_text()
    look(page)
    first.locator("a").click()
    page.wait_for_url("**/points/lines/*/")
    page.fill("textarea", "为什么是 3 分")
    page.click("main form button")
    page.wait_for_selector("main .card")
    look(page)
    for path in ("certificate", "me", "totals"):
        page.goto(f"{site.url}{prefix}/points/{path}/")
        look(page)


def test_the_desk_of_the_operator(site: Any, open_page: Any, accessible: Any, no_sideways_scrolling: Any) -> None:
    page = open_page("/accounts/login/")
    _enter(page, site, "points.run", "/desk/points/")
    for path in ("", "questions/", "orders/", "goods/", "check-points/", "settlement/", "what-if/", "sheets/", "closing/", "units/"):
        page.goto(f"{site.url}/desk/points/{path}")
        accessible(page)
        no_sideways_scrolling(page)
    page = open_page("/accounts/login/")
    _enter(page, site, "points.review", "/desk/points/reviews/")
    assert "一天步数过多" in page.inner_text("main")
    accessible(page)


def test_the_keeper_of_an_institution(site: Any, open_page: Any, accessible: Any, no_sideways_scrolling: Any) -> None:
    for phone in (False, True):
        page = open_page("/accounts/login/", phone=phone)
        _enter(page, site, "unit.keeper", "/desk/points/unit/")
        assert "不排名" in page.inner_text("main")
        assert page.locator("main table").first.is_visible()
        accessible(page)
        no_sideways_scrolling(page)
        page.goto(f"{site.url}/desk/points/unit/use/")
        accessible(page)
        no_sideways_scrolling(page)
        page.context.clear_cookies()


def test_a_new_rule_is_drafted(site: Any, open_page: Any, accessible: Any, no_sideways_scrolling: Any) -> None:
    """From the list of versions to a draft with new numbers, on the desk and at phone width; what it changes stands on its page."""
    for phone, points in ((False, "6"), (True, "7")):
        page = open_page("/accounts/login/", phone=phone)
        _enter(page, site, "points.run", "/desk/points/rules/")
        page.fill("input[name=title]", f"停驶改为 {points} 分")
        page.fill("input[name=starts_on]", "2099-01-01")
        accessible(page)
        no_sideways_scrolling(page)
        page.click("main form button")
        page.wait_for_url("**/desk/points/rules/*/")
        draft = page.url
        page.goto(f"{draft}methods/parked/")
        accessible(page)
        page.fill("input[name=value]", points)
        page.click("main form button")
        page.wait_for_url(draft)
        assert "parked-20990101" in page.inner_text("pre.changes")
        for path in ("", "settings/", "text/"):
            page.goto(f"{draft}{path}")
            accessible(page)
            no_sideways_scrolling(page)
        page.goto(draft)
        page.click("button[value=withdraw]")
        page.wait_for_url(draft)
        assert "已撤回" in page.inner_text("main")
        page.context.clear_cookies()
