"""The pages tell the truth: generated ones are fresh, examples run, and what they promise comes out."""

from __future__ import annotations

import doctest
import importlib.util
import os
import re
import shlex
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from types import ModuleType

import pytest

from command import yangban
from yangban.assess.figure import Figure

ROOT = Path(__file__).resolve().parents[2]
FIRST = "docs/start/first-card.md"
PAGES = sorted(
    str(path.relative_to(ROOT))
    for path in (*(ROOT / "docs").rglob("*.md"), ROOT / "README.md", ROOT / "README.zh-CN.md")
    if re.search(r"^```(?:console|pycon|csv file=)", path.read_text(encoding="utf-8"), re.MULTILINE) and path.name != "python.md"
)
FENCE = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def _generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_generate", ROOT / "docs" / "generate.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["cli.md", "python.md", "book.md", "indicators.md", "workflows.md", "api.md", "site.md"])
def test_generated_pages_are_fresh(name: str) -> None:
    written = (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8")
    assert written == _generator().PAGES[name](), "run `make docs`"


def test_every_field_of_a_figure_is_documented() -> None:
    text = (ROOT / "docs" / "reference" / "figure-fields.md").read_text(encoding="utf-8")
    documented = {word for row in re.findall(r"^\| (`.+?) \|", text, re.MULTILINE) for word in re.findall(r"`(\w+)`", row)}
    assert documented == {"value" if each.name == "exact" else each.name for each in fields(Figure)}


def _steps(block: str) -> Iterator[tuple[str, list[str]]]:
    """The commands of a console block, each with the lines that it is expected to print."""
    command, expected = "", list[str]()
    for line in block.splitlines():
        if line.startswith("$ "):
            if command:
                yield command, expected
            command, expected = line[2:], []
        elif command.endswith("\\"):
            command = command[:-1] + line.strip()
        else:
            expected.append(line)
    if command:
        yield command, expected


def _lines_appear(expected: list[str], printed: str) -> list[str]:
    """The expected lines that do not appear, in their order, in what was printed; a line ``…`` stands for any others."""
    rest = [" ".join(line.split()) for line in printed.splitlines()]
    missing = []
    for line in (" ".join(line.split()) for line in expected if line.strip() not in {"", "…"}):
        if line in rest:
            rest = rest[rest.index(line) + 1 :]
        else:
            missing.append(line)
    return missing


def run_page(page: str, folder: Path) -> None:
    """Carry out a page: write its files, run its commands and its Python, and compare what they print."""
    session: dict[str, object] = {}
    text = (ROOT / page).read_text(encoding="utf-8")
    for number, (kind, block) in enumerate(FENCE.findall(text), start=1):
        where = f"{page}, block {number}"
        if found := re.search(r"\bfile=(\S+)", kind):
            (folder / found[1]).write_text(block, encoding="utf-8")
        elif kind == "console":
            for command, expected in _steps(block):
                words = shlex.split(command)
                assert words[0] == "yangban", f"{where}: only yangban is run, not {words[0]}"
                done = yangban(*words[1:], cwd=folder, env={"COLUMNS": "160", "NO_COLOR": "1", "YANGBAN_HOME": "yangban-data"})
                printed = done.stdout + done.stderr
                assert done.returncode in {0, 1}, f"{where}: {command}\n{printed}"
                assert _lines_appear(expected, printed) == [], f"{where}: {command}\n{printed}"
        elif kind == "pycon":
            examples = doctest.DocTestParser().get_doctest(block, session, where, page, 0)
            runner = doctest.DocTestRunner(verbose=False, optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
            said: list[str] = []
            before = Path.cwd()
            os.chdir(folder)
            try:
                runner.run(examples, out=said.append, clear_globs=False)
            finally:
                os.chdir(before)
            assert said == [], "".join(said)
            session = examples.globs


def test_the_examples_of_every_page_run(tmp_path: Path) -> None:
    """One test for all pages, since they share the synthetic year that the first one makes."""
    failures = []
    for page in (FIRST, *(page for page in PAGES if page != FIRST)):
        try:
            run_page(page, tmp_path)
        except AssertionError as problem:
            failures.append(str(problem))
    assert not failures, "\n\n".join(failures)


def test_a_page_that_lies_is_caught() -> None:
    steps = list(_steps("$ yangban aqi \\\n    pm25=75\nAQI 100\n…\nend\n"))
    assert steps == [("yangban aqi pm25=75", ["AQI 100", "…", "end"])]
    assert _lines_appear(["AQI  100", "…", "end"], "AQI 100\nmore\nend") == []
    assert _lines_appear(["AQI 100", "end"], "end\nAQI 100") == ["end"]
