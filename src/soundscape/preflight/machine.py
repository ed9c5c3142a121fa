"""The machine itself: its power, whether it may fall asleep, its clock."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import soundscape
from soundscape.awake import try_awake
from soundscape.core.errors import JournalError
from soundscape.journal.digest import roll
from soundscape.journal.reader import read_journal
from soundscape.preflight.asked import Asked
from soundscape.preflight.finding import Finding, Looked
from soundscape.preflight.supplies import read_power

SPARE_S = 1800.0
"""A session that runs over needs the battery as well."""

MACHINE = "this machine"
BEHIND_S = 60.0
TOO_LATE_YEARS = 30
TICK_S = 0.05


def power(asked: Asked) -> Looked:
    """The machine is plugged in, or its battery lasts longer than the arc and half an hour."""
    now = read_power(asked.places.supplies)
    if not now.known:
        said = "not known on this system: see that it is plugged in"
        return Looked("power", said, done=False)
    if not now.battery:
        return Looked("power", "no battery is in use")
    charge = "" if now.percent is None else f" at {now.percent} %"
    need_s = asked.arc.length_s + SPARE_S
    if now.lasts_s is None:
        what = f"this machine runs on its battery{charge}, and nobody knows how long that lasts"
    else:
        what = (
            f"this machine runs on its battery{charge}, which lasts {now.lasts_s / 3600:.1f} h "
            f"as things are; the session needs {need_s / 3600:.1f} h"
        )
    short = now.lasts_s is None or now.lasts_s < need_s
    finding = Finding("power", what, "battery", "stop" if short else "warning", "plug it in")
    return Looked("power", f"on battery{charge}", (finding,))


def sleep(asked: Asked) -> Looked:
    """The machine can be kept awake, as a session does: that is tried for a moment."""
    kept = try_awake(asked.places.sleep_states)
    if kept.refused:
        do = "switch off sleep and the screen's lock in the system settings, and leave the lid open"
        finding = Finding("sleep", kept.refused, MACHINE, "warning", do)
        return Looked("sleep", "not all held off", (finding,))
    if not kept.by:
        return Looked("sleep", "this machine cannot sleep")
    return Looked("sleep", f"a session keeps this machine awake: {' and '.join(kept.by)}")


def clocks(asked: Asked) -> Looked:
    """The clock that measures runs, and the one that is written down says what time it is."""
    before = asked.clock.now()
    time.sleep(TICK_S)
    runs = asked.clock.now() > before
    wall = asked.clock.wall()
    found = [*_running(runs), *_plausible(wall, asked), *_set_by(asked)]
    said = f"{wall:%Y-%m-%d %H:%M} {wall.tzname() or ''}".rstrip()
    return Looked("clock", said, tuple(found))


def _running(runs: bool) -> Iterator[Finding]:
    if not runs:
        what = "the clock by which this machine measures how long things last stands still"
        yield Finding("clock", what, MACHINE, "stop", "restart the machine")


def _plausible(wall: datetime, asked: Asked) -> Iterator[Finding]:
    do = "set the clock: sudo timedatectl set-ntp true"
    made = datetime.fromtimestamp(Path(soundscape.__file__).stat().st_mtime).astimezone()
    if wall < made or wall.year > made.year + TOO_LATE_YEARS:
        what = (
            f"this machine's clock says {wall:%Y-%m-%d %H:%M}; soundscape was put on it "
            f"{made:%Y-%m-%d}"
        )
        yield Finding("clock", what, MACHINE, "stop", do)
        return
    newest = _newest_entry(asked.home.sessions)
    if newest is not None and (newest - wall).total_seconds() > BEHIND_S:
        what = (
            f"this machine's clock says {wall:%Y-%m-%d %H:%M}, but the newest journal was written "
            f"{newest:%Y-%m-%d %H:%M}"
        )
        yield Finding("clock", what, MACHINE, "stop", do)


def _newest_entry(sessions: Path) -> datetime | None:
    """The wall time of the last line of the session that began last."""
    try:
        newest = roll(sessions)[-1]
        if newest.locked:  # When it began, anyone may know.
            last = newest.opened
        else:
            last = read_journal(sessions / newest.session).entries[-1].stamp.wall
        return datetime.fromisoformat(last).astimezone()
    except (IndexError, JournalError, ValueError):
        return None


def _set_by(asked: Asked) -> Iterator[Finding]:
    zone = asked.places.time_zone
    if zone.parent.is_dir() and not zone.exists() and not os.environ.get("TZ"):
        what = "this machine has no time zone, so the journal is stamped in UTC"
        do = "set it to where you are, such as: sudo timedatectl set-timezone Europe/Berlin"
        yield Finding("time zone", what, MACHINE, "warning", do)
    if kernel_synchronised() is False:
        what = "nothing keeps this machine's clock right (no time server was reached)"
        do = "compare it with your watch, or: sudo timedatectl set-ntp true"
        yield Finding("time server", what, MACHINE, "warning", do)


def kernel_synchronised() -> bool | None:
    """Whether a time server keeps the system clock (Linux' `adjtimex`); None where untold."""
    import ctypes

    try:
        answer = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(512))
    except (OSError, AttributeError, TypeError):
        return None
    return None if answer < 0 else answer != 5  # TIME_ERROR: not synchronised
