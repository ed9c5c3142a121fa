"""Appointments on the wall clock, made with the `schedule` library: `run --at 14:30`."""

from __future__ import annotations

from datetime import datetime

import schedule

from soundscape.clock import showings
from soundscape.core.text import lasting, typed

JUST_S = 300.0
"""Seconds after a time of day within which it probably means now: people are late."""

FAR_S = 12 * 3600.0
"""Seconds ahead from which a time is told with its day: the other half of the day may be meant."""


class Appointment:
    """A moment by the wall clock, which somebody may change meanwhile."""

    def __init__(self, when: datetime) -> None:
        self.when = when
        self._came = False
        self._scheduler = schedule.Scheduler()
        self._job = self._scheduler.every().day.do(self._come)

    def _come(self) -> type[schedule.CancelJob]:
        self._came = True
        return schedule.CancelJob

    def has_come(self) -> bool:
        """Whether the time has come; ask at least once a second."""
        # The scheduler goes by clock faces, which show one hour twice when summer time ends.
        now = _now()
        self._job.next_run = now.replace(tzinfo=None) + (self.when - now)
        self._scheduler.run_pending()
        return self._came

    def told(self) -> str:
        """Say when it is and how long that is from now, with the day if it is not obvious."""
        now = _now()
        ahead_s = (self.when - now).total_seconds()
        far = ahead_s > FAR_S or self.when.date() != now.date()
        day = f" on {self.when:%A} {self.when.day} {self.when:%B}" if far else ""
        return f"{self.when:%H:%M}{day}, in {lasting(max(0.0, ahead_s))}"


def next_showing(text: str) -> tuple[Appointment, float | None]:
    """Find when the wall clock next shows HH:MM, and how many seconds ago it did.

    The second is None if that was longer ago than `JUST_S`. Raises ValueError if `text` is not a
    time of day.
    """
    now = _now().timestamp()
    shown = showings(text, now)
    if shown is None:
        raise ValueError(f"expected a time of day as HH:MM, not {typed(text)}")
    ahead = min(moment for moment in shown if moment > now)
    ago_s = min((now - moment for moment in shown if moment <= now), default=JUST_S + 1.0)
    appointment = Appointment(datetime.fromtimestamp(ahead).astimezone())
    return appointment, ago_s if ago_s <= JUST_S else None


def _now() -> datetime:
    return datetime.now().astimezone()
