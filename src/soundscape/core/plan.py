"""Plan: the tracks in order, with times and the reason for each choice. Values only."""

from __future__ import annotations

from dataclasses import dataclass, field

from soundscape.core.track import Track


@dataclass(frozen=True, slots=True)
class PlanItem:
    """One track at its place. Times are seconds from the start of the session.

    `start_s` is where its fade-in begins, `end_s` where its fade-out is complete; neighbours
    overlap by the crossfade. `offset_s` is where in the file it starts (cue-in, or further in for
    a track that goes on). `phase` is the index of the phase it serves. `cut` is true where the
    phase's boundary ends it before its music does.
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
    """Where a phase lies in the session, in seconds from its start. `index` is into the arc."""

    index: int
    name: str
    stage: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Cost:
    """The planner's cost and its parts (see `soundscape.core.planner`); lower is better. `E` is
    no part of J."""

    J: float = 0.0
    C: float = 0.0
    S: float = 0.0
    K: float = 0.0
    A: float = 0.0
    L: float = 0.0
    E: float = 0.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be played when. `warnings` are sentences for the facilitator."""

    items: tuple[PlanItem, ...] = ()
    spans: tuple[PhaseSpan, ...] = ()
    seed: int = 0
    cost: Cost = field(default_factory=Cost)
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SoFar:
    """What a replan has to keep: the session as it stands, in seconds from its start.

    `phase` is being played since `phase_started_s` and ends at `phase_ends_s` (for an open-ended
    phase: the nearest end to plan for; later phases follow with their own lengths). `playing` is
    the item that sounds now and is kept with its `end_s`, or None. `heard` are the paths of tracks
    already heard, oldest first; `never` the paths banned for the session. `shift` is added to the
    curve until the end of the current phase (soften: negative; lift: positive).
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
