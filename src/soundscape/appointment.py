"""Appointments on the wall clock, with the `schedule` library: `run --at 14:30`."""

from __future__ import annotations

from datetime import datetime

import schedule


class Appointment:
    """The next time the wall clock shows HH:MM."""

    def __init__(self, at: str) -> None:
        """Raises ValueError where `at` is not a time of day."""
        self._scheduler = schedule.Scheduler()
        self._came = False
        try:
            self._job = self._scheduler.every().day.at(at).do(self._come)
        except (schedule.ScheduleValueError, TypeError):
            raise ValueError(f"expected a time of day as HH:MM, not `{at}`") from None

    def _come(self) -> type[schedule.CancelJob]:
        self._came = True
        return schedule.CancelJob

    @property
    def when(self) -> datetime:
        """When it will be, by the wall clock."""
        next_run: datetime | None = self._job.next_run
        assert next_run is not None
        return next_run

    def has_come(self) -> bool:
        """Whether the time has come; ask at least once a second."""
        self._scheduler.run_pending()
        return self._came
