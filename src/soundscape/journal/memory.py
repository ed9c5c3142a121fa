"""Memory that survives an engine: the next engine writes what still waits for the disk.

The supervisor makes it and hands it to every engine, as a file that is on no disk. A line is there
before anybody waits for the disk, and goes once nothing waits any more. Whoever may read this
process's memory can read the file, so an encrypted session puts nothing unencrypted into it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from soundscape.core.errors import JournalError
from soundscape.journal.encryption import Cover


@dataclass(frozen=True, slots=True)
class UnwrittenLines:
    """Lines of a journal as they go to disk, and words of notes by their ids."""

    lines: tuple[str, ...] = ()
    notes: Mapping[str, str] = field(default_factory=dict, repr=False)


class Memory:
    """The file `descriptor`; None if the system has no such memory. One writer at a time. Lines
    arrive already encrypted; `cover` encrypts the words of notes here."""

    def __init__(self, descriptor: int | None, cover: Cover | None = None) -> None:
        self._file, self._cover = descriptor, cover
        self._size = 0 if descriptor is None else os.fstat(descriptor).st_size

    def add(self, lines: Sequence[str], notes: Mapping[str, str]) -> None:
        """Add lines and notes."""
        if self._file is None:
            return
        kept = dict(notes)
        if self._cover is not None:
            kept = {note: self._cover.seal_words(words) for note, words in notes.items()}
        data = json.dumps([list(lines), kept]).encode() + b"\n"
        with suppress(OSError):  # No memory is left: go on without it.
            self._size += os.pwrite(self._file, data, self._size)

    def clear(self) -> None:
        """Empty it: nothing waits any more."""
        if self._file is not None and self._size:
            self._size = 0
            with suppress(OSError):
                os.ftruncate(self._file, 0)

    def read(self) -> UnwrittenLines:
        """Return what waited when the last engine was interrupted."""
        if self._file is None:
            return UnwrittenLines()
        lines: list[str] = []
        notes: dict[str, str] = {}
        *whole, _ = os.pread(self._file, self._size, 0).split(b"\n")
        with suppress(ValueError, JournalError):  # Memory may have run out in the middle.
            for each in whole:
                more, words = json.loads(each)
                lines += more
                for note, text in words.items():
                    notes[note] = text if self._cover is None else self._cover.open_words(text)
        return UnwrittenLines(tuple(lines), notes)
