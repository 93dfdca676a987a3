"""Three persons bring a release out, on a site of their own: what is newest on it changes, and no other journey looks on."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from browser.serving import Site, served


@pytest.fixture
def site(prepared: Path, tmp_path: Path) -> Iterator[Site]:
    """A site that this journey alone changes."""
    with served(prepared, tmp_path) as own:
        yield own


def wait_for_end(page: Any, seconds: int) -> None:
    """Until the job's part of the page has stopped renewing itself."""
    page.wait_for_selector("#job-status[hx-trigger]", state="detached", timeout=seconds * 1000)


def test_three_persons_bring_a_release_to_the_public(
    site: Any,
    open_page: Any,
    log_in: Callable[[Any, str], None],
    accessible: Callable[[Any], None],
    no_sideways_scrolling: Callable[[Any], None],
) -> None:
    page = open_page("/desk/")
    log_in(page, "province.draft")
    page.goto(site.url + "/desk/releases/new/")
    accessible(page)
    page.locator("input[name=years]").evaluate_all("boxes => boxes.forEach(box => { box.checked = box.value === '2023'; })")
    page.uncheck("input[name=days]")
    page.fill("input[name=note]", "二〇二三年全年结果")
    page.click(".desk-body form button[type=submit]")
    page.wait_for_url(re.compile(r"/desk/releases/\d+/"))
    wait_for_end(page, 180)
    page.wait_for_selector("text=与上一次发布相比")
    address = page.url
    assert "合成数据" in page.inner_text("main")
    assert page.locator("text=审核通过").count() == 0
    accessible(page)
    no_sideways_scrolling(page)
    number = int(page.locator("dt:has-text('草稿号') + dd").inner_text())

    checker = open_page("/desk/", phone=True)
    log_in(checker, "province.check")
    assert "二〇二三年全年结果" in checker.inner_text("main")
    accessible(checker)
    no_sideways_scrolling(checker)
    checker.click("text=二〇二三年全年结果")
    checker.wait_for_url(address)
    accessible(checker)
    no_sideways_scrolling(checker)
    checker.click("text=通过，送签发")
    checker.wait_for_selector("text=已审核，待另一人签发")

    signer = open_page("/desk/")
    log_in(signer, "province.sign")
    signer.goto(address)
    signer.click(".acts form:first-of-type button")
    signer.wait_for_selector("text=已签发")
    wait_for_end(signer, 240)
    signer.wait_for_selector("text=已发布为第")
    accessible(signer)
    released = open_page("/healthz")
    assert f'"release": {number + 1}' in released.content()
    public = open_page("/air/360100/2023/")
    assert public.locator(".switch a").count() == 2, "a release keeps the editions with which its year was assessed"
