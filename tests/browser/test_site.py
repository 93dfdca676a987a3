"""What holds for every page: it opens on a desktop and a phone, in both languages, by day and night, and without scripts."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
@pytest.mark.parametrize("path", ["/", "/en/"])
def test_a_page_opens(
    path: str, phone: bool, open_page: Any, accessible: Callable[[Any], None], no_sideways_scrolling: Callable[[Any], None]
) -> None:
    page = open_page(path, phone=phone)
    assert page.locator("h1").count() == 1
    accessible(page)
    no_sideways_scrolling(page)


def test_dark_and_large_stay_chosen(open_page: Any, accessible: Callable[[Any], None], site: Any) -> None:
    page = open_page("/")
    page.click("button[data-toggle=theme]")
    page.click("button[data-toggle=size]")
    page.goto(site.url + "/en/")
    assert page.evaluate("[document.documentElement.dataset.theme, document.documentElement.dataset.size]") == ["dark", "large"]
    accessible(page)


def test_a_page_is_read_without_scripts(open_page: Any) -> None:
    page = open_page("/", scripts=False)
    assert page.locator("h1").inner_text()
    assert not page.locator("button[data-toggle=theme]").is_visible()


def test_the_desk_asks_and_opens(open_page: Any, log_in: Callable[[Any, str], None], accessible: Callable[[Any], None]) -> None:
    page = open_page("/desk/")
    assert "/accounts/login/" in page.url
    log_in(page, "province.draft")
    accessible(page)


def test_a_second_site_on_the_same_port_is_refused(site: Any) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "yangban.cli.main", "serve", "--workspace", str(site.workspace), "--port", site.url.rpartition(":")[2]],
        capture_output=True, encoding="utf-8", timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "端口" in done.stderr
