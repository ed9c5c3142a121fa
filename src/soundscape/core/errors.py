"""The error tree.

::

    SoundscapeError            exit 1   could not; says what was kept
    ├── InputError             exit 2   a named input is bad; lists every fault
    ├── NoSession              exit 1   a cue was given and no session is running
    ├── NoSound                exit 1   no output makes sound
    └── JournalError           exit 1   a journal cannot be read or written

Foreign errors (libVLC, mutagen, PyAV, ruamel.yaml, SQLite, the operating system) become one of
these once, at the boundary that meets them. `str(error)` is the whole message for a person: what
happened and what to do next.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from soundscape.core.names import alike


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with one input.

    `what` says what is wrong and what was expected; `do` says what to do, if that is not
    obvious. `line` and `column` count from 1; None if the fault has no such place.
    """

    where: str
    what: str
    do: str = ""
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.where, self.line, self.column) if part)
        return f"{place}: {self.what}" + (f"; {self.do}" if self.do else "")


class SoundscapeError(Exception):
    """The root: any error that this program can explain."""

    exit_code = 1


class InputError(SoundscapeError):
    """One or more faults in what the person named, all of them, in order of place."""

    exit_code = 2

    def __init__(self, faults: Sequence[Fault], summary: str = "") -> None:
        self.faults = tuple(faults)
        self.summary = summary
        super().__init__("\n".join([*([summary] if summary else []), *map(str, self.faults)]))


class Interrupted(SoundscapeError):
    """Ctrl-C ended a command; the message says what was kept."""

    exit_code = 130


class NoSession(SoundscapeError):
    """No session is running under this home."""


class NoSound(SoundscapeError):
    """No output device makes sound."""


class JournalError(SoundscapeError):
    """A journal cannot be read or written."""


def nearest(word: str, known: Sequence[str], most: int = 1) -> str:
    """Suggest the known name that a misspelt word may mean, as text; "" if none is near."""
    *others, last = [f"`{name}`" for name in alike(word, known, most)] or [""]
    return f"did you mean {', '.join(others)}{' or ' if others else ''}{last}?" if last else ""
