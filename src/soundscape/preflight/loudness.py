"""Tracks that the loudness match cannot bring to the level of the others, and near-silences."""

from __future__ import annotations

from collections.abc import Iterator

from soundscape.core.arc import Phase
from soundscape.core.fade import HUSH_DB
from soundscape.core.text import counted, shown
from soundscape.core.track import REFERENCE_LUFS, Track
from soundscape.library.measure.workers import Measured
from soundscape.preflight.finding import Finding, Looked, title_of
from soundscape.preflight.subject import Music

MATCH_UP_DB = 12.0
"""Most gain in dB without a warning. More also raises the recording's noise: that of 16 bits stays
inaudible, that of a tape or a room, 50 to 60 dB below the music, does not."""

MATCH_DOWN_DB = 18.0
"""Most attenuation in dB without a warning. No music measures above -5 LUFS; noise does."""

HELD_DB = 3.0
"""So many dB below its neighbours, a track sounds like an unwanted change of level (judgment)."""

MOST_GAIN_DB = 18.0
"""The gain in dB of libVLC's highest volume, 200 %."""

HUSH_LUFS = REFERENCE_LUFS + HUSH_DB
"""Loudness that nobody hears in a quiet room; fades from nothing begin there."""


def loudness(music: Music) -> Looked:
    """Check that every track reaches its phase's level and stays audible there."""
    found: dict[tuple[str, str], Finding] = {}
    for item in music.plan.items:
        fresh = music.decoded.get(item.track.path)
        range_lu = fresh.range_lu if isinstance(fresh, Measured) else 0.0
        phase = music.arc.phases[item.phase]
        level_db = phase.output_level_db + music.arc.level_db
        for finding in _of(item.track, phase, level_db, range_lu):
            found.setdefault((finding.where, finding.kind), finding)
    gains = [item.track.match_db for item in music.plan.items]
    said = "no tracks to match"
    if gains:
        said = f"match gains from {min(gains):+.0f} to {max(gains):+.0f} dB"
        said += f", {counted(len(found), 'outlier')}"
    return Looked("loudness", said, tuple(found.values()))


def _of(track: Track, phase: Phase, level_db: float, range_lu: float) -> Iterator[Finding]:
    name = title_of(track)
    if track.match_db > MATCH_UP_DB:
        what = (
            f"{name} is very soft ({track.loudness_lufs:.0f} LUFS): matching raises it by "
            f"{track.match_db:.0f} dB, and its noise too"
        )
        yield Finding("soft", what, shown(track.path), "warning", "listen to it; use a louder copy")
    if track.match_db < -MATCH_DOWN_DB:
        what = f"{name} is louder than music should be ({track.loudness_lufs:.0f} LUFS)"
        yield Finding(
            "loud", what, shown(track.path), "warning", "listen to it: is it really music?"
        )
    wanted_db = track.match_db + level_db
    held_db = wanted_db - min(track.headroom_db, MOST_GAIN_DB)
    if held_db > HELD_DB:
        what = f"{name} stays {held_db:.0f} dB softer than the others: its peaks allow no more"
        do = f"set {phase.name} {held_db:.0f} dB lower, or remove the track from its playlist"
        yield Finding("held", what, shown(track.path), "warning", do)
    quiet_lufs = REFERENCE_LUFS + level_db - range_lu
    if quiet_lufs < HUSH_LUFS:
        what = (
            f"{name} has quiet parts that nobody can hear at {phase.name}'s level "
            f"({level_db:.0f} dB; its range is {range_lu:.0f} LU)"
        )
        do = f"use it where the level is higher, or remove it from {phase.name}'s playlist"
        yield Finding("near-silence", what, shown(track.path), "warning", do)
