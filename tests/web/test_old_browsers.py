"""Domestic desktops run Chromium 90: style sheets and scripts keep to what it knows. Syntax of scripts is turned down by the build; what no
build adds are functions and rules of style that came later, so those are looked for here.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

WEB = Path(__file__).resolve().parents[2] / "src" / "yangban" / "web"
STYLES = sorted((WEB / "static").rglob("*.css"))
SCRIPTS = sorted([*(WEB / "static" / "yangban").rglob("*.js"), *(WEB / "frontend" / "src").rglob("*.js")])

LATER_STYLE = {
    ":has(": "Chrome 105", "@container": "Chrome 105", "@layer": "Chrome 99", "color-mix(": "Chrome 111", "accent-color": None,
    "&": "nesting, Chrome 112", "subgrid": "Chrome 117", "dvh": "Chrome 108", "text-wrap": "Chrome 114", "@property": None,
}  # fmt: skip
"""What came later than Chrome 90; ``None``: harmless where it is not known."""

LATER_SCRIPT = (
    "Object.hasOwn(", "structuredClone(", ".findLast(", ".toSorted(", ".toReversed(", "Array.fromAsync(", ".at(-", "Object.groupBy(",
    "crypto.randomUUID(",
)  # fmt: skip


def test_there_is_something_to_look_at() -> None:
    assert STYLES
    assert SCRIPTS


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
def test_style_keeps_to_chrome_90(path: Path) -> None:
    text = re.sub(r"/\*.*?\*/|\"[^\"]*\"|url\([^)]*\)", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert [(word, since) for word, since in LATER_STYLE.items() if since and word in text] == []


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_scripts_keep_to_chrome_90(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert [word for word in LATER_SCRIPT if word in text] == []


def test_the_build_turns_scripts_down_for_chrome_90() -> None:
    assert 'target: "chrome90"' in (WEB / "frontend" / "vite.config.js").read_text(encoding="utf-8")
    # Blocks in classes came with Chrome 94: a bundle that holds one was not turned down.
    built = sorted((WEB / "static" / "build").glob("*.js"))
    if not built:
        pytest.skip("the front end is not built: make test")
    assert [path.name for path in built if re.search(r"[;{}]static\{", path.read_text(encoding="utf-8"))] == []
