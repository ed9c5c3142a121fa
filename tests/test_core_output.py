"""The output as the core sees it: gone, back, turned up or down from outside."""

from __future__ import annotations

import pytest
from arcs_for_tests import session
from desk import Desk
from support.values import opened_as

from soundscape.core import fade, reports
from soundscape.core.decision import Decision
from soundscape.core.events import Faulted, HeardTo, KeptAwake, OutputBack, OutputLost, VolumeMoved
from soundscape.core.ports import (
    Glide,
    NoOutput,
    OutputAgain,
    Play,
    Report,
    Silent,
    VolumeSeen,
)


def tell(desk: Desk, report: Report) -> None:
    """A report, as the engine takes it."""
    desk.take(reports.on_report(desk.session, report, report.at))


def lose(desk: Desk, at: float) -> None:
    """The output goes: the decks let go of the music, then say so."""
    playing = desk.session.playing
    assert playing is not None
    desk.now = at
    position_s = playing.position_s + at - playing.at_s
    if playing.sounds:
        tell(desk, Silent("music", playing.token, position_s, at, "fault"))
    tell(desk, NoOutput("the sound server is gone", at))


def last_play(desk: Desk) -> Play:
    """The newest track that was asked for."""
    return next(a for a in reversed(desk.actions) if isinstance(a, Play) and a.layer == "music")


def test_a_lost_output_keeps_the_track_and_its_place() -> None:
    """Gone, it is one fault and nothing is banned; back, the same track comes up from nothing, from
    where it was last heard."""
    desk = Desk(session())
    track = last_play(desk).track
    lose(desk, 20.0)
    heard = [fact for fact in desk.facts if isinstance(fact, HeardTo)]
    assert [(fact.at_s, fact.why) for fact in heard] == [(20.0, "fault")]
    assert desk.session.lost.what == "the sound server is gone"
    desk.now = 50.0
    tell(desk, OutputAgain(50.0))
    again = last_play(desk)
    assert again.track == track
    assert again.offset_s == pytest.approx(track.cue_in_s + 20.0)
    assert again.fade_s == fade.RESUME_S
    assert not desk.session.lost
    assert not desk.session.banned
    kinds = [type(fact) for fact in desk.facts]
    assert kinds.count(Faulted) == kinds.count(OutputLost) == kinds.count(OutputBack) == 1


def test_time_goes_on_without_an_output_and_music_does_not() -> None:
    """While nothing can be heard the phases go on, and no track is brought in and used up; then
    comes what the phase has by now."""
    desk = Desk(session())
    lose(desk, 20.0)
    count, phase = len(desk.session.heard), desk.session.course.phase
    desk.pass_to(desk.session.course.ends_s or 0.0)
    desk.pass_to(desk.now + 1.0)
    assert desk.session.course.phase == phase + 1
    assert len(desk.session.heard) == count
    tell(desk, OutputAgain(desk.now))
    assert len(desk.session.heard) == count + 1
    assert desk.session.playing is not None
    assert desk.session.playing.item.phase == phase + 1


def test_a_loss_that_is_told_twice_is_one_fault() -> None:
    """What is known to be lost is not told again, and what was not lost does not come back."""
    desk = Desk(session())
    tell(desk, OutputAgain(5.0))
    lose(desk, 20.0)
    tell(desk, NoOutput("no output device is left", 21.0))
    assert [type(fact) for fact in desk.facts].count(Faulted) == 1
    assert OutputBack not in [type(fact) for fact in desk.facts]


@pytest.mark.parametrize("closing", ["end", "stop"])
def test_nothing_comes_back_into_a_closing(closing: str) -> None:
    """A session that is closing when its output comes back stays down."""
    desk = Desk(session())
    lose(desk, 20.0)
    desk.cue(closing)
    before = len(desk.actions)
    tell(desk, OutputAgain(25.0))
    assert not any(isinstance(action, Play) for action in desk.actions[before:])


def test_a_pause_outlasts_a_lost_output() -> None:
    """Lost and found while paused: it stays paused, and the track is there again for `resume`."""
    desk = Desk(session())
    desk.now = 20.0
    desk.cue("pause")
    waited_s = desk.session.playing.position_s  # type: ignore[union-attr]
    lose(desk, 30.0)
    tell(desk, OutputAgain(40.0))
    assert desk.session.rest.kind == "pause"
    assert last_play(desk).offset_s == pytest.approx(waited_s)


@pytest.mark.parametrize(
    ("outside", "stands_db", "of", "knob", "done"),
    [
        ("softer", -8.0, "music", False, "left"),
        ("softer", 5.0, "music", False, "put right"),
        ("softer", 5.0, "music", True, "left"),
        ("softer", 5.0, "output", False, "left"),
        ("softer", 0.2, "music", False, "left"),
        ("keep", 5.0, "music", False, "left"),
        ("keep", -8.0, "ambience", False, "left"),
        ("restore", -8.0, "ambience", False, "put right"),
        ("restore", 5.0, "music", False, "put right"),
        ("restore", -8.0, "output", False, "left"),
    ],
)
def test_a_moved_volume_is_left_or_put_right(
    outside: str, stands_db: float, of: str, knob: bool, done: str
) -> None:
    """As the facilitator chose; the output's own knob is always left. It is journaled either way,
    and put right no faster than a rise or a fall may be."""
    desk = Desk(opened_as(session(), outside=outside))
    before = len(desk.actions)
    tell(desk, VolumeSeen(of, stands_db, False, 10.0, knob))  # type: ignore[arg-type]
    (fact,) = [fact for fact in desk.facts if isinstance(fact, VolumeMoved)]
    assert (fact.of, fact.done) == (of, done)
    glides = [action for action in desk.actions[before:] if isinstance(action, Glide)]
    assert len(glides) == (done == "put right")
    for glide in glides:
        assert (glide.line, glide.to_db) == ("hand", 0.0)
        pace = -stands_db / glide.seconds
        assert -fade.FALL_DB_PER_S <= pace <= fade.RISE_DB_PER_S
    assert desk.session.volumes[of].stands_db == (0.0 if done == "put right" else stands_db)


def test_what_keeps_the_machine_awake_is_known() -> None:
    """What keeps it awake, and what was refused, is journaled and stays known."""
    desk = Desk(session())
    desk.take(Decision((KeptAwake(("login manager",), "the screen may lock itself"),)))
    assert desk.session.awake == KeptAwake(("login manager",), "the screen may lock itself")
