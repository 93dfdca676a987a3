"""What threads of one process ask at the same moment, done by one of them for all: one transaction, one commit, and nobody waits in line.

Whoever asks while nobody works, works: for itself and for all who wait. Whoever asks while somebody works, waits; of those who wait the
first does the next turn. Nothing is put off: without a crowd a question is worked on at once.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

Q = TypeVar("Q")
A = TypeVar("A")

GATHER: Final = 0.0004
"""Seconds for which a turn waits for others when the turn before had some: they are on their way back."""


class _Ticket(Generic[Q, A]):
    """A question in line. ``bell`` is locked until there is an answer, or the lead to take: a bare lock wakes quicker than an event."""

    __slots__ = ("answers", "bell", "leads", "problem", "question")

    def __init__(self, question: Q) -> None:
        self.question = question
        self.bell = threading.Lock()
        self.bell.acquire()
        self.answers: list[A] = []
        self.problem: BaseException | None = None
        self.leads = False


@dataclass
class _Line(Generic[Q, A]):
    waiting: deque[_Ticket[Q, A]] = field(default_factory=deque)
    busy: bool = False
    crowd: int = 1


class Together(Generic[Q, A]):
    """``work`` answers questions that belong together, at most ``most`` at a time: all of them, or it raises and has done nothing."""

    def __init__(self, work: Callable[[Hashable, Sequence[Q]], Sequence[A]], most: int) -> None:
        self.work = work
        self.most = most
        self._lock = threading.Lock()
        self._lines: dict[Hashable, _Line[Q, A]] = {}

    def ask(self, place: Hashable, question: Q) -> A:
        """The answer to a question; raises what the work raises for this very question."""
        ticket: _Ticket[Q, A] = _Ticket(question)
        with self._lock:
            line = self._lines.setdefault(place, _Line())
            line.waiting.append(ticket)
            ticket.leads, line.busy = not line.busy, True
        if not ticket.leads:
            ticket.bell.acquire()
        if ticket.leads:
            self._lead(place, line)
        if ticket.problem is not None:
            raise ticket.problem
        return ticket.answers[0]

    def _lead(self, place: Hashable, line: _Line[Q, A]) -> None:
        """One turn; then the first of those who came meanwhile leads the next."""
        if line.crowd > 1:
            time.sleep(GATHER)
        with self._lock:
            turn = [line.waiting.popleft() for _ in range(min(len(line.waiting), self.most))]
            line.crowd = len(turn)
        try:
            self._answer(place, turn)
        finally:
            with self._lock:
                line.busy = bool(line.waiting)
                heir = line.waiting[0] if line.waiting else None
            if heir is not None:
                heir.leads = True
                heir.bell.release()
            for each in turn:
                if not each.answers and each.problem is None:
                    each.problem = RuntimeError("the turn was broken off")
                if not each.leads:
                    each.bell.release()

    def _answer(self, place: Hashable, turn: Sequence[_Ticket[Q, A]]) -> None:
        try:
            found = self.work(place, [each.question for each in turn])
        except Exception as told:
            if len(turn) == 1:
                turn[0].problem = told
                return
            # One question must not spoil the others: each is asked by itself, and answered by itself.
            for each in turn:
                self._answer(place, [each])
            return
        for each, answer in zip(turn, found, strict=True):
            each.answers.append(answer)
