"""The real command, run inside this process where it can be: starting Python and Polars anew costs more than most commands do."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from unittest import mock

from yangban.cli.main import run

ALONE = {"--packs", "manage", "serve", "pack"}
"""Words of commands that set something for the whole process."""


def yangban(*words: str | Path, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run ``yangban …`` in a folder, with variables of the environment beside those that are set; gives exit code, output and messages."""
    texts = [str(each) for each in words]
    variables = {"PYTHONUTF8": "1", **(env or {})}
    if ALONE & set(texts) or "YANGBAN_PACKS" in {**os.environ, **variables}:
        return subprocess.run(
            [sys.executable, "-W", "error", "-m", "yangban.cli.main", *texts], cwd=cwd, env={**os.environ, **variables},
            stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", check=False,
        )  # fmt: skip
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    code: object = 0
    with (
        contextlib.chdir(cwd or Path.cwd()),
        mock.patch.dict(os.environ, variables),
        mock.patch.object(sys, "argv", ["yangban", *texts]),
        mock.patch.object(sys, "stdin", io.TextIOWrapper(io.BytesIO(), encoding="utf-8")),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            run()
        except SystemExit as ended:
            code = ended.code
    printed = [stream.buffer.getvalue().decode() for stream in (out, err)]  # type: ignore[attr-defined]
    return subprocess.CompletedProcess(["yangban", *texts], code if isinstance(code, int) else 0 if code is None else 1, *printed)
