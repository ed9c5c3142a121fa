"""Two hands that say one cue for one place: the session moves on once, and the second is told."""

from __future__ import annotations

import pytest
from arcs_for_tests import session
from desk import Desk

from soundscape.core.cues.row import JUST_MOVED_S, place
from soundscape.core.cues.table import CUES
from soundscape.core.decision import Decision
from soundscape.core.events import Asked

MOVING = [cue.name for cue in CUES.values() if cue.moves in ("phase", "track")]


def refused(desk: Desk, name: str) -> None:
    """A cue that was refused, as the engine journals it."""
    reason = desk.cue(name)
    desk.take(Decision((Asked(name, {}, False, reason, at_s=desk.now),)))


def playing() -> Desk:
    desk = Desk(session())
    desk.pass_to(130.0)
    return desk


@pytest.mark.parametrize("name", MOVING)
@pytest.mark.parametrize("gap_s", [0.0, 0.5, 2.9])
def test_a_second_hand_within_three_seconds_does_nothing(name: str, gap_s: float) -> None:
    """`transition` skips no phase, and `next` no track that nobody has heard yet."""
    desk = playing()
    desk.cue(name)
    moved = desk.session
    desk.now += gap_s
    assert desk.cue(name).startswith("already on the way: ")
    assert place(desk.session) == place(moved)
    assert desk.session.banned == moved.banned


@pytest.mark.parametrize("name", MOVING)
def test_after_three_seconds_the_same_cue_is_a_new_one(name: str) -> None:
    """Whoever has heard the change and says it again means one step more."""
    desk = playing()
    desk.cue(name)
    before = place(desk.session)
    desk.pass_to(desk.now + JUST_MOVED_S)
    desk.cue(name)
    assert place(desk.session) != before


@pytest.mark.parametrize("name", MOVING)
def test_a_screen_that_showed_an_older_place_moves_nothing(name: str) -> None:
    """A phone from a pocket, a screen over a slow line: its cue was for what is over by now. Once
    it shows where the session is, the same cue acts."""
    desk = playing()
    shown = place(desk.session)
    desk.cue(name)
    desk.pass_to(desk.now + 60.0)
    moved = place(desk.session)
    assert desk.cue(name, seen=shown).startswith("already on the way: ")
    assert place(desk.session) == moved
    assert not desk.cue(name, seen=moved).startswith("already")


def test_next_never_keeps_out_no_track_that_nobody_heard() -> None:
    """Two hands that say `next --never` keep the one track out that they both heard."""
    desk = playing()
    desk.cue("next", "--never")
    desk.now += 0.5
    desk.cue("next", "--never")
    assert len(desk.session.banned) == 1


def test_a_phase_that_is_named_is_always_gone_to() -> None:
    """`transition PHASE` says where to: it acts at once, whatever its giver's screen showed."""
    desk = playing()
    shown = place(desk.session)
    desk.cue("transition")
    assert desk.cue("transition", "ground", seen=shown).startswith("crossfading to ground")


def test_a_change_by_itself_counts_as_one_by_hand() -> None:
    """Whoever says `transition` in the moment in which the phase's time is up means that change."""
    desk = Desk(session())
    desk.pass_to(601.0)
    assert desk.session.course.phase == 1
    assert desk.cue("transition").startswith("already on the way: peak is beginning")


def test_the_first_phase_can_be_left_at_once() -> None:
    """Nothing led to the first phase and the first track: whoever leaves them means them."""
    for name in MOVING:
        desk = Desk(session())
        desk.now = 1.0
        assert "already" not in desk.cue(name)


def test_a_transition_that_was_taken_back_can_be_said_again() -> None:
    """What was taken back is on no way any more."""
    desk = playing()
    desk.cue("transition")
    desk.cue("undo")
    assert desk.cue("transition").startswith("crossfading to peak")


def test_undo_takes_back_what_its_giver_saw() -> None:
    """Two hands that take one slip back take back that one, and not the cue before it too."""
    desk = playing()
    desk.cue("soften")
    desk.pass_to(140.0)
    desk.cue("hold")
    shown = place(desk.session)
    assert desk.cue("undo", seen=shown).startswith("`hold` is undone")
    told = desk.cue("undo", seen=shown)
    assert told == "another cue was given since; `undo` again undoes `soften`"
    assert desk.session.trim_db < 0
    assert desk.cue("undo", seen=place(desk.session)).startswith("`soften` is undone")


def test_undo_right_after_a_refusal_takes_back_nothing_by_surprise() -> None:
    """Whoever said a cue that was refused, and then `undo`, means that one. It says so; said again,
    or later, it takes back the one before."""
    desk = playing()
    desk.cue("transition")
    desk.now += 1.0
    refused(desk, "transition")
    told = "`transition` was refused and changed nothing; `undo` again undoes `transition`"
    assert desk.cue("undo") == told
    refused(desk, "undo")
    assert desk.session.course.phase == 1
    assert desk.cue("undo").startswith("`transition` is undone")
    assert desk.session.course.phase == 0


def test_undo_brings_the_music_back_after_a_stop_that_was_refused() -> None:
    """Silence that nobody wants is ended by the first `undo`."""
    desk = playing()
    desk.cue("stop")
    refused(desk, "talk")
    assert desk.cue("undo").startswith("`stop` is undone")
