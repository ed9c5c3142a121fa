"""Turns what was heard between two moments of a session into actions for decks. Pure.

Nothing is written anywhere: the old journal stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from soundscape.core import fade
from soundscape.core.arc import DEFAULT_LEVEL_DB
from soundscape.core.events import Chosen, Entry, HeardFrom, HeardTo, Opened
from soundscape.core.fold import apply
from soundscape.core.ports import Action, FadeOut, Glide, Play, Shut
from soundscape.core.session import open_session
from soundscape.core.track import Layer, Track

IN_S = 6.0
"""Seconds of the fade-in and fade-out of a replay."""

BRIDGED_S = 1.0
"""A gap in the music shorter than this many seconds is not a silence."""

LOUDEST_DB = 0.0
"""Highest level of a replay in dB: never above the room's comfort level, whatever was played."""


@dataclass(frozen=True, slots=True)
class HeardSpan:
    """A stretch of a file that was heard: seconds from the session's start, and in the file."""

    layer: Layer
    track: Track
    from_s: float
    to_s: float
    position_s: float


@dataclass(frozen=True, slots=True)
class ReplayStep:
    """An action, `at_s` seconds after the replay's start; `session_s` is the moment of the session
    that is heard then, `says` what begins."""

    at_s: float
    session_s: float
    action: Action
    says: str = ""


Level = tuple[float, Layer, float]
"""A time in seconds from the session's start, a layer, and its level from then on in dB."""


def stretches(entries: Iterable[Entry], ambiences: Mapping[str, Track]) -> list[HeardSpan]:
    """List all that was heard, in order. `ambiences` are the session's, by path.

    A stretch without an end in the journal counts as heard up to the journal's last line.
    """
    chosen: dict[int, Track] = {}
    begun: dict[tuple[Layer, int], HeardSpan] = {}
    found: list[HeardSpan] = []
    last_s = 0.0
    for entry in entries:
        fact = entry.fact
        last_s = max(last_s, entry.stamp.at_s)
        if isinstance(fact, Chosen):
            chosen[fact.token] = fact.item.track
        elif isinstance(fact, HeardFrom):
            known = chosen.get(fact.token) if fact.layer == "music" else ambiences.get(fact.path)
            track = known or Track(fact.path, fact.title, fact.position_s, 0.0)
            key = fact.layer, fact.token
            begun[key] = HeardSpan(fact.layer, track, fact.at_s, fact.at_s, fact.position_s)
        elif isinstance(fact, HeardTo) and (fact.layer, fact.token) in begun:
            found.append(replace(begun.pop((fact.layer, fact.token)), to_s=fact.at_s))
    found += [replace(each, to_s=last_s) for each in begun.values()]
    return sorted((each for each in found if each.to_s > each.from_s), key=lambda s: s.from_s)


def again(
    entries: Sequence[Entry],
    heard: Sequence[HeardSpan],
    from_s: float,
    to_s: float,
    *,
    plain: bool = False,
) -> list[ReplayStep]:
    """Return the steps that replay `heard` from one moment of the session to another.

    The replay keeps seams, silences, levels and ambience; it fades in at the start and out at the
    end. With `plain` it plays only the music, at one level, without its silences.
    """
    if plain:
        heard = _closed_up([each for each in heard if each.layer == "music"], from_s, to_s)
    inside = [each for each in heard if each.to_s > from_s and each.from_s < to_s]
    if not inside:
        return []
    if plain:
        to_s = min(to_s, max(each.to_s for each in inside))
    even: Iterable[Level] = [(from_s, "music", DEFAULT_LEVEL_DB)]
    levels = even if plain else _levels(entries)
    steps = [*_plays(inside, from_s), *_glides(levels, from_s, to_s)]
    end_s = max(IN_S, to_s - from_s - IN_S)
    steps = [step for step in steps if step.at_s < end_s]
    steps.append(ReplayStep(end_s, from_s + end_s, Shut(IN_S)))
    # A level is set before what it applies to begins.
    return sorted(steps, key=lambda step: (step.at_s, not isinstance(step.action, Glide)))


def _closed_up(music: Sequence[HeardSpan], from_s: float, to_s: float) -> list[HeardSpan]:
    """Return the music from a moment on, without the time in which none was heard."""
    found: list[HeardSpan] = []
    gone_s, reached_s = 0.0, from_s
    for each in music:
        if each.to_s <= from_s:
            continue
        start_s = max(each.from_s, from_s)
        if start_s - reached_s > BRIDGED_S:
            gone_s += start_s - reached_s
        reached_s = max(reached_s, each.to_s)
        if each.from_s - gone_s < to_s:
            found.append(replace(each, from_s=each.from_s - gone_s, to_s=each.to_s - gone_s))
    return found


def _plays(heard: Sequence[HeardSpan], from_s: float) -> Iterator[ReplayStep]:
    for token, each in enumerate(heard, 1):
        start_s = max(each.from_s, from_s)
        mates = [other for other in heard if other.layer == each.layer and other is not each]
        before = [o.to_s - start_s for o in mates if o.from_s < each.from_s and o.to_s > start_s]
        seam_s = max(before, default=0.0)
        fade_s = max(seam_s, fade.SHORTEST_S) if seam_s > 0 and start_s > from_s else IN_S
        offset_s = each.position_s + start_s - each.from_s
        loop = each.layer == "ambience"
        if loop:  # A loop repeats, so only the position within one round counts.
            offset_s = each.track.cue_in_s + offset_s % max(1.0, each.track.length_s)
        yield ReplayStep(
            start_s - from_s,
            start_s,
            Play(each.layer, token, each.track, offset_s, fade_s, loop),
            each.track.title,
        )
        if not any(other.from_s <= each.to_s < other.to_s for other in mates):
            out_s = min(fade.PAUSE_S, (each.to_s - start_s) / 2)
            at_s = each.to_s - out_s
            yield ReplayStep(at_s - from_s, at_s, FadeOut(each.layer, out_s))


def _levels(entries: Iterable[Entry]) -> Iterator[Level]:
    """Yield every change of a layer's level."""
    opened = next(entry.fact for entry in entries if isinstance(entry.fact, Opened))
    session = open_session(opened)
    for entry in entries:
        session = apply(session, entry.fact)
        if session.current is None:
            continue
        yield entry.stamp.at_s, "music", session.level_db + session.trim_db
        if session.ambience.now is not None:
            yield entry.stamp.at_s, "ambience", session.ambience.now.level_db


def _glides(levels: Iterable[Level], from_s: float, to_s: float) -> Iterator[ReplayStep]:
    now: dict[Layer, float] = {}
    first: dict[Layer, float] = {}
    for at_s, layer, level_db in levels:
        level_db = min(level_db, LOUDEST_DB)
        if at_s <= from_s:
            first[layer] = level_db
        elif at_s < to_s and now.get(layer, first.get(layer)) != level_db:
            yield ReplayStep(at_s - from_s, at_s, _glide(layer, level_db, now.get(layer, level_db)))
        now[layer] = level_db
    for layer, level_db in first.items():
        yield ReplayStep(0.0, from_s, Glide(layer, "level", level_db, fade.SHORTEST_S))


def _glide(layer: Layer, to_db: float, was_db: float) -> Glide:
    """Glide down as a cue does, and up within the limit for a rise."""
    seconds = max(fade.SOFTEN_S, (to_db - was_db) / fade.RISE_DB_PER_S)
    return Glide(layer, "level", to_db, seconds)


def where_found(
    heard: Sequence[HeardSpan], find: Callable[[Track], Track | None]
) -> tuple[list[HeardSpan], tuple[Track, ...]]:
    """Return the stretches with the present paths of their files, and the tracks that are gone."""
    found: list[HeardSpan] = []
    gone: dict[str, Track] = {}
    for each in heard:
        track = find(each.track)
        if track is None:
            gone[each.track.path] = each.track
        else:
            found.append(replace(each, track=track))
    return found, tuple(gone.values())
