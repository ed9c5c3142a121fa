"""A thread that asks the sound server for its state, and tells the decks.

It has its own connection (PulseAudio or PipeWire), looks twice a second and whenever something
comes or goes, and notices at once when the server is gone. If no server has ever answered it says
nothing: then only libVLC can tell what is heard.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from typing import Any

from soundscape.audio.output_health import Seen
from soundscape.audio.pulse import DUMMY, connection
from soundscape.core import fade
from soundscape.core.ports import Clock, Output

LOOK_S = 0.5
RETRY_S = 0.3
LEAST_S = 0.05
"""Shortest interval in seconds between two looks: a moving volume floods the server with events."""

log = logging.getLogger(__name__)

FLAT_VOLUME = 0x40
"""PA_SINK_FLAT_VOLUME in libpulse's `pa_sink_flags`."""


class ServerWatch:
    """Passes what the server says to `tell`, from its own thread, until `close`. `device` is the
    output to look at; "" for the one that has our streams."""

    def __init__(self, tell: Callable[[Seen], None], clock: Clock, device: str = "") -> None:
        self.device = device
        self._tell = tell
        self._clock = clock
        self._over = threading.Event()
        self._looked = threading.Event()
        self.known = False
        self._mistake = ""
        self._pid = str(os.getpid())
        self._knob: tuple[str, float] | None = None
        self._thread = threading.Thread(target=self._run, name="sound server", daemon=True)
        self._thread.start()

    def first(self, seconds: float) -> None:
        """Wait for the first look, or for its failure."""
        self._looked.wait(seconds)

    def close(self) -> None:
        """Stop looking. This does not wait for a server that does not answer."""
        self._over.set()
        self._thread.join(timeout=2.0 * LOOK_S)

    def put_back(self, hand_db: float) -> None:
        """Restore the output's volume if streams and output share one and our fades have moved it.

        It goes back to where it was, or to where somebody has turned it down since.
        """
        if self._knob is None:
            return
        name, volume = self._knob
        volume *= fade.db_to_volume(hand_db)
        with connection() as server:
            if server is None:
                return
            for sink in server.sink_list():
                alone = not any(each.sink == sink.index for each in server.sink_input_list())
                if sink.name == name and alone and sink.volume.value_flat < volume:
                    server.volume_set_all_chans(sink, volume)

    def _run(self) -> None:
        while not self._over.is_set():
            gone_at = self._clock.now()
            try:
                with connection() as server:
                    if server is not None:
                        self.known = True
                        self._attend(server)
                    gone_at = self._clock.now()
            except MemoryError:
                raise
            except Exception as error:  # Whatever it was, ask the server again.
                if repr(error) != self._mistake:
                    self._mistake = repr(error)
                    log.exception("internal error while asking the sound server; asking again")
            self._looked.set()
            if self.known and not self._over.is_set():
                self._tell(Seen(gone_at, up=False))
            self._over.wait(RETRY_S)

    def _attend(self, server: Any) -> None:
        """Look repeatedly until the server is gone or nobody wants to know any more."""
        import pulsectl

        def came_or_went(event: Any) -> None:
            # libVLC reports a stream's own volume; here it would come far too often.
            if event.facility != "sink_input" or event.t != "change":
                raise pulsectl.PulseLoopStop

        try:
            server.event_mask_set("sink", "sink_input", "server")
            server.event_callback_set(came_or_went)
            while not self._over.is_set():
                self._tell(self._look(server))
                self._looked.set()
                server.event_listen(timeout=LOOK_S)
                self._over.wait(LEAST_S)
        except (pulsectl.PulseError, pulsectl.PulseDisconnected):
            return

    def _look(self, server: Any) -> Seen:
        at = self._clock.now()
        sinks = {sink.index: sink for sink in server.sink_list()}
        streams = {
            each.index: sinks[each.sink].name
            for each in server.sink_input_list()
            if each.proplist.get("application.process.id") == self._pid and each.sink in sinks
        }
        default = server.server_info().default_sink_name
        used = self.device or next(iter(streams.values()), None) or default
        outputs = tuple(
            Output(each.name, each.description or each.name, each.name == used)
            for each in sinks.values()
            if each.name != DUMMY
        )
        sink = next((each for each in sinks.values() if each.name == used), None)
        if sink is None or sink.name == DUMMY:
            return Seen(at, default=default, outputs=outputs)
        flat = bool(sink.flags & FLAT_VOLUME)
        volume = float(sink.volume.value_flat)
        if flat and self._knob is None:
            self._knob = (sink.name, volume)
        return Seen(
            at=at,
            output=sink.name,
            volume=volume,
            muted=bool(sink.mute),
            asleep=sink.state == "suspended",
            flat=flat,
            streams=streams,
            about=sink.description or sink.name,
            port=sink.port_active.name if sink.port_active else "",
            port_about=sink.port_active.description if sink.port_active else "",
            default=default,
            outputs=outputs,
        )
