"""Plan: the tracks in order, with times and the reason for each choice; and where phases lie."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from soundscape.core.arc import Arc
from soundscape.core.track import Track


@dataclass(frozen=True, slots=True)
class PlanItem:
    """One track at its place. Times are seconds from the start of the session.

    Its fade-in begins at `start_s` and its fade-out ends at `end_s`; neighbours overlap by the
    crossfade. It starts at `offset_s` in its file (the cue-in, or later for a track that goes on).
    `phase` is the index of the phase it serves. `cut` means that the phase's boundary ends the
    track before its music does.
    """

    phase: int
    track: Track
    start_s: float
    end_s: float
    offset_s: float
    reason: str
    cut: bool = False


@dataclass(frozen=True, slots=True)
class PhaseSpan:
    """A phase's place in the session, in seconds from its start. `index` is that in the arc."""

    index: int
    name: str
    stage: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Cost:
    """The planner's cost and its parts (see `core.planner.planner`); lower is better. `E` is not a
    part of J."""

    J: float = 0.0
    C: float = 0.0
    S: float = 0.0
    K: float = 0.0
    A: float = 0.0
    L: float = 0.0
    E: float = 0.0


ShortfallKind = Literal["empty", "short", "off curve", "early end", "told"]


@dataclass(frozen=True, slots=True)
class Shortfall:
    """Where a plan falls short of its arc, with a sentence for the facilitator.

    `kind` is one of: `empty`, nothing can be played in the phase; `short`, its playlists have too
    little suitable music and something else fills it; `off curve`, the music stays away from the
    curve for a while; `early end`, the music ends before the arc does; `told`, from a journal of
    version 1, which held only the sentence. `phase` is the index of the phase, None if not known.
    `missing_s` are the seconds of the phase for which its own playlists have no suitable music; for
    `off curve` the seconds it lasts.
    """

    kind: ShortfallKind
    text: str
    phase: int | None = None
    missing_s: float = 0.0

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be played, and when. `warnings` are in the order of the session."""

    items: tuple[PlanItem, ...] = ()
    spans: tuple[PhaseSpan, ...] = ()
    seed: int = 0
    cost: Cost = field(default_factory=Cost)
    warnings: tuple[Shortfall, ...] = ()


@dataclass(frozen=True, slots=True)
class SoFar:
    """What a replan must keep: the session as it stands, in seconds from its start.

    The current `phase` began at `phase_started_s` and ends at `phase_ends_s` (for an open-ended
    phase: the nearest end to plan for; later phases follow with their own lengths). `playing` is
    the item that sounds now and keeps its `end_s`, or None. `heard` are the paths of tracks already
    heard, oldest first; `never` are the banned paths. `shift` is added to the curve until the end
    of the current phase (soften: negative; lift: positive).
    """

    now_s: float
    phase: int
    phase_started_s: float
    phase_ends_s: float
    playing: PlanItem | None = None
    heard: tuple[str, ...] = ()
    never: frozenset[str] = frozenset()
    shift: float = 0.0
    booster: bool = False


def phase_spans(arc: Arc, so_far: SoFar | None) -> tuple[PhaseSpan, ...]:
    """Where the phases lie: all of them, or the current one as it stands and those after it."""
    spans: list[PhaseSpan] = []
    at = 0.0
    for index, phase in enumerate(arc.phases):
        current = so_far is not None and index == so_far.phase
        if so_far is not None and index < so_far.phase:
            continue
        if phase.booster and not current and not (so_far is not None and so_far.booster):
            continue
        start, end = at, at + max(0.0, phase.length_s)
        if so_far is not None and current:
            start, end = so_far.phase_started_s, max(so_far.phase_ends_s, so_far.now_s)
        spans.append(PhaseSpan(index, phase.name, phase.stage, start, end))
        at = end
    return tuple(spans)
