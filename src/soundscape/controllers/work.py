"""The process of pedals, show control and media keys: `python -m soundscape.controllers.work`.

Each of them listens in its own thread. One that fails does not affect the others. The bindings are
read again when their file changes, so that `soundscape controllers add` works while a session
plays. A file that cannot be read any more leaves the bindings as they were.
"""

from __future__ import annotations

import json
import logging
import queue
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from soundscape.controllers.bindings import Bindings, load_bindings
from soundscape.controllers.midi import LOOK_S, Inputs
from soundscape.controllers.presses import Feet, devices_wanted, feel, hear, without
from soundscape.controllers.wanted import OscAddress
from soundscape.core.errors import InputError, SoundscapeError
from soundscape.process.sidecars import CONTROLLERS, Heard, SidecarProcess, serve
from soundscape.protocol import ListenTo, PedalFacts
from soundscape.tui.keys import CueKeyed
from soundscape.tui.link import Answer, Answered, Giver

Give = Callable[[CueKeyed, Answered], None]

CLOSE_S = 2.0
MOST_HEARD = 1000
"""Most messages that wait. A device that sends more at once is not a pedal; the rest is dropped."""


class Pedals:
    """Listens until `close`, in the thread that calls `run`."""

    def __init__(
        self,
        path: Path,
        give: Callable[[CueKeyed], None],
        tell: Callable[[PedalFacts], None],
    ) -> None:
        self._path = path
        self._give = give
        self._tell = tell
        self._heard: queue.Queue[tuple[str, Any, float] | None] = queue.Queue(MOST_HEARD)
        self._inputs = Inputs(self._hear)
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


def work(sidecar: SidecarProcess, words: Sequence[str]) -> None:
    """Listen until the session is over."""
    wanted = ListenTo(**json.loads(words[0]))
    giver = Giver(lambda: sidecar.following.control)
    giver.open()

    def give(said: CueKeyed, answered: Answered) -> None:
        def noted(answer: Answer) -> None:
            _note(said, answer)
            answered(answer)

        giver.give(said, noted)

    pedals = Pedals(
        sidecar.home.bindings,
        lambda said: give(said, lambda answer: None),
        lambda facts: sidecar.tell(pedals=facts),
    )
    pedals.look()
    listens = _begin(sidecar, "pedals", pedals.run)
    if wanted.osc:
        _begin_osc(sidecar, wanted.osc, give)
    sidecar.follow(_media_keys(sidecar, give) if wanted.media_keys else lambda status: None)
    sidecar.ready()
    sidecar.wait()
    pedals.close()
    listens.join(CLOSE_S)  # A client that is cut off would hold up a JACK server.


def _media_keys(sidecar: SidecarProcess, give: Give) -> Heard:
    """Start a player on the desktop; return the function that takes the session's status."""
    from soundscape.controllers.media import MediaKeys

    keys = MediaKeys(
        lambda said: give(said, lambda answer: sidecar.look_now()),
        lambda facts: sidecar.tell(media_keys=facts),
    )
    keys.open()
    _begin(sidecar, "media_keys", keys.run)
    return keys.heard


def _begin_osc(sidecar: SidecarProcess, place: str, give: Give) -> None:
    from soundscape.controllers.osc import Osc

    osc = Osc(OscAddress.read(place), give, lambda facts: sidecar.tell(osc=facts))
    try:
        osc.open()
    except SoundscapeError as error:
        sidecar.tell(osc={"trouble": str(error)})
        return
    _begin(sidecar, "osc", osc.run)


def _note(said: CueKeyed, answer: Answer) -> None:
    """Log a cue without an answer, by its name alone: answers may quote titles."""
    if answer.state == "failed":
        logging.warning("%s: no answer from the session", said.cue)


def _begin(sidecar: SidecarProcess, name: str, run: Callable[[], None]) -> threading.Thread:
    """Run a listener in its own thread; report it if it fails, while the others go on."""

    def kept() -> None:
        try:
            run()
        except Exception:
            logging.exception("%s failed", name)
            sidecar.tell(**{name: {"trouble": "it failed; its log says where"}})

    made = threading.Thread(target=kept, name=name, daemon=True)
    made.start()
    return made


if __name__ == "__main__":
    sys.exit(serve(CONTROLLERS, work, sys.argv[1:]))
