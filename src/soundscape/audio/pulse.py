"""Asks the sound server (PulseAudio or PipeWire) for its output, its volume, and who else plays.

libVLC goes on "playing" into an output that is muted or turned down to nothing, and into the dummy
that a server without a device provides. Only the server tells. `ServerWatch` asks it all the time.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from soundscape.audio.output_health import Seen
from soundscape.core import fade
from soundscape.core.ports import Clock, Output
from soundscape.home import hand_over_cookie

NAME = "soundscape"
CONNECT_S = 2.0
DUMMY = "auto_null"
"""The name that both servers give to the dummy output they provide without a device."""

LOOK_S = 0.5
RETRY_S = 0.3
LEAST_S = 0.05
"""Shortest interval in seconds between two looks: a moving volume floods the server with events."""

FLAT_VOLUME = 0x40
"""PA_SINK_FLAT_VOLUME in libpulse's `pa_sink_flags`."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ServerOutput:
    """An output of the sound server. `volume` 1.0 is 100 %. A `dummy` has no device behind it. A
    `nowhere` output discards its sound unless a program records it. `others` are the programs that
    play on it now. `monitor` names the source that records it."""

    name: str
    about: str
    volume: float
    muted: bool
    dummy: bool
    nowhere: bool
    others: tuple[str, ...]
    monitor: str


def ask_output(device: str = "") -> ServerOutput | None:
    """Return the output of that name, or the default one; None if there is no such output, or no
    server answers."""
    with connection() as server:
        if server is None:
            return None
        wanted = device or server.server_info().default_sink_name
        sinks = [sink for sink in server.sink_list() if sink.name == wanted]
        if not sinks:
            return None
        sink = sinks[0]
        streams = [each for each in server.sink_input_list() if each.sink == sink.index]
        others = {
            str(each.proplist.get("application.name") or each.name)
            for each in streams
            if not getattr(each, "corked", False)
        }
        return ServerOutput(
            name=sink.name,
            about=sink.description or sink.name,
            volume=float(sink.volume.value_flat),
            muted=bool(sink.mute),
            dummy=sink.name == DUMMY,
            nowhere="null" in str(sink.driver or ""),
            others=tuple(sorted(others)),
            monitor=sink.monitor_source_name,
        )


def peak(monitor: str, seconds: float) -> float | None:
    """Return the highest sample (0 to 1) that an output receives in the next `seconds`; None if the
    server does not tell. Takes that long."""
    with connection() as server:
        if server is None:
            return None
        return float(server.get_peak_sample(monitor, seconds))


@contextmanager
def connection() -> Iterator[Any]:
    """Open a connection, or None. Never starts a server, and waits at most `CONNECT_S` for one."""
    try:
        import pulsectl
    except (ImportError, OSError):  # Not installed, or no libpulse: usually not Linux.
        yield None
        return
    hand_over_cookie()
    server = pulsectl.Pulse(NAME, connect=False)

    def connect() -> None:
        with suppress(pulsectl.PulseError):
            server.connect()

    # pulsectl's own timeout always waits to its end, however soon the server answers.
    connecting = threading.Thread(target=connect, name="connecting", daemon=True)
    connecting.start()
    connecting.join(CONNECT_S)
    if connecting.is_alive():
        yield None  # The thread stays behind and ends when the server answers or exits.
        return
    try:
        yield server if server.connected else None
    finally:
        server.close()


class ServerWatch:
    """Passes what the server says to `tell`, from its own thread, until `close`. `device` is the
    output to look at; "" for the one that has our streams.

    It looks twice a second and whenever something comes or goes, and notices at once when the
    server is gone. If no server has ever answered it says nothing: then only libVLC can tell what
    is heard.
    """

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

    def put_back(self, external_db: float) -> None:
        """Restore the output's volume if streams and output share one and our fades have moved it.

        It goes back to where it was, or to where somebody has turned it down since.
        """
        if self._knob is None:
            return
        name, volume = self._knob
        volume *= fade.db_to_volume(external_db)
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
