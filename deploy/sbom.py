"""What a site is made of: a CycloneDX list of every package that an installation brings, and whether any has a known weakness.

``python deploy/sbom.py --out sbom.json`` writes the list from ``requirements/server.txt`` and the front end's lock file, with versions,
digests and licences, and holds it against the published schema. ``--audit`` asks the service of known weaknesses about the same lock file:
0 when none is known, 1 when one is, 3 when the service cannot be reached. What was not asked has not passed.
"""

from __future__ import annotations

import argparse
import base64
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements" / "server.txt"
FRONT = ROOT / "src" / "yangban" / "web" / "frontend" / "package-lock.json"
UNREACHED = 3
NAMED = {"polars-runtime-compat": "MIT"}
"""Licences of packages that this machine need not have."""
CLASSIFIED = {
    "MIT License": "MIT", "BSD License": "BSD-3-Clause", "Apache Software License": "Apache-2.0", "ISC License (ISCL)": "ISC",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0", "Python Software Foundation License": "PSF-2.0",
}  # fmt: skip
"""Words of package indexes and the licences that they stand for."""
_EXPRESSION = re.compile(r"[A-Za-z0-9.+-]+( (AND|OR) [A-Za-z0-9.+-]+)*")


@dataclass(frozen=True)
class Part:
    """One package: where it comes from (``pypi`` or ``npm``), its digests by kind, and its licence, empty where nobody says one."""

    kind: str
    name: str
    version: str
    digests: tuple[tuple[str, str], ...]
    licence: str


def licence_of(name: str) -> str:
    """The licence of an installed package, as an SPDX expression; empty where it says none."""
    try:
        said = distribution(name).metadata
    except PackageNotFoundError:
        return NAMED.get(name, "")
    if said.get("License-Expression"):
        return str(said["License-Expression"])
    text = str(said.get("License") or "").strip()
    if _EXPRESSION.fullmatch(text) and text not in {"BSD", "Apache"}:
        return text
    words = [each.rpartition("::")[2].strip() for each in said.get_all("Classifier", []) if each.startswith("License")]
    found = [CLASSIFIED[word] for word in words if word in CLASSIFIED]
    return " OR ".join(found)


def python_parts(lock: Path = LOCK) -> Iterator[Part]:
    """The packages of the lock file."""
    for block in re.split(r"\n(?=[a-z0-9])", lock.read_text(encoding="utf-8")):
        found = re.match(r"([a-z0-9._-]+)(?:\[[^\]]*\])?==(\S+)", block)
        if found:
            digests = tuple(("SHA-256", each) for each in re.findall(r"--hash=sha256:([0-9a-f]{64})", block))
            yield Part("pypi", found[1], found[2], digests, licence_of(found[1]))


def front_parts(lock: Path = FRONT) -> Iterator[Part]:
    """The packages that are built into what browsers get; what only builds is none of a site."""
    for place, each in json.loads(lock.read_text(encoding="utf-8"))["packages"].items():
        if place and not each.get("dev"):
            kind, _, digest = each["integrity"].partition("-")
            digests = ((kind.upper().replace("SHA", "SHA-"), base64.b64decode(digest).hex()),)
            yield Part("npm", place.rpartition("node_modules/")[2], each["version"], digests, each.get("license", ""))


def parts() -> list[Part]:
    """All packages."""
    return [*python_parts(), *front_parts()]


def document() -> str:
    """The list as CycloneDX JSON. Raises :class:`ValueError` when the schema finds something wrong with it."""
    from cyclonedx.contrib.license.factories import LicenseFactory
    from cyclonedx.model import HashAlgorithm, HashType
    from cyclonedx.model.bom import Bom
    from cyclonedx.model.component import Component, ComponentType
    from cyclonedx.output.json import JsonV1Dot6
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator
    from packageurl import PackageURL

    own = re.search(r'^version = "(.+?)"', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)
    assert own
    licences, bom = LicenseFactory(), Bom()
    licence = licences.make_from_string("Apache-2.0")
    bom.metadata.component = Component(
        type=ComponentType.APPLICATION, name="yangban", version=own[1], bom_ref="yangban", licenses=[licence]
    )  # fmt: skip
    for each in parts():
        url = PackageURL(each.kind, None, each.name, each.version)
        bom.components.add(
            Component(
                type=ComponentType.LIBRARY, name=each.name, version=each.version, purl=url, bom_ref=str(url),
                hashes=[HashType(alg=HashAlgorithm(kind), content=digest) for kind, digest in each.digests],
                licenses=[licences.make_from_string(each.licence)] if each.licence else [],
            )
        )  # fmt: skip
    bom.register_dependency(bom.metadata.component, list(bom.components))
    made = JsonV1Dot6(bom).output_as_string(indent=1)
    wrong = JsonStrictValidator(SchemaVersion.V1_6).validate_str(made)
    if wrong is not None:
        raise ValueError(f"the list is no CycloneDX: {wrong}")
    return made


def audit(lock: Path = LOCK) -> int:
    """Ask for known weaknesses, and say plainly when nobody answered."""
    words = [
        sys.executable,
        "-m",
        "pip_audit",
        "--requirement",
        str(lock),
        "--require-hashes",
        "--disable-pip",
        "--progress-spinner",
        "off",
    ]
    asked = subprocess.run([*words, "--format", "json"], capture_output=True, text=True, check=False)
    try:
        told = json.loads(asked.stdout)["dependencies"]
    except (ValueError, KeyError):
        last = (asked.stderr.strip().splitlines() or ["no answer"])[-1]
        print(
            f"NOT ASKED: the service of known weaknesses did not answer ({last[:300]}). Nothing is known; nothing has passed.",
            file=sys.stderr,
        )
        return UNREACHED
    skipped = [each["name"] for each in told if "skip_reason" in each]
    found = [(each, hole) for each in told for hole in each.get("vulns", ())]
    for each, hole in found:
        mended = ", ".join(hole["fix_versions"]) or "none yet"
        print(f"{each['name']} {each['version']}: {hole['id']} {' '.join(hole.get('aliases', ()))}; mended in {mended}")
    if len(skipped) == len(told):
        print(f"NOT ASKED: no answer about any of {len(told)} packages. Nothing is known; nothing has passed.", file=sys.stderr)
        return UNREACHED
    if skipped:
        print(f"not asked: {', '.join(skipped)}", file=sys.stderr)
    print(f"{len(told) - len(skipped)} packages asked, {len(found)} known weaknesses")
    return 1 if found else UNREACHED if skipped else 0


def main() -> int:
    """Write the list, or ask about it."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--out", type=Path, default=ROOT / "build" / "sbom.json")
    asked.add_argument("--audit", action="store_true")
    given = asked.parse_args()
    if given.audit:
        return audit()
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(document(), encoding="utf-8")
    print(f"{given.out}: {len(parts())} packages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
