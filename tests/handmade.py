"""Journals made by hand: facts with the second each was written at."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from soundscape.core.arc import Arc, Curve, Phase
from soundscape.core.events import (
    Asked,
    Closed,
    Fact,
    Faulted,
    HeardFrom,
    HeardTo,
    Marked,
    Opened,
    PhaseEntered,
    Stamp,
    Started,
)
from soundscape.home import make_private
from soundscape.journal.writer import JournalWriter

ARC = Arc(
    "First [bold]journey[/]",
    (
        Phase("onset", "onset", 60.0, Curve.spread((0.2,)), ("all",)),
        Phase("deep", "peak", 60.0, Curve.spread((0.6,)), ("all",)),
    ),
)
OPENED = Opened("abcd2345", ARC, 7, "0.1", "null")

Line = tuple[float, Fact]


def heard_from(token: int, at_s: float, position_s: float = 0.0, phase: int = 0) -> HeardFrom:
    return HeardFrom(
        "music", token, f"/m/{token}.flac", f"Track {token}", phase, position_s, at_s
    )  # fmt: skip


def heard_to(token: int, at_s: float, position_s: float, why: str = "seam") -> HeardTo:
    return HeardTo("music", token, position_s, at_s, why)


def write(folder: Path, lines: Sequence[Line], *, day: int = 4, dose_s: float = 20.0) -> Path:
    """A journal of hand-made facts, each with the second it was written at; the dose at 20 s."""
    make_private(folder)
    writer = JournalWriter(folder)
    for at_s, fact in lines:
        minutes, seconds = divmod(at_s, 60)
        wall = f"2026-03-{day:02}T10:{int(minutes):02}:{seconds:06.3f}+01:00"
        writer.append(Stamp(wall, 1000.0 + at_s, "boot", at_s, at_s - dose_s), (fact,))
    assert writer.close()
    return folder


SESSION: list[Line] = [
    (0.0, OPENED),
    (0.0, Started()),
    (0.0, PhaseEntered(0, 0.0, 60.0, "the session begins")),
    (0.3, heard_from(1, 0.2)),
    (5.0, Asked("soften", {"db": 4.0}, True, "softer by 4 dB over 6 s")),
    (6.0, Asked("resume", {}, False, "not paused")),
    (30.0, Asked("mark", {"person": "A", "note": "n-1"}, True, "mark 1 for A at 0:00:30")),
    (30.0, Marked(1, "A", "n-1")),
    (40.0, heard_from(2, 39.8)),
    (46.1, heard_to(1, 46.0, 45.8)),
    (60.0, PhaseEntered(1, 60.0, 120.0, "its time has come")),
    (70.0, heard_to(2, 70.0, 30.2, "frozen")),
    (90.0, heard_from(2, 90.0, 30.2)),
    (91.0, Faulted("stalled", "/m/9.flac", "the next comes in")),
    (95.0, heard_to(2, 95.0, 35.2, "faded")),
    (95.0, Closed("end")),
]
