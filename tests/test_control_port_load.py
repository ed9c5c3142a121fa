"""Many, slow and endless clients at the control port: refused cheaply, and no cue kept out."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import pytest
from examples import examples
from house import PATIENCE_S, House, house_in, until
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from port import Desk, Port

from soundscape.control import http, server
from soundscape.control.address import read_control
from soundscape.control.client import Client


@pytest.fixture(scope="module")
def playing(tmp_path_factory: pytest.TempPathFactory, stock: Path) -> Iterator[House]:
    """A session that plays at the pace of the clock; at the end it must play on, unharmed."""
    with house_in(tmp_path_factory.mktemp("load"), stock) as made:
        made.play(speed=1)
        yield made
        status = made.status()
        assert status["state"] == "playing"
        assert status["health"]["faults"] == 0
        assert made.home.log.read_text("utf-8") == ""


@pytest.fixture
def port(playing: House) -> Port:
    """Its port."""
    return Port(read_control(playing.home.control))


@pytest.mark.slow
def test_a_slow_client_holds_up_nobody(port: Port, playing: House) -> None:
    """Clients that send half a request and wait keep no other from being answered; the rest of
    their request is answered when it comes."""
    body = b'{"words": []}'
    head = (
        f"POST /cue/mark HTTP/1.1\r\nHost: 127.0.0.1:{port.control.port}\r\n"
        f"Authorization: Bearer {port.control.token}\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode()
    slow = [socket.create_connection(("127.0.0.1", port.control.port)) for _ in range(20)]
    try:
        for each in slow[:10]:
            each.sendall(head[:30])
        for each in slow[10:]:
            each.sendall(head + body[:5])
        assert playing.call("mark").returncode == 0
        assert port.ask("GET", "/status")[0] == 200
        for each in slow[:10]:
            each.sendall(head[30:] + body)
        for each in slow[10:]:
            each.sendall(body[5:])
        for each in slow:
            each.settimeout(PATIENCE_S)
            assert each.recv(100).startswith(b"HTTP/1.1 200 OK")
    finally:
        for each in slow:
            each.close()


def test_a_refused_request_is_not_read(port: Port) -> None:
    """Whoever is refused before the body is cut off there: of a gigabyte announced and sent on
    and on, with a wrong token or as too large, the server takes in no more than its buffers."""
    length = "Content-Length: 1000000000"
    chunks = "Transfer-Encoding: chunked"
    for token, body, code in (
        ("wrong", length, b"401"),
        ("wrong", chunks, b"401"),
        (port.control.token, length, b"413"),
        (port.control.token, chunks, b"413"),
    ):
        head = (
            f"POST /cue/mark HTTP/1.1\r\nHost: 127.0.0.1:{port.control.port}\r\n"
            f"Authorization: Bearer {token}\r\n{body}\r\n\r\n"
        )
        chunk = b"1000\r\n" + b"x" * 0x1000 + b"\r\n"
        with socket.create_connection(("127.0.0.1", port.control.port)) as raw:
            raw.settimeout(PATIENCE_S)
            sent = raw.send(head.encode())
            with suppress(ConnectionError):
                while sent < 50_000_000:
                    sent += raw.send(chunk)
            assert sent < 10_000_000
            with suppress(ConnectionError):
                assert raw.recv(100).startswith(b"HTTP/1.1 " + code)


def test_a_thousand_connections_keep_no_cue_out(port: Port, playing: House) -> None:
    """Of 1,000 that connect and say nothing only so many stay, the newest; a client that is held
    all the while is answered on the same connection, and so is a new one, and another process."""
    engine = playing.status()["pids"]["engine"]
    with ExitStack() as stack:
        held = stack.enter_context(closing(Client(port.control)))
        assert held.cue("mark", ["before"]).ok
        silent = [
            stack.enter_context(socket.create_connection(("127.0.0.1", port.control.port)))
            for _ in range(1000)
        ]
        assert held.cue("mark", ["held"]).ok
        assert port.ask("GET", "/status")[0] == 200
        assert playing.call("mark", "new").returncode == 0
        open_files = list(Path(f"/proc/{engine}/fd").iterdir())
        assert len(open_files) < http.MOST + 60
        silent[0].settimeout(PATIENCE_S)
        assert dropped(silent[0])
        silent[-1].setblocking(False)
        with pytest.raises(BlockingIOError):
            silent[-1].recv(1)


def dropped(raw: socket.socket) -> bool:
    """Whether the other side has ended the connection, for whatever it sent."""
    try:
        return raw.recv(1000) == b""
    except ConnectionError:
        return True


def answer_of(raw: socket.socket) -> bytes:
    """An answer with an empty object for a body, all of it."""
    answer = b""
    while not answer.endswith(b"{}"):
        answer += raw.recv(1000)
    return answer


@pytest.mark.parametrize("part", ["nothing", "half a head", "half a body", "byte by byte"])
def test_who_does_not_finish_a_request_is_dropped(
    alone: server.ControlPort, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    """A request has to be whole in time, with or without the token, however its bytes trickle."""
    monkeypatch.setattr(http, "READ_S", 0.3)
    control = alone.control
    head = (
        f"POST /cue/mark HTTP/1.1\r\nHost: 127.0.0.1:{control.port}\r\n"
        f"Authorization: Bearer {control.token}\r\nContent-Length: 100\r\n\r\n"
    ).encode()
    with socket.create_connection(("127.0.0.1", control.port)) as raw:
        raw.settimeout(PATIENCE_S)
        if part == "byte by byte":
            sent = 0
            with suppress(ConnectionError):
                for sent in range(len(head)):
                    raw.sendall(head[sent : sent + 1])
                    time.sleep(0.05)
            assert sent < len(head) // 2
            return
        raw.sendall({"nothing": b"", "half a head": head[:40], "half a body": head + b"{"}[part])
        assert dropped(raw)


def test_who_showed_the_token_may_wait_and_is_never_the_one_to_go(
    desk: Desk, alone: server.ControlPort, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A held connection outlasts the time that a request may take, and any number of strangers;
    a second request on it has its own time, and is dropped when it does not come whole."""
    monkeypatch.setattr(http, "READ_S", 0.3)
    monkeypatch.setattr(http, "MOST", 5)
    ask = (
        f"GET /status HTTP/1.1\r\nHost: 127.0.0.1:{alone.control.port}\r\n"
        f"Authorization: Bearer {alone.control.token}\r\n\r\n"
    ).encode()
    with ExitStack() as stack:
        held = stack.enter_context(socket.create_connection(("127.0.0.1", alone.control.port)))
        held.settimeout(PATIENCE_S)
        for count in (1, 2):
            held.sendall(ask)
            until(lambda: len(desk.asked) == count, "for the question")  # noqa: B023
            desk.asked[-1].set_result({})
            assert answer_of(held).startswith(b"HTTP/1.1 200")
            for _ in range(20):
                stack.enter_context(socket.create_connection(("127.0.0.1", alone.control.port)))
            time.sleep(0.5)
        held.sendall(ask[:-2])
        assert dropped(held)


def test_the_token_is_compared_in_constant_time(
    alone: server.ControlPort, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every answer to a token comes through the comparison that takes as long for any two."""
    seen: list[bytes] = []

    def compare(given: bytes, wanted: bytes) -> bool:
        seen.append(given)
        return False

    monkeypatch.setattr(server.secrets, "compare_digest", compare)
    assert Port(alone.control).ask("GET", "/status")[0] == 401
    assert seen == [f"Bearer {alone.control.token}".encode()]


HEADS = st.lists(
    st.sampled_from((
        b"GET ", b"POST ", b"/status", b"/cue/mark", b" HTTP/1.1\r\n", b"\r\n", b"\r\n\r\n",
        b"Authorization: Bearer ", b"Content-Length: ", b"Transfer-Encoding: chunked", b"5\r\n",
        b"Host: ", b"-1", b"9" * 5000, b"Expect: 100-continue\r\n",
        b"Upgrade: websocket\r\nConnection: Upgrade",
        b"\0", b"\xff", b'{"words": [', b"[" * 9000, b"]}",
    )) | st.binary(max_size=20),
    max_size=25,
).map(b"".join)  # fmt: skip


@settings(
    max_examples=examples(150),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(told=HEADS, good=st.booleans())
def test_whatever_is_sent_the_port_answers_on(
    desk: Desk, alone: server.ControlPort, caplog: pytest.LogCaptureFixture, told: bytes, good: bool
) -> None:
    """Any bytes, after a good head or by themselves, end in an answer of HTTP or in the end of that
    connection; the next client is answered, and nothing is logged."""
    head = (
        f"POST /cue/mark HTTP/1.1\r\nHost: 127.0.0.1:{alone.control.port}\r\n"
        f"Authorization: Bearer {alone.control.token}\r\n"
    ).encode()
    asked = len(desk.asked)
    with socket.create_connection(("127.0.0.1", alone.control.port)) as raw:
        raw.settimeout(PATIENCE_S)
        with suppress(ConnectionError):
            raw.sendall(head * good + told)
            raw.shutdown(socket.SHUT_WR)
            if len(desk.asked) == asked and (answer := raw.recv(100)):
                assert answer.startswith(b"HTTP/1.1 ")
                assert not answer.startswith(b"HTTP/1.1 500")
    assert Port(alone.control).ask("GET", "/status", headers={"Authorization": None})[0] == 401
    assert caplog.records == []
