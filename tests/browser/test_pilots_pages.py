"""Titles, pilots, notices and projects in a browser: every page by axe, nothing wider than the window; an objection sent by a citizen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

PUBLIC = ("/pilots/", "/pilots/beautiful-ganzhou/", "/pilots/county-zixi/", "/projects/", "/projects/demo-1/", "/en/pilots/")
DESK = {
    "pilot.province": ("/desk/applications/", "/desk/applications/programmes/", "/desk/pilots/", "/desk/pilots/beautiful-ganzhou/"),
    "pilot.unit": ("/desk/applications/new/", "/desk/projects/", "/desk/projects/demo-1/", "/desk/projects/new/"),
}


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_every_page_is_accessible_and_fits(
    phone: bool,
    open_page: Callable[..., Any],
    site: Any,
    log_in: Callable[[Any, str], None],
    accessible: Callable[[Any], None],
    no_sideways_scrolling: Callable[[Any], None],
) -> None:
    def look(page: Any, path: str) -> None:
        page.goto(site.url + path)
        assert page.locator("h1").count() == 1, path
        no_sideways_scrolling(page)
        accessible(page)

    page = open_page("/pilots/", phone=phone, dark=phone)
    for path in PUBLIC:
        look(page, path)
    page.goto(f"{site.url}/pilots/")
    page.click("section[aria-labelledby=t-notice] a")
    page.wait_for_url("**/pilots/notices/**")
    no_sideways_scrolling(page)
    accessible(page)
    for name, paths in DESK.items():
        desk = open_page("/", phone=phone)
        log_in(desk, name)
        for path in paths:
            look(desk, path)
        if name == "pilot.province":
            desk.goto(f"{site.url}/desk/applications/?state=public_notice")
            desk.click("main table th a")
            desk.wait_for_url("**/desk/applications/*/")
            no_sideways_scrolling(desk)
            accessible(desk)
            desk.click("main .acts a:has-text('推荐')")
            no_sideways_scrolling(desk)
            accessible(desk)


def test_a_citizen_objects_and_the_office_sees_it(open_page: Callable[..., Any], site: Any, log_in: Callable[[Any, str], None]) -> None:
    page = open_page("/pilots/", phone=True)
    assert "演示数据，非真实" in page.inner_text("main")
    page.click("section[aria-labelledby=t-notice] a")
    page.fill("#o-text", "这是浏览器测试写的异议，内容虚构。")
    page.click("main form button")
    assert "已收到您的异议" in page.inner_text("main")
    desk = open_page("/")
    log_in(desk, "pilot.province")
    desk.goto(f"{site.url}/desk/applications/?state=public_notice")
    desk.click("main table th a")
    assert "这是浏览器测试写的异议" in desk.inner_text("main")
    desk.click("main .acts a:has-text('收到异议')")
    assert "这是浏览器测试写的异议" in desk.input_value("#i-objection")
