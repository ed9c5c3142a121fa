"""Whether there is enough music: the arc and what it names, every minute covered, and a reserve."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil
from pathlib import Path

from soundscape.core.errors import Fault
from soundscape.core.plan import PhaseSpan, Plan, ShortfallKind, SoFar
from soundscape.core.planner.cost import has_music
from soundscape.core.planner.pick import pick
from soundscape.core.text import clock, counted
from soundscape.core.track import Track
from soundscape.preflight.subject import Finding, Looked, Music, Severity, Subject, title_of
from soundscape.starter.pieces import STARTER_ARTIST, STARTER_NAMES

RESERVE_S = 1800.0
"""Seconds of unheard music that must be left after the plan, because sessions run over."""

GRAVE: tuple[ShortfallKind, ...] = ("empty", "short", "early end")
"""The warnings of a plan that stop a session if its phase lacks music. (`off curve` is not among
them: it says nothing about how long the music lasts.)"""

GAP_S = 2.0
"""Longest gap in seconds between tracks that is not reported. In a complete plan tracks overlap;
anything shorter is rounding."""


def arc_and_playlists(asked: Subject) -> Looked:
    """Check that the arc reads and that all it names is there; list what cannot be played."""
    if asked.music is None:
        found = [_fault("missing", fault, "stop", asked.arc_file) for fault in asked.faults]
        return Looked("arc", f"{asked.arc.name}: not everything it names is there", tuple(found))
    arc, gathered = asked.arc, asked.music.gathered
    left_out = [_fault("left out", fault, "warning", "") for fault in gathered.left_out]
    empty = [_fault("missing", fault, "stop", "") for fault in gathered.emptied]
    told = set(map(str, gathered.emptied))
    notes = [
        Finding("note", note, asked.arc_file, "warning", "check that this is what you want")
        for note in gathered.warnings
        if note not in told
    ]
    tracks = {track.path for pool in gathered.pools.values() for track in pool}
    said = (
        f"{arc.name}, {clock(arc.length_s)}, {counted(len(arc.phases), 'phase')}, "
        f"{counted(len(tracks), 'track')} in {counted(len(gathered.pools), 'playlist')}"
    )
    return Looked("arc", said, (*empty, *left_out, *notes))


def _fault(kind: str, fault: Fault, severity: Severity, elsewhere: str) -> Finding:
    place = ":".join(str(part) for part in (fault.where, fault.line, fault.column) if part)
    do = fault.do or (
        "put it there, or remove it from the arc"
        if severity == "stop"
        else "repair the file or remove it from the playlist; the rest plays without it"
    )
    return Finding(kind, fault.what, place or elsewhere, severity, do)


def coverage(music: Music) -> Looked:
    """Check that every phase with music has enough of it, and that no track plays twice."""
    arc, plan = music.arc, music.plan
    lacking = _lacking(music)
    found, unsaid = [], dict(lacking)
    for told in plan.warnings:
        where = arc.name if told.phase is None else arc.phases[told.phase].name
        grave = told.phase is not None and told.kind in GRAVE and told.phase in lacking
        if told.phase is not None and grave:
            unsaid.pop(told.phase, None)
        more = _more_starter(music) if grave else ""
        found.append(_short(told.text, where, "stop" if grave else "warning", more))
    more = _more_starter(music) if unsaid else ""
    found += [_short(what, arc.phases[i].name, "stop", more) for i, what in unsaid.items()]
    wanted = [span for span in plan.spans if has_music(arc.phases[span.index])]
    minutes = sum(span.end_s - span.start_s for span in wanted) / 60
    names = ", ".join(dict.fromkeys(arc.phases[i].name for i in lacking))
    whole = f"not enough for {names}" if lacking else "no gap, no track plays twice"
    said = f"{counted(len(plan.items), 'track')} for {minutes:.0f} min with music: {whole}"
    return Looked("coverage", said, tuple(found))


def _short(what: str, where: str, severity: Severity, more: str) -> Finding:
    do = "add music to the phase's playlist, name a second playlist, or make the phase shorter"
    return Finding("coverage", what, where, severity, more + do)


def _more_starter(music: Music) -> str:
    """Suggest the command that makes more starter music, if the arc plays some of it."""
    pools = music.gathered.pools.values()
    folders = {
        Path(track.path).parent
        for pool in pools
        for track in pool
        if track.artist == STARTER_ARTIST
    }
    lacking = any(
        not (folder / f"{name}.flac").exists() for folder in folders for name in STARTER_NAMES
    )
    return "run `soundscape library starter --all`, or " if lacking else ""


def _lacking(music: Music) -> dict[int, str]:
    """List the phases without enough music, by their index in the arc, each with a sentence."""
    arc, plan = music.arc, music.plan
    lacking: dict[int, str] = {}
    for place, span in enumerate(plan.spans):
        phase = arc.phases[span.index]
        if not has_music(phase):
            continue
        after = plan.spans[place + 1] if place + 1 < len(plan.spans) else None
        # Before silence the last track may end by itself, up to one fade before the boundary.
        goes_on = after is not None and has_music(arc.phases[after.index])
        end_s = span.end_s if goes_on else span.end_s - phase.crossfade_s
        missing_s = sum(end - start for start, end in gaps(plan, span.start_s, end_s))
        if missing_s:
            lacking[span.index] = f"{phase.name} lacks music for {clock(missing_s)} of its time"
    seen: set[str] = set()
    for item in plan.items:
        name = arc.phases[item.phase].name
        if item.track.path in seen:
            what = f"{name} plays {title_of(item.track)} a second time"
            lacking.setdefault(item.phase, what)
        seen.add(item.track.path)
    return lacking


def gaps(plan: Plan, start_s: float, end_s: float) -> Iterator[tuple[float, float]]:
    """Yield the gaps longer than `GAP_S` between two times, in seconds of the session, in which no
    track of the plan plays."""
    reached = start_s
    for item in sorted(plan.items, key=lambda item: item.start_s):
        until = min(item.start_s, end_s)
        if until - reached > GAP_S:
            yield reached, until
        reached = max(reached, item.end_s)
    if end_s - reached > GAP_S:
        yield reached, end_s


def reserve_of(music: Music) -> tuple[Track, ...]:
    """Choose the unheard tracks that would play after the last phase with music, in order.

    Stops at `RESERVE_S`, or when there are no more.
    """
    arc, plan = music.arc, music.plan
    spans = [span for span in plan.spans if has_music(arc.phases[span.index])]
    if not spans:
        return ()
    found: list[Track] = []
    length_s = 0.0
    while length_s < RESERVE_S:
        picked = pick(arc, music.gathered.pools, _over(plan, spans[-1], found), spans[-1].index, 0)
        if picked is None or picked.rung == "repeat":
            break
        found.append(picked.track)
        length_s += picked.track.length_s
    return tuple(found)


def _over(plan: Plan, last: PhaseSpan, since: list[Track]) -> SoFar:
    heard = (*(item.track.path for item in plan.items), *(track.path for track in since))
    return SoFar(last.end_s, last.index, last.start_s, last.end_s, heard=heard)


def reserve(music: Music) -> Looked:
    """Check that half an hour of unheard music is left if the session runs over."""
    spans = [span for span in music.plan.spans if has_music(music.arc.phases[span.index])]
    if not spans:
        return Looked("reserve", "the arc asks for no music", done=False)
    phase = music.arc.phases[spans[-1].index]
    length_s = sum(track.length_s for track in music.reserve)
    minutes = int(length_s // 60)
    told = counted(len(music.reserve), "unheard track")
    said = f"{minutes} min in reserve for {phase.name}, {told}"
    if length_s >= RESERVE_S:
        return Looked("reserve", said)
    playlists = " or ".join(f"`{name}`" for name in phase.playlists)
    need = ceil((RESERVE_S - length_s) / 60)
    there = f"only {minutes} min of unheard music is" if minutes else "no unheard music is"
    what = (
        f"{there} left for {phase.name} if the session runs over; "
        f"{RESERVE_S / 60:.0f} min are required"
    )
    do = f"{_more_starter(music)}add {need} min of music to {playlists}"
    return Looked("reserve", said, (Finding("reserve", what, phase.name, "stop", do),))
