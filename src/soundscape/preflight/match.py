"""Whether each track suits its phase: it reaches the level, stays audible, and has no voice where
none is allowed."""

from __future__ import annotations

from collections.abc import Iterator
from os.path import commonpath

from soundscape.core.arc import Phase
from soundscape.core.fade import HUSH_DB
from soundscape.core.planner.cost import has_music
from soundscape.core.text import as_word, counted, shown
from soundscape.core.track import REFERENCE_LUFS, Track
from soundscape.library.measure.measured import Measured
from soundscape.preflight.subject import Finding, Looked, Music, title_of

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
        for finding in _mismatch(item.track, phase, level_db, range_lu):
            found.setdefault((finding.where, finding.kind), finding)
    gains = [item.track.match_db for item in music.plan.items]
    said = "no tracks to match"
    if gains:
        said = f"match gains from {min(gains):+.0f} to {max(gains):+.0f} dB"
        said += f", {counted(len(found), 'outlier')}"
    return Looked("loudness", said, tuple(found.values()))


def _mismatch(track: Track, phase: Phase, level_db: float, range_lu: float) -> Iterator[Finding]:
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


MOST_NAMED = 5
"""Most tracks that a command names one by one; beyond that it names their folder."""


def voices(music: Music) -> Looked:
    """Check that no phase without voices has one, and that a person has cleared unknown tracks."""
    places = [(item.track, music.arc.phases[item.phase]) for item in music.plan.items]
    last = [phase for phase in music.arc.phases if has_music(phase) and not phase.booster]
    places += [(track, last[-1]) for track in music.reserve if last]
    found: dict[str, Finding] = {}
    for track, phase in places:
        finding = None if phase.voice else _voice(track, phase, music)
        if finding is not None:
            found.setdefault(track.path, finding)
    more = _further_voices(music)
    unknown = sum(finding.kind == "unknown voice" for finding in found.values())
    sung = len(found) - unknown
    said = f"{counted(len({t.path for t, _ in places}) - len(found), 'track')} as the arc asks"
    said += f", {unknown} that nobody has listened to" if unknown else ""
    said += f", {sung} with a voice" if sung else ""
    return Looked("voices", said, (*found.values(), *more))


def _voice(track: Track, phase: Phase, music: Music) -> Finding | None:
    about = music.about(track)
    why = f" ({'; '.join(about.voice_why)})" if about.voice_why else ""
    if track.voice == "voice":
        what = f"{title_of(track)} has a voice{why}, and {phase.name} allows none"
        do = f"remove it from the playlist, or set `voice: true` for {phase.name} in the arc"
        return Finding("voice", what, shown(track.path), "stop", do)
    if track.voice == "instrumental" or about.vouched:
        return None
    what = f"it is not known whether anybody sings or speaks in {title_of(track)}{why}"
    do = f"listen to it; if it has no voice: soundscape library vouch {as_word(track.path)}"
    return Finding("unknown voice", what, shown(track.path), "stop", do)


def _further_voices(music: Music) -> tuple[Finding, ...]:
    """Report unknown tracks that only `next`, a hold or a fault would bring in.

    A voice does as much harm then.
    """
    phases = [phase for phase in music.arc.phases if has_music(phase) and not phase.voice]
    strict = {name for phase in phases for name in phase.playlists}
    rest = {
        track.path: name
        for name, track in music.further
        if name in strict and track.voice == "unknown" and not music.about(track).vouched
    }
    if not rest:
        return ()
    names = sorted(set(rest.values()))
    what = (
        f"{counted(len(rest), 'further track')} of the playlists may be brought in by a cue, and "
        f"it is not known whether anybody sings or speaks in {'it' if len(rest) == 1 else 'them'}"
    )
    words = sorted(rest) if len(rest) <= MOST_NAMED else [commonpath(rest)]
    vouch = " ".join(map(as_word, words))
    do = f"listen; if they have no voice: soundscape library vouch {vouch}"
    where = ", ".join(names)
    return (Finding("unknown voice, not planned", what, where, "stop", do),)
