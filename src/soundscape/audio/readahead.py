"""Reads a file some megabytes ahead of its player.

A sleeping disk, a network share or a weak radio link can take half a minute to answer. The bytes
read ahead bridge that time. A deck knows how many are left, so that it can fade out before it runs
dry.
"""

from __future__ import annotations

import math
import socket
import threading
from collections import deque
from contextlib import suppress

from soundscape.audio.disk import Disk, ask_bytes, ask_size

CHUNK = 65536
"""Bytes of one request to the disk."""

CHUNKS_AHEAD = 256
"""Least chunks kept ahead of the player: 16 MiB, which is 87 s of 16-bit WAV at 48 kHz, or many
minutes of MP3."""

AHEAD_S = 20.0
"""Least seconds kept ahead, at the rate of playing: a deck leaves with 12 left."""

CHUNKS_MORE = 32
"""Chunks kept beyond those ahead: a demuxer returns to a file's head and tail."""

SEEN_S = 3.0
"""Seconds over which the code judges whether the bytes ahead are shrinking."""

SEEN_LEAST_S = 1.0
"""Least seconds before the disk is judged: a starting player takes a second's worth at once, and on
a busy machine the reader is late."""

TRIES = 3
"""How often a file is opened again after its reader has died."""


class ReadAhead:
    """One file, read ahead by its own thread. One thread may call `open`, `read` and `seek`,
    another `close`, `ahead` and `left_s`."""

    def __init__(self, disk: Disk, path: str) -> None:
        self._disk = disk
        self._path = path
        self._changed = threading.Condition()
        self._chunks: dict[int, bytes] = {}
        self._place = 0
        self._failed = self._closed = False
        self._connection: socket.socket | None = None
        self._most = CHUNKS_AHEAD
        self._seen: deque[tuple[float, int, int]] = deque()
        self.size: int | None = None
        """Size of the file in bytes; None until the disk has told."""
        threading.Thread(target=self._fill, name="read ahead", daemon=True).start()

    # For the player.

    def open(self) -> int | None:
        """Return the file's size in bytes; None if it does not open. Waits for disk or `close`."""
        with self._changed:
            self._changed.wait_for(lambda: self.size is not None or self._over)
            return None if self._over else self.size

    def read(self, most: int) -> bytes | None:
        """Read the next bytes, b"" at the end; None if the disk fails. Waits as `open` does."""
        with self._changed:
            index, offset = divmod(self._place, CHUNK)
            self._changed.wait_for(lambda: index in self._chunks or self._at_end or self._over)
            chunk = self._chunks.get(index)
            if self._closed or (chunk is None and self._failed):
                return None
            found = (chunk or b"")[offset : offset + most]
            self._place += len(found)
            self._changed.notify_all()
            return found

    def seek(self, offset: int) -> None:
        """Go on reading from `offset`."""
        with self._changed:
            self._place = offset
            self._seen.clear()  # The bytes ahead of the new place say nothing about the disk.
            self._changed.notify_all()

    # For the deck.

    @property
    def ahead(self) -> int:
        """Bytes that can be played without the disk."""
        with self._changed:
            index, offset = divmod(self._place, CHUNK)
            size = 0
            while index in self._chunks:
                size += len(self._chunks[index])
                index += 1
            return max(size - offset, 0)

    def left_s(self, now: float) -> float:
        """Return the seconds until nothing is left, if the disk stalls or is too slow for the file.
        Infinity if it keeps up, or if the whole file is here."""
        with self._changed:
            ahead = self.ahead
            self._seen.append((now, ahead, self._place))
            while len(self._seen) > 2 and now - self._seen[1][0] > SEEN_S:
                self._seen.popleft()
            before, was, place = self._seen[0]
            if now - before < SEEN_LEAST_S:
                return math.inf
            wanted = AHEAD_S * (self._place - place) / (now - before)
            self._most = max(CHUNKS_AHEAD, math.ceil(wanted / CHUNK))
            self._changed.notify_all()
            if ahead >= was:
                return math.inf
            if self._place + ahead >= (self.size or 0):
                return math.inf
            return ahead * (now - before) / (was - ahead)

    def close(self) -> None:
        """Close the file: whoever waits for it continues at once, with nothing."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            if self._connection is not None:
                with suppress(OSError):  # Its reader has already gone.
                    self._connection.shutdown(socket.SHUT_RDWR)

    # For the thread.

    @property
    def _over(self) -> bool:
        return self._failed or self._closed

    @property
    def _at_end(self) -> bool:
        return self.size is not None and self._place >= self.size

    def _fill(self) -> None:
        for _ in range(TRIES):
            try:
                self._serve_player()
            except ConnectionError:  # The reader has died, or our own end was closed.
                if not self._closed:
                    continue
            except OSError:
                pass
            break
        with self._changed:
            self._failed = True
            self._changed.notify_all()

    def _serve_player(self) -> None:
        """Read what is missing until nobody wants it any more. Raises `OSError`."""
        with self._disk.open(self._path) as connection:
            with self._changed:
                if self._closed:
                    return
                self._connection = connection
            try:
                size = ask_size(connection)
                with self._changed:
                    self.size = size
                    self._changed.notify_all()
                while (index := self._await_missing()) is not None:
                    self._keep(index, ask_bytes(connection, index * CHUNK, CHUNK))
            finally:
                with self._changed:
                    self._connection = None

    def _await_missing(self) -> int | None:
        """Wait for the next chunk to read and return it; None after `close`."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._missing() is not None)
            return None if self._closed else self._missing()

    def _missing(self) -> int | None:
        first = self._place // CHUNK
        chunks = -(-(self.size or 0) // CHUNK)
        for index in range(first, min(first + self._most, chunks)):
            if index not in self._chunks:
                return index
        return None

    def _keep(self, index: int, chunk: bytes) -> None:
        with self._changed:
            self._chunks[index] = chunk
            if len(self._chunks) > self._most + CHUNKS_MORE:
                # What is behind goes first, then what is furthest ahead.
                here = self._place // CHUNK
                del self._chunks[max(self._chunks, key=lambda at: (at < here, abs(at - here)))]
            self._changed.notify_all()
