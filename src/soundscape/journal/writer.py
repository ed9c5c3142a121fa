"""Writes the as-run journal: its own thread appends and syncs the lines, and loses none.

The engine hands over entries and may wait for them to be on disk. If the disk is full or gone, the
lines stay in memory in order, are tried again every second, and the error is reported.

That memory survives the engine: the supervisor makes it and hands it to every engine, as a file
that is on no disk. A line is there before anybody waits for the disk, and goes once nothing waits
any more. Whoever may read this process's memory can read the file, so an encrypted session puts
nothing unencrypted into it.
"""

from __future__ import annotations

import json
import os
import queue
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from soundscape.atomic import write_whole
from soundscape.core.errors import JournalError
from soundscape.core.events import Entry, Fact, Stamp
from soundscape.core.ports import JournalHealth
from soundscape.home import make_private, open_private
from soundscape.journal.codec import encode, line_hash
from soundscape.journal.encryption import Cover, cover_of
from soundscape.journal.notes import new_note_id, write_note

RETRY_S = 1.0
LOOK_S = 2.0
"""Seconds between two looks at the file while nothing is written."""

LAST_TRY_S = 1.0
JOURNAL_NAME = "journal.jsonl"


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


class Batch:
    """Lines that go to disk together, or words of notes."""

    def __init__(self, lines: Sequence[str], notes: Mapping[str, str] | None = None) -> None:
        self.notes = dict(notes or {})
        self.data = "".join(f"{line}\n" for line in lines).encode("utf-8")
        self.lines = len(lines) + len(self.notes)
        self.since = time.monotonic()
        self._written = threading.Event()

    def wait(self, seconds: float) -> bool:
        """Wait for the disk for at most `seconds`; return whether all is written."""
        return self._written.wait(seconds)

    def done(self) -> None:
        """Mark the lines as synced; for the writer."""
        self._written.set()


class JournalWriter:
    """Appends to one journal. `last_n` and `last_hash` are those of its last whole line.

    `memory` keeps what waits for the disk beyond the end of this process; `waiting` is what an
    earlier engine left there, up to the last line. If the folder holds a lock, every line is
    encrypted; that needs no secret.
    """

    def __init__(
        self,
        folder: Path,
        last_n: int = 0,
        last_hash: str = "",
        memory: Memory | None = None,
        waiting: UnwrittenLines | None = None,
    ) -> None:
        self._folder = folder
        self._path = folder / JOURNAL_NAME
        self._cover = cover_of(folder)
        self._n = last_n
        self._hash = last_hash
        self._inbox: queue.SimpleQueue[Batch | None] = queue.SimpleQueue()
        self._waiting: deque[Batch] = deque()
        self._lock = threading.Lock()
        self._trouble = ""
        self._restored = 0
        self._giving_up = threading.Event()
        self._file: int | None = None
        self._memory = memory or Memory(None)
        if waiting is not None and (waiting.lines or waiting.notes):
            self._enqueue(Batch(waiting.lines, waiting.notes))
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    def append(self, stamp: Stamp, facts: Sequence[Fact]) -> Batch:
        """Number the facts, chain them, and send them to the disk: all of them, or none if one
        cannot be written as a line."""
        lines: list[str] = []
        n, last = self._n, self._hash
        for fact in facts:
            n += 1
            line = encode(Entry(n, stamp, fact, last))
            last = line_hash(line)
            lines.append(line if self._cover is None else self._cover.seal(line))
        self._n, self._hash = n, last
        return self._send(lines, {})

    def note(self, words: str) -> str:
        """Store a note's words in their own file as soon as the disk takes them; return its id."""
        note = new_note_id()
        self._send([], {note: words})
        return note

    def _send(self, lines: Sequence[str], notes: Mapping[str, str]) -> Batch:
        batch = Batch(lines, notes)
        with self._lock:  # Both at once: memory that is not yet waiting would be cleared.
            self._memory.add(lines, notes)
            self._enqueue(batch)
        return batch

    def _enqueue(self, batch: Batch) -> None:
        self._waiting.append(batch)
        self._inbox.put(batch)

    @property
    def health(self) -> JournalHealth:
        """How many lines wait for the disk, how long, and why."""
        with self._lock:
            lines = sum(batch.lines for batch in self._waiting)
            waited_s = time.monotonic() - self._waiting[0].since if self._waiting else 0.0
            return JournalHealth(lines, self._trouble, self._restored, waited_s)

    def close(self, seconds: float = 5.0) -> bool:
        """Write what is left, for at most `seconds`; return whether all of it is on disk."""
        self._inbox.put(None)
        self._thread.join(seconds)
        self._giving_up.set()
        self._thread.join(LAST_TRY_S)
        return self.health.waiting == 0

    def _run(self) -> None:
        while (batch := self._next()) is not None:
            while not self._write(batch):
                if self._giving_up.is_set():
                    return
                self._giving_up.wait(RETRY_S)  # `close` ends this wait, for one last try.
            self._done(batch)
        if self._file is not None:
            os.close(self._file)

    def _next(self) -> Batch | None:
        """Return the next batch to write; meanwhile check what was already written."""
        while True:
            try:
                return self._inbox.get(timeout=LOOK_S)
            except queue.Empty:
                with suppress(Exception):  # The next line will report it.
                    self._put_back()

    def _done(self, batch: Batch) -> None:
        with self._lock:
            self._waiting.popleft()
            if not self._waiting:
                self._memory.clear()
            self._trouble = ""
        batch.done()

    def _write(self, batch: Batch) -> bool:
        whole: int | None = None
        try:
            for note, words in batch.notes.items():
                write_note(self._folder, note, words)
            if not batch.data:
                return True
            self._put_back()
            if self._file is None:
                flags = os.O_RDWR | os.O_APPEND | os.O_CREAT
                self._file = open_private(str(self._path), flags)
            whole = os.fstat(self._file).st_size
            # After a torn line (from a power cut, for example) ours begins on a new line.
            torn = whole > 0 and os.pread(self._file, 1, whole - 1) != b"\n"
            left = memoryview(b"\n" * torn + batch.data)
            while left:
                left = left[os.write(self._file, left) :]
            os.fsync(self._file)
        except Exception as error:  # Whatever it is, the lines wait and the error is reported.
            self._take_back(whole)
            with self._lock:
                self._trouble = getattr(error, "strerror", None) or str(error)
            return False
        return True

    def _put_back(self) -> None:
        """Write the whole file again if somebody deleted it while we were writing it."""
        if self._file is None or os.fstat(self._file).st_nlink > 0:
            return
        size = os.fstat(self._file).st_size
        data = os.pread(self._file, size, 0)
        make_private(self._folder)
        write_whole(self._path, data)
        os.close(self._file)
        self._file = None
        with self._lock:
            self._restored += 1

    def _take_back(self, size: int | None) -> None:
        """Remove a half-written line, so that no line is ever torn."""
        if self._file is None:
            return
        try:
            if size is not None:
                os.ftruncate(self._file, size)
        except OSError:
            pass
        finally:
            os.close(self._file)
            self._file = None
