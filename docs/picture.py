"""Draw a report card for the README: ``python docs/picture.py WORKSPACE REGION PERIOD OUT.png`` (needs Chromium and a CJK font).

The card is recorded as HTML, since in SVG a Chinese character gets the width of a Latin one, and a headless Chromium takes the picture.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme

from yangban.base.periods import parse
from yangban.cli.card import show
from yangban.publish.card import make_card
from yangban.readings.workspace import Workspace
from yangban.run.local import open_results

COLUMNS, LINE, HEAD = 104, 19, 44
PAPER = TerminalTheme((255, 255, 255), (30, 38, 36), [(30, 38, 36)] * 8, [(90, 98, 96)] * 8)
# Rules are half as wide as a Chinese character here, as on a terminal; in the Chinese font they are as wide as one.
PAGE = """<!doctype html><meta charset="utf-8"><style>
@font-face {{ font-family: Rules; src: local("DejaVu Sans Mono"); unicode-range: U+2500-257F; size-adjust: 83.06% }}
body {{ margin: 0; background: {background}; color: {foreground} }}
p {{ margin: 0; padding: 12px 18px; font: 14px "Noto Sans Mono CJK SC", monospace; color: #1f6f5c; border-bottom: 1px solid #d5dcda }}
pre {{ margin: 0; padding: 0 18px 18px; font: 14px/19px Rules, "Noto Sans Mono CJK SC", monospace }}
{stylesheet}</style><p>$ COMMAND</p><pre>{code}</pre>"""


def main(workspace: str, region: str, period: str, out: str) -> None:
    """Print the card on a recording console, and let a browser draw the record."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), highlight=False, force_terminal=True, color_system="truecolor")
    show(make_card(open_results(Workspace.open(Path(workspace))), region=region, period=parse(period)), console)
    lines = console.export_text(clear=False).count("\n") + 2
    page = console.export_html(theme=PAPER, code_format=PAGE).replace("COMMAND", f"yangban card --region {region} --year {period}")
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        sys.exit("Chromium is needed to draw the picture")
    with tempfile.TemporaryDirectory() as folder:
        html = Path(folder) / "card.html"
        html.write_text(page, encoding="utf-8")
        size = f"--window-size={COLUMNS * 7 + 40},{lines * LINE + HEAD}"
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--user-data-dir={folder}/profile"]
        quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
        command = [browser, *flags, *quiet, "--force-device-scale-factor=2", size, f"--screenshot={Path(out).resolve()}", html.as_uri()]
        subprocess.run(command, check=True, capture_output=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
