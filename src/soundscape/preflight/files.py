"""Decodes every file from beginning to end, and reports what is wrong with its sound."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import inf

from soundscape.core.errors import Fault
from soundscape.core.text import as_word, clock, counted, shown
from soundscape.core.track import Track, part_of
from soundscape.library.measure.measured import Measured, recording_of
from soundscape.library.measure.measured import SoundFinding as Heard
from soundscape.library.measure.workers import measure_many
from soundscape.preflight.subject import Finding, Looked, Music, Severity, title_of

SHORTER_S = 0.5
"""A file that decodes to so many seconds less than before has lost its end."""

LOUDER_LU = 1.0
"""A difference of so many LU means another sound: the same one measures the same to a tenth."""

ROUNDED_S = 0.1
"""Precision in seconds with which the library knows positions."""

TAIL_S = 1.5
"""Seconds of silence after a cue-out that are not reported: the last sound may ring on."""

MOST_TOLD = 3
"""Most places of one kind that are listed for one track."""

Step = Callable[[str, int, int], None]


def decode(music: Music, step: Step | None, *, gently: bool) -> dict[str, Measured | Fault]:
    """Decode every file that will be played, in child processes; return the results by path.

    With `gently` one at a time, because a session is playing. Raises `SoundscapeError` if no child
    process can be started.
    """
    paths = [track.path for track in (*music.played, *music.environment)]

    def told(_: str, done: int, total: int) -> None:
        if step:
            step("decoding every file", done, total)

    workers = 1 if gently else 0
    return {path: result for path, _, result in measure_many(paths, workers, told)}


def files(music: Music) -> Looked:
    """Check that every file of plan, reserve and ambiences decodes, and is what was planned."""
    tracks = (*music.played, *music.environment)
    found = [finding for track in tracks for finding in _of(track, music.decoded.get(track.path))]
    seconds = sum(m.duration_s for m in music.decoded.values() if isinstance(m, Measured))
    lost = {finding.where for finding in found if finding.severity == "stop"}
    said = f"{counted(len(tracks) - len(lost), 'file')} decoded from beginning to end"
    said += f" ({clock(seconds)} of sound)" if not lost else f", {len(lost)} failed"
    return Looked("files", said, tuple(found))


def _of(track: Track, result: Measured | Fault | None) -> Iterator[Finding]:
    again = "repair it or remove it from its playlist, then run this check again"
    if result is None or isinstance(result, Fault):
        what = result.what if result else "was not decoded"
        yield Finding("undecodable", f"{title_of(track)} {what}", shown(track.path), "stop", again)
        return
    for fatal in (heard for heard in result.findings if heard.fatal):
        what = f"{title_of(track)}: {fatal.what}{_at(fatal)}"
        yield Finding(fatal.kind, what, shown(track.path), "stop", again)
    end_s = part_of(track.path).start_s + result.duration_s
    if end_s < track.end_s - SHORTER_S:
        what = (
            f"{title_of(track)} ends at {clock(end_s)}; the plan needs it to {clock(track.end_s)}"
        )
        yield Finding("truncated", what, shown(track.path), "stop", again)
    elif _changed(track, result):
        what = f"{title_of(track)} has changed since it was measured"
        do = "run this check again: it measures the file again"
        yield Finding("changed", what, shown(track.path), "stop", do)
    if result.bad_packets and not result.findings:
        what = f"{title_of(track)}: {counted(result.bad_packets, 'part')} of it cannot be decoded"
        do = "listen to it, and copy it again from its source"
        yield Finding("damaged", what, shown(track.path), "warning", do)


def _changed(track: Track, result: Measured) -> bool:
    if track.key and result.key and track.key != recording_of(result.key):
        return True
    return abs(track.loudness_lufs - result.loudness_lufs) > LOUDER_LU


def _at(heard: Heard) -> str:
    return f" at {clock(heard.at_s)}" if heard.at_s else ""


def inside(music: Music) -> Looked:
    """Check for what would startle or be missing: loudness jumps, gaps, clipping, abrupt ends."""
    found = [finding for track in music.played for finding in _told_of(track, music)]
    found += _further(music)
    jumps = sum(finding.severity == "stop" for finding in found)
    said = "no jump in loudness, no gap, no clipping, no abrupt end"
    if found:
        lesser = counted(len(found) - jumps, "minor finding")
        said = f"{counted(jumps, 'track')} with jumps in loudness, {lesser}"
    return Looked("inside", said, tuple(found))


def _told_of(track: Track, music: Music) -> Iterator[Finding]:
    """Yield one finding for each kind of problem that a listener would notice in the track."""
    about = music.about(track)
    fresh = music.decoded.get(track.path)
    anew = fresh.findings if isinstance(fresh, Measured) else ()
    kinds: dict[str, list[Heard]] = {}
    for heard in dict.fromkeys((*anew, *about.findings)):
        if not heard.fatal and _sounds(track, heard):
            kinds.setdefault(heard.kind, []).append(heard)
    for kind, alike in kinds.items():
        yield _inside(track, kind, alike, vouched=about.vouched)


def _further(music: Music) -> Iterator[Finding]:
    """Yield known loudness jumps in tracks that only a cue would bring in.

    They are warnings: whoever gives the cue is there to soften them.
    """
    rest = {
        track.path: name
        for name, track in music.further
        if not (about := music.about(track)).vouched
        and any(heard.kind == "rise" and _sounds(track, heard) for heard in about.findings)
    }
    if rest:
        what = (
            f"{counted(len(rest), 'further track')} of the playlists, which a cue may bring in, "
            f"{'jumps' if len(rest) == 1 else 'jump'} in loudness"
        )
        do = "soundscape library show TRACK shows where; --avoid track:TITLE leaves one out"
        where = ", ".join(sorted(set(rest.values())))
        yield Finding("rise, not planned", what, where, "warning", do)


def _sounds(track: Track, heard: Heard) -> bool:
    """Whether it lies between the cue points, or concerns the whole file.

    Silence that begins at the cue-out does not count: the cue-out skips it.
    """
    if heard.at_s is None:
        return True
    end_s = inf if track.cue_out_s is None else track.cue_out_s
    within = end_s - TAIL_S if heard.kind == "silence" else end_s + ROUNDED_S
    return track.cue_in_s <= heard.at_s + ROUNDED_S and heard.at_s < within


def _inside(track: Track, kind: str, alike: list[Heard], *, vouched: bool) -> Finding:
    severity: Severity = "warning"
    do = "listen there; cue points in a playlist can skip it"
    if kind == "rise" and not vouched:
        severity = "stop"
        do = (
            "listen there and remove the track from its playlist; if it would startle nobody: "
            f"soundscape library vouch {as_word(track.path)}"
        )
    told = [f"{heard.what}{_at(heard)}" for heard in alike[:MOST_TOLD]]
    if len(alike) > MOST_TOLD:
        told.append(f"and {len(alike) - MOST_TOLD} more")
    return Finding(kind, f"{title_of(track)}: {'; '.join(told)}", shown(track.path), severity, do)
