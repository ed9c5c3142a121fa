"""A control file that outlived its session, while another program listens on its port."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
from filelock import FileLock
from house import House
from port import Desk, Port

from soundscape.control import address as controls
from soundscape.control.address import (
    Control,
    Unreachable,
    forget_copy,
    keep_copy,
    proof,
    read_control,
)
from soundscape.control.client import Client
from soundscape.control.server import ControlPort
from soundscape.core.errors import NoSession
from soundscape.home import write_private

TOKEN = "t" * 43
CODE = "abcd1234"
WAY_OUT = "`soundscape run ARC` starts one"

ANSWERS = {
    "not found, a page": b"HTTP/1.1 404 Not Found\r\nContent-Length: 6\r\n\r\n<html>",
    "a page": b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>",
    "JSON": b'HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n{"a":1}',
    "a proof of another token": b"HTTP/1.1 200 OK\r\nContent-Length: 64\r\n\r\n" + b"a" * 64,
    "gone": b"HTTP/1.1 410 Gone\r\nContent-Length: 2\r\n\r\n{}",
    "a stream without an end": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n",
    "mail": b"220 mail.example ESMTP\r\n",
    "nothing, and hangs up": b"",
}


class Stranger:
    """A program on a port: it answers one thing to whatever it hears, and keeps what it heard."""

    def __init__(self, answer: bytes) -> None:
        self.heard = b""
        self._answer, self._lines = answer, list[socket.socket]()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._socket.getsockname()[1])
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while True:
            try:
                line, _ = self._socket.accept()
            except OSError:
                return
            self._lines.append(line)
            with suppress(OSError):
                line.settimeout(0.5)
                while heard := line.recv(65536):
                    self.heard += heard
                    line.sendall(self._answer)
                    if b"Content-Length" not in self._answer:
                        break
            if b"chunked" not in self._answer:
                line.close()

    def close(self) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # It wakes whoever waits in `accept`.
        self._thread.join()
        for each in (self._socket, *self._lines):
            each.close()


@pytest.fixture(params=ANSWERS.values(), ids=ANSWERS)
def stranger(request: pytest.FixtureRequest) -> Iterator[Stranger]:
    made = Stranger(request.param)
    yield made
    made.close()


def left_over(house: House, port: int) -> Control:
    """The control file of a session that was killed."""
    control = Control(port, TOKEN, CODE, ("soften", "stop", "transition"))
    write_private(house.home.control, control.as_text())
    return read_control(house.home.control)


def test_a_stranger_on_the_port_is_no_session_and_never_sees_the_token(
    house: House, stranger: Stranger
) -> None:
    """Whatever another program answers, it is no session; nothing that we send tells the token."""
    with closing(Client(left_over(house, stranger.port))) as client:
        with pytest.raises(NoSession, match="no session is running"):
            client.status()
        with pytest.raises(NoSession, match="`soundscape run ARC` starts one"):
            client.cue("soften", [])
    assert b"/proof/" in stranger.heard
    assert TOKEN.encode() not in stranger.heard


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        ("soften",),
        ("stop",),
        ("status",),
        ("status", "--json"),
        ("attach", "--no-screen"),
        ("remote", "on"),
    ],
    ids=" ".join,
)
def test_every_command_to_a_session_says_that_there_is_none(
    house: House, words: tuple[str, ...]
) -> None:
    """Exit 1, one line that names the way out, and no traceback."""
    stranger = Stranger(ANSWERS["not found, a page"])
    with closing(stranger):
        left_over(house, stranger.port)
        done = house.call(*words)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("no session is running; `soundscape run ARC` starts one")
    assert TOKEN.encode() not in stranger.heard


@pytest.mark.slow
def test_a_session_begins_beside_a_stale_control_file(house: House) -> None:
    """`run` does not refuse for a session that is gone, and cues reach the new one."""
    with closing(Stranger(ANSWERS["a page"])) as stranger:
        left_over(house, stranger.port)
        code = house.play(speed=1)
        assert code != CODE
        assert house.call("soften").returncode == 0


def test_a_silent_port_is_no_session_where_no_engine_holds_the_lock(house: House) -> None:
    """An engine that hangs holds the home's lock; a stranger that says nothing does not."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        control = left_over(house, silent.getsockname()[1])
        with closing(Client(control, 0.2)) as client, pytest.raises(NoSession, match="no session"):
            client.cue("stop", [])
        silent.setblocking(False)
        silent.accept()[0].close()
        with pytest.raises(BlockingIOError):  # It was asked once, for `PROOF_S` at most.
            silent.accept()


def test_the_port_proves_itself_without_the_token_and_tells_nothing_else(
    alone: ControlPort, desk: Desk
) -> None:
    """The proof is keyed with the token, for this port and this nonce; a foreign page gets none."""
    control, port = alone.control, Port(alone.control)
    asked = {"Authorization": None}
    status, shown = port.ask("GET", "/proof/abc", None, asked)
    assert (status, shown) == (200, proof(control.token, control.port, "abc"))
    others = {
        proof(control.token, control.port, "abd"),
        proof(control.token, control.port + 1, "abc"),
        proof(control.token + "x", control.port, "abc"),
    }
    assert shown not in others
    assert len(others) == 3
    status, _ = port.ask("GET", "/proof/abc", None, {**asked, "Origin": "https://example.org"})
    assert status == 403
    assert desk.asked == []


def test_a_copy_in_memory_counts_while_its_supervisor_lives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is read before the disk is asked, and no longer than its session lives. Whatever else lies
    there by its name, as anybody may write there, is passed over."""
    memory, path = tmp_path / "memory", tmp_path / "control.json"
    monkeypatch.setattr(controls, "MEMORY", memory)
    write_private(path, Control(1, "file", CODE, ()).as_text())
    keep_copy(path, "{}")  # There is no such memory yet.
    memory.mkdir()
    words = [sys.executable, "-c", "input()", "soundscape.process.supervisor"]
    with subprocess.Popen(words, stdin=subprocess.PIPE) as supervisor:
        text = Control(1, "copy", CODE, (), supervisor=supervisor.pid).as_text()
        keep_copy(path, text)
        assert read_control(path).token == "copy"
        (copy,) = memory.iterdir()
        copy.unlink()
        os.mkfifo(copy)
        assert read_control(path).token == "file"
        copy.unlink()
        other = tmp_path / "other.json"
        other.write_text(text, "utf-8")
        copy.symlink_to(other)
        assert read_control(path).token == "file"
        keep_copy(path, text)
        if os.geteuid() == 0:
            os.chown(copy, 65534, 65534)
            assert read_control(path).token == "file"
            keep_copy(path, text)
        assert read_control(path).token == "copy"
        supervisor.communicate(b"\n")
    assert read_control(path).token == "file"
    forget_copy(path)
    assert not copy.exists()


@pytest.mark.parametrize("port", [0, -1, 65536, 10**9])
@pytest.mark.parametrize("token", ["", "a\nb", "ä"])
def test_numbers_that_are_no_port_and_words_that_are_no_token(
    tmp_path: Path, port: int, token: str
) -> None:
    """They would fail deep in a library: the file is read as damaged."""
    path = tmp_path / "control.json"
    for one, other in ((port, TOKEN), (1024, token)):
        told = {"port": one, "token": other, "session": CODE, "cues": []}
        path.write_text(json.dumps(told), "utf-8")
        with pytest.raises(NoSession, match="is damaged"):
            read_control(path)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "3", '{"port": "x"}', '{"port": 9}'])
def test_a_damaged_control_file_is_told_in_words(tmp_path: Path, text: str) -> None:
    """No word of the language that the program is written in, whatever the file holds."""
    path = tmp_path / "control.json"
    path.write_text(text, "utf-8")
    with pytest.raises(NoSession) as told:
        read_control(path)
    assert str(told.value) == f"{path}: is damaged; no session is running; {WAY_OUT}"


def test_a_damaged_control_file_of_a_session_that_runs_did_not_break_off(house: House) -> None:
    """Its disk takes no writes, so that nothing mends the file: what is said is how that ends."""
    house.home.run.mkdir(parents=True)
    house.home.control.write_text("{", "utf-8")
    with (
        FileLock(house.home.lock),
        pytest.raises(Unreachable, match="as soon as the disk takes it"),
    ):
        read_control(house.home.control)
    with FileLock(house.home.lock):
        told = house.call("stop").stderr
    assert "is damaged; the session that runs" in told
    assert not Path("/proc/locks").exists() or f"`kill {os.getpid()}` fades it out" in told


def test_a_port_hangs_only_over_time_in_which_it_was_asked(alone: ControlPort) -> None:
    """A process that stood still in the very moment in which its port was asked finds that the
    last asking was long ago. The port has had no time to answer."""
    alone._turned.clear()
    alone._asked_at -= 100.0
    assert alone.turns()
    for _ in range(10):
        alone._turned.clear()
        alone._asked_at -= 100.0
        turns = alone.turns()
    assert not turns
