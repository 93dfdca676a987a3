"""Everything that an intranet without a registry needs, in one archive: ``python deploy/bundle.py --arch x86_64 --out build``.

Inside: the wheel of Yangban with its built front end, the wheels of all it needs (hashes checked while they are fetched), fonts (a wheel
too), ``install.sh``, service files, checksums, and on request a CPython that runs from any folder. Wheels are for Linux with glibc 2.28 or
newer; for CPUs without AVX2 the slower runtime of Polars lies beside and is installed where it is needed.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PARTS = ("install.sh", "yangban.service", "yangban-backup.service", "yangban-backup.timer", "nginx.conf", "Dockerfile", "compose.yaml")
ARCHES = ("x86_64", "aarch64")
GLIBC = (28, 27, 26, 24, 17)
"""Wheels made for these versions of glibc 2 run on 2.28 and newer."""


def _run(*words: str | Path) -> None:
    subprocess.run([str(word) for word in words], check=True, cwd=ROOT)


def own_wheel(out: Path) -> Path:
    """Build the wheel of this repository; it must hold the front end."""
    if not (ROOT / "src" / "yangban" / "web" / "static" / "build" / "charts.js").exists():
        raise SystemExit("the front end is not built: run `make` with any goal that needs it, such as `make test PYTEST_ARGS=--co`")
    _run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", out)
    (wheel,) = out.glob("yangban-*.whl")
    return wheel


def foreign_wheels(out: Path, arch: str, python: str) -> None:
    """Fetch the wheels named in ``requirements/server.txt``, each held against its hash; no source package is accepted."""
    platforms = [word for minor in GLIBC for word in ("--platform", f"manylinux_2_{minor}_{arch}")]
    _run(
        sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "download", "--require-hashes", "--only-binary", ":all:",
        *platforms, "--platform", f"manylinux2014_{arch}", "--python-version", python, "--implementation", "cp",
        "--abi", f"cp{python.replace('.', '')}", "--abi", "abi3", "--abi", "none",
        "--dest", out, "-r", ROOT / "requirements" / "server.txt",
    )  # fmt: skip


def _check_python(archive: Path, python: str) -> None:
    with tarfile.open(archive) as tar:
        if f"python/bin/python{python}" not in tar.getnames():
            raise SystemExit(f"{archive} holds no python/bin/python{python}: an archive of a relocatable CPython {python} is expected")


def make(arch: str, out: Path, python: str, cpython: Path | None, sign: str | None) -> Path:
    """Write the archive, with its SHA-256 beside it, and sign it with a key of GnuPG when one is named."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        built = own_wheel(Path(scratch) / "own")
        name = f"yangban-{built.name.split('-')[1]}-linux-{arch}-py{python.replace('.', '')}"
        folder = Path(scratch) / name
        wheels = folder / "wheels"
        wheels.mkdir(parents=True)
        shutil.copy2(built, wheels)
        foreign_wheels(wheels, arch, python)
        for part in PARTS:
            shutil.copy2(ROOT / "deploy" / part, folder)
        shutil.copy2(ROOT / "requirements" / "server.txt", folder / "requirements.txt")
        shutil.copy2(ROOT / "LICENSE", folder)
        _run(sys.executable, ROOT / "deploy" / "sbom.py", "--out", folder / "sbom.json")
        if cpython is not None:
            _check_python(cpython, python)
            shutil.copyfile(cpython, folder / "cpython.tar.gz")
        (folder / "TARGET").write_text(f"arch={arch}\npython={python}\nglibc=2.28\n", encoding="ascii")
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        sums = "".join(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder).as_posix()}\n" for path in files)
        (folder / "SHA256SUMS").write_text(sums, encoding="ascii")
        archive = out / f"{name}.tar"  # Wheels are compressed already.
        with tarfile.open(archive, "w") as tar:
            tar.add(folder, arcname=name)
    digest = hashlib.sha256()
    with archive.open("rb") as file:
        while data := file.read(1 << 20):
            digest.update(data)
    archive.with_suffix(".tar.sha256").write_text(f"{digest.hexdigest()}  {archive.name}\n", encoding="ascii")
    if sign:
        _run("gpg", "--batch", "--yes", "--armor", "--local-user", sign, "--detach-sign", archive)
    return archive


def main() -> None:
    """Read the words of the command line and say what was made."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--arch", choices=ARCHES, default="x86_64")
    asked.add_argument("--python", default="3.11", help="the Python of the machines (default 3.11)")
    asked.add_argument("--cpython", type=Path, help="a .tar.gz of a relocatable CPython with python/bin/…, put inside")
    asked.add_argument("--sign", help="the key of GnuPG to sign with")
    asked.add_argument("--out", type=Path, default=ROOT / "build")
    given = asked.parse_args()
    archive = make(given.arch, given.out, given.python, given.cpython, given.sign)
    print(f"{archive.name}  {archive.stat().st_size / 2**20:.0f} MB")


if __name__ == "__main__":
    main()
