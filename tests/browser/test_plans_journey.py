"""The head of a department who has never seen it: this week's work in one click from login, at a desk and on a phone."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

BOTH = pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])


@BOTH
def test_what_must_i_do_this_week_is_one_click_from_login(
    open_page: Callable[..., Any],
    log_in: Callable[[Any, str], None],
    accessible: Callable[[Any], None],
    no_sideways_scrolling: Callable[[Any], None],
    phone: bool,
) -> None:
    page = open_page("/", phone=phone)
    log_in(page, "plan.head")
    page.click("text=本周要办什么")
    page.wait_for_url("**/desk/tasks/")
    assert "本周要办" in page.inner_text("h1")
    assert page.locator(".matters li").count() >= 1
    assert "新下达，等您分解" in page.inner_text("main")
    accessible(page)
    no_sideways_scrolling(page)
    page.click(".matters li a >> nth=0")
    assert page.locator("h1").count() == 1
    accessible(page)
    no_sideways_scrolling(page)


@BOTH
def test_a_report_with_a_photo_is_filled_signed_and_returned(
    open_page: Callable[..., Any],
    log_in: Callable[[Any, str], None],
    accessible: Callable[[Any], None],
    no_sideways_scrolling: Callable[[Any], None],
    tmp_path: Path,
    phone: bool,
) -> None:
    """Three people after one another; on the phone for another task than at the desk."""
    photo = tmp_path / "现场.jpg"
    photo.write_bytes(f"a made-up picture {phone}".encode())
    page = open_page("/", phone=phone)
    log_in(page, "plan.fill")
    page.click("text=本周要办什么")
    page.click(".matters a:has-text('进展')")
    no_sideways_scrolling(page)
    accessible(page)
    if "/month/" in page.url:
        page.click("main table th a >> nth=0")
    address = page.url
    assert re.search(r"/desk/tasks/[0-9a-f]{32}/report/\d{4}-\d\d/", address)
    assert "上次" in page.inner_text("main")
    accessible(page)
    no_sideways_scrolling(page)
    page.fill("#progress", "55")
    page.set_input_files("#files", photo)
    page.click("text=提交给本单位负责人")
    page.wait_for_url("**/desk/tasks/")
    assert "已提交" in page.inner_text("main")

    head = open_page("/", phone=phone)
    log_in(head, "plan.head")
    head.goto(page.url.replace("/desk/tasks/", "/desk/tasks/reports/"))
    assert "55%" in head.inner_text("main")
    accessible(head)
    no_sideways_scrolling(head)
    head.fill("input[name^='reason.'] >> nth=0", "照片不清")
    head.click("button[name=return] >> nth=0")
    page.goto(page.url)
    assert "被退回：照片不清" in page.inner_text("main")
    page.click(".matters li:has-text('被退回') a")
    page.fill("#progress", "56")
    page.click("text=提交给本单位负责人")
    head.goto(head.url)
    head.click("text=审核通过勾选的")
    assert "已办 1 份" in head.inner_text("main")


def test_the_offices_month_and_every_view_at_a_desk(
    open_page: Callable[..., Any],
    log_in: Callable[[Any, str], None],
    accessible: Callable[[Any], None],
    no_sideways_scrolling: Callable[[Any], None],
) -> None:
    page = open_page("/")
    log_in(page, "plan.office")
    root = page.url.split("/desk/")[0]
    for address in ("office/", "list/", "tree/", "board/", "matrix/", "map/?region=360700", "warnings/"):
        page.goto(f"{root}/desk/tasks/{address}")
        accessible(page)
        no_sideways_scrolling(page)
    page.goto(f"{root}/desk/tasks/office/")
    page.fill("#n1", "演示调〔2026〕1期")
    with page.expect_download() as download:
        page.click("form[action$='/paper/dispatch/'] button")
    assert download.value.suggested_filename.endswith(".docx")
    page.goto(f"{root}/progress/")
    assert "演示数据，非真实任务" in page.inner_text("main")
    accessible(page)
