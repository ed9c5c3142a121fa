"""Session: one run of an arc as a value, and what can be read off it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from soundscape.core import seam
from soundscape.core.arc import Ambience, Arc, Curve, Mode, Phase
from soundscape.core.events import Asked, Dosed, Faulted, HeardFrom, Held, Opened, Recovered
from soundscape.core.output_facts import Gone, KeptAwake, Outside, VolumeMoved
from soundscape.core.plan import Plan, PlanItem, SoFar
from soundscape.core.track import Layer, Pools, Track

OUTSTAY_S = 45.0
"""How long a track that a pause carried into a later phase is heard before it gives way."""


@dataclass(frozen=True, slots=True)
class Playing:
    """The track brought in last. `item.end_s` is where the plan has it end, and `ends_s` when a
    fade out of it has to be over, as far as is known now; None while it waits.

    `sounds` is whether a deck has confirmed it and has not fallen silent since.
    """

    token: int
    item: PlanItem
    fade_s: float
    ends_s: float | None
    sounds: bool = False
    position_s: float = 0.0
    at_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Past:
    """A cue that can be taken back: what it was, when, what of the session it changed (names of
    `ASPECTS`), how the session stood before, and the phase and the newest track right after."""

    cue: str
    at_s: float
    changed: tuple[str, ...]
    before: Session
    phase: int
    token: int


@dataclass(frozen=True, slots=True)
class Session:
    """The whole state of a session. Times are seconds from its start, gains dB.

    `pools` and `ambiences` are what the library offered; they are given, not folded. `phase` is
    -1 before the start. `phase_ends_s` is None where the phase is open-ended, held, or the arc is
    over. `mode_by_cue` is what the facilitator said against the phase's own mode. `waiting` are
    the layers that a pause or a chosen silence (`silenced`) keeps waiting. `past` are the cues
    that `undo` can take back, newest last. `stopped_s` is since when `stop` has all decks down.
    `sounding` is what decks were last confirmed to play. `crashes` are the engine's, newest last.
    `never` are the paths kept out, and `failed` those of them whose file was at fault, the longest
    ago first; `trying` is the one tried again. `again_s` is when music that ran out is looked for.
    `back` is the track that comes in next whatever the plan has: a cue that sent it away while all
    waited has been taken back.
    `cursor` is how many items of the plan are behind: what plays, and what was passed over.
    `entered` are the phases that were entered so far and when, `marked` the moments that were
    pointed at and for whom. `ambience_stands_in`: nothing else was left. `no_output` is why
    nothing can be heard now, "" where something can. `volumes` are those that somebody else moved,
    by what they are of; `outside` is what becomes of a layer's.
    `device` is the chosen output ("" the default one), `when_gone` what becomes of it where it is
    gone, and `lost_port` the port of it that is.
    """

    code: str
    arc: Arc
    seed: int = 0
    pools: Pools = field(default_factory=dict)
    ambiences: Mapping[str, Track] = field(default_factory=dict)
    persons: tuple[str, ...] = ()
    end_with_arc: bool = False
    started: bool = False
    phase: int = -1
    phase_started_s: float = 0.0
    phase_ends_s: float | None = None
    entered: tuple[tuple[int, float], ...] = ()
    over: bool = False
    held: Held | None = None
    booster: bool = False
    doses: tuple[Dosed, ...] = ()
    zero_s: float | None = None
    plan: Plan = field(default_factory=Plan)
    cursor: int = 0
    playing: Playing | None = None
    heard: tuple[str, ...] = ()
    never: frozenset[str] = frozenset()
    failed: tuple[str, ...] = ()
    trying: str = ""
    again_s: float | None = None
    back: PlanItem | None = None
    trim_db: float = 0.0
    shift: float = 0.0
    mode_by_cue: Mode | None = None
    paused: bool = False
    silenced: bool = False
    silence_ends_s: float | None = None
    waiting: tuple[Layer, ...] = ()
    ambience: Ambience | None = None
    ambience_by_cue: bool = False
    ambience_stands_in: bool = False
    ambience_token: int = 0
    marks: int = 0
    marked: tuple[tuple[float, str], ...] = ()
    tokens: int = 0
    closing: str = ""
    closed: str = ""
    stopped_s: float | None = None
    past: tuple[Past, ...] = ()
    last_cue: Asked | None = None
    faults: int = 0
    last_fault: Faulted | None = None
    sounding: tuple[HeardFrom, ...] = ()
    crashes: tuple[Recovered, ...] = ()
    no_output: str = ""
    outside: Outside = "softer"
    device: str = ""
    when_gone: Gone = "ask"
    lost_port: str = ""
    volumes: Mapping[str, VolumeMoved] = field(default_factory=dict)
    awake: KeptAwake | None = None

    @property
    def current(self) -> Phase | None:
        """The phase being played; None before the start."""
        return self.arc.phases[self.phase] if self.phase >= 0 else None

    @property
    def mode(self) -> Mode | None:
        """Under the voices or music forward: what was said, else what the phase says."""
        return self.mode_by_cue or (self.current.mode if self.current else None)

    @property
    def level_db(self) -> float:
        """What the level line should be at: the phase's level in this mode, and the arc's own."""
        phase, mode = self.current, self.mode
        return (phase.level_in(mode) if phase and mode else 0.0) + self.arc.level_db

    @property
    def music_token(self) -> int:
        """Which playing of which track is the newest; 0 where no music plays."""
        return self.playing.token if self.playing else 0

    @property
    def waits(self) -> bool:
        """Whether the music waits for `resume`: paused, or in a chosen silence."""
        return bool(self.waiting)

    @property
    def open_ended(self) -> bool:
        """Whether the music has to go on until somebody says so."""
        open_phase = self.current is not None and self.current.open_ended
        return self.over or self.held is not None or open_phase

    @property
    def music_arc(self) -> Arc:
        """The arc as music is chosen for it: while a phase is held, its curve stands still."""
        if self.held is None or self.current is None:
            return self.arc
        phase = self.current
        still = Curve.spread((phase.target(self.held.elapsed_s),))
        phases = list(self.arc.phases)
        phases[self.phase] = replace(phase, curve=still, until="cue")
        return replace(self.arc, phases=tuple(phases))

    def elapsed_s(self, now_s: float) -> float:
        """How far into its curve the phase is."""
        return self.held.elapsed_s if self.held else now_s - self.phase_started_s

    def arc_s(self, now_s: float) -> float | None:
        """Arc time; None while it waits for its zero."""
        return None if self.zero_s is None else now_s - self.zero_s

    def following(self) -> int | None:
        """Index of the phase after this one; None in the last. Boosters come where asked for."""
        return next(iter(self.ahead()), None)

    @property
    def quiet_before(self) -> int | None:
        """The phase without music whose quiet has begun with the end of the last track, shortly
        before its time; None otherwise."""
        ahead = self.following()
        if ahead is None or self.playing is not None or self.again_s is not None:
            return None
        return None if self.arc.phases[ahead].playlists else ahead

    def ahead(self) -> list[int]:
        """The phases still to come, in order."""
        phases = self.arc.phases
        later = range(self.phase + 1, len(phases))
        return [index for index in later if self.booster or not phases[index].booster]

    def arc_ends_s(self) -> float | None:
        """When the last phase's time will be up; None where an open-ended phase lies before."""
        if self.over or self.phase < 0 or self.phase_ends_s is None:
            return None
        rest = [self.arc.phases[index] for index in self.ahead()]
        if any(phase.open_ended for phase in rest):
            return None
        return self.phase_ends_s + sum(phase.length_s for phase in rest)

    def upcoming(self) -> tuple[PlanItem, ...]:
        """What the plan still holds, but for further turns of what plays."""
        now = self.playing.item.track.path if self.playing else ""
        return tuple(item for item in self.plan.items[self.cursor :] if item.track.path != now)

    def rest_of_plan(self) -> Plan:
        """The plan without what is behind: what a new plan has to keep of it."""
        return replace(self.plan, items=self.plan.items[self.cursor :])

    def music_ends_s(self) -> float | None:
        """When what plays has to have faded out; None where nothing plays, or where it waits.

        The plan's own end for a track that a boundary cuts, else the end of its music. After a
        pause the track is behind its plan: it then gives way soon after the phase has changed.
        """
        if self.playing is None or self.playing.ends_s is None:
            return None
        return self._gives_way_s(self.playing.item, self.playing.ends_s, self.playing.at_s)

    def _gives_way_s(self, item: PlanItem, natural_s: float, since_s: float) -> float:
        if item.cut and item.end_s > since_s:
            return min(natural_s, item.end_s)
        behind = item.phase != self.phase and not seam.holds(item, natural_s)
        if item.cut or (behind and natural_s > item.end_s):
            return min(natural_s, max(item.end_s, since_s + OUTSTAY_S))
        return natural_s

    def so_far(self, now_s: float) -> SoFar:
        """What a new plan has to keep. An open-ended phase is taken to end with what plays, and
        what waits to go on now."""
        playing, music_ends_s = None, self.music_ends_s()
        if self.playing is not None:
            item = self.playing.item
            if music_ends_s is None:
                left_s = seam.plays_s(item.track, self.playing.position_s)
                music_ends_s = self._gives_way_s(item, now_s + left_s, now_s)
            playing = replace(item, end_s=music_ends_s)
        ends_s = self.phase_ends_s
        if ends_s is None:
            ends_s = max(now_s, music_ends_s or now_s)
        return SoFar(
            now_s=now_s,
            phase=max(self.phase, 0),
            phase_started_s=now_s - self.elapsed_s(now_s),
            phase_ends_s=ends_s,
            playing=playing,
            heard=self.heard,
            never=self.never,
            shift=self.shift,
            booster=self.booster,
        )


def open_session(
    opened: Opened, pools: Pools | None = None, ambiences: Mapping[str, Track] | None = None
) -> Session:
    """The session that a journal's first line opens."""
    return Session(
        code=opened.code,
        arc=opened.arc,
        seed=opened.seed,
        pools=pools or {},
        ambiences=ambiences or {},
        persons=opened.persons,
        end_with_arc=opened.end_with_arc,
        outside=opened.outside,
        device=opened.device,
        when_gone=opened.when_gone,
    )


ASPECTS: Mapping[str, tuple[str, ...]] = {
    "trim": ("trim_db",),
    "shift": ("shift",),
    "mode": ("mode_by_cue",),
    "rest": ("paused", "silenced", "silence_ends_s", "waiting"),
    "course": ("phase", "phase_started_s", "phase_ends_s", "held", "over"),
    "dose": ("zero_s", "doses"),
    "booster": ("booster",),
    "never": ("never",),
    "ambience": ("ambience", "ambience_by_cue", "ambience_stands_in"),
    "mark": ("marks", "marked"),
    "track": ("music_token",),
    "closing": ("closing", "stopped_s"),
    "output": ("device",),
}
"""What a cue may change, by the names that journals use, and the fields each stands for."""


def changed(before: Session, after: Session) -> tuple[str, ...]:
    """Which aspects differ between two states of a session."""
    return tuple(
        aspect
        for aspect, fields in ASPECTS.items()
        if any(getattr(before, field) != getattr(after, field) for field in fields)
    )
