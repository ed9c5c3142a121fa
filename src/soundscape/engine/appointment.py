"""Appointments on the wall clock, with the `schedule` library: `run --at 14:30`."""

from __future__ import annotations

from datetime import datetime

import schedule

from soundscape.clock import showings
from soundscape.core.words import lasting

JUST_S = 300.0
"""A time of day that passed so lately was most likely meant for now: people are late."""

FAR_S = 12 * 3600.0
"""What lies further ahead is said with its day: it may have been meant for yesterday's half."""


class Appointment:
    """A moment by the wall clock, which somebody may set meanwhile."""

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
        # The scheduler goes by what clocks show, which is one hour twice as summer time ends.
        now = _now()
        self._job.next_run = now.replace(tzinfo=None) + (self.when - now)
        self._scheduler.run_pending()
        return self._came

    def told(self) -> str:
        """When, and how long that is from now; with the day, where that is not plain."""
        now = _now()
        ahead_s = (self.when - now).total_seconds()
        far = ahead_s > FAR_S or self.when.date() != now.date()
        day = f" on {self.when:%A} {self.when.day} {self.when:%B}" if far else ""
        return f"{self.when:%H:%M}{day}, in {lasting(max(0.0, ahead_s))}"


def next_showing(text: str) -> tuple[Appointment, float | None]:
    """When the wall clock shows HH:MM next; and how many seconds ago it did, where that is no
    longer than `JUST_S`. Raises ValueError where `text` is no time of day."""
    now = _now().timestamp()
    shown = showings(text, now)
    if shown is None:
        raise ValueError(f"expected a time of day as HH:MM, not `{text[:20]}`")
    ahead = min(moment for moment in shown if moment > now)
    ago_s = min((now - moment for moment in shown if moment <= now), default=JUST_S + 1.0)
    appointment = Appointment(datetime.fromtimestamp(ahead).astimezone())
    return appointment, ago_s if ago_s <= JUST_S else None


def _now() -> datetime:
    return datetime.now().astimezone()
