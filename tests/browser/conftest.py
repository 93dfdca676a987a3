"""The whole site as a person meets it: `yangban serve` in a process of its own, and Chromium before it.

Every page opened here is watched: a violation of the content security policy, a request that leaves the host, an error of a script or an
answer of 5xx fails the test that saw it. Chromium comes from Debian (`make test` installs it where it may).
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from browser.serving import Site, served

CHROMIUM = next((path for path in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if path), None)
FRONTEND = Path(__file__).resolve().parents[2] / "src" / "yangban" / "web" / "frontend"
BUILT = FRONTEND.parent / "static" / "build" / "charts.js"
AXE = FRONTEND / "node_modules" / "axe-core" / "axe.min.js"

DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without Chromium or the built scripts these tests are skipped, and say what to do."""
    reason = (
        "Chromium is not installed: apt-get install chromium"
        if CHROMIUM is None
        else "the front end is not built: make test"
        if not BUILT.exists()
        else ""
    )
    for item in items:
        if "tests/browser/" in item.nodeid:
            item.add_marker(pytest.mark.browser)
            if reason:
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def site(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The demonstration site over a synthetic year. What is newest on it stays so: who publishes, takes a site of their own."""
    with served(prepared, tmp_path_factory.mktemp("served")) as shared:
        yield shared


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """One Chromium for all tests of the process."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Any, site: Site) -> Iterator[Callable[..., Any]]:
    """Opens a page of the site in a window of its own: ``open_page("/air/", phone=True)``; what is wrong on it fails the test."""
    wrong: list[str] = []
    contexts = []

    def go(path: str = "/", *, phone: bool = False, scripts: bool = True, dark: bool = False, english: bool = False) -> Any:
        context = chromium.new_context(
            viewport=PHONE if phone else DESKTOP,
            locale="en-GB" if english else "zh-CN",
            timezone_id="Asia/Shanghai",
            java_script_enabled=scripts,
            color_scheme="dark" if dark else "light",
            is_mobile=phone,
            has_touch=phone,
            accept_downloads=True,
            reduced_motion="reduce",
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        host = urlsplit(site.url).netloc

        def seen(request: Any) -> None:
            parts = urlsplit(request.url)
            if parts.scheme in {"http", "https", "ws", "wss"} and parts.netloc != host:
                wrong.append(f"a request left the host: {request.url}")

        page.on("request", seen)
        page.on("pageerror", lambda problem: wrong.append(f"a script failed: {problem}"))
        page.on(
            "console",
            lambda line: wrong.append(f"console: {line.text}") if line.type == "error" and "status of 4" not in line.text else None,
        )
        page.on("response", lambda answer: wrong.append(f"{answer.status} {answer.url}") if answer.status >= 500 else None)
        if scripts:
            page.add_init_script(
                "document.addEventListener('securitypolicyviolation',"
                " e => console.error('policy: ' + e.violatedDirective + ' ' + e.blockedURI))"
            )
        _click_to_the_end(page)
        page.goto(site.url + path)
        return page

    yield go
    for context in contexts:
        context.close()
    assert wrong == []


def _click_to_the_end(page: Any) -> None:
    """A click that leads to another page returns when that page stands; Playwright's own returns when its first byte is there."""
    click = page.click

    def clicked(selector: str, **words: Any) -> None:
        click(selector, **words)
        page.wait_for_load_state()

    page.click = clicked


@pytest.fixture
def log_in(site: Site) -> Callable[[Any, str], None]:
    """Logs one of the demonstration accounts in: ``log_in(page, "province.draft")``."""

    def go(page: Any, name: str) -> None:
        page.goto(f"{site.url}/accounts/login/")
        page.fill("input[name=login]", name)
        page.fill("input[name=password]", site.password)
        page.click("form button[type=submit]")
        page.wait_for_url("**/desk/**")

    return go


@pytest.fixture
def accessible() -> Callable[[Any], None]:
    """Fails when axe finds a serious or critical violation on the page as it stands."""
    if not AXE.exists():
        pytest.skip("axe-core is not here: make test builds the front end with it")
    source = AXE.read_text(encoding="utf-8")

    def look(page: Any) -> None:
        page.evaluate(source)
        found = page.evaluate(
            "async () => (await axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']})).violations"
        )
        grave = [
            f"{each['id']} ({each['impact']}): {each['help']}: {[node['html'][:160] for node in each['nodes'][:4]]}"
            for each in found
            if each["impact"] in {"serious", "critical"}
        ]
        assert grave == []

    return look


@pytest.fixture
def no_sideways_scrolling() -> Callable[[Any], None]:
    """Fails when the page is wider than its window; parts that scroll by themselves may be."""

    def look(page: Any) -> None:
        width, window = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert width <= window, f"the page is {width} px wide in a window of {window} px"

    return look
