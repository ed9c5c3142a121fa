"""The mixer on the null decks, by a clock the test moves: gains at every 20 ms are looked at."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from math import inf
from pathlib import Path

import pytest
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from support.values import db_to_gain

from soundscape.audio.null import NullDecks, NullPlayer
from soundscape.audio.output_health import Seen
from soundscape.audio.player import PlayerReading
from soundscape.core import fade
from soundscape.core.fade import gain_to_db
from soundscape.core.ports import (
    Action,
    Down,
    FadeOut,
    Failed,
    Freeze,
    Glide,
    Play,
    Reopen,
    Report,
    Shut,
    Silent,
    Sounding,
    Thaw,
)
from soundscape.core.track import Track

TICK_S = 0.02


class Hand:
    """A clock that only moves when it is told to."""

    def __init__(self) -> None:
        self.time = 1000.0

    def now(self) -> float:
        return self.time

    def wall(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC)

    def boot_id(self) -> str:
        return "boot"

    def real_seconds(self, seconds: float) -> float:
        return seconds

    def pass_by(self, seconds: float) -> float:
        return seconds


class WorldPlayer(NullPlayer):
    """A null player whose disk stalls, and whose volume somebody else moves or mutes."""

    _dry_at = inf
    _outside_db: float | None = None

    def start(self, path: str, offset_s: float, muted: bool = False) -> None:
        super().start(path, offset_s, muted)
        self._outside_db, self._dry_at = None, inf

    def starve(self, left_s: float = inf) -> None:
        """Stall the disk with `left_s` seconds left to play; infinity ends the stall."""
        now = self._clock.now()
        self._from_s, self._since = self._position_s(now), now
        self._dry_at = now + left_s

    def turn(self, db: float) -> None:
        """Change the gain from outside, as a mixer program does."""
        assert self._state != "idle", "nobody can turn a stream that is not there"
        self.gain_db = self._outside_db = db

    def mute(self, muted: bool) -> None:
        """Mute or unmute from outside."""
        assert self._state != "idle", "nobody can mute a stream that is not there"
        self._muted = muted

    def look(self, now: float) -> PlayerReading:
        outside_db, self._outside_db = self._outside_db, None
        left_s = max(self._dry_at - now, 0.0)
        return replace(super().look(now), outside_db=outside_db, left_s=left_s)

    def _position_s(self, now: float) -> float:
        return super()._position_s(min(now, self._dry_at))


class WorldDecks(NullDecks):
    """Null decks of such players."""

    make_player = WorldPlayer


class Room:
    """Null decks, ticked every 20 ms; `heard` is the summed power of the music in dB."""

    def __init__(self) -> None:
        self.clock = Hand()
        self.reports: list[Report] = []
        self.decks = WorldDecks(self.reports.append, self.clock)
        self.heard: list[float] = []

    def run(self, seconds: float) -> list[float]:
        """Let time pass; the summed music level at each tick."""
        start = len(self.heard)
        for _ in range(round(seconds / TICK_S)):
            self.clock.time += TICK_S
            self.decks.advance(self.clock.time)
            self.heard.append(self.level())
        return self.heard[start:]

    def level(self, layer: str = "music") -> float:
        power = 0.0
        for player in self.decks.players[layer]:  # type: ignore[index]
            if player.look(self.clock.time).state == "rolling" and player.gain_db is not None:
                power += db_to_gain(player.gain_db) ** 2
        return gain_to_db(power**0.5)

    def do(self, *actions: Action) -> None:
        for action in actions:
            self.decks.do(action)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files that are there: the null decks look for them."""
    folder = tmp_path_factory.mktemp("files")
    for name in "abc":
        (folder / name).write_bytes(b"x")
    return folder


def _play(files: Path, name: str, token: int, fade_s: float = 12.0, **more: object) -> Play:
    track = Track(str(files / name), name, 300.0, 0.3, **more)  # type: ignore[arg-type]
    return Play("music", token, track, 0.0, fade_s)


def _rates(levels: list[float], floor_db: float) -> tuple[float, float]:
    """(fastest rise, fastest fall) in dB per second over any second above a floor."""
    span = round(1.0 / TICK_S)
    rise = fall = 0.0
    for i in range(len(levels) - span):
        if min(levels[i], levels[i + span]) > floor_db:
            change = levels[i + span] - levels[i]
            rise, fall = max(rise, change), max(fall, -change)
    return rise, fall


def test_a_first_track_comes_up_from_nothing(files: Path) -> None:
    """A start is silent at first, reaches its level, and rises at most 6 dB a second."""
    room = Room()
    room.do(_play(files, "a", 1))
    levels = room.run(14.0)
    assert levels[0] <= fade.MUTE_DB
    assert levels[-1] == pytest.approx(0.0)
    assert _rates(levels, fade.HUSH_DB)[0] <= fade.RISE_FROM_SILENCE_DB_PER_S
    assert isinstance(room.reports[0], Sounding)


def test_a_seam_keeps_the_summed_power(files: Path) -> None:
    """Across a crossfade the summed power stays, and the old deck is let go at its end."""
    room = Room()
    room.do(_play(files, "a", 1))
    room.run(14.0)
    room.do(_play(files, "b", 2, 6.0))
    levels = room.run(7.0)
    assert max(abs(level) for level in levels) < 0.01
    ended = [report for report in room.reports if isinstance(report, Silent)]
    assert [(report.token, report.why) for report in ended] == [(1, "seam")]


def test_a_third_track_in_a_seam_keeps_the_summed_power_too(files: Path) -> None:
    """A track wanted while two still cross waits for no more than a moment, and nothing dips."""
    room = Room()
    room.do(_play(files, "a", 1))
    room.run(14.0)
    room.do(_play(files, "b", 2, 15.0))
    room.run(4.0)
    room.do(_play(files, "c", 3, 6.0))
    levels = room.run(9.0)
    assert max(abs(level) for level in levels) < 0.01
    sounding = [report.token for report in room.reports if isinstance(report, Sounding)]
    assert sounding == [1, 2, 3]


def test_a_file_that_will_not_open_costs_nothing(files: Path) -> None:
    """While the incoming file fails the outgoing one plays on as if nothing had been asked."""
    room = Room()
    room.do(_play(files, "a", 1))
    room.run(14.0)
    room.do(_play(files, "gone", 2, 6.0))
    levels = room.run(3.0)
    assert max(abs(level) for level in levels) < 0.01
    assert [r.token for r in room.reports if isinstance(r, Failed)] == [2]
    assert room.decks.position(1) is not None


def test_a_pause_turns_round_where_it_is(files: Path) -> None:
    """`resume` in the middle of a pause's fade goes up from there; the deck never stopped."""
    room = Room()
    room.do(_play(files, "a", 1))
    room.run(14.0)
    room.do(Freeze(("music",), fade.PAUSE_S))
    down = room.run(3.0)
    room.do(Thaw(("music",), fade.RESUME_S))
    up = room.run(9.0)
    assert up[0] == pytest.approx(down[-1], abs=0.2)
    assert up[-1] == pytest.approx(0.0)
    assert up == sorted(up)
    assert not any(isinstance(report, Silent) for report in room.reports)


def test_a_pause_waits_and_comes_back_where_it_was(files: Path) -> None:
    """While frozen the position stands still, and the music comes back from there."""
    room = Room()
    room.do(_play(files, "a", 1))
    room.run(14.0)
    room.do(Freeze(("music",), fade.PAUSE_S))
    room.run(60.0)
    waited = next(report for report in room.reports if isinstance(report, Silent))
    assert (waited.why, waited.position_s) == ("frozen", pytest.approx(22.0, abs=0.2))
    room.do(Thaw(("music",), fade.RESUME_S))
    levels = room.run(13.0)
    again = room.reports[-1]
    assert isinstance(again, Sounding)
    assert again.position_s == pytest.approx(waited.position_s, abs=0.05)
    assert _rates(levels, fade.HUSH_DB)[0] <= fade.RISE_FROM_SILENCE_DB_PER_S


def test_two_rises_together_stay_under_the_limit(files: Path) -> None:
    """Level and trim rising at once still rise by no more than 1 dB a second in sum."""
    room = Room()
    room.do(Glide("music", "level", -18.0, 0.1), _play(files, "a", 1))
    room.run(20.0)
    room.do(Glide("music", "level", -2.0, 18.0), Glide("music", "trim", 2.0, 4.0))
    levels = room.run(30.0)
    assert levels[-1] == pytest.approx(0.0)
    assert _rates(levels, -100.0)[0] <= fade.RISE_DB_PER_S + 1e-6


def test_no_lift_passes_six_db_or_the_tracks_headroom(files: Path) -> None:
    """Whatever the lines say, a deck gets at most +6 dB over comfort and its own headroom."""
    room = Room()
    room.do(_play(files, "a", 1, true_peak_dbtp=-30.0), Glide("music", "trim", 12.0, 1.0))
    assert room.run(40.0)[-1] == pytest.approx(fade.OVER_COMFORT_DB)
    tight = Room()
    tight.do(_play(files, "a", 1, true_peak_dbtp=-3.0), Glide("music", "trim", 12.0, 1.0))
    assert tight.run(40.0)[-1] == pytest.approx(2.0)


def test_shut_takes_everything_down_and_says_so_once(files: Path) -> None:
    """After `Shut` nothing sounds, every playing has its end, and `Down` comes exactly once."""
    room = Room()
    room.do(_play(files, "a", 1))
    room.run(14.0)
    room.do(Shut(fade.STOP_S))
    levels = room.run(3.0)
    assert levels[round(1.6 / TICK_S)] == fade.SILENT_DB
    room.run(5.0)
    assert [type(report) for report in room.reports] == [Sounding, Silent, Down]


@pytest.mark.parametrize("after_s", [0.4, 1.0, 1.4])
def test_a_closing_that_is_taken_back_turns_round(files: Path, after_s: float) -> None:
    """`Reopen` on the way down: from where the level is, up at a gentle pace, and nothing ends."""
    room = Room()
    room.do(_play(files, "a", 1))
    room.run(14.0)
    room.do(Shut(fade.STOP_S))
    low = room.run(after_s)[-1]
    room.do(Reopen(fade.RESUME_S))
    levels = room.run(14.0)
    assert low - 1.0 <= levels[0] <= max(low, fade.HUSH_DB) + 1.0
    assert _rates(levels, fade.HUSH_DB)[0] <= fade.RISE_FROM_SILENCE_DB_PER_S + 0.01
    assert levels[-1] == pytest.approx(0.0, abs=0.01)
    assert [type(report) for report in room.reports] == [Sounding]


def test_after_all_is_down_a_new_play_comes_up_softly(files: Path) -> None:
    """Once `Down` was reported, `Reopen` and a new play bring sound back from nothing."""
    room = Room()
    room.do(_play(files, "a", 1))
    room.run(14.0)
    room.do(Shut(fade.STOP_S))
    room.run(5.0)
    room.do(Reopen(fade.SHORTEST_S), _play(files, "b", 2, fade.RESUME_S))
    levels = room.run(16.0)
    assert _rates(levels, fade.HUSH_DB)[0] <= fade.RISE_FROM_SILENCE_DB_PER_S + 0.01
    assert levels[-1] == pytest.approx(0.0, abs=0.01)
    assert [type(report) for report in room.reports] == [Sounding, Silent, Down, Sounding]


def test_let_go_music_fades_and_stops(files: Path) -> None:
    """`FadeOut` brings a layer to nothing at a gentle pace, and its deck is free again."""
    room = Room()
    room.do(_play(files, "a", 1))
    room.run(14.0)
    room.do(FadeOut("music", 8.0))
    levels = room.run(9.0)
    assert _rates(levels, fade.MUTE_DB + 1)[1] <= fade.FALL_DB_PER_S
    assert levels[-1] == fade.SILENT_DB
    assert isinstance(room.reports[-1], Silent)


def test_heard_ends_where_a_fade_is_nothing_and_not_where_its_ramp_ends(files: Path) -> None:
    """A layer that stands at -20 dB is inaudible after two thirds of a fade to -60: then, and at
    that place of its file, it was heard last; by itself, and where the output goes meanwhile."""
    for lost in (False, True):
        room = Room()
        room.do(_play(files, "a", 1), Glide("music", "level", -20.0, 1.0))
        room.run(14.0)
        began = room.clock.time
        room.do(FadeOut("music", 9.1))
        levels = room.run(7.0)
        last = began + TICK_S * max(n for n, level in enumerate(levels, 1) if level > fade.MUTE_DB)
        if lost:
            room.decks.mixer.see(Seen(room.clock.time, output="out", streams={1: "out"}))
            room.decks.mixer.see(Seen(room.clock.time + TICK_S, up=False))
        room.run(3.0)
        silent = next(each for each in room.reports if isinstance(each, Silent))
        assert silent.why == "faded"  # A loss that comes later takes nothing that was heard.
        assert silent.at == pytest.approx(last, abs=3 * TICK_S)
        assert silent.at < began + 6.5
        assert silent.position_s == pytest.approx(silent.at - room.reports[0].at, abs=0.05)


def test_an_ambience_loops_without_a_dip(files: Path) -> None:
    """A looped file is crossfaded with itself: no dip, and one playing in the reports."""
    room = Room()
    track = Track(str(files / "a"), "rain", 40.0, 0.0)
    room.do(Play("ambience", 1, track, 0.0, 8.0, loop=True))
    room.run(10.0)
    for _ in range(round(120.0 / TICK_S)):
        room.clock.time += TICK_S
        room.decks.advance(room.clock.time)
        assert abs(room.level("ambience")) < 0.01
    assert [type(report) for report in room.reports] == [Sounding]


@pytest.mark.slow
def test_coarse_steps_come_to_the_same_end(files: Path) -> None:
    """Advanced only when they ask for it, the decks report what they do when ticked finely."""
    fine, coarse = Room(), Room()
    for room in (fine, coarse):
        room.do(_play(files, "a", 1))
    fine.run(320.0)
    until = coarse.clock.time + 320.0
    while coarse.clock.time < until:
        wake = coarse.decks.next_wake(coarse.clock.time)
        coarse.clock.time = min(max(wake, coarse.clock.time + 1e-6), until)
        coarse.decks.advance(coarse.clock.time)
    shape = [(type(r), round(r.at)) for r in fine.reports]
    assert [(type(r), round(r.at)) for r in coarse.reports] == shape


def test_the_null_player_holds_its_caller_to_the_rules(files: Path) -> None:
    """Started aloud, started twice, stopped while idle, frozen while idle: each breaks off."""
    clock = Hand()

    def fresh() -> NullPlayer:
        player = NullPlayer(clock, {})
        player.set_gain(fade.SILENT_DB)
        return player

    with pytest.raises(AssertionError, match="before its gain"):
        NullPlayer(clock, {}).start(str(files / "a"), 0.0)
    loud = fresh()
    loud.set_gain(-3.0)
    with pytest.raises(AssertionError, match="aloud"):
        loud.start(str(files / "a"), 0.0)
    twice = fresh()
    twice.start(str(files / "a"), 0.0)
    with pytest.raises(AssertionError, match="twice"):
        twice.start(str(files / "a"), 0.0)
    with pytest.raises(AssertionError, match="no file"):
        fresh().stop()
    with pytest.raises(AssertionError, match="does not play"):
        fresh().freeze()
    with pytest.raises(AssertionError, match="more than a deck"):
        fresh().set_gain(30.0)


ACTIONS = st.one_of(
    st.tuples(st.just("play"), st.sampled_from("abc"), st.sampled_from([6.0, 12.0])),
    st.tuples(st.just("trim"), st.floats(-12.0, 6.0), st.floats(1.0, 12.0)),
    st.tuples(st.just("level"), st.floats(-18.0, 0.0), st.floats(1.0, 20.0)),
    st.tuples(st.just("pause"), st.just(0.0), st.just(8.0)),
    st.tuples(st.just("resume"), st.just(0.0), st.just(12.0)),
)


@settings(max_examples=examples(20), deadline=None)
@given(st.lists(st.tuples(ACTIONS, st.floats(0.1, 9.0)), max_size=10))
def test_no_storm_of_actions_breaks_the_limits(
    files: Path, storm: list[tuple[tuple[str, object, float], float]]
) -> None:
    """Whatever is asked and when: no rise over 6 dB a second, no 50 ms step over 1 dB up."""
    room = Room()
    room.do(_play(files, "a", 1))
    room.run(13.0)
    token = 1
    for (kind, value, seconds), wait_s in storm:
        token += 1
        if kind == "play":
            room.do(_play(files, str(value), token, seconds))
        elif kind in ("trim", "level"):
            room.do(Glide("music", kind, float(str(value)), seconds))  # type: ignore[arg-type]
        elif kind == "pause":
            room.do(Freeze(("music",), seconds))
        else:
            room.do(Thaw(("music",), seconds))
        room.run(wait_s)
    levels = room.heard
    audible = fade.HUSH_DB + 2.0
    assert _rates(levels, audible)[0] <= fade.RISE_FROM_SILENCE_DB_PER_S + 0.1
    for before, after in zip(levels, levels[2:], strict=False):
        if before > audible:
            assert after - before <= 1.0
            assert before - after <= 1.0
    assert max(levels) <= fade.OVER_COMFORT_DB + 1e-6
