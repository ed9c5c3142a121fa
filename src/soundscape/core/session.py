"""Session: one run of an arc as a value, and what follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from soundscape.core import seam
from soundscape.core.arc import Ambience, Arc, Curve, Mode, Phase
from soundscape.core.events import Asked, Dosed, Faulted, HeardFrom, Held, Marked, Opened
from soundscape.core.machine_facts import KeptAwake, OutputLost, Recovered, VolumeMoved
from soundscape.core.plan import Plan, PlanItem, SoFar
from soundscape.core.track import Layer, Pools, Track

OUTSTAY_S = 45.0
"""Seconds that a track plays which a pause has carried into a later phase, before it gives way."""


@dataclass(frozen=True, slots=True)
class Playing:
    """The track brought in last. The plan ends it at `item.end_s`. `ends_s` is when a fade-out must
    be over, as far as is known; None while it is paused.

    `sounds` says that a deck has confirmed it and has not fallen silent since.
    """

    token: int
    item: PlanItem
    fade_s: float
    ends_s: float | None
    sounds: bool = False
    position_s: float = 0.0
    at_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Course:
    """Where a session is in its arc.

    `phase` is -1 before the start. `ends_s` is None if the phase is open-ended or held, or if the
    arc is over.
    """

    phase: int = -1
    started_s: float = 0.0
    ends_s: float | None = None
    held: Held | None = None
    over: bool = False


@dataclass(frozen=True, slots=True)
class Doses:
    """The doses recorded so far, and the time from which the arc counts; None until that is set."""

    given: tuple[Dosed, ...] = ()
    zero_s: float | None = None


@dataclass(frozen=True, slots=True)
class Rest:
    """A pause or a chosen silence, and the layers that it holds back. A silence may end by itself
    at `ends_s`."""

    kind: Literal["", "pause", "silence"] = ""
    waiting: tuple[Layer, ...] = ()
    ends_s: float | None = None


@dataclass(frozen=True, slots=True)
class AmbienceState:
    """The ambience that is playing. `stands_in` means that nothing else was left to play. `token`
    is its newest playing: `undo` does not go back to an older one."""

    now: Ambience | None = None
    by_cue: bool = False
    stands_in: bool = False
    token: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Ending:
    """How a session closes. `down_s` is when `stop` had all decks down."""

    how: Literal["end", "stop", "arc"]
    down_s: float | None = None

    @property
    def stays_open(self) -> bool:
        """Whether the journal stays open for a while once all is silent, for `undo`."""
        return self.how == "stop"


@dataclass(frozen=True, slots=True)
class Past:
    """A cue that can be undone: its name, its time, what it changed (names of `ASPECTS`), the
    session before it, and the phase and the newest track right after."""

    cue: str
    at_s: float
    changed: tuple[str, ...]
    before: Session
    phase: int
    token: int


@dataclass(frozen=True, slots=True)
class Session:
    """The whole state of a session. Times are seconds from its start, gains dB.

    `pools` and `ambiences` come from the library; they are given, not folded. `mode_by_cue` is a
    mode that the facilitator set against the phase's own. `past` are the cues that `undo` can undo,
    newest last. `sounding` is what decks last confirmed to play. `crashes` are the engine's, newest
    last. `entered` are the phases entered so far with their times; `marks` the marked moments.

    `banned` are paths; `failed` are those whose file was at fault, the longest ago first, and
    `trying` is the one on trial. `retry_at_s` is when the session looks for music again. `back` is
    a track that comes in next, whatever the plan says: a cue had sent it away during a pause, and
    the cue was undone. `cursor` counts the items of the plan that are behind: what plays, and what
    was passed over.

    `device` is the chosen output, "" for the default one. `lost` says why nothing can be heard now.
    `volumes` are those that something else changed, by layer or output.
    """

    opened: Opened
    pools: Pools = field(default_factory=dict)
    ambiences: Mapping[str, Track] = field(default_factory=dict)
    started: bool = False
    course: Course = Course()
    entered: tuple[tuple[int, float], ...] = ()
    booster: bool = False
    doses: Doses = Doses()
    plan: Plan = field(default_factory=Plan)
    cursor: int = 0
    playing: Playing | None = None
    heard: tuple[str, ...] = ()
    banned: frozenset[str] = frozenset()
    failed: tuple[str, ...] = ()
    trying: str = ""
    retry_at_s: float | None = None
    back: PlanItem | None = None
    trim_db: float = 0.0
    shift: float = 0.0
    mode_by_cue: Mode | None = None
    rest: Rest = Rest()
    ambience: AmbienceState = AmbienceState()
    marks: tuple[tuple[float, Marked], ...] = ()
    tokens: int = 0
    closing: Ending | None = None
    closed: str = ""
    past: tuple[Past, ...] = ()
    last_cue: Asked | None = None
    faults: int = 0
    last_fault: Faulted | None = None
    sounding: tuple[HeardFrom, ...] = ()
    crashes: tuple[Recovered, ...] = ()
    device: str = ""
    lost: OutputLost | None = None
    volumes: Mapping[str, VolumeMoved] = field(default_factory=dict)
    awake: KeptAwake | None = None

    @property
    def arc(self) -> Arc:
        """The arc as it was when the session was opened."""
        return self.opened.arc

    @property
    def current(self) -> Phase | None:
        """The current phase; None before the start."""
        return self.arc.phases[self.course.phase] if self.course.phase >= 0 else None

    @property
    def mode(self) -> Mode | None:
        """Under the voices or music forward: the mode set by cue, else the phase's."""
        return self.mode_by_cue or (self.current.mode if self.current else None)

    @property
    def last_mark(self) -> int:
        """The number of the newest mark; 0 before the first."""
        return max((fact.mark for _, fact in self.marks), default=0)

    @property
    def level_db(self) -> float:
        """The goal of the level line in dB: the phase's level in this mode, plus the arc's own."""
        phase, mode = self.current, self.mode
        return (phase.level_in(mode) if phase and mode else 0.0) + self.arc.level_db

    @property
    def track(self) -> int:
        """The token of the newest playing of a track; 0 if no music plays."""
        return self.playing.token if self.playing else 0

    @property
    def stopped_s(self) -> float | None:
        """When `stop` had all decks down; None if it has not."""
        return self.closing.down_s if self.closing else None

    @property
    def waits(self) -> bool:
        """Whether the music waits for `resume`: paused, or in a chosen silence."""
        return bool(self.rest.waiting)

    @property
    def open_ended(self) -> bool:
        """Whether the music must go on until somebody ends it."""
        open_phase = self.current is not None and self.current.open_ended
        return self.course.over or self.course.held is not None or open_phase

    @property
    def music_arc(self) -> Arc:
        """The arc used to choose music: while a phase is held, its curve stands still."""
        held, phase = self.course.held, self.current
        if held is None or phase is None:
            return self.arc
        still = Curve.spread((phase.target(held.elapsed_s),))
        phases = list(self.arc.phases)
        phases[self.course.phase] = replace(phase, curve=still, until="cue")
        return replace(self.arc, phases=tuple(phases))

    def elapsed_s(self, now_s: float) -> float:
        """Return how far into its curve the phase is, in seconds."""
        held = self.course.held
        return held.elapsed_s if held else now_s - self.course.started_s

    def arc_s(self, now_s: float) -> float | None:
        """Return the arc time in seconds; None while it waits for its zero."""
        return None if self.doses.zero_s is None else now_s - self.doses.zero_s

    def following(self) -> int | None:
        """Return the index of the next phase; None in the last. Boosters count once added."""
        return next(iter(self.ahead()), None)

    @property
    def quiet_before(self) -> int | None:
        """The phase without music whose quiet has begun shortly before its time, because the last
        track has ended; None otherwise."""
        ahead = self.following()
        if ahead is None or self.playing is not None or self.retry_at_s is not None:
            return None
        return None if self.arc.phases[ahead].playlists else ahead

    def ahead(self) -> list[int]:
        """List the phases still to come, in order."""
        phases = self.arc.phases
        later = range(self.course.phase + 1, len(phases))
        return [index for index in later if self.booster or not phases[index].booster]

    def arc_ends_s(self) -> float | None:
        """Return when the last phase ends; None if an open-ended phase lies before."""
        ends_s = self.course.ends_s
        if ends_s is None or self.course.phase < 0:
            return None
        rest = [self.arc.phases[index] for index in self.ahead()]
        if any(phase.open_ended for phase in rest):
            return None
        return ends_s + sum(phase.length_s for phase in rest)

    def upcoming(self) -> tuple[PlanItem, ...]:
        """Return what the plan still holds, without further turns of the current track."""
        now = self.playing.item.track.path if self.playing else ""
        return tuple(item for item in self.plan.items[self.cursor :] if item.track.path != now)

    def rest_of_plan(self) -> Plan:
        """Return the plan without what is behind: what a new plan must keep of it."""
        return replace(self.plan, items=self.plan.items[self.cursor :])

    def music_ends_s(self) -> float | None:
        """Return when the current track must have faded out; None if none plays, or it is paused.

        For a track that a boundary cuts it is the plan's own end, else the end of its music. After
        a pause the track is behind its plan: it gives way soon after the phase has changed.
        """
        if self.playing is None or self.playing.ends_s is None:
            return None
        return self._gives_way_s(self.playing.item, self.playing.ends_s, self.playing.at_s)

    def _gives_way_s(self, item: PlanItem, natural_s: float, since_s: float) -> float:
        if item.cut and item.end_s > since_s:
            return min(natural_s, item.end_s)
        behind = item.phase != self.course.phase and not seam.holds(item, natural_s)
        if item.cut or (behind and natural_s > item.end_s):
            return min(natural_s, max(item.end_s, since_s + OUTSTAY_S))
        return natural_s

    def so_far(self, now_s: float) -> SoFar:
        """Return what a new plan must keep.

        It takes an open-ended phase to end with the current track, and paused music to go on now.
        """
        playing, music_ends_s = None, self.music_ends_s()
        if self.playing is not None:
            item = self.playing.item
            if music_ends_s is None:
                left_s = seam.plays_s(item.track, self.playing.position_s)
                music_ends_s = self._gives_way_s(item, now_s + left_s, now_s)
            playing = replace(item, end_s=music_ends_s)
        ends_s = self.course.ends_s
        if ends_s is None:
            ends_s = max(now_s, music_ends_s or now_s)
        return SoFar(
            now_s=now_s,
            phase=max(self.course.phase, 0),
            phase_started_s=now_s - self.elapsed_s(now_s),
            phase_ends_s=ends_s,
            playing=playing,
            heard=self.heard,
            never=self.banned,
            shift=self.shift,
            booster=self.booster,
        )


def open_session(
    opened: Opened, pools: Pools | None = None, ambiences: Mapping[str, Track] | None = None
) -> Session:
    """Open a session from a journal's first line."""
    return Session(opened, pools or {}, ambiences or {}, device=opened.device)


ASPECTS: Mapping[str, str] = {
    "trim": "trim_db",
    "shift": "shift",
    "mode": "mode_by_cue",
    "rest": "rest",
    "course": "course",
    "dose": "doses",
    "booster": "booster",
    "never": "banned",
    "ambience": "ambience",
    "mark": "marks",
    "track": "track",
    "closing": "closing",
    "output": "device",
}
"""What a cue may change: the word that journals use for it, and its field."""

FOLLOWED = ("rest", "ambience", "track", "output")
"""Aspects that decks must follow step by step. `undo` restores all others as values."""


def changed(before: Session, after: Session) -> tuple[str, ...]:
    """Name the aspects that differ between two states of a session."""
    return tuple(
        aspect
        for aspect, field in ASPECTS.items()
        if getattr(before, field) != getattr(after, field)
    )
