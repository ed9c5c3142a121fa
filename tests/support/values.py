"""Builders of the core's values: each gives what a test does not care about."""

from __future__ import annotations

from dataclasses import replace

from soundscape.core.arc import Curve, Phase
from soundscape.core.cues.row import Now
from soundscape.core.fade import SILENT_DB
from soundscape.core.session import Session
from soundscape.core.text import clock
from soundscape.core.track import Track


def track(name: str, seconds: float = 200.0, intensity: float = 0.4, **more: object) -> Track:
    """A track at the reference loudness, whose path does not exist."""
    made = Track(f"/music/{name}.flac", name.title(), seconds, intensity)
    return replace(made, **more)  # type: ignore[arg-type]


def phase(name: str, minutes: float = 10.0, *curve: float, **more: object) -> Phase:
    """A phase with music from the pool "all", by default rising from 0.2 to 0.6."""
    shape = Curve.spread(curve or (0.2, 0.6))
    made = Phase(name, "onset", minutes * 60.0, shape, ("all",))
    return replace(made, **more)  # type: ignore[arg-type]


def opened_as(made: Session, **more: object) -> Session:
    """The session with other values in its first line."""
    return replace(made, opened=replace(made.opened, **more))  # type: ignore[arg-type]


def db_to_gain(db: float) -> float:
    """The amplitude factor of a gain in dB; 0.0 at `SILENT_DB` and below."""
    return 0.0 if db <= SILENT_DB else 10.0 ** (db / 20.0)


class SessionMoments:
    """Moments of a session without a wall clock: named by the time since its start."""

    def name(self, at_s: float) -> str:
        return clock(at_s)

    def last(self, text: str) -> float | None:
        return None


def now_at(at_s: float, **more: object) -> Now:
    """The moment of a cue, in a session without a wall clock."""
    return Now(at_s, SessionMoments(), **more)  # type: ignore[arg-type]
