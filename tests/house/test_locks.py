"""The locks of the house that import-linter cannot see: who touches files, who starts without Polars, where numbers live."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

FILE_ROOMS = (
    "readings/", "run/", "publish/", "standards/load.py", "base/regions.py", "packs/",
    "web/commands.py", "web/config/settings.py", "web/demo.py", "web/monitor/files.py", "web/public/files.py", "web/api/inbox.py",
    "web/plans/files.py", "web/plans/demo_plan.py", "web/operations/backup.py", "web/cases/files.py", "web/cases/demo_shelf.py",
)  # fmt: skip
"""Where files may be opened. The command line hands paths to these rooms and opens nothing itself; of the site, only what starts it,
what takes uploads in, and what keeps the documents of a release."""

FILE_METHODS = {
    "open", "read_text", "write_text", "read_bytes", "write_bytes", "mkdir", "unlink", "rmdir", "rename", "touch",
    "read_csv", "read_parquet", "read_excel", "read_ipc", "read_json", "read_ndjson", "read_delta",
    "scan_csv", "scan_parquet", "scan_ipc", "scan_ndjson", "scan_delta",
    "write_csv", "write_parquet", "write_excel", "write_ipc", "write_json", "write_ndjson", "write_delta",
    "sink_csv", "sink_parquet", "sink_ipc", "sink_ndjson", "rmtree", "copyfile", "copytree", "move",
}  # fmt: skip
"""Calls of the form ``thing.name(…)`` that open, read, write or move a file."""

FILE_FUNCTIONS = {"open", "rmtree", "copyfile", "copytree"}
"""Calls of the form ``name(…)`` that do; the other names are functions of our own rooms there."""

CALLED_WITHOUT_A_FILE = {"write_csv", "write_json", "write_ndjson"}
"""Polars calls that return text when they get no target; with no argument they touch no file."""

ARITHMETIC = {
    -1: "the last of a list",
    0: "nothing",
    0.5: "how alike two words must be to be suggested",
    0.001: "how near a float must lie to the decimal that it stands for",
    1: "one",
    2: "two",
    3: "three months make a quarter",
    4: "a quarter's number",
    6: "places to which a quotient is printed; six pollutants",
    8: "hours of an eight-hour mean, so named by the item O3_8h itself",
    10: "the base of the decimal system",
    12: "months of a year",
    24: "hours of a day",
    100: "parts of a hundred, the meaning of per cent",
    1000: "thousandths, the scale of the lake's integers",
    1_000_000: "millionths, the scale of day values",
    1_000_000_000: "a bound beyond any concentration that an integer may hold",
}
"""Numbers that assess may write, each with the reason why it comes from no official document."""


def _name_of(call: ast.Call) -> str:
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else function.id if isinstance(function, ast.Name) else ""


def _touches_a_file(call: ast.Call) -> bool:
    function = call.func
    if isinstance(function, ast.Name):
        return function.id in FILE_FUNCTIONS
    if not isinstance(function, ast.Attribute) or function.attr not in FILE_METHODS:
        return False
    if function.attr in CALLED_WITHOUT_A_FILE and not call.args and not call.keywords:
        return False
    # Workspace.open(…) is the door of a room and not a file.
    return not (isinstance(function.value, ast.Name) and function.value.id[:1].isupper() and function.value.id != "Path")


def file_calls(tree: ast.Module) -> list[tuple[int, str]]:
    """Line and name of every call that opens, reads, writes or moves a file."""
    return [(node.lineno, _name_of(node)) for node in ast.walk(tree) if isinstance(node, ast.Call) and _touches_a_file(node)]


def bare_numbers(tree: ast.Module) -> list[tuple[int, int | float]]:
    """Line and value of every number in the code, also of those inside ``Decimal("…")``."""
    found: list[tuple[int, int | float]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
            found.append((node.lineno, node.value))
        if isinstance(node, ast.Call) and _name_of(node) in {"Decimal", "Fraction"}:
            texts = [word.value for word in node.args if isinstance(word, ast.Constant) and isinstance(word.value, str)]
            found += [(node.lineno, float(text)) for text in texts if text.replace(".", "", 1).isdigit()]
    return found


def test_only_the_rooms_with_a_file_door_touch_files(modules: dict[str, ast.Module]) -> None:
    trespasses = [
        f"src/yangban/{path}:{line}: {name}()"
        for path, tree in modules.items()
        if not path.startswith(FILE_ROOMS)
        for line, name in file_calls(tree)
    ]
    assert trespasses == []


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("open('a')", ["open"]),
        ("Path('a').read_text()", ["read_text"]),
        ("pl.scan_csv(path)", ["scan_csv"]),
        ("frame.write_csv(path)", ["write_csv"]),
        ("frame.write_csv()", []),
        ("write_csv(stream, sheet)", []),
        ("Workspace.open(path)", []),
        ("path.open()", ["open"]),
        ("text.replace('a', 'b')", []),
    ],
)
def test_the_search_for_file_calls_finds_them(code: str, expected: list[str]) -> None:
    assert [name for _, name in file_calls(ast.parse(code))] == expected


def test_official_numbers_do_not_stand_in_assess(modules: dict[str, ast.Module]) -> None:
    strays = [
        f"src/yangban/{path}:{line}: {value}"
        for path, tree in modules.items()
        if path.startswith("assess/")
        for line, value in bare_numbers(tree)
        if value not in ARITHMETIC
    ]
    assert strays == [], "a number from an official document lives in the book (src/yangban/standards/book), not in Python"


def test_the_search_for_numbers_finds_them() -> None:
    tree = ast.parse("a = 35\nb = Decimal('0.5')\nc = True\nd = 'GB 3095-2012'")
    assert bare_numbers(tree) == [(1, 35), (2, 0.5)]


def _modules_after(code: str) -> set[str]:
    """The names of the modules that a fresh Python has loaded after it has run the code."""
    script = f"import sys\n{code}\nprint('\\n' + ' '.join(sys.modules), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, encoding="utf-8")
    return set(done.stderr.rsplit("\n", 2)[-2].split())


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["aqi", "pm25=75"], ["aqi", "--edition", "hj633-2012", "pm25=75", "o3_8h=161"], ["standards", "list"]],
    ids=" ".join,
)
def test_small_commands_start_without_polars(arguments: list[str]) -> None:
    called = "try:\n    run()\nexcept SystemExit as end:\n    assert not end.code, end.code"
    loaded = _modules_after(f"from yangban.cli.main import run\nsys.argv = ['yangban', *{arguments!r}]\n{called}")
    assert loaded & {"polars", "pyarrow", "deltalake", "pandas", "numpy"} == set()


def test_importing_the_package_loads_no_engine() -> None:
    assert _modules_after("import yangban") & {"polars", "pyarrow", "deltalake", "pandas"} == set()


def test_the_check_for_loaded_modules_sees_them() -> None:
    assert "polars" in _modules_after("import polars")


def test_import_linter_holds_every_room(root: Path, modules: dict[str, ast.Module]) -> None:
    """Every room that has code stands on a floor of the contract in pyproject.toml."""
    import tomllib

    contracts = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    floors = {name.strip(" ()") for layer in next(c for c in contracts if c["type"] == "layers")["layers"] for name in layer.split("|")}
    rooms = {f"yangban.{path.split('/')[0]}" for path in modules if "/" in path}
    assert rooms - {"yangban.packs"} <= floors
