"""What a first visit costs: bytes over the wire, as the browser counts them. Times are for `docs/screens.py URL --times`."""

from __future__ import annotations

from typing import Any

BUDGET = 400_000
"""Bytes of the first page with everything on it, compressed (issue: home at most 400 kB)."""


def test_the_first_page_is_small(open_page: Any, site: Any) -> None:
    page = open_page("/healthz")
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    sizes: list[float] = []
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto(site.url + "/", wait_until="networkidle")
    assert len(sizes) >= 3, "the page, its style and its script at least"
    assert sum(sizes) <= BUDGET
