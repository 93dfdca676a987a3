"""The tree says what it is: nothing foreign in it, every test beside its room, every page where it is promised."""

from __future__ import annotations

import ast
import re
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import yangban

LARGEST = 1_000_000
"""No file that git keeps is larger than this many bytes."""

# The words are put together here so that this file does not hold what it forbids.
MACHINE_PATHS = tuple("/" + start + "/" for start in ("work", "root", "home", "Users", "opt/wheels", "opt/pypi", "tmp/y"))
REGISTRIES = tuple(
    ".".join(parts)
    for parts in (("pypi", "org"), ("pythonhosted", "org"), ("registry", "npmjs"), ("deb", "debian", "org"), ("proxy", "golang"))
)
INDEX_LINES = re.compile(r"^\s*(--index-url|--extra-index-url|--find-links|--trusted-host|-i|-f)\b", re.MULTILINE)
PATH_START = re.compile(r"(?<![\w.~$:/-])(?:" + "|".join(map(re.escape, MACHINE_PATHS)) + ")")


def _texts(files: tuple[Path, ...]) -> list[tuple[Path, str]]:
    found = []
    for path in files:
        content = path.read_bytes()
        if b"\0" not in content[:4096]:
            found.append((path, content.decode("utf-8", errors="replace")))
    return found


def test_no_file_is_large(kept_files: tuple[Path, ...]) -> None:
    assert [(str(path), path.stat().st_size) for path in kept_files if path.stat().st_size > LARGEST] == []


def test_no_machine_path_stands_in_a_file(root: Path, kept_files: tuple[Path, ...]) -> None:
    hits = [f"{path.relative_to(root)}: {hit[0]}" for path, text in _texts(kept_files) for hit in PATH_START.finditer(text)]
    assert hits == []


def test_no_registry_host_stands_in_a_file(root: Path, kept_files: tuple[Path, ...]) -> None:
    hits = [f"{path.relative_to(root)}: {host}" for path, text in _texts(kept_files) for host in REGISTRIES if host in text]
    assert hits == []


def test_nothing_is_left_for_later(root: Path, kept_files: tuple[Path, ...]) -> None:
    words = re.compile("|".join((r"\bTO" + r"DO\b", r"\bFIX" + r"ME\b", "NotImplemented" + "Error")))
    hits = [f"{path.relative_to(root)}: {hit[0]}" for path, text in _texts(kept_files) for hit in words.finditer(text)]
    assert hits == []


def test_the_search_for_machine_paths_finds_them() -> None:
    start = MACHINE_PATHS[0]
    assert PATH_START.search(f"see {start}main/file")
    assert not PATH_START.search(f"https://example.invalid{start}x")


@pytest.mark.parametrize("name", ["build", "run", "dev", "bench", "spark"])
def test_requirements_carry_hashes_and_no_address(root: Path, name: str) -> None:
    text = (root / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    assert not INDEX_LINES.search(text)
    assert "://" not in text
    pinned = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    assert pinned
    assert [entry.split()[0] for entry in pinned if "==" not in entry.split("\\")[0] or "--hash=sha256:" not in entry] == []


def _pins(path: Path) -> dict[str, str]:
    return {
        canonicalize_name(found[1]): found[2]
        for found in re.finditer(r"^([\w.-]+)==([^\s\\;]+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    }


def test_requirements_hold_what_the_project_asks_for(root: Path) -> None:
    """`make lock` has been run since the dependencies in pyproject.toml last changed."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    extras = project["project"]["optional-dependencies"]
    asked = {
        "build": project["build-system"]["requires"],
        "run": [*project["project"]["dependencies"], *extras["web"], *extras["maps"]],
        "dev": [*project["project"]["dependencies"], *extras["web"], *extras["maps"], *extras["postgres"], *extras["dev"]],
        "bench": [*project["project"]["dependencies"], *extras["bench"]],
        "front": extras["front"],
        "spark": [*project["project"]["dependencies"], *extras["spark"]],
    }
    unmet = []
    for name, wanted in asked.items():
        pins = _pins(root / "requirements" / f"{name}.txt")
        for requirement in map(Requirement, wanted):
            version = pins.get(canonicalize_name(requirement.name))
            if version is None or not requirement.specifier.contains(version, prereleases=True):
                unmet.append(f"requirements/{name}.txt: {requirement} is pinned to {version}")
    assert unmet == []


def test_requirements_agree_with_each_other(root: Path) -> None:
    dev = _pins(root / "requirements" / "dev.txt")
    differ = [
        f"{package}: dev {dev[package]}, {name} {version}"
        for name in ("build", "run", "bench", "spark")
        for package, version in _pins(root / "requirements" / f"{name}.txt").items()
        if package in dev and dev[package] != version
    ]
    assert differ == []


def test_every_folder_of_tests_mirrors_a_room(root: Path) -> None:
    rooms = {path.name for path in (root / "src" / "yangban").iterdir() if path.is_dir()}
    folders = {path.name for path in (root / "tests").iterdir() if path.is_dir() and any(path.rglob("*.py"))}
    assert folders - rooms <= {"official", "oracle", "stories", "house", "browser", "faults", "fuzz"}
    assert {room for room in rooms if any((root / "src" / "yangban" / room).rglob("*.py"))} - {"packs"} <= folders


def test_every_document_of_the_book_has_a_title_in_both_languages(root: Path) -> None:
    book = sorted((root / "src" / "yangban" / "standards" / "book").rglob("*.toml"))
    tables = [(path.name, tomllib.loads(path.read_text(encoding="utf-8"))) for path in book]
    heads = [(name, head) for name, table in tables for head in table.get("edition", [table])]
    assert heads
    untitled = [
        name
        for name, head in heads
        if not re.search(r"[\u4e00-\u9fff]", head.get("title", "")) or not re.search(r"[A-Za-z]{3}", head.get("title_en", ""))
    ]
    assert untitled == []


def test_the_readme_shows_the_two_commands(root: Path) -> None:
    for name in ("README.md", "README.zh-CN.md"):
        text = (root / name).read_text(encoding="utf-8")
        assert "make demo" in text, name
        assert "make test" in text, name


def test_every_decision_has_its_three_parts(root: Path) -> None:
    pages = sorted((root / "decisions").glob("[0-9]*.md"))
    assert pages
    for page in pages:
        headings = re.findall(r"^## (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
        assert [heading for heading in headings if heading in {"Situation", "Choice", "Price"}] == ["Situation", "Choice", "Price"], (
            page.name
        )
    assert [int(page.name[:4]) for page in pages] == list(range(1, len(pages) + 1)), "decisions are numbered without a gap"


def test_every_path_that_the_architecture_names_exists(root: Path) -> None:
    text = (root / "ARCHITECTURE.md").read_text(encoding="utf-8")
    named = {word for word in re.findall(r"`([\w./*{}-]+/[\w./*-]*|[\w-]+\.(?:py|toml|md))`", text) if not word.startswith(("http", "."))}
    assert named
    absent = [name for name in sorted(named) if not _exists(root, name)]
    assert absent == []


def _exists(root: Path, name: str) -> bool:
    return any(any(base.glob(name.rstrip("/"))) for base in (root, root / "src" / "yangban"))


def test_every_link_between_pages_leads_somewhere(root: Path, kept_files: tuple[Path, ...]) -> None:
    dead = [
        f"{path.relative_to(root)} -> {target}"
        for path in kept_files
        if path.suffix == ".md"
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8"))
        if "://" not in target and not target.startswith("mailto:") and not (path.parent / target).exists()
    ]
    assert dead == []


PUBLIC = {"Figure", "Results", "YangbanError", "aqi", "assess_air", "assess_water", "load_book", "open"}
"""The names that users may rely on. Taking one away, or renaming it, breaks their programs; a new one is written here too."""


def test_the_public_face_is_what_it_says() -> None:
    assert set(yangban.__all__) == PUBLIC
    assert [name for name in dir(yangban) if not name.startswith("_")] == sorted(PUBLIC)
    assert [name for name in yangban.__all__ if getattr(yangban, name, None) is None] == []


def test_every_public_name_is_documented(root: Path) -> None:
    text = (root / "docs" / "reference" / "python.md").read_text(encoding="utf-8")
    headings = set(re.findall(r"^## `(?:yangban|yb)\.(\w+)", text, re.MULTILINE))
    assert {name for name in yangban.__all__ if not name.startswith("_")} == headings


EVIDENCE = {"readings/signals.py"}
"""Where a sentence shown to users says on which readings a threshold was found; no behaviour hangs on the place."""


def test_nothing_outside_the_packs_knows_the_first_region(root: Path) -> None:
    """Another province needs a pack and no change of program: code, templates and systems name neither Jiangxi nor its codes."""
    source = root / "src" / "yangban"
    local = re.compile(r"江西|赣|jiangxi|(?<!\d)36\d{4}(?!\d)", re.IGNORECASE)
    found = []
    for path in sorted(source.rglob("*.py")):
        name = path.relative_to(source).as_posix()
        if name in EVIDENCE:
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        docstrings = {
            id(node.body[0].value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
            and node.body
            and isinstance(node.body[0], ast.Expr)
        }
        found += [
            f"{name}:{node.lineno}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and id(node) not in docstrings and local.search(str(node.value))
        ]
    for path in sorted(p for kind in ("*.html", "*.j2", "*.xml", "*.docx", "*.in") for p in source.rglob(kind)):
        if path.suffix == ".docx":
            with zipfile.ZipFile(path) as parts:
                text = parts.read("word/document.xml").decode()
        else:
            text = path.read_text(encoding="utf-8")
        found += [path.relative_to(source).as_posix()] if local.search(text) else []
    assert found == []
