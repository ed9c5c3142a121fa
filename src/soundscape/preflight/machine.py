"""The machine itself: its power, its sleep, its clock."""

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
from soundscape.preflight.subject import Finding, Looked, Subject
from soundscape.preflight.supplies import read_power

SPARE_S = 1800.0
"""Seconds of battery beyond the arc's length, because sessions run over."""

MACHINE = "this machine"
BEHIND_S = 60.0
TOO_LATE_YEARS = 30
TICK_S = 0.05


def power(asked: Subject) -> Looked:
    """Check that the machine is plugged in, or has battery for the arc and half an hour more."""
    now = read_power(asked.places.supplies)
    if not now.known:
        said = "not known on this system: make sure that it is plugged in"
        return Looked("power", said, done=False)
    if not now.battery:
        return Looked("power", "not on battery")
    charge = "" if now.percent is None else f" at {now.percent} %"
    need_s = asked.arc.length_s + SPARE_S
    if now.lasts_s is None:
        what = f"this machine runs on battery{charge}, and how long it lasts is not known"
    else:
        what = (
            f"this machine runs on battery{charge}, which lasts {now.lasts_s / 3600:.1f} h at the "
            f"present load; the session needs {need_s / 3600:.1f} h"
        )
    short = now.lasts_s is None or now.lasts_s < need_s
    finding = Finding("power", what, "battery", "stop" if short else "warning", "plug it in")
    return Looked("power", f"on battery{charge}", (finding,))


def sleep(asked: Subject) -> Looked:
    """Check, by trying it for a moment, that the machine can be kept awake."""
    kept = try_awake(asked.places.sleep_states)
    if kept.refused:
        do = "turn off sleep and screen lock in the system settings, and leave the lid open"
        finding = Finding("sleep", kept.refused, MACHINE, "warning", do)
        return Looked("sleep", "some ways to fall asleep remain", (finding,))
    if not kept.by:
        return Looked("sleep", "this machine cannot sleep")
    return Looked("sleep", f"a session keeps this machine awake: {' and '.join(kept.by)}")


def clocks(asked: Subject) -> Looked:
    """Check that the measuring clock runs, and that the wall clock is plausible."""
    before = asked.clock.now()
    time.sleep(TICK_S)
    runs = asked.clock.now() > before
    wall = asked.clock.wall()
    found = [*_running(runs), *_plausible(wall, asked), *_set_by(asked)]
    said = f"{wall:%Y-%m-%d %H:%M} {wall.tzname() or ''}".rstrip()
    return Looked("clock", said, tuple(found))


def _running(runs: bool) -> Iterator[Finding]:
    if not runs:
        what = "this machine's measuring clock is not running"
        yield Finding("clock", what, MACHINE, "stop", "restart the machine")


def _plausible(wall: datetime, asked: Subject) -> Iterator[Finding]:
    do = "set the clock: sudo timedatectl set-ntp true"
    made = datetime.fromtimestamp(Path(soundscape.__file__).stat().st_mtime).astimezone()
    if wall < made or wall.year > made.year + TOO_LATE_YEARS:
        what = (
            f"this machine's clock says {wall:%Y-%m-%d %H:%M}, but soundscape was installed on "
            f"{made:%Y-%m-%d}"
        )
        yield Finding("clock", what, MACHINE, "stop", do)
        return
    newest = _newest_entry(asked.home.sessions)
    if newest is not None and (newest - wall).total_seconds() > BEHIND_S:
        what = (
            f"this machine's clock says {wall:%Y-%m-%d %H:%M}, but the newest journal entry is of "
            f"{newest:%Y-%m-%d %H:%M}"
        )
        yield Finding("clock", what, MACHINE, "stop", do)


def _newest_entry(sessions: Path) -> datetime | None:
    """Return the wall time of the last line of the session that began last."""
    try:
        newest = roll(sessions)[-1]
        if newest.locked:  # The start of an encrypted session is readable.
            last = newest.opened
        else:
            last = read_journal(sessions / newest.session).entries[-1].stamp.wall
        return datetime.fromisoformat(last).astimezone()
    except (IndexError, JournalError, ValueError):
        return None


def _set_by(asked: Subject) -> Iterator[Finding]:
    zone = asked.places.time_zone
    if zone.parent.is_dir() and not zone.exists() and not os.environ.get("TZ"):
        what = "this machine has no time zone, so the journal uses UTC"
        do = "set your time zone, for example: sudo timedatectl set-timezone Europe/Berlin"
        yield Finding("time zone", what, MACHINE, "warning", do)
    if kernel_synchronised() is False:
        what = "no time server keeps this machine's clock right"
        do = "compare it with your watch, or run: sudo timedatectl set-ntp true"
        yield Finding("time server", what, MACHINE, "warning", do)


def kernel_synchronised() -> bool | None:
    """Whether a time server keeps the system clock (Linux' `adjtimex`); None if not known."""
    import ctypes

    try:
        answer = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(512))
    except (OSError, AttributeError, TypeError):
        return None
    return None if answer < 0 else answer != 5  # TIME_ERROR: not synchronised
