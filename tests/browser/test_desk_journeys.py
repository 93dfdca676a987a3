"""The desk as its people meet it: an officer of a city who uploads, fixes and assesses, and three persons who bring a release out."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

HEAD = "城市,时间,PM2.5,PM10,SO2,NO2,CO,O3"


def hour(n: int, pm25: str = "20") -> str:
    return f"南昌市,2024-07-01 {n:02d}:00,{pm25},40,5,15,0.6,80"


def wait_for_end(page: Any, seconds: int = 240) -> None:
    """Until the job's part of the page has stopped renewing itself."""
    page.wait_for_selector("#job-status[hx-trigger]", state="detached", timeout=seconds * 1000)


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_an_officer_of_a_city_uploads_fixes_and_assesses(
    phone: bool,
    site: Any,
    open_page: Any,
    log_in: Callable[[Any, str], None],
    accessible: Callable[[Any], None],
    no_sideways_scrolling: Callable[[Any], None],
    tmp_path: Path,
) -> None:
    day = "02" if phone else "01"
    lines = [hour(n, "坏" if n == 3 else "20").replace("07-01", f"07-{day}") for n in range(1, 7)]
    source = tmp_path / f"七月{day}日.csv"
    source.write_text("\n".join([HEAD, *lines]) + "\n", encoding="utf-8")
    page = open_page("/desk/", phone=phone)
    log_in(page, "city.data")
    page.goto(site.url + "/desk/uploads/")
    accessible(page)
    no_sideways_scrolling(page)
    page.set_input_files("#files", str(source))
    assert source.name in page.inner_text("[data-chosen]")
    page.click("form[data-upload] button[type=submit]")
    page.wait_for_url(re.compile(r"/desk/uploads/\d+/"))
    wait_for_end(page)
    page.wait_for_selector("text=待改正的行")
    assert "1 处未采用" in page.inner_text("h1")
    assert "坏" in page.inner_text("main")
    accessible(page)
    no_sideways_scrolling(page)
    with page.expect_download() as taken:
        page.click("a[href*='/repair-']")
    text = Path(taken.value.path()).read_text(encoding="utf-8-sig")
    assert [line.split(",")[1] for line in text.splitlines()] == ["时间", f"2024-07-{day} 03:00"]
    fixed = tmp_path / f"改正{day}.csv"
    fixed.write_text(text.replace("坏", "21"), encoding="utf-8")
    page.goto(site.url + "/desk/uploads/")
    page.set_input_files("#files", str(fixed))
    page.click("form[data-upload] button[type=submit]")
    page.wait_for_url(re.compile(r"/desk/uploads/\d+/"))
    wait_for_end(page)
    page.wait_for_selector("text=已全部读入")
    page.goto(site.url + "/desk/coverage/?year=2024&subject=360100")
    assert "部分缺测" in page.inner_text("h1")
    accessible(page)
    no_sideways_scrolling(page)
    if phone:
        return
    page.goto(site.url + "/desk/assess/")
    accessible(page)
    page.click(".desk-body form button[type=submit]")
    page.wait_for_url(re.compile(r"/desk/jobs/"))
    wait_for_end(page)
    page.wait_for_selector("text=主要结果")
    assert "南昌市" in page.inner_text("main")
    assert "九江市" not in page.inner_text("main")
    accessible(page)
    page.goto(site.url + "/desk/")
    assert "评价 2024 年" in page.inner_text("main")


@pytest.mark.parametrize("english", [False, True], ids=["zh", "en"])
@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_every_page_of_the_desk_is_accessible(
    phone: bool,
    english: bool,
    site: Any,
    open_page: Any,
    log_in: Callable[[Any, str], None],
    accessible: Callable[[Any], None],
    no_sideways_scrolling: Callable[[Any], None],
) -> None:
    pages = {
        "province.data": ("", "review/", "records/", "records/new/", "registry/", "coverage/", "account/"),
        "province.admin": ("people/", "people/new/", "people/1/", "organisations/", "organisations/1/"),
        "province.security": ("people/", "people/1/", "organisations/", "keys/"),
        "province.auditor": ("audit/",),
        "province.draft": ("releases/", "targets/"),
        "province.editor": ("letters/",),
        "province.check": ("reported/",),
    }
    for name, paths in pages.items():
        page = open_page("/healthz", phone=phone)
        log_in(page, name)
        for path in paths:
            page.goto(f"{site.url}{'/en' if english else ''}/desk/{path}")
            assert page.locator("h1").count() == 1, path
            accessible(page)
            no_sideways_scrolling(page)


def test_receipts_are_read_without_scripts(site: Any, open_page: Any, log_in: Callable[[Any, str], None], tmp_path: Path) -> None:
    source = tmp_path / "八月.csv"
    source.write_text("\n".join([HEAD, hour(1).replace("07-01", "08-01")]) + "\n", encoding="utf-8")
    page = open_page("/desk/", scripts=False)
    log_in(page, "city.upload")
    page.goto(site.url + "/desk/uploads/")
    page.set_input_files("#files", str(source))
    page.click("form[data-upload] button[type=submit]")
    page.wait_for_selector("h1:has-text('已全部读入')", timeout=240_000)  # the page asks for itself anew


def test_a_second_factor_is_set_up_and_asked_for(
    site: Any, open_page: Any, log_in: Callable[[Any, str], None], accessible: Callable[[Any], None]
) -> None:
    page = open_page("/desk/")
    log_in(page, "county.read")
    for path in ("2fa/", "password/change/", "2fa/totp/activate/", "logout/"):
        page.goto(f"{site.url}/accounts/{path}")
        if "reauthenticate" in page.url:
            accessible(page)
            page.fill("input[name=password]", site.password)
            page.click(".entrance button[type=submit]")
        assert page.locator("h1").count() == 1, path
        accessible(page)
