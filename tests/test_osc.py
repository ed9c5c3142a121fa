"""Cues by OSC, through real UDP on loopback: given, answered, and bad ones dropped."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from house import ARC, PATIENCE_S, House, until
from hypothesis import given
from hypothesis import strategies as st
from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import OscMessageBuilder

from soundscape.cli.settings import load_settings
from soundscape.controllers import osc
from soundscape.controllers.osc import Osc
from soundscape.controllers.packet import MOST_BYTES, MOST_MESSAGES, Bad, OscCue, read_packet
from soundscape.controllers.wanted import OscAddress
from soundscape.core.cues.table import CUES
from soundscape.core.errors import InputError, SoundscapeError
from soundscape.process.sidecars import CONTROLLERS, find
from soundscape.tui.keys import CueKeyed
from soundscape.tui.link import Answer, Answered


def message(address: str, *values: Any) -> Any:
    """A message of python-osc's."""
    made = OscMessageBuilder(address)
    for value in values:
        made.add_arg(value)
    return made.build()


def bundle(*parts: Any) -> Any:
    """A bundle of them."""
    made = OscBundleBuilder(IMMEDIATELY)
    for part in parts:
        made.add_content(part)
    return made.build()


def read(name: str, *values: Any) -> OscCue:
    """What a message says."""
    (found,) = read_packet(message(f"/soundscape/{name}", *values).dgram)
    return found


def test_arguments_are_the_cues_words() -> None:
    """Numbers, texts and options, as they would be typed; every cue has an address of its own. A
    button's 1 and 0 are pressed and let go, where the cue takes no number; so are yes and no."""
    assert read("soften") == OscCue("soften")
    assert (
        read("soften", 6) == read("soften", 6.0) == read("soften", "6") == OscCue("soften", ("6",))
    )
    assert read("mark", "--person", "A", "a moment").words == ("--person", "A", "a moment")
    assert read("extend", 2.5).words == ("2.5",)
    assert read("talk", 1.0) == read("talk", 1) == OscCue("talk")
    assert read("soften", True) == OscCue("soften")
    assert read("talk", 0.0).let_go
    assert read("soften", False).let_go
    assert read("soften", 0) == OscCue("soften", ("0",)), "no number is taken for a button there"
    for name in CUES:
        assert read(name) == OscCue(name)


def test_bundles_are_opened_as_far_as_any_hand_needs() -> None:
    """Their cues come in their order, whatever their time; deep, endless, broken ones are bad."""
    soften, talk = message("/soundscape/soften"), message("/soundscape/talk")
    found = read_packet(bundle(soften, bundle(talk), soften).dgram)
    assert [each.name for each in found] == ["soften", "talk", "soften"]
    deep: Any = soften
    for _ in range(5):
        deep = bundle(deep)
    whole = bundle(soften).dgram
    for data in (
        deep.dgram,
        bundle(*[soften] * (MOST_MESSAGES + 1)).dgram,
        bundle().dgram,
        whole[:-1],
        whole[:17],
        whole[:16] + b"\xff\xff\xff\xff" + whole[20:],
        whole[:16] + b"\0\0\0\x40" + whole[20:],
    ):
        with pytest.raises(Bad):
            read_packet(data)


def test_what_is_not_ours_is_bad(caplog: pytest.LogCaptureFixture) -> None:
    """Other addresses, patterns, types that no cue takes, and what is no OSC; without a word in any
    log, which a flood would fill."""
    good = message("/soundscape/soften", 6.0).dgram
    for data in (
        b"",
        b"\0" * 40,
        b"GET / HTTP/1.1\r\n\r\n",
        message("/other/soften").dgram,
        message("/soundscape/*").dgram,
        message("/soundscape/soften/now").dgram,
        message("/soundscape/soften", b"blob").dgram,
        message("/soundscape/soften", [1, 2]).dgram,
        good.replace(b",f", b",Q"),
        good[:22],
        good + b"\0" * MOST_BYTES,
    ):
        with pytest.raises(Bad):
            read_packet(data)
    assert not caplog.records


@given(st.binary(max_size=60), st.integers(0, 40))
def test_no_packet_breaks_the_reader(noise: bytes, at: int) -> None:
    """Whatever stands in a datagram, it is read or it is bad."""
    good = bundle(message("/soundscape/soften", 6.0), message("/soundscape/mark", "x")).dgram
    for data in (noise, good[:at] + noise, good[:at] + noise + good[at + len(noise) :]):
        with suppress(Bad):
            read_packet(data)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("9000", OscAddress("127.0.0.1", 9000)),
        ("0.0.0.0:9000", OscAddress("0.0.0.0", 9000)),
        ("localhost:1", None),
        ("0", None),
        ("99999", None),
        ("1.2.3:80", None),
        ("x", None),
    ],
)
def test_where_it_listens(text: str, place: OscAddress | None) -> None:
    """A port alone is this machine; another address has to be said, and is one of the machine's."""
    if place is None:
        with pytest.raises(ValueError, match="expected"):
            OscAddress.read(text)
        return
    assert OscAddress.read(text) == place
    assert place.is_open == (place.host != "127.0.0.1")


def test_the_settings_may_ask_for_it(tmp_path: Path) -> None:
    """A port as a number, or an address with it; what is neither is a fault in its place. Left out,
    nothing listens."""
    path = tmp_path / "settings.yaml"
    assert load_settings(path).osc == ""
    assert not load_settings(path).media_keys
    for text, place in (("9000", "127.0.0.1:9000"), ("0.0.0.0:9000", "0.0.0.0:9000")):
        path.write_text(f"osc: {text}\nmedia_keys: true\n", "utf-8")
        assert load_settings(path).osc == place
    path.write_text("library: x\nosc: high\n", "utf-8")
    with pytest.raises(InputError, match=r"settings.yaml:2:6: osc: .*expected a port"):
        load_settings(path)


class Desk:
    """A program for show control."""

    def __init__(self, port: int) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.settimeout(PATIENCE_S)
        self.socket.connect(("127.0.0.1", port))

    def send(self, name: str, *values: Any) -> None:
        """One message."""
        self.socket.send(message(f"/soundscape/{name}", *values).dgram)

    def ask(self, name: str, *values: Any) -> tuple[bool, str]:
        """A message and its answer."""
        self.send(name, *values)
        answer = OscMessage(self.socket.recv(4096))
        assert answer.address == "/soundscape/answer"
        cue, ok, text = answer.params
        assert cue == name
        return bool(ok), text


@contextmanager
def desk_at(port: int) -> Iterator[Desk]:
    """One that is gone afterwards."""
    made = Desk(port)
    with closing(made.socket):
        yield made


def free_port() -> int:
    """One that nobody has just now."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.slow
def test_a_session_takes_cues_and_answers_them(house: House) -> None:
    """Off unless asked for; then each cue is given once and answered, refusals with their reason;
    `end` wants to be said twice; bad packets are counted and nothing comes of them. (Its arc is
    `private`, as the status tells whoever shows titles.)"""
    port = free_port()
    bad = house.call("run", house.arc, "--out", "null", "--osc", "x:1", "--detach")
    assert (bad.returncode, "--osc: expected" in bad.stderr) == (2, True)

    arc = house.root / "private.yaml"
    text = "private: true\n" + ARC.replace("../music", str(house.arcs.parent / "music"))
    for name in ("soft", "full"):
        text = text.replace(f"playlist: {name}", f"playlist: {house.arcs / 'soft.m3u8'}")
    arc.write_text(text, "utf-8")
    begun = house.call("run", arc, "--out", "null", "--detach", "--osc", str(port))
    assert f"OSC on 127.0.0.1:{port}: any program on this machine" in begun.stderr
    house.wait(lambda status: status["track"] and status["track"]["sounds"], "for music")

    def facts() -> dict[str, Any]:
        found = find(house.home, CONTROLLERS)
        return {} if found is None else dict(found.facts["osc"])

    with desk_at(port) as desk:
        ok, text = desk.ask("soften", 6.0)
        assert ok
        assert "6 dB" in text
        assert desk.ask("resume") == (False, house.status()["last_cue"]["answer"])
        assert desk.ask("softer")[1].startswith("no cue is called `softer`")
        assert desk.ask("soften", 99)[1].startswith("db: expected a number from")
        desk.send("talk", 1.0)
        desk.send("talk", 0.0)
        assert OscMessage(desk.socket.recv(4096)).params[:2] == ["talk", 1]
        assert desk.ask("mark", "the sea")[0]
        for data in (b"nonsense", b"", message("/other").dgram, b"/soundscape/soften\0\0,Q\0\0"):
            desk.socket.send(data)
        until(lambda: facts().get("dropped") == 6, lambda: f"for the bad ones: {facts()}")
        sidecar = find(house.home, CONTROLLERS)
        assert sidecar is not None
        os.kill(sidecar.pid, signal.SIGKILL)
        assert house.json("controllers", "on")["osc"]["port"] == port, (
            "as the session's options had it"
        )
        assert desk.ask("end") == (False, "repeat `end` within 2 s")
        status = house.status()
        assert (status["state"], status["private"]) == ("playing", True)
        assert desk.ask("stop")[0]
    asked = [each["cue"] for each in house.facts("asked")]
    assert asked == ["soften", "resume", "talk", "mark", "stop"]


def test_double_messages_and_those_of_other_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same message again at once is given once; who is not on this machine is told whether it
    was done and no word of what the session said; a flood of bad ones is slept over; a port that
    somebody has is said to be taken."""
    given: list[CueKeyed] = []

    def give(said: CueKeyed, answered: Answered) -> None:
        given.append(said)
        answered(Answer("done", "a title"))

    told: list[dict[str, Any]] = []
    port = free_port()
    listening = Osc(OscAddress("127.0.0.1", port), give, told.append)
    listening.open()
    with pytest.raises(SoundscapeError, match="Address already in use"):
        Osc(OscAddress("127.0.0.1", port), give, told.append).open()
    naps: list[float] = []
    monkeypatch.setattr(osc.time, "sleep", naps.append)
    with desk_at(port) as desk:
        here = desk.socket.getsockname()
        for _ in range(3):
            listening._take(OscCue("soften"), here)
        assert given == [CueKeyed("soften")]
        assert OscMessage(desk.socket.recv(4096)).params == ["soften", 1, "a title"]
        monkeypatch.setattr(osc, "is_here", lambda host: False)
        listening._take(OscCue("talk"), here)
        assert OscMessage(desk.socket.recv(4096)).params == ["talk", 1, ""]
    for _ in range(osc.BAD_AT_ONCE + 5):
        listening._drop()
    assert len(naps) == 5
    listening._tell_news()
    assert told[-1]["dropped"] == osc.BAD_AT_ONCE + 5
    listening.close()
