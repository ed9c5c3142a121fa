"""OSC for show control: cues arrive by UDP, and each is answered.

OSC has no password: whoever can send to the port can give cues. So it is off unless asked for, and
on this machine alone unless a host is named. The session's answers in words may quote a title, so
they never leave this machine.
"""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Callable
from contextlib import suppress

from soundscape.controllers.packet import MOST_BYTES, Bad, OscCue, answer_packet, read_packet
from soundscape.controllers.presses import PressFilter, press, read_cue
from soundscape.controllers.wanted import OscAddress, is_here
from soundscape.core.errors import InputError, SoundscapeError
from soundscape.protocol import OscFacts
from soundscape.tui.keys import AGAIN_S, GUARD_S, CueKeyed
from soundscape.tui.link import Answer, Answered

TICK_S = 1.0
BAD_AT_ONCE = 200
"""Bad packets per second without a penalty. Each further one costs a short sleep, so that a flood
takes no processor time from the music."""

BAD_NAP_S = 0.005

Give = Callable[[CueKeyed, Answered], None]


class Osc:
    """Listens until the process ends, in the thread that calls `run`."""

    def __init__(self, place: OscAddress, give: Give, tell: Callable[[OscFacts], None]) -> None:
        self._place = place
        self._give = give
        self._tell = tell
        self._guard = PressFilter()
        self._bad = self._given = self._bad_lately = 0
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    def open(self) -> None:
        """Take the port. Raises `SoundscapeError` if another program has it."""
        try:
            self._socket.bind((self._place.host, self._place.port))
        except OSError as error:
            self.close()
            raise SoundscapeError(f"{self._place}: {error.strerror or error}") from None
        self._socket.settimeout(TICK_S)
        self._tell_news()

    def run(self) -> None:
        """Serve until the process ends."""
        due = time.monotonic() + TICK_S
        while True:
            if time.monotonic() >= due:
                self._bad_lately = 0
                self._tell_news()
                due = time.monotonic() + TICK_S
            try:
                data, sender = self._socket.recvfrom(MOST_BYTES + 1)
            except TimeoutError:
                continue
            except OSError as error:  # A client that we answered has gone, which is no fault here.
                logging.warning("OSC: %s", error.strerror)
                time.sleep(BAD_NAP_S)
                continue
            try:
                asked = read_packet(data)
            except Bad:
                self._drop()
                continue
            for each in asked:
                self._take(each, sender)

    def close(self) -> None:
        """Release the port; nobody may be in `run`."""
        self._socket.close()

    def _take(self, asked: OscCue, sender: tuple[str, int]) -> None:
        if asked.let_go:
            return
        try:
            said = read_cue(asked.name, asked.words, asked.name)
        except InputError as error:
            told = "; ".join(fault.what for fault in error.faults)
            self._answer(sender, asked.name, Answer("refused", told))
            self._drop()
            return
        button = (sender[0], said)
        self._guard, outcome = press(self._guard, button, said, time.monotonic(), GUARD_S)
        if isinstance(outcome, CueKeyed):
            self._given += 1
            self._give(outcome, lambda answer: self._answer(sender, asked.name, answer))
        elif outcome == "asks":
            once_more = Answer("refused", f"repeat `{said.cue}` within {AGAIN_S:g} s")
            self._answer(sender, asked.name, once_more)

    def _answer(self, sender: tuple[str, int], name: str, answer: Answer) -> None:
        text = answer.text if is_here(sender[0]) else ""
        with suppress(OSError):
            self._socket.sendto(answer_packet(name, answer.state == "done", text), sender)

    def _drop(self) -> None:
        self._bad += 1
        self._bad_lately += 1
        if self._bad_lately > BAD_AT_ONCE:
            time.sleep(BAD_NAP_S)

    def _tell_news(self) -> None:
        self._tell(
            OscFacts(
                host=self._place.host,
                port=self._place.port,
                given=self._given,
                dropped=self._bad,
                trouble="",
            )
        )
