"""The sound server asked (PulseAudio, or PipeWire in its place): which output, how loud, who else.

libVLC goes on "playing" into a muted output, into one that is turned down to nothing, and into the
dummy that a server without any device makes up. Only the server itself tells.
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
"""What both servers call the output they make up where there is no device."""


@dataclass(frozen=True, slots=True)
class Output:
    """An output of the sound server. `volume` 1.0 is 100 %; `dummy` has no device at all behind
    it; `nowhere`: sound is thrown away, unless some program records it. `others` are the programs
    that play on it now. `monitor` names what records it."""

    name: str
    about: str
    volume: float
    muted: bool
    dummy: bool
    nowhere: bool
    others: tuple[str, ...]
    monitor: str


def ask_output(device: str = "") -> Output | None:
    """The output of that name, or the default one; None where no such server answers, or it has
    no such output."""
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
        return Output(
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
    """The highest sample, 0 to 1, that an output was given within so many seconds from now; None
    where the server does not tell. Takes that long."""
    with connection() as server:
        if server is None:
            return None
        return float(server.get_peak_sample(monitor, seconds))


@contextmanager
def connection() -> Iterator[Any]:
    """A connection, or None. Never starts a server that does not run; one that does not answer is
    waited for no longer than `CONNECT_S`."""
    try:
        import pulsectl
    except (ImportError, OSError):  # Not installed, or without libpulse: not Linux, mostly.
        yield None
        return
    hand_over_cookie()
    server = pulsectl.Pulse(NAME, connect=False)

    def connect() -> None:
        with suppress(pulsectl.PulseError):
            server.connect()

    # Its own timeout is always waited for to its end, however soon the server answers.
    connecting = threading.Thread(target=connect, name="connecting", daemon=True)
    connecting.start()
    connecting.join(CONNECT_S)
    if connecting.is_alive():
        yield None  # Left behind: it ends when the server answers, or goes.
        return
    try:
        yield server if server.connected else None
    finally:
        server.close()
