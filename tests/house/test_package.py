"""What ``pip install .`` installs: everything under ``src/yangban``, the licence, and the command."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path


def test_the_wheel_holds_the_whole_package(root: Path, kept_files: tuple[Path, ...], tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)], cwd=root, capture_output=True, check=True
    )
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        inside = set(archive.namelist())
        entry_points = next(archive.read(name).decode() for name in inside if name.endswith("entry_points.txt"))
    source = root / "src"
    kept = {str(path.relative_to(source)) for path in kept_files if path.is_relative_to(source)}
    # Sources of the front end stay out; what was built from them goes in.
    front, built = "yangban/web/frontend/", {f"yangban/web/static/build/{name}" for name in ("charts.js", "desk.js")}
    assert {name for name in inside if name.startswith("yangban/")} - built == {name for name in kept if not name.startswith(front)}
    if all((source / name).exists() for name in built):
        assert built <= inside
    assert any(name.endswith("licenses/LICENSE") for name in inside)
    assert "yangban = yangban.cli.main:run" in entry_points
