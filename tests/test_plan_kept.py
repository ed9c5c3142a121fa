"""The plan is what is played: its times, and each track once, on the rehearsal's real engine."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from arcs_for_tests import session
from desk import Desk
from support.values import phase

from soundscape.audio.mixer import Mixer
from soundscape.audio.null import NullDecks, NullPlayer
from soundscape.audio.player import PlayerReading
from soundscape.clock import VirtualClock
from soundscape.core import director, reports, seam
from soundscape.core.arc import Arc, Curve, Phase
from soundscape.core.decision import NOTHING
from soundscape.core.events import Chosen, Entry, HeardFrom, Opened, Planned, Stamp
from soundscape.core.fold import apply, fold
from soundscape.core.plan import Plan
from soundscape.core.planner.planner import plan
from soundscape.core.ports import Decks, Reporter, Sounding, Thaw
from soundscape.core.session import open_session
from soundscape.core.track import Track
from soundscape.engine.loop import Engine
from soundscape.engine.rehearsal import MemoryJournal, ScriptedCue, rehearse

BEGINS = datetime(2026, 3, 4, tzinfo=UTC)
DRIFT_S = 0.5
"""How far what is heard may be from its plan after six hours."""
MIXED = [150.0 + 37.3 * i for i in range(7)]


class UnevenPlayer(NullPlayer):
    """A player as real ones are: it takes up to 0.4 s to open, its clock is not ours, and its file
    ends up to 0.7 s before or after the time that its header says."""

    _rng = random.Random(5)
    _rate = 1.0

    def start(self, path: str, offset_s: float, muted: bool = False) -> None:
        super().start(path, offset_s, muted)
        self._since += self._rng.uniform(0.02, 0.4)
        self._rate = 1.0 + self._rng.uniform(-2e-4, 2e-4)
        self._length_s += self._rng.uniform(-0.7, 0.7)

    def look(self, now: float) -> PlayerReading:
        opening = self._state == "rolling" and now < self._since
        return PlayerReading("opening", self._from_s) if opening else super().look(now)

    def _position_s(self, now: float) -> float:
        if self._state != "rolling":
            return self._from_s
        return min(self._from_s + max(0.0, now - self._since) * self._rate, self._length_s)


class UnevenDecks(NullDecks):
    """Null decks with such players for the music."""

    def __init__(self, report: Reporter, clock: VirtualClock) -> None:
        super().__init__(report, clock)
        two = (UnevenPlayer(clock, self._lengths), UnevenPlayer(clock, self._lengths))
        self.players["music"] = two
        self.mixer = Mixer(self.players, report)


def pool(
    folder: Path, lengths: Sequence[float], count: int, trims: Sequence[float]
) -> tuple[Track, ...]:
    """Tracks of these lengths in turn, whose files are there, and whose music ends so many seconds
    before the file does."""
    found = []
    for i in range(count):
        path = folder / f"{i:03}.flac"
        path.write_bytes(b"x")
        s, trim_s = lengths[i % len(lengths)], trims[i % len(trims)]
        out_s = s - trim_s if trim_s else None
        found.append(Track(str(path), f"t{i:03}", s, 0.1 + 0.8 * (i % 9) / 9, cue_out_s=out_s))
    return tuple(found)


peak = partial(phase, stage="peak", playlists=("p",))
"""A phase that plays the one playlist there is."""


def quiet(minutes: float) -> Phase:
    """A phase of silence."""
    return Phase("q", "return", minutes * 60, Curve.spread((0.5,)), (), silence=True)


SIX_HOURS = Arc(
    "Six hours",
    (
        peak("a", 51, 0.1, 0.7),
        peak("b", 80, 0.7, 0.9, 0.8, crossfade_s=12.0),
        quiet(10),
        peak("c", 99, 0.8, 0.45, crossfade_s=20.0),
        peak("d", 100, 0.45, 0.15),
        peak("e", 20, 0.1, crossfade_s=4.0),
    ),
)


def played(
    arc: Arc,
    tracks: tuple[Track, ...],
    made: Plan,
    make_decks: Callable[[Reporter, VirtualClock], Decks],
) -> list[Entry]:
    """The journal of a session without a cue, on such decks."""
    clock, journal = VirtualClock(BEGINS), MemoryJournal()
    opened = Opened("kept", arc, 1, "test", "null", end_with_arc=True)
    facts = (opened, Planned(made, "the session opens"))
    journal.append(Stamp(BEGINS.isoformat(), 0.0, clock.boot_id(), 0.0), facts)
    begun = fold(open_session(opened, {"p": tracks}), facts)
    Engine(begun, lambda report: make_decks(report, clock), journal, clock).run()
    return journal.entries


@pytest.mark.parametrize(
    "make_decks", [NullDecks, pytest.param(UnevenDecks, marks=pytest.mark.slow)]
)
def test_six_hours_are_heard_when_they_were_planned(
    make_decks: Callable[[Reporter, VirtualClock], Decks],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without a cue every track of the plan is heard within half a second of its time, to the end:
    decks that open late, clocks that differ and headers that lie a little add up to nothing."""
    monkeypatch.chdir(tmp_path)  # The plan's taste goes by the paths: the same ones at every run.
    tracks = pool(Path(), MIXED, 130, [0.0, 0.3, 2.7, 0.0, 6.1])
    made = plan(SIX_HOURS, {"p": tracks}, 1)
    facts = [entry.fact for entry in played(SIX_HOURS, tracks, made, make_decks)]
    assert [fact.reason for fact in facts if isinstance(fact, Planned)] == ["the session opens"]
    heard = [fact for fact in facts if isinstance(fact, HeardFrom)]
    assert [fact.path for fact in heard] == [item.track.path for item in made.items]
    late_s = [h.at_s - item.start_s for h, item in zip(heard, made.items, strict=True)]
    assert len(late_s) > 70
    assert max(map(abs, late_s)) <= (1e-6 if make_decks is NullDecks else DRIFT_S)


def pause_at_an_end(made: Plan) -> tuple[ScriptedCue, ...]:
    """A track ends inside the fade of a pause."""
    item = made.items[3]
    end_s = item.start_s + item.track.duration_s
    return ScriptedCue(end_s - 8.5, "pause"), ScriptedCue(end_s + 30, "resume")


def extend_at_an_end(made: Plan) -> tuple[ScriptedCue, ...]:
    """A phase is made longer while its last track ends, before a silence."""
    last = [item for item in made.items if item.phase == 0][-1]
    return (ScriptedCue(last.end_s - 1.0, "extend", ("10",)),)


def many_cues(made: Plan) -> tuple[ScriptedCue, ...]:
    """Whatever moves the music, again and again."""
    names = ("pause", "resume", "next", "undo", "hold", "next", "release", "shorten 2", "extend 3")
    said = enumerate(name.split() for name in names * 2)
    return tuple(ScriptedCue(140.0 * (n + 1), name, tuple(words)) for n, (name, *words) in said)


LONG = (peak("a", 30.5, 0.5, crossfade_s=4.0), peak("b", 10, 0.4))
CASES = {
    "short tracks late in a phase": ((peak("a", 40, 0.5), peak("b", 10, 0.5)),
                                     [30.0, 240.0, 200.0], lambda made: ()),
    "a pause at an end": (LONG, MIXED, pause_at_an_end),
    "extend before a silence": ((LONG[0], quiet(5), LONG[1]), MIXED, extend_at_an_end),
    "many cues": (LONG, MIXED, many_cues),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_nothing_comes_again_while_there_is_other_music(case: str, tmp_path: Path) -> None:
    """However cues and seams meet: no track is chosen twice, but to be taken back, and none that
    was heard is still ahead, after any fact of the journal."""
    phases, lengths, script = CASES[case]
    arc, tracks = Arc(case, phases), pool(tmp_path, lengths, 60, [2.0])
    made = plan(arc, {"p": tracks}, 1)
    opened = Opened("kept", arc, 1, "test", "null", end_with_arc=True)
    found = rehearse(opened, made, {"p": tracks}, {}, script(made), BEGINS)
    facts = [entry.fact for entry in found.entries]
    chosen = [f.item.track.title for f in facts if isinstance(f, Chosen) and f.reason != TAKEN]
    assert sorted(chosen) == sorted(set(chosen))
    state = open_session(opened, {"p": tracks})
    for fact in facts:
        state = apply(state, fact)
        assert not {item.track.path for item in state.upcoming()} & set(state.heard)


TAKEN = "taken back"


class SlowDesk(Desk):
    """A desk whose decks do not tell at once that they go on."""

    def _act(self, action: object) -> None:
        if not isinstance(action, Thaw):
            super()._act(action)


def test_what_waits_goes_on_however_long_it_waited() -> None:
    """After a pause longer than what was left of the track, nothing is brought in before the deck
    has told that it goes on; then the track plays to its end, where the new plan has it."""
    desk = SlowDesk(session())
    desk.pass_to(60.0)
    desk.cue("pause")
    assert desk.session.music_ends_s() is None
    desk.now = 480.0
    desk.cue("resume")
    assert director.due(desk.session, desk.now) == NOTHING
    waits = desk.session.playing
    assert waits is not None
    desk.now += 0.3
    told = Sounding("music", waits.token, waits.position_s, desk.now)
    desk.take(reports.on_report(desk.session, told, desk.now))
    left_s = seam.plays_s(waits.item.track, waits.position_s)
    assert desk.session.music_ends_s() == pytest.approx(desk.now + left_s)
    (ahead, *_) = desk.session.upcoming()
    desk.pass_to(ahead.start_s)
    now = desk.session.playing
    assert now is not None
    assert now.item.track == ahead.track
    assert now.item.start_s == ahead.start_s
