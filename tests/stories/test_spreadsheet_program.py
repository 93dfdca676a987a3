"""What goes out as a workbook or CSV, opened in a spreadsheet program: numbers are numbers, and no text of a user runs as a formula."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from yangban.cli.main import app

SPACES = {
    "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
    "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
    "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
}
EVIL = ('=HYPERLINK("http://127.0.0.1/x")', "=1+1", "@SUM(A1)", "-2+3", "+cmd|' /C calc'!A0", "＝1+1", "\t=1+1")
QUOTE = '"'


@pytest.fixture(scope="module")
def calc() -> str:
    """LibreOffice with its spreadsheet program."""
    office = shutil.which("soffice")
    if office is None or not (Path(office).resolve().parent / "libsclo.so").is_file():
        pytest.skip("LibreOffice Calc is not here: the files were NOT opened in a spreadsheet program")
    return office


def _opened(calc: str, files: list[Path], folder: Path, *options: str) -> dict[str, list[tuple[str, str, str]]]:
    """Per file every cell that holds something: what kind the program takes it for, its formula, its text."""
    command = [calc, f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", *options]
    done = subprocess.run(
        [*command, "--convert-to", "fods", "--outdir", str(folder / "opened"), *map(str, files)],
        capture_output=True,
        timeout=180,
        check=False,
    )
    cells = {}
    for file in files:
        made = folder / "opened" / f"{file.stem}.fods"
        assert made.is_file(), done.stderr.decode()
        found = ElementTree.parse(made).iter(f"{{{SPACES['table']}}}table-cell")
        cells[file.stem] = [
            (
                cell.get(f"{{{SPACES['office']}}}value-type", ""),
                cell.get(f"{{{SPACES['table']}}}formula", ""),
                "\n".join("".join(part.itertext()) for part in cell.findall("text:p", SPACES)),
            )
            for cell in found
            if cell.get(f"{{{SPACES['office']}}}value-type")
        ]
    return cells


def _run(*words: str) -> None:
    done = CliRunner().invoke(app, list(words), catch_exceptions=False)
    assert done.exit_code in {0, 1}, done.output


def test_the_check_itself_sees_a_formula(calc: str, tmp_path: Path) -> None:
    (tmp_path / "raw.csv").write_text("a\n=1+1\n12.5\n", encoding="utf-8")
    cells = _opened(calc, [tmp_path / "raw.csv"], tmp_path, "--infilter=CSV:44,34,76,1,,0,false,true,false,false,false,-1")["raw"]
    assert ("float", "", "12.5") in cells
    (tmp_path / "bad").mkdir()
    import xlsxwriter

    with xlsxwriter.Workbook(str(tmp_path / "bad.xlsx")) as book:
        book.add_worksheet().write(0, 0, "=1+1")
    assert any(formula for _, formula, _ in _opened(calc, [tmp_path / "bad.xlsx"], tmp_path)["bad"])


def test_nothing_runs_and_numbers_are_numbers(calc: str, tmp_path: Path) -> None:
    quoted = [f'"{text.replace(QUOTE, QUOTE * 2)}"' for text in EVIL]
    days = [
        "城市,日期,PM2.5,PM10,SO2,NO2,CO,O3_8h,备注",
        *(f"{text},2022-06-0{n},35,60,8,20,0.6,120,{text}" for n, text in enumerate(quoted, 1)),
    ]
    (tmp_path / "days.csv").write_text("\n".join(days) + "\n", encoding="utf-8")
    samples = ["断面,类型,溶解氧,高锰酸盐指数,氨氮,总磷", *(f"{text},河流,7.5,2.1,0.15,0.06" for text in quoted)]
    (tmp_path / "samples.csv").write_text("\n".join(samples) + "\n", encoding="utf-8")
    for form in ("xlsx", "csv"):
        _run("aqi", "--input", str(tmp_path / "days.csv"), "--out", str(tmp_path / f"air-{form}.{form}"))
        _run("water-class", "--input", str(tmp_path / "samples.csv"), "--out", str(tmp_path / f"water-{form}.{form}"))
    cells = _opened(calc, [tmp_path / "air-xlsx.xlsx", tmp_path / "water-xlsx.xlsx"], tmp_path)
    cells |= _opened(calc, [tmp_path / "air-csv.csv", tmp_path / "water-csv.csv"], tmp_path, "--infilter=CSV:44,34,76,1")
    for name, found in cells.items():
        assert [cell for cell in found if cell[1]] == [], name
        assert [text for kind, _, text in found if kind == "string" and re.fullmatch(r"-?\d+(\.\d+)?", text)] == [], name
        shown = [text for _, _, text in found]
        for evil in EVIL:
            assert any(evil.strip() in text for text in shown), (name, evil)
    assert [text for kind, _, text in cells["air-xlsx"] if kind == "float"].count("35") >= len(EVIL)
    assert [text for kind, _, text in cells["water-xlsx"] if kind == "float"].count("7.5") == len(EVIL)


def test_a_bulletin_as_a_workbook(calc: str, tmp_path: Path) -> None:
    place = ("-w", str(tmp_path / "w"))
    _run("sample", "--out", str(tmp_path / "sample"), "--region", "360000", "--year", "2023")
    _run("ingest", str(tmp_path / "sample"), *place)
    _run("assess", "--year", "2023", *place)
    _run("report", "annual", "--region", "360000", "--period", "2023", "--out", str(tmp_path / "annual.xlsx"), *place)
    found = _opened(calc, [tmp_path / "annual.xlsx"], tmp_path)["annual"]
    assert [cell for cell in found if cell[1]] == []
    assert [text for kind, _, text in found if kind == "string" and re.fullmatch(r"-?\d+(\.\d+)?", text)] == []
    assert sum(kind == "float" for kind, _, _ in found) > 50
