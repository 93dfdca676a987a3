"""What the program is made of and what it must not hold: packages with licences that may be handed on, and no secrets in any file."""

# ruff: noqa: E501

from __future__ import annotations

import json
import math
import re
import subprocess
import sys
from collections import Counter
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

ALLOWED = {
    "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "ISC", "MIT", "MIT-0", "MIT-CMU", "MPL-2.0", "OFL-1.1", "PSF-2.0", "Zlib",
    # Libraries that are imported as they are, and that whoever installs them may replace.
    "LGPL-2.1-only", "LGPL-3.0-only",
}  # fmt: skip
SECRETS = {
    "a private key": re.compile(r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----"),
    "a key of a cloud": re.compile(r"\b(?:AKIA|ASIA|LTAI|AKID)[A-Za-z0-9]{12,}\b"),
    "a token of a forge": re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{30,}|glpat-[\w-]{20,}|npm_[A-Za-z0-9]{36}|pypi-[\w-]{40,})"),
    "a token of a chat": re.compile(r"\bxox[abprs]-[\w-]{10,}|access_token=[0-9a-f]{40,}"),
    "a signed token": re.compile(r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}"),
    "a password in an address": re.compile(
        r"\b[a-z][a-z0-9+]{2,}://[^\s/:@\"'<>{}$]+:(?!password@|…@|\.\.\.@|secret@)[^\s/@\"'<>{}$]{3,}@[\w.-]+"
    ),
    "a secret that is set": re.compile(
        r"(?i)^\s*(?:export\s+|environment\s*:?\s*)?\w*(?:secret|passwd|api_?key|private_?key|auth_?token)\w*\s*[:=]\s*[\"']?[A-Za-z0-9+/_-]{16,}[\"']?\s*$",
        re.MULTILINE,
    ),
}
LONG = re.compile(r"[\"'=\s]([A-Za-z0-9+/_-]{40,})[\"'\s]")
DIGEST = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128}")
MOST_ENTROPY = 4.6
"""Bits a sign: names of things have less, random ones of sixty-four signs more."""
KNOWN = {
    "src/yangban/web/frontend/package-lock.json": "digests of packages, as npm writes them",
    "tests/house/test_parts.py": "the samples below",
    "src/yangban/web/api/keys.py": "the letters of which keys are made",
    "tests/web/plans/test_hooks.py": "addresses with a password, which are refused",
}


def entropy(text: str) -> float:
    """Bits a sign."""
    return -sum(n / len(text) * math.log2(n / len(text)) for n in Counter(text).values())


def secrets_in(text: str) -> list[str]:
    found = [what for what, shape in SECRETS.items() if shape.search(text)]
    strange = [each for each in LONG.findall(text) if not DIGEST.fullmatch(each) and entropy(each) > MOST_ENTROPY]
    return [*found, *(f"a long random text: {each[:12]}…" for each in strange)]


@pytest.fixture(scope="module")
def sbom(root: Path) -> Any:
    spec = spec_from_file_location("sbom", root / "deploy" / "sbom.py")
    assert spec
    assert spec.loader
    made = module_from_spec(spec)
    sys.modules["sbom"] = made
    spec.loader.exec_module(made)
    return made


def test_every_package_has_a_licence_that_may_be_handed_on(sbom: Any) -> None:
    parts = sbom.parts()
    assert {each.kind for each in parts} == {"pypi", "npm"}
    wrong = {}
    for each in parts:
        some = [set(re.split(r" AND ", one)) <= ALLOWED for one in each.licence.split(" OR ")]
        if not each.licence or not any(some):
            wrong[each.name] = each.licence or "says none"
    assert wrong == {}


def test_the_list_names_every_package_of_the_lock_with_its_digests(sbom: Any, root: Path) -> None:
    made = json.loads(sbom.document())
    lock = dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", (root / "requirements" / "server.txt").read_text(encoding="utf-8"), re.MULTILINE))
    listed = {each["name"]: each for each in made["components"]}
    assert made["bomFormat"] == "CycloneDX"
    assert {name: listed[name]["version"] for name in lock} == lock
    assert {"echarts", "htmx.org"} <= listed.keys()
    assert "vite" not in listed, "what only builds is no part of a site"
    assert all(each["hashes"] and each["licenses"] and each["purl"] for each in listed.values())


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ("", 3),
        ('{"dependencies": [{"name": "a", "skip_reason": "no answer"}]}', 3),
        ('{"dependencies": [{"name": "a", "version": "1", "vulns": []}, {"name": "b", "skip_reason": "no answer"}]}', 3),
        ('{"dependencies": [{"name": "a", "version": "1", "vulns": []}]}', 0),
        ('{"dependencies": [{"name": "a", "version": "1", "vulns": [{"id": "X-1", "aliases": ["CVE-1"], "fix_versions": ["2"]}]}]}', 1),
    ],
)
def test_what_was_not_asked_has_not_passed(
    sbom: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], answer: str, code: int
) -> None:
    done = subprocess.CompletedProcess([], 1, stdout=answer, stderr="Connection refused")
    monkeypatch.setattr(sbom.subprocess, "run", lambda *_args, **_more: done)
    assert sbom.audit() == code
    said = capsys.readouterr()
    assert ("NOT ASKED" in said.err or "not asked: b" in said.err) == (code == 3)
    assert ("X-1 CVE-1; mended in 2" in said.out) == (code == 1)


def test_no_file_holds_a_secret(root: Path, kept_files: tuple[Path, ...]) -> None:
    found = {}
    for path in kept_files:
        name = path.relative_to(root).as_posix()
        if name in KNOWN or name.startswith("requirements/"):
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except (UnicodeDecodeError, OSError):
            continue
        if told := secrets_in(text):
            found[name] = told
    assert found == {}


@pytest.mark.parametrize(
    "text",
    [
        "-----BEGIN OPENSSH " + "PRIVATE KEY-----\n",
        "key = 'AKIA" + "ABCDEFGHIJKLMNOP'",
        "token ghp" + "_" + "a1B2" * 9,
        "postgresql://yangban:Tr0ub4dor" + "@db.example.org/x",
        "YANGBAN_SECRET" + "_KEY=abcdefghijklmnopqrstuvwx\n",
        "x = 'q7Zr+1Xw/9KdV3mB8sPfT2yLhE5uGjNc4AoQiR6tWbHxDvMk0JzYgUaCeSlFnI'",
    ],
)
def test_the_search_for_secrets_finds_them(text: str) -> None:
    assert secrets_in(text)


@pytest.mark.parametrize(
    "text",
    ["YANGBAN_SECRET_KEY=$(openssl rand -hex 32)\n", f"digest = '{'0123456789abcdef' * 4}'", "postgresql://yangban:password@127.0.0.1/x"],
)
def test_the_search_for_secrets_lets_examples_be(text: str) -> None:
    assert secrets_in(text) == []
