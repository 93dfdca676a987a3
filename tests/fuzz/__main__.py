"""``python -m fuzz --inputs 1000000 --seed 1 --jobs 2``: changed inputs through every door; each fault is told with its input.

Engines: ``own`` changes valid samples by a seed, ``atheris`` is led by which lines of the program an input reaches (needs the extra
``fuzz``), ``hypothesis`` builds tables, trees and shapes by their structure. The number of inputs is shared among the doors.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import random
import shutil
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

STUCK = 180
"""Seconds after which a process that writes down no further input is ended: what the alarm cannot interrupt is no Python."""


PATIENCE = 20
"""Inputs that took too long after which a door is left: one place that hangs is enough to look at."""


def shares(names: dict[str, int], inputs: int) -> dict[str, int]:
    """How many inputs each door gets."""
    whole = sum(names.values())
    return {name: max(1, inputs * share // whole) for name, share in names.items()}


class Report:
    """What a process found, kept in a file as it goes, so that nothing is lost with the process."""

    def __init__(self, file: Path) -> None:
        self.file = file.open("a", encoding="utf-8")
        self.seen: set[tuple[str, str]] = set()

    def fault(self, fault: Any) -> None:
        if fault.key in self.seen:
            return
        self.seen.add(fault.key)
        row = {
            "door": fault.door,
            "kind": fault.kind,
            "where": fault.where,
            "told": fault.told,
            "data": base64.b64encode(fault.data).decode(),
        }
        self.write(row)

    def write(self, row: dict[str, Any]) -> None:
        self.file.write(json.dumps(row, ensure_ascii=False) + "\n")
        self.file.flush()


def own(name: str, count: int, seed: int, file: Path) -> None:
    """The inputs of one door by our own changes."""
    from fuzz import watch
    from fuzz.doors import doors
    from fuzz.mutate import changed

    door, report = doors()[name], Report(file)
    for sample in door.samples:
        watch.through(door, sample, slow=30)
    watch.limit_memory()
    pick, begun = random.Random(f"{seed} {name}"), time.monotonic()
    now = file.with_suffix(".now")
    done = late = 0
    with watch.alarm():
        while done < count and late < PATIENCE:
            data = changed(pick, door)
            if done % 64 == 0 or door.share < 30:
                now.write_bytes(data)
            fault = watch.through(door, data)
            done += 1
            if fault is not None:
                report.fault(fault)
                late += fault.kind in {"Hang", "slow"}
    report.write({"door": name, "inputs": done, "seconds": time.monotonic() - begun})


def by_structure(name: str, count: int, seed: int, file: Path) -> None:
    """The inputs of one door as Hypothesis builds them."""
    from hypothesis import HealthCheck, Phase, given, settings
    from hypothesis import seed as seeded

    from fuzz import watch
    from fuzz.doors import doors
    from fuzz.structure import inputs_of

    door, report, done, now = doors()[name], Report(file), [0], file.with_suffix(".now")
    for sample in door.samples:
        watch.through(door, sample, slow=30)
    watch.limit_memory()
    begun = time.monotonic()

    @seeded(seed)
    @settings(max_examples=count, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(inputs_of(name))
    def take(data: bytes) -> None:
        if done[0] % 64 == 0:
            now.write_bytes(data)
        done[0] += 1
        fault = watch.through(door, data)
        if fault is not None:
            report.fault(fault)

    with watch.alarm():
        take()
    report.write({"door": name, "inputs": done[0], "seconds": time.monotonic() - begun})


def led(name: str, count: int, seed: int, file: Path) -> None:
    """The inputs of one door as libFuzzer chooses them by what they reach; half of the changes are our own."""
    import atheris

    with atheris.instrument_imports(include=["yangban", "tomllib"]):
        from fuzz.doors import doors

        door = doors()[name]
    from fuzz import watch
    from fuzz.mutate import changed

    report, done, begun = Report(file), [0], time.monotonic()
    corpus, now = file.with_suffix(".corpus"), file.with_suffix(".now")
    corpus.mkdir()
    for n, sample in enumerate(door.samples):
        (corpus / str(n)).write_bytes(sample)
        watch.through(door, sample, slow=60)

    def take(data: bytes) -> None:
        if done[0] % 20 == 0:
            now.write_bytes(data)
        fault = watch.through(door, data, slow=watch.SECONDS * 3)  # the counting of lines slows everything
        if fault is not None:
            report.fault(fault)
        done[0] += 1
        if done[0] == count:
            report.write({"door": name, "inputs": count, "seconds": time.monotonic() - begun})

    def change(data: bytes, most: int, said: int) -> bytes:
        pick = random.Random(said)
        return atheris.Mutate(data, most) if pick.random() < 0.5 else changed(pick, door, pool=(data,))[:most]

    arguments = [sys.argv[0], f"-runs={count}", f"-seed={seed}", "-timeout=60", "-rss_limit_mb=4096", "-max_len=32768", "-verbosity=0"]
    with watch.alarm():
        atheris.Setup([*arguments, str(corpus)], take, custom_mutator=change)
        atheris.Fuzz()


ENGINES = {"own": own, "atheris": led, "hypothesis": by_structure}


def _start(engine: str, work: dict[str, int], seed: int, file: Path) -> int:
    """A process of its own, begun anew: libraries with threads do not survive a fork, and counters go in before anything else."""
    asked = ["--engine", engine, "--seed", str(seed), "--alone", str(file), "--work", json.dumps(work)]
    pid = os.fork()
    if pid == 0:
        try:
            told = os.open(file.with_suffix(".out"), os.O_WRONLY | os.O_CREAT)
            os.dup2(told, 1)
            os.dup2(told, 2)
            os.execv(sys.executable, [sys.executable, "-m", "fuzz", *asked])
        finally:
            os._exit(1)
    return pid


def _done(file: Path) -> set[str]:
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    return {row["door"] for row in rows if "inputs" in row}


def run(engine: str, work: dict[str, int], *, seed: int, jobs: int, folder: Path) -> None:
    """Do the work in processes, some doors in each; one that ends or is stuck has its door named, and the others of its doors go on."""
    size = 1 if engine == "atheris" else max(1, len(work) // (jobs * 4))
    names = sorted(work, key=lambda name: -work[name])
    waiting = [{name: work[name] for name in names[n :: max(1, len(names) // size)]} for n in range(max(1, len(names) // size))]
    running: dict[int, tuple[dict[str, int], Path]] = {}
    number = 0
    while waiting or running:
        while waiting and len(running) < jobs:
            part, number = waiting.pop(0), number + 1
            file = folder / f"{number:03d}.jsonl"
            file.touch()
            running[_start(engine, part, seed, file)] = (part, file)
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid:
            part, file = running.pop(pid)
            left = {name: count for name, count in part.items() if name not in _done(file)}
            if left:
                name, now = next(iter(left)), file.with_suffix(".now")
                data = base64.b64encode(now.read_bytes() if now.exists() else b"").decode()
                end = file.with_suffix(".out").read_text(encoding="utf-8", errors="replace")[-1500:]
                row = {"door": name, "kind": "the process ended", "where": name, "told": f"status {status}\n{end}", "data": data}
                Report(file).write(row)
                left.pop(name)
                waiting += [left] if left else []
            continue
        for pid, (_, file) in running.items():
            now = file.with_suffix(".now")
            if time.time() - (now if now.exists() else file).stat().st_mtime > STUCK:
                os.kill(pid, 9)
        time.sleep(0.05)


def told(folder: Path) -> tuple[list[dict[str, Any]], dict[str, tuple[int, float]]]:
    """Faults, each once, and how many inputs each door took in how many seconds."""
    faults: dict[tuple[str, str], dict[str, Any]] = {}
    counts: dict[str, tuple[int, float]] = defaultdict(lambda: (0, 0.0))
    for file in sorted(folder.glob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            if "inputs" in row:
                count, seconds = counts[row["door"]]
                counts[row["door"]] = count + row["inputs"], seconds + row["seconds"]
            else:
                faults.setdefault((row["kind"], row["where"]), row)
    return list(faults.values()), counts


def main() -> int:
    """Run what was asked for; 1 when any input was taken wrongly."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--inputs", type=int, default=100_000)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--jobs", type=int, default=2)
    asked.add_argument("--engine", choices=[*ENGINES], default="own")
    asked.add_argument("--only", action="append", default=[], help="a door, by its name; may be given several times")
    asked.add_argument("--keep", type=Path, help="a folder for the inputs of faults")
    asked.add_argument("--alone", type=Path, help=argparse.SUPPRESS)
    asked.add_argument("--work", help=argparse.SUPPRESS)
    given = asked.parse_args()
    if given.alone:
        for name, count in json.loads(given.work).items():
            ENGINES[given.engine](name, count, given.seed, given.alone)
        return 0
    import tempfile

    begun = time.monotonic()
    memory = "/dev/shm"  # files are read ten times as quickly from there, where there is such a place
    folder = Path(tempfile.mkdtemp(prefix="yangban-fuzz-", dir=memory if os.access(memory, os.W_OK) else None))
    os.environ["YANGBAN_FUZZ_SCRATCH"] = str(folder)
    from fuzz.doors import doors

    try:
        if given.engine == "hypothesis":
            from fuzz.structure import BUILT

            known = {name: doors()[name].share for name in BUILT}
        else:
            known = {name: door.share for name, door in doors().items()}
        unknown = [name for name in given.only if name not in known]
        if unknown:
            print(f"no door {unknown[0]!r}; there are: {', '.join(known)}", file=sys.stderr)
            return 2
        work = shares({name: share for name, share in known.items() if not given.only or name in given.only}, given.inputs)
        run(given.engine, work, seed=given.seed, jobs=given.jobs, folder=folder)
        faults, counts = told(folder)
        if given.keep:
            given.keep.mkdir(parents=True, exist_ok=True)
            for n, fault in enumerate(faults):
                (given.keep / f"{n:03d}-{fault['door'].replace(' ', '-')}").write_bytes(base64.b64decode(fault["data"]))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    for name, (count, seconds) in sorted(counts.items()):
        print(f"{name:28} {count:9,} inputs {seconds:7.1f} s")
    for n, fault in enumerate(faults):
        print(f"\nFAULT {n}: {fault['kind']} at {fault['where']}, door {fault['door']!r}\n{fault['told']}", file=sys.stderr)
        print(f"input: {base64.b64decode(fault['data'])[:300]!r}", file=sys.stderr)
    total = sum(count for count, _ in counts.values())
    print(f"{total:,} inputs ({given.engine}) from seed {given.seed} in {time.monotonic() - begun:.0f} s: {len(faults)} kinds of faults")
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
