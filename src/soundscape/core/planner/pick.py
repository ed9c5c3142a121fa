"""The quick choice: one track for this moment, for cues and faults. See `planner.pick`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from heapq import nsmallest
from typing import Literal

from soundscape.core.arc import Arc, Phase
from soundscape.core.avoid import avoiding, over_cap, sings, sound, sounds
from soundscape.core.plan import SoFar
from soundscape.core.planner.cost import NEAR, artist_key, has_music
from soundscape.core.planner.shelf import SHORTEST_S, unit
from soundscape.core.track import Pools, Track

Rung = Literal["playlist", "neighbour", "repeat"]

ARTIST_AGAIN = 0.05
STEP_TOO_FAR = 0.5
TIE = 0.01
SHORTLIST = 48


@dataclass(frozen=True, slots=True)
class Pick:
    """A track for now. `rung` says how far down the order it was found: unheard in the phase's
    own `playlist`, an unheard near `neighbour` of the arc's others, or a `repeat`."""

    track: Track
    reason: str
    rung: Rung


def _usable(pools: Pools, names: Iterable[str], never: Set[str], phase: Phase) -> Iterator[Track]:
    """Tracks of these playlists that are not banned nor over the phase's cap, and sung only where
    the phase wants that."""
    seen: set[int] = set()
    for name in names:
        pool = pools.get(name, ())
        if id(pool) not in seen:
            seen.add(id(pool))
            yield from (
                t
                for t in pool
                if sound(t) not in never
                and t.length_s >= SHORTEST_S
                and not sings(t, phase)
                and not over_cap(t, phase)
            )


def _best(
    tracks: list[Track], phase: Phase, so_far: SoFar, elapsed: float, shift: float, seed: int,
    recent: set[str],
) -> Track:  # fmt: skip
    playing = so_far.playing.track if so_far.playing else None
    rough = phase.target(elapsed) + shift
    length = phase.length_s or 1.0

    def off(track: Track) -> tuple[float, str]:
        mean = phase.curve.mean(elapsed / length, (elapsed + track.length_s) / length)
        wanted = min(phase.cap, max(0.0, mean + shift))
        far = abs(track.intensity - wanted)
        if playing is not None:
            step = abs(track.intensity - playing.intensity) - abs(wanted - playing.intensity) - 0.1
            far += STEP_TOO_FAR * max(0.0, step)
        if artist_key(track.artist) in recent:
            far += ARTIST_AGAIN
        return far + TIE * unit(seed, track.path), track.path

    if len(tracks) > SHORTLIST:
        tracks = nsmallest(SHORTLIST, tracks, key=lambda t: (abs(t.intensity - rough), t.path))
    return min(tracks, key=off)


def pick(arc: Arc, pools: Pools, so_far: SoFar, phase_index: int, seed: int) -> Pick | None:
    """See `soundscape.core.planner.planner`, whose face this is."""
    phase = arc.phases[phase_index]
    if not has_music(phase):
        return None
    here = phase_index == so_far.phase
    elapsed = max(0.0, so_far.now_s - so_far.phase_started_s) if here else 0.0
    shift = so_far.shift if here else 0.0
    wanted = min(phase.cap, max(0.0, phase.target(elapsed) + shift))
    same_as = sounds(pools)
    never = {same_as.get(path, path) for path in so_far.never}
    heard = {same_as.get(path, path): place for place, path in enumerate(so_far.heard)}
    if so_far.playing is not None:
        heard[sound(so_far.playing.track)] = len(so_far.heard)
    avoid = avoiding(phase.avoid)
    own = list(_usable(pools, phase.playlists, never, phase))
    lately = set(so_far.heard[-3:])
    recent = {artist_key(t.artist) for t in own if t.path in lately}
    if so_far.playing is not None:
        recent.add(artist_key(so_far.playing.track.artist))
    recent.discard("")
    if avoid:
        own = [t for t in own if not avoid(t)]
    fresh = [t for t in own if sound(t) not in heard]
    if fresh:
        best = _best(fresh, phase, so_far, elapsed, shift, seed, recent)
        why = f"intensity {best.intensity:.2f} for a curve at {wanted:.2f}"
        return Pick(best, f"{why}; unheard in {phase.name}", "playlist")
    names = dict.fromkeys(name for each in arc.phases for name in each.playlists)
    others = [
        t
        for t in _usable(pools, (n for n in names if n not in phase.playlists), never, phase)
        if abs(t.intensity - wanted) <= NEAR and not (avoid and avoid(t))
    ]
    fresh = [t for t in others if sound(t) not in heard]
    if fresh:
        best = _best(fresh, phase, so_far, elapsed, shift, seed, recent)
        why = f"intensity {best.intensity:.2f} for a curve at {wanted:.2f}"
        return Pick(best, f"{why}; from another playlist, {phase.name} is used up", "neighbour")
    again = own + others
    if not again:
        return None
    best = min(again, key=lambda t: (heard[sound(t)], abs(t.intensity - wanted), t.path))
    why = f"heard longest ago, as nothing unheard is left for {phase.name}"
    return Pick(best, f"{why}; intensity {best.intensity:.2f}", "repeat")
