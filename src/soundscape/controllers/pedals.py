"""The pedals of a session: what is pressed becomes a cue, as `bindings.yaml` has it now.

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
from soundscape.controllers.buttons import Feet, devices_wanted, feel, hear, without
from soundscape.controllers.midi import LOOK_S, Inputs, Ports, RtMidi
from soundscape.core.errors import InputError
from soundscape.tui.keys import Said

Give = Callable[[Said], None]
Tell = Callable[[dict[str, Any]], None]

MOST_HEARD = 1000
"""A device that says more at once than this is no pedal; what is too much is not heard."""


class Pedals:
    """Listens until `close`, in whichever thread calls `run`."""

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
        self._told: dict[str, Any] = {}

    def look(self) -> None:
        """See what has come, gone, or been bound anew; tell it where it is news."""
        self._read_again()
        wanted = devices_wanted(self._bindings.pedals)
        changes = self._inputs.look(lambda device: bool({device, ""} & wanted))
        for change in changes:
            logging.warning("%s %s", change.device, "is here" if change.came else "has gone")
            if not change.came:
                self._feet = without(self._feet, change.device)
        here = self._inputs.devices
        facts = {
            "bound": len(self._bindings.pedals),
            "here": here,
            "away": sorted(wanted - {"", *here}),
            "trouble": (self._inputs.trouble if self._bindings.pedals else "") or self._fault,
        }
        if facts != self._told:
            self._told = facts
            self._tell(facts)

    def run(self) -> None:
        """Stay until `close`."""
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
        if felt is not None and isinstance(felt.outcome, Said):
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
            logging.warning("%s cannot be read; what was bound stays", self._path)
