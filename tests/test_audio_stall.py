"""The decks while a disk owes an answer, or the program itself is late, by a clock a test moves."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest
from test_audio_mixer import TICK_S, Hand, Room, _rates

from soundscape.audio.deck import (
    BEGIN_S,
    BEGUN_S,
    HEARD_PATIENCE_S,
    LEAVE_S,
    MEANWHILE_S,
    OPEN_PATIENCE_S,
    STALL_S,
    Deck,
)
from soundscape.audio.mixer import Mixer
from soundscape.audio.null import NullPlayer
from soundscape.audio.output_health import TRIAL_S, OutputHealth, OutputProbe
from soundscape.audio.player import PlayerReading
from soundscape.audio.vlc import VlcDecks
from soundscape.core import fade
from soundscape.core.ports import Down, Failed, Play, Reopen, Shut, Silent, Sounding
from soundscape.core.track import Layer, Track


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "a"
    path.write_bytes(b"x")
    return str(path)


def _play(file: str, token: int, layer: Layer = "music", *, loop: bool = False) -> Play:
    return Play(layer, token, Track(file, "a", 300.0, 0.3), 0.0, 6.0, loop)


def _room(file: str) -> tuple[Room, NullPlayer]:
    """Music at its full level, and the player that sounds."""
    room = Room()
    room.do(_play(file, 1))
    room.run(14.0)
    return room, next(each for each in room.decks.players["music"] if each._state == "rolling")


def _failed(room: Room) -> list[Failed]:
    return [each for each in room.reports if isinstance(each, Failed)]


def test_a_short_stall_costs_nothing(file: str) -> None:
    """While more is left than another track needs to come in, nobody is told and nothing moves."""
    room, player = _room(file)
    player.starve(60.0)
    levels = room.run(60.0 - LEAVE_S - 1.0)
    player.starve()
    levels += room.run(60.0)
    assert not _failed(room)
    assert max(abs(level) for level in levels) < 0.01


def test_what_comes_next_is_crossed_over_to_on_what_is_left(file: str) -> None:
    """A deck that runs dry is told in time, once, and plays on until its successor has come: the
    summed power stays."""
    room, player = _room(file)
    player.starve(LEAVE_S + 1.0)
    room.run(2.0)
    assert [(each.token, each.what) for each in _failed(room)] == [(1, "stalled")]
    room.do(_play(file, 2))
    levels = room.run(LEAVE_S + 10.0)
    assert max(abs(level) for level in levels) < 0.01
    assert len(_failed(room)) == 1
    ended = [each for each in room.reports if isinstance(each, Silent)]
    assert [(each.token, each.why) for each in ended] == [(1, "seam")]


def test_with_nothing_to_follow_it_fades_out_before_it_is_dry(file: str) -> None:
    """No silence is ever cut to: the fall keeps to its limit, and what was dropped stays dropped
    when the disk answers."""
    room, player = _room(file)
    player.starve(LEAVE_S)
    levels = room.run(LEAVE_S - 0.5)
    assert levels[-1] <= fade.MUTE_DB
    assert _rates(levels, fade.HUSH_DB)[1] <= fade.FALL_DB_PER_S + 0.1
    room.run(10.0)
    player.starve()
    assert max(room.run(10.0)) <= fade.MUTE_DB
    ended = [each for each in room.reports if isinstance(each, Silent)]
    assert [(each.token, each.why) for each in ended] == [(1, "faded")]


def test_what_was_to_go_stays_where_its_successor_runs_dry(file: str) -> None:
    """Half-way through a seam the incoming deck's disk stalls: the outgoing one stays, and comes
    back to its level no faster than music may rise."""
    room, outgoing = _room(file)
    room.do(_play(file, 2))
    room.run(3.0)
    incoming = next(
        each
        for each in room.decks.players["music"]
        if each is not outgoing and each._state == "rolling"
    )
    incoming.starve(5.0)
    levels = room.run(30.0)
    assert [each.token for each in _failed(room)] == [2]
    assert levels[-1] == pytest.approx(0.0, abs=0.01)
    rise, fall = _rates(levels, fade.HUSH_DB)
    assert rise <= fade.RISE_DB_PER_S + 0.1
    assert fall <= fade.FALL_DB_PER_S + 0.1
    assert outgoing._state == "rolling"


def test_the_other_layer_is_not_touched(file: str) -> None:
    """Music that runs dry moves the ambience by nothing."""
    room = Room()
    room.do(_play(file, 1), _play(file, 9, "ambience", loop=True))
    room.run(20.0)
    for player in room.decks.players["music"]:
        if player._state == "rolling":
            player.starve(LEAVE_S)
    before = room.level("ambience")
    for _ in range(20):
        room.run(1.0)
        assert room.level("ambience") == pytest.approx(before, abs=0.01)
    assert [each.layer for each in _failed(room)] == ["music"]


def test_stop_is_as_quick_with_a_disk_that_answers_nothing(file: str) -> None:
    """Both layers stalled, one of them fading out already: all is silent in 1.5 s."""
    room = Room()
    room.do(_play(file, 1), _play(file, 9, "ambience", loop=True))
    room.run(20.0)
    for layer in room.decks.players.values():
        for player in layer:
            if player._state == "rolling":
                player.starve(4.0)
    room.run(1.0)
    room.do(Shut(fade.STOP_S))
    room.run(fade.STOP_S + 2 * TICK_S)
    assert any(isinstance(each, Down) for each in room.reports)
    assert room.level() <= fade.MUTE_DB
    assert room.level("ambience") <= fade.MUTE_DB


def test_nothing_comes_in_on_the_way_down(file: str) -> None:
    """A track that fails while `stop` takes all down is followed by none; after an `undo` of the
    stop it is."""
    room, _ = _room(file)
    room.do(Shut(fade.STOP_S), _play(file, 2))
    room.run(0.5)
    tokens = [each.token for each in room.reports if isinstance(each, Sounding)]
    assert tokens == [1]
    room.do(Reopen(12.0))
    room.run(20.0)
    tokens = [each.token for each in room.reports if isinstance(each, Sounding)]
    assert tokens == [1, 2]
    room.do(Shut(fade.STOP_S), _play(file, 3))
    room.run(fade.STOP_S + 1.0)
    room.do(Reopen(12.0))
    room.run(5.0)
    assert tokens == [each.token for each in room.reports if isinstance(each, Sounding)]


@pytest.mark.slow
def test_a_round_of_a_loop_that_will_not_open_ends_nothing_that_sounds(file: str) -> None:
    """The next round of an ambience meets a stalled disk: the round that sounds goes on, and is
    told as ended when it is, with a time that has been."""
    room = Room()
    room.do(_play(file, 9, "ambience", loop=True))
    room.run(20.0)
    Path(file).unlink()
    room.run(300.0)
    ended = [each for each in room.reports if isinstance(each, Silent)]
    assert [each.token for each in _failed(room)] == [9]
    assert [(each.token, each.why) for each in ended] == [(9, "end")]
    sounding = next(each for each in room.reports if isinstance(each, Sounding))
    assert ended[0].at > sounding.at + 250.0


class Deaf(NullPlayer):
    """A player that no output takes, that never opens, or that stands still."""

    says = PlayerReading("rolling", 1.0)

    def look(self, now: float) -> PlayerReading:
        return replace(self.says)


@pytest.mark.parametrize(
    ("says", "patience_s", "asks"),
    [
        (PlayerReading("opening"), OPEN_PATIENCE_S, "failed_to_open"),
        (PlayerReading("rolling", 1.0, heard=True), BEGIN_S, "stalled"),
        (PlayerReading("rolling", 1.1 + BEGUN_S, heard=True), STALL_S, "stalled"),
        (PlayerReading("rolling", 1.0), HEARD_PATIENCE_S, "unheard"),
    ],
)
def test_a_late_tick_says_nothing_of_a_deck(
    file: str, says: PlayerReading, patience_s: float, asks: str
) -> None:
    """Seconds in which nobody looked are no seconds in which a deck failed: only what was seen for
    long enough counts. A thread that was held up took every deck for one that no output takes."""
    clock = Hand()
    player = Deaf(clock, {})
    player.says = says
    deck = Deck(player)
    deck.start(_play(file, 1), clock.now())
    deck.look(clock.now())
    if says.state == "rolling":
        deck.roll(clock.now())
        deck.rolling_from_s = 1.0
    clock.time += 10.0
    deck.look(clock.now())
    assert not _asked(deck, asks)
    for _ in range(round(patience_s / TICK_S)):
        clock.time += TICK_S
        deck.look(clock.now())
    assert _asked(deck, asks)


def _asked(deck: Deck, what: str) -> bool:
    answer = getattr(deck, what)
    return bool(answer(Deck(deck.player)) if callable(answer) else answer)


class Sleepy(NullPlayer):
    """A player whose disk sleeps until `awake`."""

    awake = True
    wakes = False

    def look(self, now: float) -> PlayerReading:
        look = super().look(now)
        if self.awake and self.wakes:  # What has just begun has not moved yet.
            self.wakes = False
            return replace(look, position_s=0.0)
        return look if self.awake else PlayerReading("opening")


@pytest.mark.parametrize(
    ("sleeps_s", "position_s", "failed"), [(9.0, 0.0, False), (9.0, 270.0, True)]
)
def test_a_sleeping_disk_is_waited_for_while_there_is_time(
    file: str, sleeps_s: float, position_s: float, failed: bool
) -> None:
    """A disk takes some ten seconds to wake. While what plays can go on, the next track comes when
    the disk is awake, across it; with no time left for that another one is asked for in time."""
    room = Room()
    players = [Sleepy(room.clock, {file: 300.0}) for _ in range(2)]
    quiet = [NullPlayer(room.clock, {}) for _ in range(2)]
    room.decks.mixer = mixer = Mixer({"music": players, "ambience": quiet}, room.reports.append)
    room.decks.players["music"] = (players[0], players[1])
    mixer.do(replace(_play(file, 1), offset_s=position_s), room.clock.now())
    room.run(14.0)
    players[1].awake = False
    mixer.do(_play(file, 2), room.clock.now())
    levels = room.run(sleeps_s)
    assert [each.token for each in _failed(room)] == ([2] if failed else [])
    if not failed:
        players[1].wakes = True  # Its bytes are here; it has yet to begin.
        levels += room.run(0.5)
        players[1].awake = True
        levels += room.run(10.0)
        ended = [each for each in room.reports if isinstance(each, Silent)]
        assert [(each.token, each.why) for each in ended] == [(1, "seam")]
    assert max(abs(level) for level in levels) < 0.01


def test_the_first_track_waits_for_a_sleeping_disk_and_what_follows_a_failure_does_not(
    file: str,
) -> None:
    """Nothing plays that it could hold up, and any other file may lie on the same disk. Once one
    has failed, the next ones are soon given up for others, until something sounds again."""
    room = Room()
    players = [Sleepy(room.clock, {file: 300.0}) for _ in range(2)]
    quiet = [NullPlayer(room.clock, {}) for _ in range(2)]
    mixer = Mixer({"music": players, "ambience": quiet}, room.reports.append)
    room.decks.mixer, room.decks.players["music"] = mixer, (players[0], players[1])
    players[0].awake = players[1].awake = False
    mixer.do(_play(file, 1), room.clock.now())
    room.run(MEANWHILE_S - 1.0)
    assert not _failed(room)
    room.run(2.0)
    mixer.do(_play(file, 2), room.clock.now())
    room.run(OPEN_PATIENCE_S + 1.0)
    assert [each.token for each in _failed(room)] == [1, 2]
    players[0].awake = players[1].awake = True
    mixer.do(_play(file, 3), room.clock.now())
    room.run(2.0)
    assert [each.token for each in room.reports if isinstance(each, Sounding)] == [3]


def test_decks_that_were_not_given_time_to_turn_do_not_hang() -> None:
    """After `stop` they are given ticks, not seconds: a process that stood still till after it was
    to be silent looks after its decks again before it says that they hang."""
    decks = object.__new__(VlcDecks)
    decks._turned_at, decks._closed = 0.0, False
    turns = threading.Timer(TICK_S, setattr, (decks, "_turned_at", 10.0))
    turns.start()
    decks._see_down(5.0)
    decks._turned_at = 0.0
    with pytest.raises(RuntimeError, match="do not answer"):
        decks._see_down(5.0)


def test_a_deck_that_has_only_begun_waits_longer_for_its_output(file: str) -> None:
    """An output that was asleep takes a while: a track that came back on PipeWire was told as
    stalled. One that has been heard to move has stalled a second after it stands still."""
    clock, player = Hand(), Deaf(Hand(), {})
    for position_s, stalled in ((0.6, False), (BEGUN_S + 0.1, True)):
        player.says = PlayerReading("rolling", position_s, heard=True)
        deck = Deck(player)
        player._state, player.gain_db = "idle", fade.SILENT_DB
        deck.start(_play(file, 1), clock.now())
        deck.look(clock.now())
        deck.roll(clock.now())
        deck.rolling_from_s = 0.0
        for _ in range(round(STALL_S / TICK_S) + 2):
            clock.time += TICK_S
            deck.look(clock.now())
        assert deck.stalled is stalled


def test_a_trial_that_nobody_looked_after_has_not_failed(file: str) -> None:
    """On a machine that stood still an output is not refused for it."""
    clock, player = Hand(), Deaf(Hand(), {})
    trial = OutputProbe(player, file)
    assert not trial.passed(OutputHealth(), clock.now(), "")
    clock.time += 60.0
    assert not trial.passed(OutputHealth(), clock.now(), "")
    assert trial.failures == 0
    for _ in range(round(TRIAL_S / TICK_S)):
        clock.time += TICK_S
        trial.passed(OutputHealth(), clock.now(), "")
    assert trial.failures == 1
