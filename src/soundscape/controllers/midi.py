"""MIDI inputs: which devices there are, what they send, and which button is pressed next.

It goes through mido and python-rtmidi. A device that comes is opened and one that goes is closed
within `LOOK_S`. A port that cannot be opened, and a machine without MIDI, are reported once and
tried again. RtMidi's own threads only ever call `hear`.
"""

from __future__ import annotations

import logging
import os
import queue
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from soundscape.controllers.presses import DOWN, UP, Button, ButtonMessage, device_of, hear

LOOK_S = 1.0

SEQUENCER = Path("/dev/snd/seq")
"""ALSA's way to MIDI. If it is missing, asking for it only makes libasound complain."""

ALSA = "LINUX_ALSA"

NO_RTMIDI = (
    "MIDI takes the extra `midi`: install soundscape[midi], or soundscape[all] "
    "(from Python 3.13 on `pip install python-rtmidi` builds what it needs, with a C++ compiler "
    "and ALSA's headers, libasound2-dev)"
)
NO_SYSTEM = "this machine has no MIDI: neither ALSA's sequencer (/dev/snd/seq) nor a JACK server"
NOT_OURS = "this user may not open /dev/snd/seq; is the user in the group `audio`?"

Hear = Callable[[str, Any], None]
"""Takes a port and a mido message, on a thread that is not ours."""


class RtMidi:
    """The machine's inputs, by the first RtMidi API that works. Raises `OSError` if none does.

    mido's variable `MIDO_BACKEND` may choose one, as in `mido.backends.rtmidi/UNIX_JACK`. One
    client stays open for looking. Opening one every second would show in every other MIDI program,
    and disturb a JACK server that plays.
    """

    def __init__(self) -> None:
        try:
            import mido
            import rtmidi
        except ImportError as error:
            raise OSError(f"{NO_RTMIDI} ({error})") from None
        # Without this libjack would start a server of its own if none is running.
        os.environ.setdefault("JACK_NO_START_SERVER", "1")
        names = {getattr(rtmidi, each): each[4:] for each in dir(rtmidi) if each.startswith("API_")}
        wanted = os.environ.get("MIDO_BACKEND", "").rpartition("/")[2]
        for number in rtmidi.get_compiled_api():
            self.api = names[number]
            if wanted not in ("", self.api) or (self.api == ALSA and not SEQUENCER.exists()):
                continue
            with suppress(OSError), _quiet():
                self._scout = rtmidi.MidiIn(number, name="soundscape")
                self._mido = mido.Backend(f"mido.backends.rtmidi/{self.api}", load=True)
                return
        there = SEQUENCER.exists() and not os.access(SEQUENCER, os.R_OK | os.W_OK)
        raise OSError(NOT_OURS if there else NO_SYSTEM)

    def names(self) -> list[str]:
        """List the present inputs."""
        return list(self._scout.get_ports())

    def open(self, name: str, hear: Callable[[Any], None]) -> Any:
        """Open an input; one of RtMidi's threads calls `hear`. Raises `OSError` if that fails."""
        return self._mido.open_input(name, callback=hear)

    def close(self) -> None:
        """Stop looking."""
        self._scout.delete()


class Inputs:
    """The open inputs. For one thread, except that `hear` is called from others."""

    def __init__(self, hear: Hear) -> None:
        self._hear = hear
        self._ports: RtMidi | None = None
        self._open: dict[str, Any] = {}
        self._refused: set[str] = set()
        self.trouble = ""

    @property
    def devices(self) -> list[str]:
        """The devices that are open now."""
        return sorted({device_of(name) for name in self._open})

    def look(self, wanted: Callable[[str], bool]) -> None:
        """Open new inputs of wanted devices; close those that have gone."""
        try:
            if self._ports is None:
                self._ports = RtMidi()
            names = [name for name in self._ports.names() if wanted(device_of(name))]
        except (OSError, ValueError) as error:  # ValueError: a name that is not text.
            self.trouble = str(error)
            return
        self.trouble = ""
        for name in [name for name in self._open if name not in names]:
            self._let_go(name)
        self._refused &= set(names)
        for name in names:
            if name not in self._open:
                self._take(self._ports, name)

    def close(self) -> None:
        """Close all inputs."""
        for name in list(self._open):
            self._let_go(name)
        if self._ports is not None:
            self._ports.close()

    def _take(self, ports: RtMidi, name: str) -> None:
        device = device_of(name)
        try:
            self._open[name] = ports.open(name, lambda message: self._hear(device, message))
        except OSError as error:
            if name not in self._refused:
                logging.warning("%s: cannot be opened (%s)", device, error)
            self._refused.add(name)

    def _let_go(self, name: str) -> None:
        port = self._open.pop(name)
        with suppress(OSError):
            port.close()


@contextmanager
def _quiet() -> Iterator[None]:
    """Hide what a C library writes about a server that is not running."""
    kept, nothing = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nothing)


LETS_GO_S = 1.5
"""Seconds within which a person who presses a button releases it. A device that has not reported
the release by then never does."""


@dataclass(frozen=True, slots=True)
class Learned:
    """A button, and whether its device tells when it is released."""

    button: Button
    lets_go: bool


class Ear(Inputs):
    """Hears every press on every device that is plugged in."""

    def __init__(self) -> None:
        self._heard: queue.SimpleQueue[ButtonMessage] = queue.SimpleQueue()
        super().__init__(self._take_in)
        self.look(lambda device: True)

    def next(self, until: float) -> ButtonMessage | None:
        """Wait for the next message of any button; None at `until`, by `time.monotonic`."""
        while (now := time.monotonic()) < until:
            try:
                return self._heard.get(timeout=min(LOOK_S, until - now))
            except queue.Empty:
                self.look(lambda device: True)
        return None

    def _take_in(self, device: str, message: Any) -> None:
        heard = hear(device, message)
        if heard is not None:
            self._heard.put(heard)


def learn(ear: Ear, until: float) -> Learned | None:
    """Wait for the next button that is pressed; None at `until`, by `time.monotonic`."""
    while (heard := ear.next(until)) is not None:
        if heard.value >= DOWN:
            button = heard.button
            return Learned(button, button.kind == "program" or _is_let_go(ear, button))
    return None


def _is_let_go(ear: Ear, button: Button) -> bool:
    until = time.monotonic() + LETS_GO_S
    while (heard := ear.next(until)) is not None:
        if heard.button == button and heard.value < UP:
            return True
    return False
