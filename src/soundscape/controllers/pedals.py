"""The pedals of a session: each press gives the cue that `bindings.yaml` has for it now.

The file is read again when it changes, so that `soundscape controllers add` works while a
session plays; one that cannot be read any more leaves what was bound.
"""

from __future__ import annotations

import logging
import queue
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from soundscape.controllers.bindings import Bindings, load_bindings
from soundscape.controllers.midi import LOOK_S, Inputs, Ports, RtMidi
from soundscape.controllers.presses import Feet, devices_wanted, feel, hear, without
from soundscape.core.errors import InputError
from soundscape.protocol import PedalFacts
from soundscape.tui.keys import CueKeyed

Give = Callable[[CueKeyed], None]
Tell = Callable[[PedalFacts], None]

MOST_HEARD = 1000
"""Most messages that wait. A device that sends more at once is not a pedal; the rest is dropped."""


class Pedals:
    """Listens until `close`, in the thread that calls `run`."""

    def __init__(
        self, path: Path, give: Give, tell: Tell, system: Callable[[], Ports] = RtMidi
    ) -> None:
        self._path = path
        self._give = give
        self._tell = tell
        self._heard: queue.Queue[tuple[str, Any, float] | None] = queue.Queue(MOST_HEARD)
        self._inputs = Inputs(self._hear, system)
        self._bindings = Bindings()
        self._read: tuple[int, int] | None = None
        self._feet = Feet()
        self._fault = ""

    def look(self) -> None:
        """Check which devices and bindings have changed, and report how they are."""
        self._read_again()
        wanted = devices_wanted(self._bindings.pedals)
        before = set(self._inputs.devices)
        self._inputs.look(lambda device: bool({device, ""} & wanted))
        here = self._inputs.devices
        for device in sorted(before.symmetric_difference(here)):
            logging.warning("%s %s", device, "is here" if device in here else "has gone")
            self._feet = without(self._feet, device)
        facts = PedalFacts(
            bound=len(self._bindings.pedals),
            here=here,
            away=sorted(wanted - {"", *here}),
            trouble=(self._inputs.trouble if self._bindings.pedals else "") or self._fault,
        )
        self._tell(facts)

    def run(self) -> None:
        """Serve until `close`."""
        due = time.monotonic() + LOOK_S
        while True:
            if (left_s := due - time.monotonic()) <= 0:  # However much is pressed meanwhile.
                self.look()
                due = time.monotonic() + LOOK_S
                continue
            try:
                heard = self._heard.get(timeout=left_s)
            except queue.Empty:
                continue
            if heard is None:
                self._inputs.close()
                return
            self._feel(*heard)

    def close(self) -> None:
        """End `run`; any thread may call it."""
        self._heard.put(None)

    def _hear(self, device: str, message: Any) -> None:
        with suppress(queue.Full):
            self._heard.put_nowait((device, message, time.monotonic()))

    def _feel(self, device: str, message: Any, at: float) -> None:
        heard = hear(device, message)
        if heard is None:
            return
        guard_s = self._bindings.guard_s
        self._feet, felt = feel(self._feet, self._bindings.pedals, heard, at, guard_s)
        if felt is not None and isinstance(felt.outcome, CueKeyed):
            self._give(felt.outcome)

    def _read_again(self) -> None:
        try:
            stat = self._path.stat()
        except OSError:
            found = None
        else:
            found = (stat.st_mtime_ns, stat.st_size)
        if found == self._read:
            return
        self._read = found
        try:
            self._bindings, self._fault = load_bindings(self._path), ""
        except InputError as error:
            self._fault = str(error)
            logging.warning("%s cannot be read; the bindings stay as they were", self._path)
