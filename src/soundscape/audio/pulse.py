"""Asks the sound server (PulseAudio or PipeWire) for its output, its volume, and who else plays.

libVLC goes on "playing" into an output that is muted or turned down to nothing, and into the dummy
that a server without a device provides. Only the server tells.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from soundscape.home import hand_over_cookie

NAME = "soundscape"
CONNECT_S = 2.0
DUMMY = "auto_null"
"""The name that both servers give to the dummy output they provide without a device."""


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
