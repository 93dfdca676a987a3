"""Every error that Yangban raises on purpose.

::

    YangbanError
    ├── UsageError            the caller asked for something that cannot be (exit code 2)
    │   ├── UnknownRegion     no such place, or the name fits several
    │   ├── UnknownPeriod     a period that cannot be read
    │   ├── UnknownEdition    no such edition, or none in force on that day
    │   ├── UnknownIndicator  no such indicator
    │   ├── UnknownUnit       a unit that is not declared, or of another dimension
    │   └── NotAllowed        a step that state, role or record does not allow
    │       └── Stale         somebody else has acted since the caller looked
    ├── BookError             an entry of the book of standards is incomplete or contradicts itself
    ├── InputError            a file that cannot be read as what it claims to be (exit code 2)
    ├── WorkspaceError        the workspace is missing, damaged or in use (exit code 2)
    ├── LedgerRefusal         the points ledger does not post a request; nothing was written
    │   ├── KeyConflict       the same idempotency key with other content
    │   ├── NotEnoughPoints   more than there is to spend, to reverse or to settle
    │   ├── UnknownPosting    no such hold or operation, or it cannot be acted on in this way
    │   ├── WrongState        already delivered, cancelled, reversed; not yet due
    │   └── AccountClosed     the account takes no further postings
    └── Inconsistent          a step done again gives another value than the Figure: a fault of this program

A message says what is wrong, what was found, what was expected, and what to do about it.
"""

from __future__ import annotations

import errno


class YangbanError(Exception):
    """Base of every error raised on purpose; its text is meant for the person who will act on it."""


class UsageError(YangbanError):
    """The caller asked for something that cannot be."""


class UnknownRegion(UsageError):
    """No place has this code or name, or the name fits several places."""


class UnknownPeriod(UsageError):
    """The text is not a period, or not a real date."""


class UnknownEdition(UsageError):
    """No such edition of a standard, or none is in force on the day asked for."""


class UnknownIndicator(UsageError):
    """No such indicator."""


class UnknownUnit(UsageError):
    """A unit that is not known, or of another dimension than needed."""


class NotAllowed(UsageError):
    """A step that the state, the role of the actor or the record does not allow; ``rule`` is the word of what stands against it."""

    def __init__(self, rule: str, problem: str) -> None:
        super().__init__(problem)
        self.rule = rule


class Stale(NotAllowed):
    """Somebody else has acted since the caller looked; look again and decide anew."""

    def __init__(self, problem: str) -> None:
        super().__init__("stale", problem)


class BookError(YangbanError):
    """An entry of the book is incomplete or contradicts itself.

    The message names file and key.
    """

    def __init__(self, file: str, key: str, problem: str) -> None:
        super().__init__(f"{file}: {key}: {problem}")
        self.file = file
        self.key = key
        self.problem = problem


class InputError(YangbanError):
    """A file cannot be read as what it claims to be."""


class WorkspaceError(YangbanError):
    """The workspace is missing, damaged or in use by another writer."""


class LedgerRefusal(YangbanError):
    """The points ledger does not post a request; nothing was written."""


class KeyConflict(LedgerRefusal):
    """The idempotency key was used for another content."""


class NotEnoughPoints(LedgerRefusal):
    """More points than there are to spend, to take back or to settle."""


class UnknownPosting(LedgerRefusal):
    """No such hold or operation, or none that can be acted on in this way."""


class WrongState(LedgerRefusal):
    """The hold or operation is not in the state that the request needs."""


class AccountClosed(LedgerRefusal):
    """The account was closed and takes no further postings."""


class Inconsistent(YangbanError):
    """A step done again by hand gives another value than the Figure: a fault of this program, not of the data."""


_MACHINE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.ENOMEM, errno.EMFILE, errno.ENFILE, errno.EROFS})


def is_of_machine(problem: BaseException) -> bool:
    """Whether a full or broken disk, or another want of the machine, stopped a piece of work: no fault of what was given to it."""
    if isinstance(problem, OSError) and problem.errno is not None:
        return problem.errno in _MACHINE
    # Polars says in words what the system told it.
    return any(f"os error {number})" in str(problem) for number in _MACHINE)
