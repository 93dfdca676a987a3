"""Changed and built inputs through every door, in the time of the tests; the long runs are ``make fuzz`` (see CONTRIBUTING)."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from fuzz import watch
from fuzz.doors import Door, doors
from fuzz.mutate import changed
from fuzz.structure import BUILT, inputs_of

FOUND = Path(__file__).parent / "found.txt"
NAMES = sorted(doors())
FEW = {"photo for the page", "picture of a case", "plan in word", "form in the office's table", "place", "event words"}


def put(door: Door, data: bytes) -> None:
    fault = watch.through(door, data)
    assert fault is None, f"{fault.kind} at {fault.where}: {fault.told}\ninput for {door.name!r}: {data[:2000]!r}"


@pytest.fixture(autouse=True)
def _watched() -> object:
    with watch.alarm():
        yield


@pytest.mark.parametrize("name", NAMES)
def test_samples_are_taken(name: str) -> None:
    """Else changes to them would reach nothing behind the first look."""
    door = doors()[name]
    taken = 0
    for sample in door.samples:
        put(door, sample)
        try:
            door.read(sample)
            taken += 1
        except door.refusals:
            continue
    # A backup whose parts belong together is that of its own tests; accounts need sources, cursors the site's own seal.
    assert taken or name in {"cursor", "backup", "account in csv", "account in toml"}


@pytest.mark.parametrize("name", NAMES)
def test_changed_inputs_are_taken_or_refused(name: str) -> None:
    door, pick = doors()[name], random.Random(f"20261126 {name}")
    for _ in range(8 if name in FEW else 50):
        put(door, changed(pick, door))


def test_an_input_that_another_engine_has_damaged_is_changed_all_the_same() -> None:
    """A zip whose head stands and whose insides do not: what can be read of it is taken apart, and nothing ends the run."""
    door, pick = doors()["readings in excel"], random.Random(1)
    whole = door.samples[0]
    damaged = whole[:60] + b"\0" * 40 + whole[100:]
    cut = whole[: len(whole) // 2] + whole[-len(whole) // 4 :]
    assert all(isinstance(changed(pick, door, pool=(damaged, cut)), bytes) for _ in range(200))


@pytest.mark.parametrize("name", sorted(BUILT))
def test_built_inputs_are_taken_or_refused(name: str) -> None:
    @settings(
        max_examples=15, deadline=None, database=None, derandomize=True, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
    )
    @given(inputs_of(name))
    def take(data: bytes) -> None:
        put(doors()[name], data)

    take()


def cases() -> list[tuple[str, str, bytes]]:
    """The kept inputs: door, what it did once, and the input as a Python literal of bytes that may be repeated (``b"…" * 60000``)."""
    found = []
    for line in FOUND.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        door, what, said = (part.strip() for part in line.split("|", 2))
        data = b""
        for piece in said.split(" + "):
            literal, _, times = piece.partition(" * ")
            data += literal.encode().decode("unicode_escape").encode("latin-1") * int(times or 1)
        found.append((door, what, data))
    return found


@pytest.mark.parametrize(("name", "what", "data"), cases(), ids=lambda each: each if isinstance(each, str) else "")
def test_what_broke_once_breaks_no_more(name: str, what: str, data: bytes) -> None:
    put(doors()[name], data)
