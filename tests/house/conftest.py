"""What the tests of the house look at: the tree, the files that git keeps, the modules of the package."""

from __future__ import annotations

import ast
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "yangban"


@pytest.fixture(scope="session")
def root() -> Path:
    """The root of the repository."""
    return ROOT


@pytest.fixture(scope="session")
def kept_files() -> tuple[Path, ...]:
    """The files that git keeps or would keep: tracked ones, and new ones that are not ignored."""
    told = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True, check=True
    ).stdout.decode()
    return tuple(path for name in told.split("\0") if name and (path := ROOT / name).is_file())


@pytest.fixture(scope="session")
def modules() -> dict[str, ast.Module]:
    """The parsed source of every module of the package, by its path below ``src/yangban``."""
    return {
        str(path.relative_to(PACKAGE)): ast.parse(path.read_text(encoding="utf-8"), str(path)) for path in sorted(PACKAGE.rglob("*.py"))
    }
