"""Storms: any cues at any moments, over any arc and any music, on the real engine and mixer.

The null decks are driven finely by virtual time, and every gain they are given is kept, so that
what would have been heard is known at every tenth of a second. Files are missing, break off, open
late, and the decks tell of it late.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import inf
from typing import NamedTuple

from support.values import db_to_gain

from soundscape.audio.mixer import Mixer
from soundscape.audio.null import NullDecks, NullPlayer
from soundscape.audio.player import PlayerReading
from soundscape.clock import VirtualClock
from soundscape.core import fade
from soundscape.core.arc import Arc
from soundscape.core.events import Entry, Fact, Opened, Planned, Stamp
from soundscape.core.fold import fold
from soundscape.core.planner.planner import plan
from soundscape.core.ports import (
    Action,
    FadeOut,
    Failed,
    Play,
    Reopen,
    Report,
    Reporter,
    Shut,
    Silent,
    Thaw,
)
from soundscape.core.session import Session, open_session
from soundscape.core.track import LAYERS, Layer, Track
from soundscape.engine.loop import Engine
from soundscape.engine.rehearsal import MemoryJournal

TICK_S = 0.1
BEGINS = datetime(2026, 3, 4, 14, 0, tzinfo=UTC)
SOFT_DB = -36.0
"""Who softens so far, again and again, may softly come to where nothing is heard."""

AFTER_S = 90.0
"""How long a storm is watched after its last cue."""


@dataclass(frozen=True, slots=True)
class Storm:
    """What is to happen. `cues` are (seconds after the one before, name and words)."""

    arc: Arc
    pools: Mapping[str, tuple[Track, ...]]
    ambiences: Mapping[str, Track]
    cues: tuple[tuple[float, str], ...]
    seed: int = 1
    end_with_arc: bool = False
    gone: frozenset[str] = frozenset()
    short_s: Mapping[str, float] = field(default_factory=dict)
    opens_s: float = 0.0
    late_s: float = 0.0


class Heard(NamedTuple):
    """What the decks put out at a moment. Powers are of matched tracks: 1 is -23 LUFS."""

    at_s: float
    music: float
    ambience: float

    @property
    def both(self) -> float:
        """The summed power."""
        return self.music + self.ambience


@dataclass
class Watched:
    """A storm that is over: its facts, its session as the engine had it, and what was heard.

    `excused` are moments after which the sound may come back from silence, and `cut` moments at
    which a file ended by itself or `stop` was said: falls are no deck's fault then. `full` are
    moments at which a deck was at its track's true peak: it could not have made up for a fall.
    """

    storm: Storm
    entries: list[Entry]
    session: Session
    answers: list[tuple[float, str, str]] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)
    silent_since: list[tuple[float, float, Session]] = field(default_factory=list)
    excused: list[tuple[float, str]] = field(default_factory=list)
    cut: list[float] = field(default_factory=list)
    full: list[float] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    @property
    def facts(self) -> list[Fact]:
        """The journal, without its stamps."""
        return [entry.fact for entry in self.entries]


class StormPlayer(NullPlayer):
    """A null player whose files may be missing, break off, or take their time to open."""

    def __init__(self, clock: VirtualClock, storm: Storm, tracks: Mapping[str, Track]) -> None:
        lengths = {path: track.duration_s for path, track in tracks.items()} | storm.short_s
        super().__init__(clock, lengths)
        self._tracks, self._storm = tracks, storm
        self._opened = -inf
        self.track: Track | None = None

    def _is_whole(self, path: str) -> bool:
        return path not in self._storm.gone

    def start(self, path: str, offset_s: float, muted: bool = False) -> None:
        self.track = self._tracks[path]
        self._opened = self._clock.now() + self._storm.opens_s
        super().start(path, offset_s, muted)
        self._since = self._opened

    def look(self, now: float) -> PlayerReading:
        if now < self._opened and self._state == "rolling":
            return PlayerReading("opening", self._from_s)
        return super().look(now)

    @property
    def power(self) -> float:
        """What it puts out, its loudness match left out."""
        if self._state != "rolling" or self.gain_db is None or self.track is None:
            return 0.0
        if self.gain_db <= fade.MUTE_DB:
            return 0.0
        return db_to_gain(self.gain_db - self.track.match_db) ** 2


class StormDecks(NullDecks):
    """Null decks that are ticked while anything moves, and that write down what is heard."""

    def __init__(self, report: Reporter, clock: VirtualClock, storm: Storm) -> None:
        super().__init__(report, clock)
        tracks = {t.path: t for pool in storm.pools.values() for t in pool}
        tracks |= {t.path: t for t in storm.ambiences.values()}
        self.players = {
            layer: (StormPlayer(clock, storm, tracks), StormPlayer(clock, storm, tracks))
            for layer in LAYERS
        }
        self.mixer = Mixer(self.players, self._tell)
        self._out, self._late_s = report, storm.late_s
        self._tokens: set[int] = set()
        self._let_go = False
        opened = Opened("", storm.arc, 0, "", "")
        self._session: Callable[[], Session] = lambda: Session(opened)
        self.watched = Watched(storm, [], Session(opened))

    def watch(self, session: Callable[[], Session]) -> None:
        self._session = session

    def _tell(self, report: Report) -> None:
        now = self._clock.now()
        token = getattr(report, "token", None)
        if token is not None and token not in self._tokens:
            self.watched.broken.append(f"{report} tells of a playing nobody asked for")
        short = self.watched.storm.short_s.values()
        if isinstance(report, Failed) or (
            isinstance(report, Silent)
            and (report.why == "end" or any(abs(report.position_s - s) < 0.1 for s in short))
        ):
            self.watched.excused.append((now, "a file broke off"))
            self.watched.cut.append(now)
        if self._late_s and isinstance(self._clock, VirtualClock):
            self._clock.at(now + self._late_s, lambda: self._out(report))
        else:
            self._out(report)

    def do(self, action: Action) -> None:
        now = self._clock.now()
        if isinstance(action, Play):
            if action.token in self._tokens:
                self.watched.broken.append(f"{action.token} is played twice")
            self._tokens.add(action.token)
        sounds = {layer: any(p.power > 0.0 for p in self.players[layer]) for layer in LAYERS}
        if isinstance(action, Thaw | Reopen):
            self.watched.excused.append((now, type(action).__name__))
        if isinstance(action, FadeOut) and action.layer == "music":
            self._let_go = True
        if isinstance(action, Play) and action.layer == "music":
            if self._let_go or not sounds["music"]:
                self.watched.excused.append((now, "a start"))
            self._let_go = False
        if isinstance(action, Shut) and action.seconds <= fade.STOP_S:
            self.watched.cut.append(now)
        super().do(action)
        self._sample(now)

    def advance(self, now: float) -> None:
        super().advance(now)
        self._sample(now)

    def next_wake(self, now: float) -> float:
        wake = super().next_wake(now)
        return min(wake, now + TICK_S) if self.mixer.moving(now) else wake

    def _sample(self, now: float) -> None:
        powers: dict[Layer, float] = dict.fromkeys(LAYERS, 0.0)
        for layer, players in self.players.items():
            for player in players:
                powers[layer] += player.power
                if player.power > 0.0 and player.track is not None:
                    over_db = player.gain_db - player.track.headroom_db
                    if over_db > 1e-6:
                        self.watched.broken.append(f"{over_db:.2f} dB over the peak at {now:.1f}")
                    if over_db > -0.01:
                        self.watched.full.append(now)
        heard = self.watched.heard
        sample = Heard(now, powers["music"], powers["ambience"])
        if heard and heard[-1].at_s == now:
            heard[-1] = sample
        else:
            heard.append(sample)
        quiet = self.watched.silent_since
        if sample.both > 0.0:
            if quiet and quiet[-1][1] == inf:
                quiet[-1] = (quiet[-1][0], now, quiet[-1][2])
        elif not is_quiet_wanted(self._session()):
            if not quiet or quiet[-1][1] != inf:
                quiet.append((now, inf, self._session()))
        elif quiet and quiet[-1][1] == inf:
            quiet[-1] = (quiet[-1][0], now, quiet[-1][2])


def is_quiet_wanted(session: Session) -> bool:
    """Whether silence was chosen, or is nobody's fault."""
    phase = session.current
    if not session.started or session.closing or session.closed or phase is None:
        return True
    if session.waits and (set(session.rest.waiting) == set(LAYERS) or session.ambience.now is None):
        return True
    if session.rest.kind == "silence" or phase.silence:
        return True
    if session.quiet_before is not None:
        return True  # The last minute before a phase without music.
    if session.level_db + session.trim_db < SOFT_DB:
        return True
    if session.retry_at_s is not None and session.ambience.by_cue and session.ambience.now is None:
        return True  # What stood in for the music was sent away.
    return not phase.playlists and session.ambience.now is None


def play(storm: Storm) -> Watched:
    """Let a storm pass over a session, on the engine that plays real ones."""
    clock = VirtualClock(BEGINS)
    journal = MemoryJournal()
    opened = Opened(
        "stormstorm", storm.arc, storm.seed, "test", "null", persons=storm.arc.persons,
        end_with_arc=storm.end_with_arc,
    )  # fmt: skip
    facts = (opened, Planned(plan(storm.arc, storm.pools, storm.seed), "opens"))
    journal.append(Stamp(BEGINS.isoformat(), 0.0, clock.boot_id(), 0.0), facts)
    decks: list[StormDecks] = []

    def make(report: Reporter) -> StormDecks:
        decks.append(StormDecks(report, clock, storm))
        return decks[0]

    session = fold(open_session(opened, storm.pools, storm.ambiences), facts)
    engine = Engine(session, make, journal, clock)
    decks[0].watch(lambda: engine._session)
    watched = decks[0].watched
    futures: list[tuple[float, str, object]] = []

    def give(at_s: float, said: str) -> None:
        name, *words = said.split()
        clock.at(at_s, lambda: futures.append((at_s, said, engine.cue(name, words))))

    at_s = 0.0
    for wait_s, said in storm.cues:
        at_s += wait_s
        give(at_s, said)
    give(at_s + AFTER_S, "end")
    give(at_s + AFTER_S + 40.0, "stop")
    give(at_s + AFTER_S + 45.0, "end")
    logging.disable(logging.CRITICAL)
    try:
        engine.run()
    finally:
        logging.disable(logging.NOTSET)
    watched.entries, watched.session = journal.entries, engine._session
    for at_s, said, future in futures:
        if future.done():  # type: ignore[attr-defined]
            watched.answers.append((at_s, said, future.result().answer))  # type: ignore[attr-defined]
    return watched
