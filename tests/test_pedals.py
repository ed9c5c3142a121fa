"""Pedals through real MIDI: learned, pressed in a session, unplugged, and plugged in again."""

from __future__ import annotations

import json
import os
import signal
import stat
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from house import PATIENCE_S, House, alive, until
from jack import Pedal, jack_server, why_not

from soundscape.cli.app import run_app
from soundscape.cli.controllers.sidecar import begin_controllers
from soundscape.control.server import ControlPort
from soundscape.controllers.bindings import Bindings, load_bindings, save_bindings
from soundscape.controllers.midi import Inputs, RtMidi
from soundscape.controllers.presses import Binding
from soundscape.home import write_private
from soundscape.process.sidecars import CONTROLLERS, file_of, find
from soundscape.protocol import ListenTo
from soundscape.tui.keys import CueKeyed


@pytest.fixture(scope="module")
def midi() -> Iterator[dict[str, str]]:
    """A machine with MIDI, and nothing plugged in."""
    if reason := why_not():
        pytest.skip(reason)
    with jack_server() as env:
        yield env


@pytest.fixture
def at(at_home: House, midi: dict[str, str]) -> House:
    """A house on that machine."""
    at_home.env.update(midi)
    return at_home


def facts(house: House) -> dict[str, Any]:
    """What the sidecar of the session tells of its pedals."""
    found = find(house.home, CONTROLLERS)
    return {} if found is None else dict(found.facts["pedals"])


def asked(house: House) -> list[tuple[str, dict[str, Any]]]:
    """The cues of the session so far, as they are journaled."""
    return [(each["cue"], each["args"]) for each in house.facts("asked")]


def softer(house: House) -> list[dict[str, Any]]:
    """What `soften` was given, each time."""
    return [args for cue, args in asked(house) if cue == "soften"]


@pytest.mark.slow
def test_a_pedal_is_learned_by_pressing_it(
    at: House, midi: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """`controllers add` waits for the next press on any input, tells what it heard and writes it
    down; what nobody presses is said, and binds nothing; `test` tells what a press would say; a
    number that is none, and a cue that is none, are refused before anybody presses."""
    pedal = Pedal("FS-1", midi)
    waiting = at.start("controllers", "add", "soften", "6", "--wait", "30", "--json")
    assert waiting.stderr is not None
    assert "30 s on FS-1:pedal" in waiting.stderr.readline()
    assert "`soften 6`" in waiting.stderr.readline()
    pedal.send("control_change", control=64, value=3)
    pedal.press_until(lambda: waiting.poll() is not None)
    out, _ = waiting.communicate(timeout=PATIENCE_S)
    assert json.loads(out) == {
        "device": "FS-1:pedal",
        "channel": 1,
        "control": 64,
        "cue": "soften 6",
        "lets_go": True,
        "before": None,
    }
    bound = Bindings((Binding("control", 64, CueKeyed("soften", ("6",)), "FS-1:pedal", 1),))
    assert load_bindings(at.home.bindings) == bound
    assert stat.S_IMODE(at.home.bindings.stat().st_mode) == 0o600

    trying = at.start("controllers", "test", "--wait", "30", "--json")
    assert trying.stderr is not None
    assert trying.stdout is not None
    assert "no cue is given" in (trying.stderr.readline(), trying.stderr.readline())[1]
    told: list[dict[str, Any]] = []
    lines = trying.stdout
    threading.Thread(target=lambda: told.extend(map(json.loads, lines)), daemon=True).start()
    pedal.press_until(lambda: told)
    assert told[0]["cue"] == "soften 6"
    pedal.press(65)
    until(lambda: [each["why"] for each in told if each["button"]["number"] == 65] == ["unbound"])
    trying.send_signal(signal.SIGINT)
    trying.wait(PATIENCE_S)

    (row,) = at.json("controllers", "list")["pedals"]
    assert (row["number"], row["here"]) == (1, True)
    pedal.unplug()
    assert "not plugged in" in at.call("controllers", "list").stdout
    silent = at.call("controllers", "add", "pause", "--wait", "0.1")
    assert (silent.returncode, "nothing was pressed within 0.1" in silent.stderr) == (1, True)
    for words in (["add", "sofen"], ["add", "soften", "99"], ["rm", "2"], ["rm"], ["list", "x"]):
        assert run_app(["controllers", *words]) == 2
    assert load_bindings(at.home.bindings) == bound
    assert run_app(["controllers", "rm", "1"]) == 0
    assert "no longer says `soften 6`" in capsys.readouterr().out
    assert load_bindings(at.home.bindings) == Bindings()


@pytest.mark.slow
def test_pedals_in_a_session(at: House, midi: dict[str, str]) -> None:
    """A press is the cue, once, however long the pedal is held; one that is unplugged ends nothing,
    is told, and works again when it is back; bound anew it says something else at once; an engine
    that dies takes no pedal along; `controllers off` and `on` end and
    begin it; with the session it
    ends."""
    bound = (
        Binding("control", 64, CueKeyed("soften", ("2",)), "FS-1:pedal"),
        Binding("control", 65, CueKeyed("mark")),
        Binding("note", 7, CueKeyed("hold")),
    )
    save_bindings(at.home.bindings, Bindings(bound))
    begun = at.call("run", at.arc, "--out", "null", "--seed", "1", "--detach")
    assert begun.returncode == 0
    assert "FS-1:pedal is not plugged in; it is heard as soon as it is" in begun.stderr
    at.status()
    assert facts(at) == {"bound": 3, "here": [], "away": ["FS-1:pedal"], "trouble": ""}
    assert "a session is running" in at.call("controllers", "test").stderr
    sidecar = find(at.home, CONTROLLERS)
    assert sidecar is not None

    pedal = Pedal("FS-1", midi)
    until(lambda: facts(at)["here"] == ["FS-1:pedal"], "for the pedal to be heard")
    pedal.press_until(lambda: asked(at), 65)
    for value in (127, 127, 90, 127):
        pedal.send("control_change", control=64, value=value)
    until(lambda: softer(at), "for the cue")
    pedal.send("note_on", note=7, velocity=90)
    until(lambda: ("hold", {}) in asked(at), "for what was pressed last")
    assert softer(at) == [{"db": 2.0}]

    pedal.unplug()
    until(lambda: facts(at)["away"], "for the pedal to have gone")
    pedal = Pedal("FS-1", midi)
    until(lambda: facts(at)["here"], "for it to be back")
    engine = at.status()["pids"]["engine"]
    os.kill(engine, signal.SIGKILL)
    # It was down when it went, and is not any more.
    pedal.press_until(lambda: len(softer(at)) > 1)

    save_bindings(at.home.bindings, Bindings((Binding("control", 64, CueKeyed("talk")),)))
    until(lambda: facts(at)["bound"] == 1, "for it to be bound anew")
    pedal.press_until(lambda: ("talk", {}) in asked(at))
    at.home.bindings.write_text("pedals: 7\n", "utf-8")
    until(lambda: "pedals" in facts(at)["trouble"], "for the bad file to be told")
    assert facts(at)["bound"] == 1

    marks = len(asked(at))
    assert "gives no cue now" in at.call("controllers", "off").stdout
    until(lambda: not alive(sidecar.pid), "for it to go")
    at.home.bindings.write_text("pedals: [{control: 1, cue: mark}]\n", "utf-8")
    assert at.json("controllers", "on")["pedals"]["here"] == ["FS-1:pedal"]
    sidecar = find(at.home, CONTROLLERS)
    assert sidecar is not None
    pedal.press_until(lambda: ("mark", {}) in asked(at)[marks:], 1)
    pedal.unplug()
    at.end_now()
    until(lambda: not alive(sidecar.pid), "for the listening to end with the session")
    assert not file_of(at.home, CONTROLLERS).exists()


def test_where_nothing_is_bound_nothing_listens(
    at_home: House, alone: ControlPort, capsys: pytest.CaptureFixture[str]
) -> None:
    """No pedal, no process; a file that is wrong is told before anything plays, and beside a
    session that plays already it is a note."""
    home = at_home.home
    write_private(home.control, alone.control.as_text())
    begin_controllers(home, ListenTo())
    assert find(home, CONTROLLERS) is None
    home.bindings.write_text("pedals:\n  - {cue: sofen}\n", "utf-8")
    begin_controllers(home, None)
    home.control.unlink()
    assert run_app(["run", str(at_home.arc), "--out", "null"]) == 2
    said = capsys.readouterr().err
    assert said.count("bindings.yaml:2:") == 2
    assert said.startswith("note: ")


def test_no_midi_is_said_once_and_ends_nothing(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A machine without MIDI says so in one sentence, and libraries say nothing past us; it is
    looked for again."""
    monkeypatch.setenv("MIDO_BACKEND", "mido.backends.rtmidi/UNIX_JACK")
    monkeypatch.setenv("JACK_DEFAULT_SERVER", "nobody")
    inputs = Inputs(lambda device, message: None)
    inputs.look(lambda device: True)
    assert inputs.devices == []
    assert "has no MIDI" in inputs.trouble
    with pytest.raises(OSError, match="no MIDI"):
        RtMidi()
    assert capfd.readouterr() == ("", "")
