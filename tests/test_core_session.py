"""The session as a value: cues, time and decks move it by facts, and facts alone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from arcs_for_tests import ARC, CUE_WORDS, POOL, session
from desk import Desk
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from support.values import opened_as, phase, track

from soundscape.core import director, fade, reports
from soundscape.core.arc import Arc
from soundscape.core.cues.row import JUST_MOVED_S
from soundscape.core.events import Anchored, Chosen, Closed, Faulted, PhaseEntered, Planned, Stopped
from soundscape.core.fold import fold
from soundscape.core.plan import PlanItem
from soundscape.core.ports import Down, Failed, Glide, Shut, Silent


def test_an_arc_plays_from_its_first_phase_to_its_last() -> None:
    """Phases follow each other at their times, and the last goes on until somebody says `end`."""
    desk = Desk(session())
    desk.pass_to(3 * 3600.0)
    entered = [fact for fact in desk.facts if isinstance(fact, PhaseEntered)]
    assert [(fact.phase, fact.started_s) for fact in entered] == [
        (0, 0.0),
        (1, 600.0),
        (2, 1320.0),
        (4, 1620.0),
        (5, 2220.0),
    ]
    assert desk.session.course.over
    assert desk.session.playing is not None


def test_a_chosen_silence_has_no_music_and_the_next_phase_brings_it_back() -> None:
    """Music rests for the whole of a phase of silence, and begins again with the next phase."""
    desk = Desk(session())
    desk.pass_to(1320.0 + 60.0)
    assert desk.session.playing is None
    desk.pass_to(1620.0 + 1.0)
    assert desk.session.playing is not None
    assert desk.session.playing.item.phase == 4


def test_no_track_comes_twice_while_there_are_others() -> None:
    """A session never repeats a track as long as unheard ones are left."""
    desk = Desk(session())
    desk.pass_to(2820.0)
    paths = [fact.item.track.path for fact in desk.facts if isinstance(fact, Chosen)]
    assert len(paths) == len(set(paths))


def test_a_track_of_a_later_phase_that_comes_now_is_planned_anew() -> None:
    """Where music ends long before the next phase, what the plan has for later may be the only
    track left: the rest is then planned anew, and it does not come twice."""
    arc = Arc("Two", (phase("onset", 10), phase("peak", 10)))
    one, two, three = (track(name, 240.0) for name in ("one", "two", "three"))
    begun = session(arc, (one, two, three))
    items = (
        PlanItem(0, one, 0.0, 240.0, 0.0, ""),
        PlanItem(1, two, 600.0, 840.0, 0.0, ""),
        PlanItem(1, three, 825.0, 1065.0, 0.0, ""),
    )
    desk = Desk(fold(begun, (Planned(replace(begun.plan, items=items), "by hand"),)))
    desk.pass_to(300.0)
    assert desk.session.playing is not None
    now = desk.session.playing.item.track
    assert now in (two, three)
    reasons = [fact.reason for fact in desk.facts if isinstance(fact, Planned)]
    assert reasons == ["music outside the plan"]
    assert now not in [item.track for item in desk.session.upcoming()]
    assert {two, three} - {now} <= {item.track for item in desk.session.upcoming()}


def test_soften_adds_up_and_restore_takes_it_back() -> None:
    """Every soften goes 4 dB further; restore brings level and curve back."""
    desk = Desk(session())
    assert desk.cue("soften") == "softer by 4 dB over 6 s; gentler from here on"
    desk.cue("soften", "6")
    assert desk.session.trim_db == -10.0
    assert desk.session.shift < 0.0
    desk.cue("restore")
    assert (desk.session.trim_db, desk.session.shift) == (0.0, 0.0)
    assert "already" in desk.cue("restore")


def test_the_level_stays_down_and_the_gentler_choice_ends_with_the_phase() -> None:
    """After a soften the next phase is as soft, but follows its own curve again."""
    desk = Desk(session())
    desk.cue("soften")
    desk.pass_to(601.0)
    assert desk.session.course.phase == 1
    assert (desk.session.trim_db, desk.session.shift) == (-4.0, 0.0)


def test_lift_says_how_much_it_gave_and_stops_at_the_headroom() -> None:
    """A lift never passes the track's headroom or 6 dB over comfort, and says what it gave."""
    tight = tuple(track(f"p{i}", 200.0, i / 30, true_peak_dbtp=-2.5) for i in range(30))
    desk = Desk(session(pool=tight))
    # Phase level -3 dB and a peak of -2.5 dBTP leave 4.5 dB to the ceiling of -1.
    assert desk.cue("lift", "3") == "louder by 3 dB over 8 s; fuller from here on"
    assert desk.cue("lift", "3").startswith(
        "louder by 1.5 dB over 8 s (not 3 dB: the track's peaks"
    )
    assert desk.cue("lift").startswith("cannot go louder: the track's peaks allow no more")
    assert desk.session.trim_db == pytest.approx(4.5)


def test_what_is_lifted_under_the_voices_is_not_too_much_after_them() -> None:
    """In talk there is room for more, and none of it may be over +6 dB once music is forward."""
    desk = Desk(session())
    desk.cue("transition", "ground")
    for _ in range(4):
        desk.cue("lift", "3")
    assert desk.session.trim_db == fade.OVER_COMFORT_DB
    desk.cue("transition", "peak")
    assert desk.session.level_db + desk.session.trim_db <= fade.OVER_COMFORT_DB


def test_a_refusal_changes_nothing() -> None:
    """A refused cue leaves the session exactly as it was."""
    desk = Desk(session())
    desk.cue("pause")
    before = desk.session
    assert desk.cue("pause") == "already paused; `resume` brings the music back"
    assert desk.session == before


def test_transition_moves_the_later_phases_with_it() -> None:
    """After an early transition the phase has its own length, and the later ones follow it."""
    desk = Desk(session())
    desk.now = 100.0
    answer = desk.cue("transition")
    assert answer.startswith("crossfading to peak over 6 s, with “")
    assert desk.session.course.ends_s == 100.0 + 720.0
    assert desk.session.playing is not None
    assert desk.session.playing.fade_s == fade.CUE_CROSSFADE_S
    assert "did you mean `ground`" in desk.cue("transition", "grond")
    assert "already in peak" in desk.cue("transition", "PEAK")
    desk.cue("transition", "integration")
    assert desk.session.course.phase == 5
    desk.now += JUST_MOVED_S
    assert "last phase" in desk.cue("transition")


def test_next_never_keeps_the_track_out_for_good() -> None:
    """`next --never` bans what played; it is in no later plan."""
    desk = Desk(session())
    old = desk.session.playing
    assert old is not None
    desk.cue("next", "--never")
    assert old.item.track.path in desk.session.banned
    assert all(item.track.path != old.item.track.path for item in desk.session.upcoming())


def test_next_with_nothing_left_is_refused() -> None:
    """Where a phase has no other track at all, `next` says so and changes nothing."""
    lonely = Arc("Lonely", (phase("only", 10),))
    desk = Desk(session(lonely, (track("one", 900.0),)))
    before = desk.session
    assert desk.cue("next").startswith("this phase has no other track left")
    assert desk.session == before


def test_a_file_that_will_not_open_gives_way_to_the_next_at_once() -> None:
    """A failed deck is a fault, its track is left out, and another comes in at the same moment."""
    desk = Desk(session())
    playing = desk.session.playing
    assert playing is not None
    desk.now = 0.2
    failed = Failed("music", playing.token, "will not open", 0.2)
    desk.take(reports.on_report(desk.session, failed, 0.2))
    assert any(isinstance(fact, Faulted) for fact in desk.facts)
    assert playing.item.track.path in desk.session.banned
    assert desk.session.playing is not None
    assert desk.session.playing.token > playing.token


def test_stop_is_told_once_though_the_decks_were_told_twice() -> None:
    """Decks that were silent before the session came to the `stop` tell so again after it."""
    desk = Desk(session())
    desk.cue("stop")
    for desk.now in (1.6, 3.1):
        desk.take(reports.on_report(desk.session, Down(desk.now), desk.now))
    assert [fact.at_s for fact in desk.facts if isinstance(fact, Stopped)] == [1.6]


def test_a_file_that_breaks_off_gives_way_to_the_next_at_once() -> None:
    """A track shorter than its header says is a fault, and the next comes in without waiting."""
    desk = Desk(session())
    playing = desk.session.playing
    assert playing is not None
    ended = Silent("music", playing.token, 40.0, 40.0, "end")
    desk.now = 40.0
    desk.take(reports.on_report(desk.session, ended, 40.0))
    fault = next(fact for fact in desk.facts if isinstance(fact, Faulted))
    assert "early" in fault.what
    assert desk.session.playing is not None
    assert desk.session.playing.token != playing.token


def test_every_file_gone_ends_in_ambience_alone_and_says_so() -> None:
    """When no file opens any more the session goes on with a fault told, and never hangs."""
    desk = Desk(session())
    for _ in range(2 * len(POOL)):
        playing = desk.session.playing
        if playing is None:
            break
        failed = Failed("music", playing.token, "will not open", desk.now)
        desk.take(reports.on_report(desk.session, failed, desk.now))
    assert desk.session.playing is None
    assert any("no music is left" in f.what for f in desk.facts if isinstance(f, Faulted))


def test_an_open_ended_phase_goes_on_with_fresh_music() -> None:
    """`until: cue` never runs out: for hours there is music, and it stays in its phase."""
    arc = Arc("Open", (phase("wait", 10, until="cue"), phase("then", 10)))
    desk = Desk(session(arc))
    desk.pass_to(2 * 3600.0)
    assert desk.session.course.phase == 0
    assert desk.session.playing is not None
    chosen = [fact for fact in desk.facts if isinstance(fact, Chosen)]
    assert all(fact.item.phase == 0 for fact in chosen)
    assert len(chosen) > 20


def test_left_before_the_dose_the_arc_counts_from_there() -> None:
    """Arc time waits for the dose; a transition out of that phase is its zero."""
    arc = Arc("Dose", (phase("arrive", 10, until="dose"), phase("onset", 10)))
    desk = Desk(session(arc))
    desk.now = 300.0
    assert desk.session.arc_s(300.0) is None
    desk.cue("transition")
    assert Anchored(300.0) in desk.facts
    assert desk.session.arc_s(360.0) == 60.0


def test_end_and_stop_close_the_journal_once_all_is_down() -> None:
    """The closing fact comes when the decks say that everything is silent, not before."""
    desk = Desk(session())
    desk.cue("end")
    assert desk.session.closing.how == "end"
    assert not desk.session.closed
    assert desk.cue("soften").startswith("the session is closing")
    assert desk.cue("stop") == "everything fades out in 1.5 s"
    assert desk.cue("stop") == "sound cut"
    assert [a.seconds for a in desk.actions if isinstance(a, Shut)] == [30.0, 1.5, 0.1]
    desk.take(reports.on_report(desk.session, Down(50.0), 50.0))
    assert desk.session.stopped_s == 50.0
    assert desk.cue("end") == "the session was stopped and is now closed"
    assert desk.facts[-1] == Closed("stop")
    assert desk.cue("mark") == "the session is over"


def test_with_end_with_arc_the_arc_closes_itself() -> None:
    """`--end-with-arc` closes when the last phase is over, with the closing fade."""

    desk = Desk(opened_as(session(), end_with_arc=True))
    desk.pass_to(3 * 3600.0)
    assert desk.session.closing.how == "arc"


STORM = st.lists(st.tuples(st.floats(0.0, 400.0), CUE_WORDS), max_size=12)


@settings(max_examples=examples(60), deadline=None)
@given(STORM)
def test_a_journal_replays_to_the_same_session(storm: list[tuple[float, tuple[str, str]]]) -> None:
    """Whatever was said and whenever: folding the facts again gives the very same session."""
    desk = Desk(session())
    begun = desk.session
    for wait_s, (name, words) in storm:
        desk.pass_to(desk.now + wait_s)
        desk.cue(name, words)
    desk.pass_to(desk.now + 600.0)
    again = fold(session(), desk.facts)
    assert again == desk.session
    assert again.ambience.token == desk.session.ambience.token
    assert begun.opened == again.opened


def quiet_is_near(desk: Desk) -> bool:
    """Whether a phase without music begins so soon that its last track may end by itself."""
    state = desk.session
    following = state.following()
    if following is None or state.course.ends_s is None:
        return False
    left_s = state.course.ends_s - desk.now
    return not state.arc.phases[following].playlists and left_s < director.NEAR_S + 60.0


@settings(max_examples=examples(60), deadline=None)
@given(STORM)
def test_no_sequence_of_cues_leaves_silence_or_too_much(
    storm: list[tuple[float, tuple[str, str]]],
) -> None:
    """Under any cues: no level over +6 dB, and music wherever the phase has some, but for the
    last minute before a phase without."""
    desk = Desk(session())
    for wait_s, (name, words) in storm:
        desk.pass_to(desk.now + wait_s)
        desk.cue(name, words)
        state = desk.session
        assert state.level_db + state.trim_db <= fade.OVER_COMFORT_DB + 1e-9
        assert -fade.SILENT_DB > -state.trim_db >= -fade.OVER_COMFORT_DB - 12.0
        if state.current and state.current.playlists and not state.waits:
            assert state.playing is not None or quiet_is_near(desk)
        for action in desk.actions:
            if isinstance(action, Glide):
                assert action.seconds >= fade.SHORTEST_S


def test_the_arc_used_here_is_whole() -> None:
    """The arc of these tests has a phase of every kind they speak of."""
    assert {each.silence for each in ARC.phases} == {True, False}
