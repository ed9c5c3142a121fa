"""A JACK server of our own without a sound card, and pedals that are plugged into it, for tests.

Its MIDI is real: what is pressed goes through RtMidi, the server, and RtMidi again. It stands in
for ALSA's sequencer, which needs a kernel module that few containers and virtual machines have.
A pedal is a process (`python jack.py NAME`): libjack stays out of the one that tests.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

BACKEND = "mido.backends.rtmidi/UNIX_JACK"
PATIENCE_S = 150.0


_PLUGGED: list[Pedal] = []


class Pedal:
    """A MIDI device: plugged in once it is made, until `unplug`, or until the server goes."""

    def __init__(self, name: str, env: dict[str, str]) -> None:
        self.device = f"{name}:pedal"
        self._process = subprocess.Popen(
            [sys.executable, __file__, name],
            env={**os.environ, **env},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout is not None
        _PLUGGED.append(self)
        assert self._process.stdout.readline(), "no JACK server answers"

    def send(self, kind: str, **values: int) -> None:
        """One message."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"type": kind, **values}) + "\n")
        self._process.stdin.flush()

    def press(self, number: int = 64) -> None:
        """Down, and up again."""
        for value in (127, 0):
            self.send("control_change", control=number, value=value)

    def press_until(self, done: Callable[[], Any], number: int = 64) -> None:
        """Press it now and again until something holds: what is said in the very moment in which a
        port is connected may be lost."""
        until = time.monotonic() + PATIENCE_S
        while not done():
            assert time.monotonic() < until, "nobody hears the pedal"
            self.press(number)
            soon = time.monotonic() + 1.0
            while not done() and time.monotonic() < soon:
                time.sleep(0.02)

    def unplug(self) -> None:
        """Gone, without a word."""
        _PLUGGED.remove(self)
        self._process.communicate()


def be_a_pedal(name: str) -> None:
    """Send what comes in, line by line."""
    import mido

    until = time.monotonic() + PATIENCE_S
    while True:
        try:
            port = mido.Backend(BACKEND).open_output("pedal", client_name=name)
            break
        except OSError:  # The server is only just starting.
            if time.monotonic() > until:
                return
            time.sleep(0.05)
    print("plugged in", flush=True)
    for line in sys.stdin:
        given: dict[str, Any] = json.loads(line)
        port.send(mido.Message(given.pop("type"), **given))
    port.close()


@contextmanager
def jack_server(block: int = 1024) -> Iterator[dict[str, str]]:
    """A server that is gone afterwards: what a program needs in its environment to use it. It hands
    messages on with each `block` of frames at 48 kHz."""
    name = f"soundscape-{os.getpid()}"
    env = {"JACK_DEFAULT_SERVER": name, "MIDO_BACKEND": BACKEND}
    server = subprocess.Popen(
        [
            "jackd",
            "--no-realtime",
            "--no-mlock",
            "-n",
            name,
            "-d",
            "dummy",
            "-r48000",
            f"-p{block}",
        ],
        env={**os.environ, **env},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        Pedal("first", env).unplug()  # It waits until the server is there.
        yield env
    finally:
        for pedal in tuple(_PLUGGED):
            pedal.unplug()
        server.terminate()
        try:
            server.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:  # It waits for whoever was cut off from it.
            server.kill()
            server.wait()


def why_not() -> str:
    """Why there can be no server here; "" where there can."""
    if shutil.which("jackd") is None:
        return "there is no jackd (Debian's jackd2), and so no MIDI without a device"
    try:
        import rtmidi
    except ImportError as error:
        return f"there is no python-rtmidi for this Python ({error})"
    if rtmidi.API_UNIX_JACK not in rtmidi.get_compiled_api():
        return "this python-rtmidi knows no JACK"
    return ""


if __name__ == "__main__":
    be_a_pedal(sys.argv[1])
