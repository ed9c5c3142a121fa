"""Reads music in a separate process, so that a stalled disk holds up nothing else.

A thread that waits for a stalled disk cannot be ended, nor can its process: its locks and pipes
stay open until the disk answers. So the engine's process never touches a music file. The reader's
process has one thread for each open file, and only that thread waits.

To open a file, the engine sends the reader its path and one end of a socket pair. The reader
answers on the other end with the file's size, and then with the bytes of each request.
"""

from __future__ import annotations

import errno
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
from contextlib import ExitStack, suppress
from io import FileIO

_ANSWER = struct.Struct("!q")
"""A size in bytes, or a negative error number."""

_REQUEST = struct.Struct("!qI")
"""An offset and a number of bytes."""

FILES_MOST = 32
"""Most files that may be open, or wait for a stalled disk, at once. The decks need five."""

PATH_MOST = 65536

APART = sys.platform == "linux"
"""Whether the reader is a process of its own. Elsewhere its threads run in this process."""


class Disk:
    """The reader's process, as the engine sees it. A reader that dies is replaced."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None

    def start(self) -> None:
        """Start the reader, so that the first file need not wait for it. Raises `OSError`."""
        with self._lock:
            if APART:
                self._reach()

    def open(self, path: str) -> socket.socket:
        """Return a connection from which the file will be read. Raises `OSError`."""
        ours, theirs = socket.socketpair()
        with theirs:
            if not APART:
                _begin(socket.socket(fileno=theirs.detach()), path)
                return ours
            with self._lock:
                try:
                    self._ask(path, theirs)
                except OSError:
                    self._let_go()
                    self._ask(path, theirs)
        return ours

    def _ask(self, path: str, connection: socket.socket) -> None:
        socket.send_fds(self._reach(), [os.fsencode(path)], [connection.fileno()])

    def _reach(self) -> socket.socket:
        """Return the connection to the reader; start the reader if there is none."""
        if self._control is None:
            self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with theirs:
                # This file needs no installed package, so it starts in a few milliseconds.
                self._process = subprocess.Popen(
                    [sys.executable, "-I", "-S", __file__],
                    stdin=theirs.fileno(),
                    stdout=subprocess.DEVNULL,
                )
        return self._control

    def _let_go(self) -> None:
        if self._control is not None:
            self._control.close()
        if self._process is not None:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(0.1)  # A reader exits when its control connection closes.
        self._control = self._process = None

    def close(self) -> None:
        """Let the reader go. If it waits for a disk, it ends once the disk answers."""
        with self._lock:
            process = self._process
            self._let_go()
        if process is not None:
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=1.0)


def ask_size(connection: socket.socket) -> int:
    """Return the size in bytes of the connection's file. Waits for the disk."""
    return _size(_receive(connection, _ANSWER.size))


def ask_bytes(connection: socket.socket, offset: int, most: int) -> bytes:
    """Read up to `most` bytes of the file from `offset`; fewer at its end. Waits for the disk."""
    connection.sendall(_REQUEST.pack(offset, most))
    return _receive(connection, _size(_receive(connection, _ANSWER.size)))


def _size(answer: bytes) -> int:
    (size,) = _ANSWER.unpack(answer)
    if size < 0:
        raise OSError(-size, os.strerror(-size))
    return int(size)


def _receive(connection: socket.socket, size: int) -> bytes:
    """Receive exactly `size` bytes. Raises `ConnectionError` if the other end has gone."""
    parts = bytearray()
    while len(parts) < size:
        part = connection.recv(size - len(parts))
        if not part:
            raise ConnectionError(errno.ECONNRESET, "the reader has gone")
        parts += part
    return bytes(parts)


# The reader's process.


def _begin(connection: socket.socket, path: str) -> None:
    """Serve one file from a thread of its own."""
    threading.Thread(target=_serve, args=(connection, path), name="file", daemon=True).start()


def _serve(connection: socket.socket, path: str) -> None:
    """Answer all requests for one file until nobody wants it any more."""
    with connection, suppress(OSError), ExitStack() as stack:
        try:
            file = stack.enter_context(open(path, "rb", buffering=0, opener=_at_once))
            connection.sendall(_ANSWER.pack(os.fstat(file.fileno()).st_size))
        except OSError as error:
            connection.sendall(_ANSWER.pack(-(error.errno or errno.EIO)))
            return
        while True:
            offset, most = _REQUEST.unpack(_receive(connection, _REQUEST.size))
            connection.sendall(_read(file, offset, most))


def _at_once(path: str, flags: int) -> int:
    """Open a file without waiting for the writer of a pipe."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _read(file: FileIO, offset: int, most: int) -> bytes:
    """Answer one request in full, or up to the file's end. Some disks and networks return less at
    once than one asks for."""
    found = bytearray()
    try:
        file.seek(offset)
        while len(found) < most and (part := file.read(most - len(found))):
            found += part
    except OSError as error:
        return _ANSWER.pack(-(error.errno or errno.EIO))
    return _ANSWER.pack(len(found)) + found


def serve(control: socket.socket) -> None:
    """Read the files that are asked for until the asker has gone."""
    # Music goes on while a session fades out: only its engine ends the reader.
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    while True:
        path, files, _, _ = socket.recv_fds(control, PATH_MOST, 1)
        if not path:
            os._exit(0)  # Threads that wait for a disk would hold up any other exit.
        connection = socket.socket(fileno=files[0])
        if threading.active_count() > FILES_MOST:
            with connection, suppress(ConnectionError):
                connection.sendall(_ANSWER.pack(-errno.EMFILE))
            continue
        _begin(connection, os.fsdecode(path))


if __name__ == "__main__":
    serve(socket.socket(fileno=0))
