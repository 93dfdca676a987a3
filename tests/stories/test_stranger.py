"""A stranger's path: clone, `make demo`, own data, first bulletin, as the tutorial says it and no other way."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from house.test_docs import ROOT, run_page

PAGE = "docs/start/first-bulletin.md"


def _made_by(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["make", *words], cwd=folder, capture_output=True, text=True, check=False)


def test_the_tutorial_leads_a_stranger_to_a_bulletin(tmp_path: Path) -> None:
    """The clone uses the environment of this checkout, when that is the one which its own lock files would make."""
    text = (ROOT / PAGE).read_text(encoding="utf-8")
    (shell,) = re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert shell.splitlines() == ["git clone ADDRESS yangban", "cd yangban", "make demo"]
    if subprocess.run(["git", "rev-parse", "--git-dir"], cwd=ROOT, capture_output=True, check=False).returncode:
        pytest.skip("this is no clone: the tutorial begins with one")
    clone = tmp_path / "yangban"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
    environment = f"VENV={Path(sys.prefix)}"
    would = _made_by(clone, "--dry-run", "demo", "SERVE=0", environment)
    if "pip" in would.stdout:
        pytest.skip("the environment is not that of the last commit; commit, then `make test`")
    shown = _made_by(clone, "demo", "SERVE=0", environment)
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert "合成数据" in shown.stdout
    assert "各城市" in shown.stdout
    run_page(PAGE, clone)
    with zipfile.ZipFile(clone / "june.docx") as document:
        words = re.sub(r"<[^>]+>", "", document.read("word/document.xml").decode())
    assert "南昌市" in words
    assert "90.0%" in words
    assert "合成" not in words
