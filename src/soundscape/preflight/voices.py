"""Whether anybody sings or speaks in the music that will be played, as far as is known."""

from __future__ import annotations

from os.path import commonpath

from soundscape.core.arc import Phase
from soundscape.core.planner.cost import has_music
from soundscape.core.text import as_word, counted, shown
from soundscape.core.track import Track
from soundscape.library.measure.findings import About
from soundscape.preflight.finding import Finding, Looked, title_of
from soundscape.preflight.subject import Music

MOST_NAMED = 5
"""Most tracks that a command names one by one; beyond that it names their folder."""


def voices(music: Music) -> Looked:
    """Check that no phase without voices has one, and that a person has cleared unknown tracks."""
    places = [(item.track, music.arc.phases[item.phase]) for item in music.plan.items]
    last = [phase for phase in music.arc.phases if has_music(phase) and not phase.booster]
    places += [(track, last[-1]) for track in music.reserve if last]
    found: dict[str, Finding] = {}
    for track, phase in places:
        finding = None if phase.voice else _of(track, phase, music)
        if finding is not None:
            found.setdefault(track.path, finding)
    more = _further(music, {track.path for track, _ in places})
    unknown = sum(finding.kind == "unknown voice" for finding in found.values())
    sung = len(found) - unknown
    said = f"{counted(len({t.path for t, _ in places}) - len(found), 'track')} as the arc asks"
    said += f", {unknown} that nobody has listened to" if unknown else ""
    said += f", {sung} with a voice" if sung else ""
    return Looked("voices", said, (*found.values(), *more))


def _of(track: Track, phase: Phase, music: Music) -> Finding | None:
    about = music.gathered.about.get(track.path, About())
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


def _further(music: Music, played: set[str]) -> tuple[Finding, ...]:
    """Report unknown tracks that only `next`, a hold or a fault would bring in.

    A voice does as much harm then.
    """
    phases = [phase for phase in music.arc.phases if has_music(phase) and not phase.voice]
    strict = {name for phase in phases for name in phase.playlists}
    rest = {
        track.path: name
        for name, pool in music.gathered.pools.items()
        for track in pool
        if name in strict and track.path not in played and track.voice == "unknown"
        if not music.gathered.about.get(track.path, About()).vouched
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
