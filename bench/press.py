"""From a press to the session's answer: `python bench/press.py [TURNS]`.

A session on the null decks in its own processes. In turns, a `mark` is given by a bare `Client` of
the control port, by a MIDI pedal (a process of its own, through a private JACK server on a dummy
driver, RtMidi, and the code of the sidecar in this process) and by OSC over loopback, until its
answer is there. A dummy JACK server works in blocks, and hands a message on with the next one:
its block is printed, and is no part of ALSA's or CoreMIDI's way.
"""

from __future__ import annotations

import os
import queue
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path

import numpy as np
from sound_rig import ROOT, environment, machine, session, spread, tone_arc

sys.path.insert(0, str(ROOT / "tests"))

from jack import Pedal, jack_server, why_not
from pythonosc.osc_message_builder import OscMessageBuilder

from soundscape.control.address import Control, read_control
from soundscape.control.client import Client
from soundscape.controllers.bindings import Bindings, save_bindings
from soundscape.controllers.osc import Osc
from soundscape.controllers.presses import Binding
from soundscape.controllers.wanted import OscAddress
from soundscape.controllers.work import Pedals
from soundscape.tui.keys import GUARD_S, CueKeyed
from soundscape.tui.link import Giver

BLOCK, RATE = 64, 48_000
PATIENCE_S = 10.0


def by_client(control: Control) -> Callable[[], None]:
    """A client as the screen has it: a new connection for each cue."""

    def give() -> None:
        with closing(Client(control)) as client:
            assert client.cue("mark", []).ok

    return give


def by_pedal(
    giver: Giver, folder: Path, env: dict[str, str], stack: ExitStack
) -> Callable[[], None]:
    """A pedal, pressed and let go."""
    answers: queue.SimpleQueue[float] = queue.SimpleQueue()
    path = folder / "bindings.yaml"
    save_bindings(path, Bindings((Binding("control", 64, CueKeyed("mark")),)))
    pedal = Pedal("bench", env)
    stack.callback(pedal.unplug)
    pedals = Pedals(
        path,
        lambda said: giver.give(said, lambda answer: answers.put(time.monotonic())),
        lambda facts: None,
    )
    pedals.look()
    listens = threading.Thread(target=pedals.run)
    listens.start()
    stack.callback(listens.join)
    stack.callback(pedals.close)

    def give() -> None:
        pedal.press()
        answers.get(timeout=PATIENCE_S)

    return give


def by_osc(giver: Giver, stack: ExitStack) -> Callable[[], None]:
    """A message, and its answer."""
    desk = stack.enter_context(closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)))
    desk.settimeout(PATIENCE_S)
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as probe:
        probe.bind(("127.0.0.1", 0))
        place = OscAddress("127.0.0.1", int(probe.getsockname()[1]))
    osc = Osc(place, giver.give, lambda facts: None)
    osc.open()
    threading.Thread(target=osc.run, daemon=True).start()
    message = OscMessageBuilder("/soundscape/mark").build().dgram

    def give() -> None:
        desk.sendto(message, (place.host, place.port))
        assert b"mark" in desk.recv(4096)

    return give


def main(turns: int) -> None:
    """As the head says."""
    if reason := why_not():
        print(f"no MIDI here: {reason}")
        return
    print(machine())
    with tempfile.TemporaryDirectory(prefix="soundscape-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        jack = stack.enter_context(jack_server(block=BLOCK))
        os.environ |= jack
        env = environment(os.environ, folder / "home")
        arc = tone_arc(folder, 900)
        stack.enter_context(session(env, arc, "--out", "null"))
        control = read_control(folder / "home" / "run" / "control.json")
        giver = Giver(lambda: control)
        giver.open()
        ways = {
            "client": by_client(control),
            "pedal": by_pedal(giver, folder, jack, stack),
            "OSC": by_osc(giver, stack),
        }
        took: dict[str, list[float]] = {way: [] for way in ways}
        for turn in range(turns + 1):
            for way, give in ways.items():
                began = time.monotonic()
                give()
                if turn:  # The first one loads what is only loaded once.
                    took[way].append(time.monotonic() - began)
            time.sleep(GUARD_S)
        print(f"JACK's block: {BLOCK / RATE * 1000.0:.1f} ms")
        bare = float(np.median(took["client"]))
        for way, times in took.items():
            print(f"{way:8} {spread(times)}   x{float(np.median(times)) / bare:.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 30)
