"""``yangban report`` as a person calls it: files of each form, marks of synthetic readings, errors."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import docx
import pytest
from typer.testing import CliRunner

from yangban.base.errors import UnknownPeriod, UsageError
from yangban.cli.main import app


@pytest.fixture(scope="module")
def workspace(synthetic_year: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("report") / "w"
    shutil.copytree(synthetic_year, place)
    return place


def _report(workspace: Path, *words: str) -> str:
    result = CliRunner().invoke(app, ["report", *words, "-w", str(workspace)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.mark.parametrize(
    ("kind", "period", "title"),
    [
        ("annual", "2023", "江西省2023年环境空气质量公报"),
        ("monthly", "2023-06", "江西省2023年6月环境空气质量月报"),
        ("ranking", "2023-Q1", "江西省2023年第一季度城市空气质量排名通报"),
        ("compare", "2023", "江西省2023年空气质量新旧标准对照"),
        ("dispatch", "2023-06-13", "江西省2023年6月13日空气质量日调度"),
    ],
)
def test_each_kind_is_written_in_each_form(workspace: Path, tmp_path: Path, kind: str, period: str, title: str) -> None:
    for suffix in ("docx", "html", "xlsx"):
        out = tmp_path / f"{kind}.{suffix}"
        assert _report(workspace, kind, "-r", "江西", "-p", period, "-o", str(out)) == f"已写出 {out}：{title}（合成数据　示例）\n"
        assert out.stat().st_size > 4000
    word = docx.Document(str(tmp_path / f"{kind}.docx"))
    assert word.paragraphs[0].text == title
    assert word.sections[0].header.paragraphs[0].text == "合成数据　示例"


def test_the_release_stands_in_the_footer(workspace: Path, tmp_path: Path) -> None:
    _report(workspace, "annual", "-r", "360100", "-p", "2023", "-o", str(tmp_path / "a.docx"), "--release", "2024-001")
    footer = docx.Document(str(tmp_path / "a.docx")).sections[0].footer.paragraphs[-1].text
    assert footer.startswith("发布号 2024-001　输入摘要 ")


@pytest.mark.parametrize(
    ("words", "error", "message"),
    [
        (["weekly", "-p", "2023", "-o", "a.docx"], UsageError, "没有这种报告"),
        (["annual", "-p", "2023", "-o", "a.pdf"], UsageError, "后缀须为"),
        (["annual", "-p", "2023-06", "-o", "a.docx"], UsageError, "annual bulletin is of a year"),
        (["dispatch", "-p", "2023-06", "-o", "a.docx"], UnknownPeriod, "one day such as"),
        (["compare", "-p", "2023", "-o", "a.docx", "--editions", "2012"], UsageError, "at least two"),
    ],
)
def test_errors_say_what_to_do(workspace: Path, tmp_path: Path, words: list[str], error: type[Exception], message: str) -> None:
    words = [str(tmp_path / w) if w.startswith("a.") else w for w in words]
    with pytest.raises(error, match=message):
        CliRunner().invoke(app, ["report", *words, "-r", "360000", "-w", str(workspace)], catch_exceptions=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("kind", "period"), [("annual", "2023"), ("monthly", "2023-06"), ("ranking", "2023-06"), ("dispatch", "2023-06-13")]
)
def test_no_english_sentence_stands_in_a_chinese_document(workspace: Path, tmp_path: Path, kind: str, period: str) -> None:
    """The dispatch of a province names the sources of its targets, which the pack keeps in both languages."""
    out = tmp_path / "made.docx"
    _report(workspace, kind, "-r", "江西", "-p", period, "-o", str(out))
    document = docx.Document(str(out))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    text = "\n".join([*(p.text for p in document.paragraphs), *cells])
    assert re.findall(r"[A-Za-z][a-z]+(?:,? [a-z]+){2,}", text) == []
    if kind == "dispatch":
        assert "目标来源：江西省2023年度目标" in text
