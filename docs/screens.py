"""Writes ``docs/pictures/site-*.png`` anew: pages of the demonstration site over synthetic readings, which they say themselves.

Usage: ``python docs/screens.py http://127.0.0.1:8000 PASSWORD`` with ``make demo`` running; the password is the one that it prints.
``--times`` in its place prints how long the first page takes.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

FOLDER = Path(__file__).parent / "pictures"
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
PAGES = (
    ("home", "/", DESKTOP),
    ("home-phone", "/", PHONE),
    ("air", "/air/2023/", DESKTOP),
    ("water", "/water/", DESKTOP),
    ("indicator", "/indicators/air.pm25.mean/", DESKTOP),
    ("bulletin", "/bulletins/", DESKTOP),
)
HEIGHT = 1500
"""Pixels of a page that its picture shows at most."""


def _shoot(page: Page, name: str, width: int) -> None:
    page.wait_for_timeout(600)
    height = min(HEIGHT, page.evaluate("document.documentElement.scrollHeight"))
    page.screenshot(path=FOLDER / f"site-{name}.png", full_page=True, clip={"x": 0, "y": 0, "width": width, "height": height})


def times(url: str) -> None:
    """Print how long the first page takes until it is interactive and until all is loaded, five first visits, in milliseconds."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for _ in range(5):
            page = browser.new_context(viewport=DESKTOP).new_page()
            page.goto(url, wait_until="load")
            print(page.evaluate("(t => [t.domInteractive, t.loadEventEnd].map(Math.round))(performance.getEntriesByType('navigation')[0])"))
        browser.close()


def main(url: str, password: str) -> None:
    """Take every picture."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for name, path, size in PAGES:
            page = browser.new_context(viewport=size, locale="zh-CN", reduced_motion="reduce").new_page()
            page.goto(url + path)
            if name == "bulletin":
                first = page.locator("main a[href*='/bulletins/']").first
                if first.count():
                    first.click()
            _shoot(page, name, size["width"])
        page = browser.new_context(viewport=DESKTOP, locale="zh-CN").new_page()
        page.goto(f"{url}/accounts/login/")
        page.fill("input[name=login]", "province.data")
        page.fill("input[name=password]", password)
        page.click("form button[type=submit]")
        page.wait_for_url("**/desk/**")
        page.goto(f"{url}/desk/coverage/")
        _shoot(page, "desk", DESKTOP["width"])
        browser.close()


if __name__ == "__main__":
    if sys.argv[2] == "--times":
        times(sys.argv[1])
    else:
        main(sys.argv[1].rstrip("/"), sys.argv[2])
