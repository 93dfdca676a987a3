"""Faults over the workspace: readings in, assessment, events, release, and the same file delivered twice or cut in half."""

from __future__ import annotations

import hashlib
import random
import shutil
import threading
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from faults.shop import Act, Child, Ended, Fault, SmallDisk, done, run

FIRST, SECOND, HALF = "first.csv", "second.csv", "second.csv.part"
NOW = datetime(2024, 1, 5, tzinfo=UTC)


def archive(days: int, pm25: int) -> str:
    """Whole days of three cities in the archive's layout; all six items."""
    values = {"PM2.5": pm25, "PM10": 60, "SO2": 9, "NO2": 25, "CO": 0.8, "O3": 90}
    lines = ["date,hour,type,南昌,九江,赣州"]
    for day in range(1, days + 1):
        for hour in range(24):
            lines += [f"202306{day:02d},{hour},{kind},{value},{value},{value}" for kind, value in values.items()]
    return "\n".join(lines) + "\n"


def _place(world: Path) -> Any:
    from yangban.readings.workspace import Workspace

    return Workspace.open(world / "w", create=True)


def build(world: Path) -> None:
    """Three assessed days, one release, and a file that corrects them and brings five more."""
    from yangban.publish import release
    from yangban.readings.intake import ingest
    from yangban.run.local import assess_air

    (world / FIRST).write_text(archive(3, 30), encoding="utf-8")
    (world / SECOND).write_text(archive(8, 41), encoding="utf-8")
    place = _place(world)
    ingest(place, [world / FIRST])
    assess_air(place, [2023])
    release.create(place, periods=["2023-06"], note="一", now=NOW)


def take_in(world: Path) -> Any:
    from yangban.readings.intake import ingest

    ingest(_place(world), [world / SECOND])
    return True


def take_half(world: Path) -> Any:
    from yangban.readings.intake import ingest

    ingest(_place(world), [world / HALF])
    return True


def assess(world: Path) -> Any:
    from yangban.run.local import assess_air

    assess_air(_place(world), [2023])
    return True


def both(world: Path) -> Any:
    take_in(world)
    return assess(world)


def publish(world: Path) -> Any:
    from yangban.publish import release

    return release.create(_place(world), periods=["2023-06"], days=True, note="二", only_new=True, now=NOW).number


def dust(world: Path) -> Any:
    from yangban.readings.events import Event, append

    event = Event("dust", "360100", datetime(2023, 6, 2, 3), datetime(2023, 6, 2, 9), "张三", ("pm25", "pm10"), notice="1号")
    append(_place(world), [event], now=NOW)
    return True


ACTS: dict[str, Act] = {"ingest": take_in, "assess": assess, "ingest+assess": both, "release": publish, "event": dust}
BEFORE: dict[str, tuple[Act, ...]] = {"assess": (take_in,), "release": (take_in, assess)}
"""What has been done in the world before an act."""


def state(world: Path) -> dict[str, Any]:
    """All that a reader can see: every row of the lake, Figures, events, and each release with its rows."""
    from yangban.base.periods import parse
    from yangban.publish.release import releases
    from yangban.readings import events
    from yangban.readings.lake import Lake
    from yangban.run.local import open_results

    place = _place(world)
    rows = Lake(place).air(start=date(2023, 6, 1), end=date(2023, 6, 30)).collect().sort("subject", "day")
    rows = rows.drop("received", strict=False)  # when it came is the clock's, what came is not
    figures = open_results(place).figures(
        subjects=["360100", "360400", "360700"],
        periods=[parse("2023-06"), parse("2023-06-02"), parse("2023-06-07")],
        indicators=["air.pm25.mean", "air.good_days", "air.composite_index"],
    )
    released = []
    for each in releases(place):
        text = "\n".join(map(str, each.rows()))
        released.append((each.number, each.manifest["figures"]["rows"], hashlib.sha256(text.encode()).hexdigest()))
    return {
        "lake": hashlib.sha256(repr(rows.rows()).encode()).hexdigest(),
        "figures": [(f.subject, f.indicator, f.period, str(f.exact), f.status) for f in figures],
        "releases": released,
        "events": [(event.kind, event.subject, event.start, event.end) for event in events.load(place)],
        "event list": events.verify(place).problems,
    }


def clean(world: Path) -> None:
    """Nothing of a broken act is left lying once the next one has gone through."""
    left = [path.name for path in (world / "w" / "releases").iterdir() if not path.name.isdigit()]
    assert left == [], left


class Lake:
    """The world of the workspace, prepared once: for each act the folder before it, what a reader sees before and after, steps, seconds."""

    def __init__(self, scratch: Path) -> None:
        import yangban.publish.release
        import yangban.run.local

        assert threading.active_count() == 1, "a process with threads must not fork"
        del yangban
        self.scratch = scratch
        self.bases: dict[str, Path] = {}
        self.states: dict[str, tuple[Any, Any]] = {}
        self.sizes: dict[str, tuple[int, float, int]] = {}
        base = scratch / "base"
        base.mkdir()
        done(build, base)
        for name, act in ACTS.items():
            place = self.bases[name] = scratch / f"before-{name}"
            shutil.copytree(base, place)
            for earlier in BEFORE.get(name, ()):
                done(earlier, place)
            before = done(state, place)
            trial = scratch / "trial"
            shutil.copytree(place, trial)
            ended = run(act, trial)
            assert not ended.problem, ended.problem
            self.states[name] = before, done(state, trial)
            self.sizes[name] = ended.steps, ended.seconds, _bytes(trial) - _bytes(place)
            shutil.rmtree(trial)

    def close(self) -> None:
        """Nothing of it runs on."""

    def one(self, seed: int, *, mount: bool) -> str:
        """One seeded fault, then the act again: nothing lost, nothing doubled. Gives the line that tells of it."""
        rng = random.Random(seed)
        name = rng.choice([*ACTS])
        kind = rng.choice(["kill", "kill", "kill later", "error", "disk", "disk", "file", "slow", "clock", "twice", "half"])
        act, (before, after), (steps, seconds, size) = ACTS[name], self.states[name], self.sizes[name]
        world = self.scratch / f"run-{seed}"
        disk: SmallDisk | None = None
        if kind == "disk" and mount:
            disk = SmallDisk(world, _bytes(self.bases[name]) + (1 << 14) + rng.randrange(max(1, size)))
            shutil.copytree(self.bases[name], world, dirs_exist_ok=True)
        else:
            shutil.copytree(self.bases[name], world)
        try:
            fault = {
                "kill": Fault(kill_at=rng.randint(1, max(1, steps))),
                "kill later": Fault(kill_after=rng.random() * seconds * 1.2),
                "error": Fault(error_at=rng.randint(1, max(1, steps))),
                "file": Fault(largest_file=rng.randint(1, 40_000)),
                "slow": Fault(slow=seed),
                "clock": Fault(clock=rng.choice([-1, 1]) * rng.random() * 400 * 86400),
            }.get(kind, Fault())
            if kind == "half" and name.startswith("ingest"):
                whole = (world / SECOND).read_bytes()
                (world / HALF).write_bytes(whole[: rng.randrange(len(whole))])
                told = run(take_half, world)
                (world / HALF).unlink()
            elif kind in {"twice", "slow"}:
                told = _beside(act, world, fault, seed)
            else:
                told = run(act, world, fault)
            _clear(told)
            if kind not in {"half"}:
                seen = done(state, world)
                assert seen in _between(name, before, after), ("after the fault a reader sees neither before nor after", seen)
            if disk is not None:
                disk.grow()
            done(act, world)
            assert (seen := done(state, world)) == after, ("done again, it is not what it should be", seen, after)
            done(act, world)
            assert (seen := done(state, world)) == after, ("done twice, something is doubled", seen, after)
            clean(world)
        finally:
            if disk is not None:
                disk.close()
            else:
                shutil.rmtree(world, ignore_errors=True)
        how = "killed" if told.killed else "refused" if told.problem else "went through"
        return f"{name}: {kind} {fault}: {how}"


def _between(name: str, before: dict[str, Any], after: dict[str, Any]) -> list[dict[str, Any]]:
    """What may be seen after a broken act: as before, as after, or between the two parts of an act that has two."""
    if name != "ingest+assess":
        return [before, after]
    return [before, {**before, "lake": after["lake"]}, after]


def _beside(act: Act, world: Path, fault: Fault, seed: int) -> Ended:
    """The act twice at once, or with readers beside it: each goes through or is told that another writes."""
    if not fault.slow:
        both_of_them = [Child(act, world, replace(fault, slow=seed)), Child(act, world, fault)]
        ends = [each.wait() for each in both_of_them]
        for each in ends:
            _clear(each)
        assert any(not each.problem for each in ends), [each.problem for each in ends]
        return ends[0]
    writer = Child(act, world, fault)
    readers = [Child(state, world, Fault()) for _ in range(2)]
    ends = [each.wait() for each in readers]
    told = writer.wait()
    assert all(not each.problem for each in ends), [each.problem for each in ends]
    return told


_CLEAR = ("yangban.", "builtins.OSError", "builtins.FileNotFoundError", "polars.exceptions.ComputeError")


def _clear(ended: Ended) -> None:
    """An act that fails says so by an error on purpose, or by that of the system."""
    assert not ended.problem or ended.problem.startswith(_CLEAR), ended.problem


def _bytes(folder: Path) -> int:
    return sum((path.stat().st_blocks * 512 for path in folder.rglob("*") if path.is_file()), 0)
