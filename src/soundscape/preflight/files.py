"""Every file decoded anew, from beginning to end, and what its sound shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import inf

from soundscape.core.errors import Fault
from soundscape.core.track import Track, part_of
from soundscape.core.words import clock
from soundscape.library.measure.audiokey import recording_of
from soundscape.library.measure.findings import About
from soundscape.library.measure.findings import Finding as Heard
from soundscape.library.measure.workers import Measured, measure_many
from soundscape.preflight.asked import Music
from soundscape.preflight.finding import Finding, Looked, Severity
from soundscape.preflight.say import as_word, count, place_of, title_of

SHORTER_S = 0.5
"""A file that decodes to this much less than it did has lost its end."""

LOUDER_LU = 1.0
"""The same sound measures the same to the tenth; so much of a difference is another sound."""

ROUNDED_S = 0.1
"""How exactly the library tells where something is."""

TAIL_S = 1.5
"""A cue-out lets a little of the silence after the music through: its last sound may ring on."""

MOST_TOLD = 3
"""How many places of one kind are told of one track."""

Step = Callable[[str, int, int], None]


def decode(music: Music, step: Step | None, *, gently: bool) -> dict[str, Measured | Fault]:
    """Decode every file that will be played, by path, in child processes; `gently`: one at a time,
    as a session is playing. Raises `SoundscapeError` where no child process can be started."""
    paths = [track.path for track in (*music.played, *music.environment)]

    def told(_: str, done: int, total: int) -> None:
        if step:
            step("hearing every file", done, total)

    workers = 1 if gently else 0
    return {path: result for path, _, result in measure_many(paths, workers, told)}


def files(music: Music) -> Looked:
    """Every file of the plan, the reserve and the ambiences decodes, and is what was planned."""
    tracks = (*music.played, *music.environment)
    found = [finding for track in tracks for finding in _of(track, music.decoded.get(track.path))]
    seconds = sum(m.duration_s for m in music.decoded.values() if isinstance(m, Measured))
    lost = {finding.where for finding in found if finding.severity == "stop"}
    said = f"{count(len(tracks) - len(lost), 'file')} decoded from beginning to end"
    said += f" ({clock(seconds)} of sound)" if not lost else f", {len(lost)} not"
    return Looked("files", said, tuple(found))


def _of(track: Track, result: Measured | Fault | None) -> Iterator[Finding]:
    again = "mend it or take it out of its playlist, then run this check again"
    if result is None or isinstance(result, Fault):
        what = result.what if result else "was not decoded"
        yield Finding("undecodable", f"{title_of(track)} {what}", place_of(track), "stop", again)
        return
    for fatal in (heard for heard in result.findings if heard.fatal):
        what = f"{title_of(track)}: {fatal.what}{_at(fatal)}"
        yield Finding(fatal.kind, what, place_of(track), "stop", again)
    end_s = part_of(track.path).start_s + result.duration_s
    if end_s < track.end_s - SHORTER_S:
        what = f"{title_of(track)} decodes to {clock(end_s)} only; {clock(track.end_s)} are planned"
        yield Finding("truncated", what, place_of(track), "stop", again)
    elif _changed(track, result):
        what = f"{title_of(track)} has changed since it was measured"
        do = "run this check again: it reads the file anew"
        yield Finding("changed", what, place_of(track), "stop", do)
    if result.bad_packets and not result.findings:
        what = f"{title_of(track)}: {count(result.bad_packets, 'piece')} of it cannot be decoded"
        do = "listen to it; copy it anew from where it came from"
        yield Finding("damaged", what, place_of(track), "warning", do)


def _changed(track: Track, result: Measured) -> bool:
    if track.key and result.key and track.key != recording_of(result.key):
        return True
    return abs(track.loudness_lufs - result.loudness_lufs) > LOUDER_LU


def _at(heard: Heard) -> str:
    return f" at {clock(heard.at_s)}" if heard.at_s else ""


def inside(music: Music) -> Looked:
    """What startles or is missing within a track: jumps in loudness, holes, clipping, hard ends."""
    found = [finding for track in music.played for finding in _told_of(track, music)]
    found += _further(music)
    jumps = sum(finding.severity == "stop" for finding in found)
    said = "no jump in loudness, no hole, no clipping, no hard end"
    if found:
        lesser = count(len(found) - jumps, "lesser thing")
        said = f"{count(jumps, 'track')} with jumps in loudness, {lesser}"
    return Looked("inside", said, tuple(found))


def _told_of(track: Track, music: Music) -> Iterator[Finding]:
    """One finding for each kind of thing that a listener would meet in the track."""
    about = music.gathered.about.get(track.path, About())
    fresh = music.decoded.get(track.path)
    anew = fresh.findings if isinstance(fresh, Measured) else ()
    kinds: dict[str, list[Heard]] = {}
    for heard in dict.fromkeys((*anew, *about.findings)):
        if not heard.fatal and _sounds(track, heard):
            kinds.setdefault(heard.kind, []).append(heard)
    for kind, alike in kinds.items():
        yield _inside(track, kind, alike, vouched=about.vouched)


def _further(music: Music) -> Iterator[Finding]:
    """Jumps, as the library knows them, in what only a cue would bring in: it would be heard by
    somebody who can soften it."""
    played = {track.path for track in music.played}
    rest = {
        track.path: name
        for name, pool in music.gathered.pools.items()
        for track in pool
        if track.path not in played
        and not (about := music.gathered.about.get(track.path, About())).vouched
        and any(heard.kind == "rise" and _sounds(track, heard) for heard in about.findings)
    }
    if rest:
        what = (
            f"{count(len(rest), 'further track')} of the playlists, which a cue may bring in, "
            f"{'jumps' if len(rest) == 1 else 'jump'} in loudness"
        )
        do = "soundscape library show TRACK tells where; --avoid track:TITLE leaves one out"
        where = ", ".join(sorted(set(rest.values())))
        yield Finding("rise, not planned", what, where, "warning", do)


def _sounds(track: Track, heard: Heard) -> bool:
    """Whether it lies between the cue points, or concerns the whole file. Silence that begins where
    the cue-out is has been left out by it."""
    if heard.at_s is None:
        return True
    end_s = inf if track.cue_out_s is None else track.cue_out_s
    within = end_s - TAIL_S if heard.kind == "silence" else end_s + ROUNDED_S
    return track.cue_in_s <= heard.at_s + ROUNDED_S and heard.at_s < within


def _inside(track: Track, kind: str, alike: list[Heard], *, vouched: bool) -> Finding:
    severity: Severity = "warning"
    do = "listen to that place; cue points in a playlist can leave it out"
    if kind == "rise" and not vouched:
        severity = "stop"
        do = (
            "listen to that place, and take it out of its playlist, or if it startles nobody: "
            f"soundscape library vouch {as_word(track.path)}"
        )
    told = [f"{heard.what}{_at(heard)}" for heard in alike[:MOST_TOLD]]
    if len(alike) > MOST_TOLD:
        told.append(f"and {len(alike) - MOST_TOLD} more")
    return Finding(kind, f"{title_of(track)}: {'; '.join(told)}", place_of(track), severity, do)
