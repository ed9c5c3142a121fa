"""The cue `undo`: every cue can be taken back, gently, and none of it turns time back."""

from __future__ import annotations

import pytest
from arcs_for_tests import ARC, session
from desk import Desk
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from support.values import opened_as, phase

from soundscape.core import fade, reports
from soundscape.core.arc import Arc
from soundscape.core.cues.table import CUES
from soundscape.core.decision import Decision
from soundscape.core.events import Closed, PhaseEntered, Readmitted
from soundscape.core.ports import Down, Failed, Freeze, Glide, Play, Reopen, Silent, Thaw
from soundscape.core.session import ASPECTS, Session

WORDS = {"ambience": "ocean", "dose": "--ago 1", "extend": "5", "next": "--never", "shorten": "2"}
WORDS |= {"output": "null-2"}
BEFORE = {"release": "hold", "resume": "pause", "reflect": "talk", "restore": "soften"}

SAME = [name for name in ASPECTS if name not in ("track", "closing")]


def aspects(made: Session, names: list[str]) -> dict[str, object]:
    return {name: getattr(made, ASPECTS[name]) for name in names}


@pytest.mark.parametrize("name", [c.name for c in CUES.values() if c.can_be_undone])
def test_every_cue_can_be_taken_back(name: str) -> None:
    """After a cue and `undo` the session is what it was, but for the track and the time."""
    desk = Desk(session())
    desk.pass_to(130.0)
    if name in BEFORE:
        desk.cue(BEFORE[name])
    before = desk.session
    desk.cue(name, WORDS.get(name, ""))
    assert desk.session.past[-1].cue == name
    assert aspects(desk.session, list(ASPECTS)) != aspects(before, list(ASPECTS))
    answer = desk.cue("undo")
    assert answer.startswith(f"`{name}` is undone")
    assert aspects(desk.session, SAME) == aspects(before, SAME)
    assert desk.session.closing is None
    assert (desk.session.playing is None) == (before.playing is None)
    assert len(desk.session.past) == len(before.past)


@settings(max_examples=examples(40), deadline=None)
@given(st.lists(st.sampled_from(["soften", "lift", "talk", "reflect", "hold", "release", "mark",
                                 "pause", "resume", "extend 2", "ambience ocean", "silence 9"]),
                max_size=8))  # fmt: skip
def test_many_cues_are_taken_back_one_after_the_other(said: list[str]) -> None:
    """Said again, `undo` takes back the one before, until nothing is left to take back."""
    desk = Desk(session())
    desk.pass_to(60.0)
    before = desk.session
    done = 0
    for words in said:
        name, _, rest = words.partition(" ")
        count = len(desk.session.past)
        desk.cue(name, rest)
        done += len(desk.session.past) - count
    for _ in range(done):
        assert "is undone" in desk.cue("undo")
    assert desk.cue("undo") == "there is nothing to undo"
    assert aspects(desk.session, SAME) == aspects(before, SAME)


def test_what_goes_back_up_rises_no_faster_than_anything_else() -> None:
    """Taking a long way down back takes a second for each decibel at least."""
    desk = Desk(session())
    desk.cue("soften", "20")
    desk.cue("undo")
    assert [a for a in desk.actions if isinstance(a, Glide)][-1] == Glide(
        "music", "trim", 0.0, 20.0
    )


def test_a_transition_taken_back_brings_the_old_track_from_where_it_was() -> None:
    """The phase goes on with the time it had, and its track from the second it was left."""
    desk = Desk(session())
    desk.pass_to(100.0)
    old = desk.session.playing
    ends = desk.session.course.ends_s
    desk.cue("transition")
    desk.pass_to(140.0)
    assert old is not None
    assert desk.cue("undo") == (
        f"`transition` is undone: “{old.item.track.title}” comes back"
        " · onset ends at 0:10:00 (in 8 min), the arc ends at 0:47:00 (in 45 min)"
    )
    play = [a for a in desk.actions if isinstance(a, Play) and a.layer == "music"][-1]
    assert play.track == old.item.track
    assert play.offset_s == pytest.approx(old.position_s + 100.0 - old.at_s)
    assert play.fade_s == fade.CUE_CROSSFADE_S
    assert (desk.session.course.phase, desk.session.course.ends_s) == (0, ends)
    assert [f.phase for f in desk.facts if isinstance(f, PhaseEntered)] == [0, 1, 0]


def test_out_of_a_silence_its_music_comes_back_and_into_one_it_goes() -> None:
    """A transition into a phase without music taken back has music, and the other way round."""
    desk = Desk(session())
    desk.pass_to(100.0)
    old = desk.session.playing
    desk.cue("transition", "hush")
    assert desk.session.playing is None
    desk.pass_to(110.0)
    desk.cue("undo")
    assert old is not None
    assert desk.session.playing is not None
    assert desk.session.playing.item.track == old.item.track
    desk.pass_to(1400.0)
    assert desk.session.playing is None
    desk.cue("transition")
    desk.cue("undo")
    assert desk.session.playing is None


def test_a_banned_track_is_allowed_again() -> None:
    """`next --never` taken back lets the track be heard again, at once."""
    desk = Desk(session())
    old = desk.session.playing
    desk.pass_to(30.0)
    desk.cue("next", "--never")
    desk.cue("undo")
    assert desk.session.banned == frozenset()
    assert old is not None
    assert desk.session.playing is not None
    assert desk.session.playing.item.track == old.item.track


def test_a_ban_taken_back_brings_no_broken_file_back() -> None:
    """What would not open since `next --never` stays out when that is taken back; and what was
    tried again with success since does not go out again."""
    desk = Desk(session())
    desk.pass_to(60.0)
    desk.cue("next", "--never")
    (banned,), broken = desk.session.banned, desk.session.playing
    assert broken is not None
    failed = Failed("music", broken.token, "will not open", desk.now)
    desk.take(reports.on_report(desk.session, failed, desk.now))
    assert desk.session.banned == {banned, broken.item.track.path}
    desk.cue("undo")
    assert desk.session.banned == {broken.item.track.path}
    desk.cue("next", "--never")
    desk.take(Decision((Readmitted((broken.item.track.path,)),)))
    desk.cue("undo")
    assert desk.session.banned == frozenset()


def test_a_track_that_came_since_is_left_alone() -> None:
    """Long after a `next`, taking it back does not send away what came later by itself."""
    desk = Desk(session())
    desk.cue("next")
    desk.pass_to(500.0)
    playing = desk.session.playing
    desk.cue("undo")
    assert desk.session.playing is not None
    assert playing is not None
    assert desk.session.playing.token == playing.token


def test_a_phase_that_is_over_is_not_brought_back() -> None:
    """What a cue did to a phase cannot be taken back once the next one plays; it says so."""
    desk = Desk(session())
    desk.cue("extend", "5")
    desk.pass_to(1000.0)
    assert desk.session.course.phase == 1
    assert desk.cue("undo").startswith("the phase that `extend` changed is over")


def test_a_pause_taken_back_turns_round_and_a_resume_goes_still_again() -> None:
    """The decks are thawed or frozen as if the other cue had been said."""
    desk = Desk(session())
    desk.cue("pause", "--all")
    assert desk.cue("undo") == "`pause` is undone: fading in from nothing"
    assert desk.actions[-1] == Thaw(("music", "ambience"), fade.RESUME_S)
    desk.cue("pause")
    desk.cue("resume")
    assert desk.cue("undo") == "`resume` is undone: silent again"
    assert desk.actions[-1] == Freeze(("music",), fade.PAUSE_S)
    assert desk.session.rest.kind == "pause"


def down(desk: Desk, at_s: float) -> None:
    """All decks are stopped, as they report it."""
    desk.now = at_s
    playing = desk.session.playing
    if playing is not None:
        position_s = playing.position_s + at_s - playing.at_s
        silent = Silent("music", playing.token, position_s, at_s, "faded")
        desk.take(reports.on_report(desk.session, silent, at_s))
    desk.take(reports.on_report(desk.session, Down(at_s), at_s))


def test_a_stop_taken_back_at_once_turns_round() -> None:
    """While the decks still fall nothing has to begin anew: the fade turns."""
    desk = Desk(session())
    desk.pass_to(50.0)
    desk.cue("stop")
    count = sum(isinstance(action, Play) for action in desk.actions)
    assert desk.cue("undo") == "`stop` is undone: fading in over 12 s from where it was"
    assert desk.actions[-1] == Reopen(fade.RESUME_S)
    assert sum(isinstance(action, Play) for action in desk.actions) == count


def test_within_a_minute_of_a_stop_everything_comes_back_softly() -> None:
    """Music from where it was, the ambience too, both from nothing; the session goes on."""
    desk = Desk(session())
    desk.pass_to(700.0)
    before = desk.session
    desk.cue("stop")
    down(desk, 702.0)
    assert desk.session.closed == ""
    assert desk.cue("soften").startswith("the session is closing")
    assert desk.cue("stop").startswith("already silent; within 60 s `undo` brings the sound back")
    desk.pass_to(750.0)
    assert desk.cue("undo") == "`stop` is undone: fading in over 12 s from where it was"
    plays = [action for action in desk.actions if isinstance(action, Play)][-2:]
    assert before.playing is not None
    assert {play.layer for play in plays} == {"music", "ambience"}
    music = next(play for play in plays if play.layer == "music")
    assert music.track == before.playing.item.track
    assert music.offset_s == pytest.approx(before.playing.position_s + 702.0 - before.playing.at_s)
    assert music.fade_s == fade.RESUME_S
    assert desk.session.closing is None
    desk.pass_to(3000.0)
    assert desk.session.course.phase > before.course.phase


def test_a_minute_after_a_stop_the_journal_is_closed() -> None:
    """Then nothing is left to take back."""
    desk = Desk(session())
    desk.cue("stop")
    down(desk, 2.0)
    desk.pass_to(61.0)
    assert not desk.session.closed
    desk.pass_to(63.0)
    assert desk.facts[-1] == Closed("stop")
    assert desk.cue("undo") == "the session is over"


def test_a_stop_in_a_pause_keeps_the_place() -> None:
    """Stopped while paused and taken back: it is paused again, and `resume` knows the track."""
    desk = Desk(session())
    desk.pass_to(50.0)
    desk.cue("pause")
    desk.pass_to(70.0)
    playing = desk.session.playing
    desk.cue("stop")
    desk.now = 72.0
    desk.take(reports.on_report(desk.session, Down(72.0), 72.0))
    desk.cue("undo")
    assert desk.session.rest.kind == "pause"
    assert playing is not None
    play = [action for action in desk.actions if isinstance(action, Play)][-1]
    assert (play.track, play.offset_s) == (playing.item.track, playing.position_s)


def test_an_end_taken_back_goes_on() -> None:
    """During the closing fade `undo` brings the session back; after it the session is over."""
    desk = Desk(session())
    desk.pass_to(40.0)
    desk.cue("end")
    desk.pass_to(50.0)
    desk.cue("undo")
    assert desk.session.closing is None
    desk.pass_to(1000.0)
    assert desk.session.course.phase == 1


def test_a_closing_that_nobody_asked_for_cannot_be_taken_back() -> None:
    """With `--end-with-arc` the arc closes by itself: `undo` does not reach an older cue then."""

    desk = Desk(opened_as(session(Arc("Short", (phase("one", 5),))), end_with_arc=True))
    desk.cue("soften")
    desk.pass_to(400.0)
    assert desk.session.closing.how == "arc"
    assert desk.cue("undo").startswith("the arc is over, and the session closes by itself")


def test_the_arc_of_these_tests_has_what_the_cues_need() -> None:
    """A booster, or `booster` would be refused and prove nothing."""
    assert any(each.booster for each in ARC.phases)


@pytest.mark.parametrize("ways", [("resume",), ("undo",)])
def test_next_in_a_pause_taken_back_brings_the_track_back_when_music_may(ways: list[str]) -> None:
    """What waited was sent away; taken back, it comes in from where it was left, by `resume` or
    by taking back the pause too."""
    desk = Desk(session())
    desk.pass_to(100.0)
    old = desk.session.playing
    assert old is not None
    desk.cue("pause")
    desk.pass_to(120.0)
    desk.cue("next")
    desk.pass_to(160.0)
    title = old.item.track.title
    assert desk.cue("undo").startswith(f"`next` is undone: “{title}” comes back with `resume`")
    assert desk.session.playing is None
    desk.pass_to(400.0)
    for cue in ways:
        desk.cue(cue)
    play = [a for a in desk.actions if isinstance(a, Play) and a.layer == "music"][-1]
    assert play.track == old.item.track
    assert play.offset_s == pytest.approx(old.position_s + 100.0 - old.at_s, abs=10.0)
    assert desk.session.back is None


def test_next_in_a_pause_can_be_said_again_after_it_was_taken_back() -> None:
    """The track that would have come back is sent away once more, and for good with `--never`."""
    desk = Desk(session())
    desk.pass_to(100.0)
    old = desk.session.playing
    assert old is not None
    desk.cue("pause")
    desk.pass_to(120.0)
    desk.cue("next")
    desk.cue("undo")
    assert desk.cue("next", "--never").startswith("another track")
    assert desk.cue("next") == "`resume` brings in another track anyway"
    desk.cue("resume")
    assert desk.session.playing is not None
    assert desk.session.playing.item.track != old.item.track


@pytest.mark.parametrize("cue", ["end", "stop"])
def test_a_closing_taken_back_in_a_silence_promises_no_music(cue: str) -> None:
    """What was silent stays so, and the answer says what brings it back."""
    desk = Desk(session())
    desk.pass_to(100.0)
    desk.cue("silence")
    desk.pass_to(120.0)
    desk.cue(cue)
    assert desk.cue("undo").startswith(f"`{cue}` is undone: silent as before, until `resume`")
