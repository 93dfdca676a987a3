"""What administrators are handed: parts of the bundle are well formed, its lock holds what is needed, settings and commands are named."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml


def _pinned(path: Path) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", path.read_text(encoding="utf-8"), re.MULTILINE))


def test_the_lock_of_servers_holds_what_the_program_needs_and_the_drivers(root: Path) -> None:
    run, server = (_pinned(root / "requirements" / name) for name in ("run.txt", "server.txt"))
    assert {name: server.get(name) for name in run} == run
    assert {"psycopg-binary", "polars-runtime-compat"} <= server.keys()


def test_the_scripts_are_plain_shell_and_every_part_is_there(root: Path) -> None:
    deploy = root / "deploy"
    subprocess.run(["sh", "-n", deploy / "install.sh"], check=True)
    parts = re.search(r"PARTS = \((.+?)\)", (deploy / "bundle.py").read_text(encoding="utf-8"))
    assert parts
    for name in re.findall(r'"([^"]+)"', parts[1]):
        assert (deploy / name).is_file(), name
    assert yaml.safe_load((deploy / "compose.yaml").read_text(encoding="utf-8"))["services"].keys() == {"site", "database"}


def test_the_units_are_understood(root: Path, tmp_path: Path) -> None:
    verify = shutil.which("systemd-analyze")
    if verify is None:
        pytest.skip("systemd-analyze is not here")
    for path in (root / "deploy").glob("yangban*"):
        text = path.read_text(encoding="utf-8").replace("User=yangban", "User=root")
        (tmp_path / path.name).write_text(re.sub(r"/opt/yangban/\S+/yangban", "/bin/true", text), encoding="utf-8")
    done = subprocess.run([verify, "verify", *tmp_path.iterdir()], capture_output=True, text=True, check=False)
    assert "yangban" not in done.stderr, done.stderr


def test_every_setting_is_documented(root: Path) -> None:
    documented = (root / "docs" / "reference" / "site.md").read_text(encoding="utf-8")
    short = {f"YANGBAN_OIDC{each}" for each in ("_ID", "_SECRET", "_NAME")}  # named there by their endings
    for path in (root / "src").rglob("*.py"):
        for name in set(re.findall(r"\b(YANGBAN_[A-Z_]+[A-Z])\b", path.read_text(encoding="utf-8"))) - short:
            assert f"`{name}`" in documented, f"{path.name} reads {name}, which docs/reference/site.md does not name"


def test_every_verb_and_command_has_its_place(root: Path) -> None:
    from yangban.cli.main import VERBS

    reference = root / "docs" / "reference"
    verbs = (reference / "cli.md").read_text(encoding="utf-8")
    assert [name for name in VERBS if f"## `yangban {name}`" not in verbs] == []
    commands = (reference / "site.md").read_text(encoding="utf-8")
    own = {path.stem for path in (root / "src" / "yangban" / "web").glob("*/management/commands/*.py")} - {"__init__"}
    assert [name for name in own if f"`yangban manage {name}`" not in commands] == []
