"""The control port of a real session: who gets in, what is answered, and what nobody can break."""

from __future__ import annotations

import gc
import json
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from house import PATIENCE_S, House, house_in, until
from port import Answer, Desk, Port

from soundscape.control import server
from soundscape.control.address import read_control
from soundscape.control.client import Client
from soundscape.control.http import BODY_MOST
from soundscape.core.cues.table import CUES
from soundscape.core.errors import Fault, InputError, NoSession, SoundscapeError
from soundscape.core.reply import Reply


@pytest.fixture(scope="module")
def playing(tmp_path_factory: pytest.TempPathFactory, stock: Path) -> Iterator[House]:
    """A session that plays at the pace of the clock."""
    with house_in(tmp_path_factory.mktemp("port"), stock) as made:
        made.play(speed=1)
        yield made


@pytest.fixture
def port(playing: House) -> Iterator[Port]:
    """Its port; at the end the session must play on, with nothing in its log."""
    yield Port(read_control(playing.home.control))
    status = playing.status()
    assert status["state"] == "playing"
    assert status["health"]["faults"] == 0
    assert playing.home.log.read_text("utf-8") == ""


# Who gets in.


@pytest.mark.slow
@pytest.mark.parametrize("asked", [("GET", "/status"), ("POST", "/cue/soften"), ("GET", "/x")])
@pytest.mark.parametrize(
    ("headers", "code", "said"),
    [
        ({"Authorization": None}, 401, "token"),
        ({"Authorization": "Bearer x"}, 401, "token"),
        ({"Authorization": "Bearer "}, 401, "token"),
        ({"Authorization": "Basic x"}, 401, "token"),
        ({"Origin": "https://example.org"}, 403, "origin"),
        ({"Origin": "null"}, 403, "origin"),
        ({"Host": "example.org"}, 403, "host"),
        ({"Host": "127.0.0.1:1"}, 403, "host"),
    ],
)
def test_only_who_holds_the_token_and_means_this_host_gets_in(
    port: Port,
    playing: House,
    asked: tuple[str, str],
    headers: dict[str, str | None],
    code: int,
    said: str,
) -> None:
    """Without the token, with a wrong one, from a foreign page, under a foreign name: refused,
    whatever is asked, and nothing of the session is told or done."""
    answered, body = port.ask(*asked, "{}" if asked[0] == "POST" else None, headers)
    assert answered == code
    assert said in body["error"]
    assert set(body) == {"error"}
    assert playing.status()["trim_db"] == 0.0


def test_a_page_of_its_own_host_gets_in(port: Port) -> None:
    """The port's own origin, by number or by name, is let in with the token."""
    for name in ("127.0.0.1", "localhost"):
        host = f"{name}:{port.control.port}"
        answered, _ = port.ask("GET", "/status", None, {"Host": host, "Origin": f"http://{host}"})
        assert answered == 200


def test_the_port_is_on_loopback_alone_and_its_token_is_its_owners(playing: House) -> None:
    """No other machine reaches it, and no other user reads the token, which is long."""
    control = read_control(playing.home.control)
    listening = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    addresses = {
        row[1].split(":")[0] for row in listening if int(row[1].split(":")[1], 16) == control.port
    }
    assert addresses == {"0100007F"}
    assert playing.home.control.stat().st_mode & 0o077 == 0
    assert len(control.token) >= 40
    assert control.cues == tuple(CUES)


# What is answered.


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("{", "expected"),
        ("[]", "expected"),
        ("3", "expected"),
        ("\xff", "expected"),
        ('"soften"', "expected"),
        ('{"words": "3"}', "expected"),
        ('{"words": [3]}', "expected"),
        ('{"words": [["3"]]}', "expected"),
        ('{"words": null}', "expected"),
        ('{"args": {"db": [3]}}', "expected"),
        ('{"args": {"db": {"x": 3}}}', "expected"),
        ('{"args": {"db": 1' + "0" * 400 + "}}", "expected"),
        ('{"args": {"db": 1e999}}', "db"),
        ('{"args": {"db": NaN}}', "db"),
        ('{"args": {"db": true}}', "db"),
        ('{"args": {"db": "loud"}}', "db"),
        ('{"args": {"dbs": 3}}', "did you mean `db`"),
        ('{"words": ["3", "4"]}', "unexpected word"),
        ('{"seen": 3}', "expected"),
        ('{"seen": {"track": "3"}}', "expected"),
        ("[" * 8000, "expected"),
    ],
)
def test_a_bad_body_is_refused_with_its_faults(
    port: Port, playing: House, body: str, said: str
) -> None:
    """What is no JSON, or no words or values of this cue, is a 400 that lists what is wrong; the
    session has not moved."""
    answered, found = port.ask("POST", "/cue/soften", body.encode("latin-1"))
    assert answered == 400
    assert said in " ".join(found["faults"])
    assert playing.status()["trim_db"] == 0.0


def test_a_body_too_large_is_refused_with_and_without_its_length(port: Port) -> None:
    """A body beyond the limit is not read: neither one that says how long it is, nor one that
    comes in endless chunks."""
    large = json.dumps({"words": ["x" * BODY_MOST]})
    answered, found = port.ask("POST", "/cue/mark", large)
    assert answered == 413
    assert str(BODY_MOST) in found["error"]
    # Its length alone is enough: the answer does not wait for the body.
    assert port.ask("POST", "/cue/mark", None, {"Content-Length": str(10**9)})[0] == 413
    chunk = f"{len(large):x}\r\n{large}\r\n0\r\n\r\n"
    headers = {"Content-Length": None, "Transfer-Encoding": "chunked"}
    assert port.ask("POST", "/cue/mark", chunk, headers)[0] == 413
    assert port.ask("POST", "/cue/mark", "{}", {"Content-Length": "-1"})[0] == 400
    assert port.ask("POST", "/cue/mark", "{}", {"Content-Length": "many"})[0] == 400


def test_unknown_cues_paths_and_methods_are_said_to_be_unknown(port: Port) -> None:
    """A cue that there is not names the nearest one that there is."""
    answered, found = port.cue("softn", {})
    assert answered == 404
    assert found["faults"] == ["no such cue; did you mean `soften`?"]
    assert port.cue("..%2Fstatus", {})[0] == 404
    assert port.ask("GET", "/")[0] == 404
    assert port.ask("GET", "/cue/soften")[0] == 405
    assert port.ask("DELETE", "/status")[0] == 405


def test_a_refusal_is_a_409_and_a_done_cue_a_200(port: Port) -> None:
    """Refused and done are told apart, by words and by values alike."""
    answered, found = port.cue("resume", {"words": []})
    assert (answered, found["ok"]) == (409, False)
    assert found["answer"] == "nothing is paused; `lift` or `restore` makes the music louder"
    for body in ({"words": ["--person", "A", "x"]}, {"args": {"person": "a", "note": "x"}}):
        answered, found = port.cue("mark", body)
        assert (answered, found["ok"]) == (200, True)
        assert "for A" in found["answer"]
    assert port.ask("POST", "/cue/mark")[0] == 200  # No body is no words.


def test_a_cue_from_an_older_place_moves_nothing(port: Port, playing: House) -> None:
    """What a screen showed goes with its cue; a program that sends none is obeyed as ever."""
    shown = playing.status()["place"]
    assert port.cue("next", {"args": {}})[0] == 200
    moved = playing.status()["place"]
    answered, found = port.cue("next", {"args": {}, "seen": shown})
    assert answered == 409
    assert found["answer"].startswith("already on the way: ")
    assert playing.status()["place"]["track"] == moved["track"] != shown["track"]


def test_half_a_character_is_taken_for_a_question_mark(port: Port, playing: House) -> None:
    """A byte that is no UTF-8, as a terminal of another time may type it, costs that byte only."""
    assert port.cue("mark", {"words": ["caf\udce9"]})[0] == 200
    found = playing.call("mark", b"caf\xe9".decode("utf-8", "surrogateescape"))
    assert found.returncode == 0
    answered, refused = port.cue("transition", {"words": ["caf\udce9"]})
    assert answered == 409
    assert "no phase `caf?`" in refused["answer"]
    notes = playing.folder() / "notes.json"
    until(lambda: notes.read_text("utf-8").count('"caf?"') == 2, "for the notes")


# What nobody can break.


def test_garbage_is_answered_or_dropped_and_harms_nothing(port: Port) -> None:
    """What is no HTTP at all ends that connection and nothing else."""
    for garbage in (b"\0" * 100, b"\x16\x03\x01\x02\x00\x01", b"GET\r\n\r\n", b"x" * 100_000):
        with socket.create_connection(("127.0.0.1", port.control.port)) as raw:
            raw.settimeout(PATIENCE_S)
            try:
                raw.sendall(garbage)
                raw.shutdown(socket.SHUT_WR)
                answer = raw.recv(100)
            except ConnectionError:
                answer = b""
            assert answer == b"" or answer.startswith(b"HTTP/1.1 400")
    assert port.ask("GET", "/status")[0] == 200


@pytest.mark.slow
def test_a_hundred_cues_at_once_are_all_answered_and_all_kept(port: Port, playing: House) -> None:
    """Of 100 cues given at the same moment each is answered with a mark of its own, and each is
    in the journal, in one chain."""
    before = playing.status()["marks"]
    ready = threading.Barrier(100)

    def mark(number: int) -> Answer:
        ready.wait()
        return port.cue("mark", {"words": [f"number {number}"]})

    with ThreadPoolExecutor(100) as many:
        answers = list(many.map(mark, range(100)))
    assert {answered for answered, _ in answers} == {200}
    marks = sorted(int(found["answer"].split()[1]) for _, found in answers)
    assert marks == list(range(before + 1, before + 101))
    playing.wait(lambda now: now["health"]["journal_waiting"] == 0, "for the journal")
    assert [fact["mark"] for fact in playing.facts("marked")][-100:] == marks
    notes = json.loads((playing.folder() / "notes.json").read_text("utf-8")).values()
    assert {f"number {number}" for number in range(100)} <= set(notes)
    assert playing.call("log", "show").stderr == ""


# A desk that does not answer: the port alone, without a session behind it.


def test_who_gives_up_waiting_takes_no_answer_from_the_engine(
    desk: Desk, alone: server.ControlPort, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An answer that comes too late is asked for again, by the same request, and then told as such;
    the engine may still give it: a future cancelled under its hands would be an error in its loop.
    """
    monkeypatch.setattr(server, "ANSWER_S", 0.05)
    with closing(Client(alone.control, 1.0)) as client:
        with pytest.raises(SoundscapeError, match="503: no answer in time"):
            client.cue("soften", [])
        asked = len(desk.asked)
        assert asked > 1
        for each in desk.asked:
            each.set_result(Reply(True, "late"))
        with pytest.raises(SoundscapeError, match="503"):
            client.status()
        for each in desk.asked[asked:]:
            each.set_result({})


def test_what_comes_too_late_is_in_no_log(
    desk: Desk,
    alone: server.ControlPort,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A refusal that nobody waits for any more may quote what was typed: a name, perhaps."""
    monkeypatch.setattr(server, "ANSWER_S", 0.05)
    with closing(Client(alone.control, 0.7)) as client:
        with pytest.raises(SoundscapeError, match="503"):
            client.cue("transition", ["Anna"])
        for each in desk.asked:
            each.set_exception(InputError([Fault("transition", "no phase `Anna`")]))
        desk.asked.clear()
        with pytest.raises(SoundscapeError, match="503"):
            client.status()  # Until then the port has heard of it.
    gc.collect()
    assert "Anna" not in caplog.text


def test_who_still_waits_as_the_session_ends_is_told_so(
    desk: Desk, alone: server.ControlPort
) -> None:
    """Nobody is left waiting, and nobody sees an error of the server's: the session is over."""

    def ask() -> BaseException | None:
        with closing(Client(alone.control)) as client:
            try:
                client.status()
            except SoundscapeError as error:
                return error
        return None

    with ThreadPoolExecutor(1) as one:
        waiting = one.submit(ask)
        until(lambda: desk.asked, "for the question")
        alone.close()
        error = waiting.result(10)
    assert isinstance(error, NoSession)
    assert str(error) == "the session is over"


def test_nobody_there_is_no_session(alone: server.ControlPort) -> None:
    """A port that is closed, or whose session was killed, reads as no session."""
    alone.close()
    with closing(Client(alone.control)) as client, pytest.raises(NoSession, match="no session"):
        client.status()


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"port": "x"}', '{"port": 1, "token": "t"}', "\0", "null"]
)
def test_a_damaged_control_file_reads_as_no_session(tmp_path: Path, text: str) -> None:
    """Whatever the file holds, a cue ends in one line that says what is wrong."""
    path = tmp_path / "control.json"
    path.write_text(text, "utf-8")
    with pytest.raises(NoSession, match="no session is running"):
        read_control(path)
