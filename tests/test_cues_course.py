"""The cues of the arc's course and of stillness, at every moment they may be said."""

from __future__ import annotations

from dataclasses import replace

import pytest
from arcs_for_tests import ARC, POOL, session
from desk import Desk
from support.values import opened_as, phase, track

from soundscape.core import fade
from soundscape.core.arc import Arc, Curve
from soundscape.core.decision import Decision
from soundscape.core.events import (
    Anchored,
    Chosen,
    Dosed,
    PhaseEntered,
    Planned,
    Rested,
    Resumed,
)
from soundscape.core.ports import FadeOut, Freeze, Glide, Thaw

ONSET_S = 600.0


def chosen_after(desk: Desk, since_s: float) -> list[Chosen]:
    return [f for f in desk.facts if isinstance(f, Chosen) and f.item.start_s >= since_s]


def last(desk: Desk, kind: type) -> object:
    return [each for each in desk.actions if isinstance(each, kind)][-1]


# Hold and release.


def test_a_held_phase_stays_for_hours_at_its_intensity() -> None:
    """`hold` stops the phase and its curve: fresh music near the intensity of that moment."""
    desk = Desk(session())
    desk.pass_to(300.0)
    wanted = ARC.phases[0].target(300.0)
    assert desk.cue("hold") == "holding onset at this intensity until `release` or `transition`"
    desk.pass_to(300.0 + 3600.0)
    assert desk.session.course.phase == 0
    heard = chosen_after(desk, 300.0)
    assert len(heard) > 6
    assert len({each.item.track.path for each in heard}) == len(heard)
    assert all(abs(each.item.track.intensity - wanted) < 0.25 for each in heard[:6])


def test_release_goes_on_from_where_it_was_held() -> None:
    """After `release` the phase has the minutes it had left, and its curve goes on from there."""
    desk = Desk(session())
    desk.pass_to(200.0)
    desk.cue("hold")
    desk.pass_to(2000.0)
    answer = desk.cue("release")
    assert desk.session.course.ends_s == pytest.approx(2000.0 + ONSET_S - 200.0)
    assert desk.session.elapsed_s(2000.0) == pytest.approx(200.0)
    assert answer == (
        "onset goes on · onset ends at 0:40:00 (in 7 min), the arc ends at 1:17:00 (in 44 min)"
    )
    desk.pass_to(2400.0)
    assert desk.session.course.phase == 1


def test_a_transition_ends_a_hold() -> None:
    """Out of a hold `transition` goes on, and the next phase has its own time."""
    desk = Desk(session())
    desk.cue("hold")
    desk.pass_to(1000.0)
    desk.cue("transition")
    assert desk.session.course.held is None
    assert desk.session.course.ends_s == 1000.0 + 720.0


def test_hold_is_refused_where_it_would_change_nothing() -> None:
    """Held twice, in an open-ended phase and after the arc: each refusal names what works."""
    desk = Desk(session())
    assert desk.cue("release") == "nothing is held; `hold` keeps the session in a phase"
    desk.cue("hold")
    assert desk.cue("hold") == "already held; `release` lets the phase go on"
    waiting = Desk(session(Arc("Open", (phase("wait", until="cue"), phase("then")))))
    assert waiting.cue("hold").startswith("wait has no set end and stays anyway")
    desk = Desk(session())
    desk.pass_to(4 * 3600.0)
    assert desk.cue("hold").startswith("the arc is over")


@pytest.mark.parametrize("words", ["hold", "extend 10", "dose"])
def test_a_phase_that_lasts_longer_after_all_has_music_again(words: str) -> None:
    """Its last track has ended before the silence that comes next: now that has to wait."""
    desk = Desk(session())
    for _ in desk.until(1319.0):
        if desk.session.course.phase == 1 and desk.session.playing is None:
            break
    else:
        # No such end in this plan: let the last track go as the director would.
        desk.take(Decision((Rested("the last track before hush"),)))
    assert desk.session.course.phase == 1
    assert desk.session.playing is None
    desk.cue(*words.split())
    assert desk.session.playing is not None


# Extend and shorten.


def test_extend_and_shorten_move_the_later_phases() -> None:
    """A longer phase pushes all later ones; a shorter one pulls them; both say the new ends."""
    desk = Desk(session())
    desk.pass_to(60.0)
    ends = "onset ends at 0:15:00 (in 14 min), the arc ends at 0:52:00 (in 51 min)"
    assert ends in desk.cue("extend", "5")
    desk.cue("shorten", "8")
    assert desk.session.course.ends_s == ONSET_S - 180.0
    desk.pass_to(ONSET_S - 170.0)
    assert desk.session.course.phase == 1


def test_shorten_never_ends_a_phase_at_once() -> None:
    """What would end now is refused with the cue that says so: `transition`."""
    desk = Desk(session())
    desk.pass_to(500.0)
    answer = desk.cue("shorten", "2")
    assert answer == "onset has only 1.7 min left; `transition` goes to the next phase now"
    assert desk.session.course.ends_s == ONSET_S


def test_no_phase_is_extended_over_half_a_day() -> None:
    """Said again and again it is refused at twelve hours ahead, with what would do; the phase stays
    as it was, and `shorten` works."""
    desk = Desk(session())
    desk.pass_to(60.0)
    for _ in range(2):
        assert desk.cue("extend", "240").startswith("onset is 240 min longer")
    ends_s = desk.session.course.ends_s
    assert desk.cue("extend", "240").endswith("`hold` keeps it for as long as you want")
    assert desk.session.course.ends_s == ends_s
    assert desk.cue("shorten", "60").startswith("onset is 60 min shorter")


def test_extend_while_held_counts_after_the_release() -> None:
    """In a hold the minutes are added to what comes after it."""
    desk = Desk(session())
    desk.pass_to(540.0)
    desk.cue("hold")
    assert desk.cue("extend", "5") == "onset is 5 min longer; 6 min are left after `release`"
    desk.pass_to(3000.0)
    desk.cue("release")
    assert desk.session.course.ends_s == pytest.approx(3000.0 + 360.0)


def test_extend_brings_an_arc_back_that_is_over() -> None:
    """After its end the arc's last phase can still be given minutes."""
    desk = Desk(session())
    desk.pass_to(3 * 3600.0)
    assert desk.session.course.over
    desk.cue("extend", "10")
    assert not desk.session.course.over
    assert desk.session.course.ends_s == 3 * 3600.0 + 600.0
    desk.pass_to(3 * 3600.0 + 700.0)
    assert desk.session.course.over


def test_a_phase_without_an_end_cannot_be_stretched() -> None:
    """`until: cue` has no end to move."""
    desk = Desk(session(Arc("Open", (phase("wait", until="cue"), phase("then")))))
    assert desk.cue("extend", "5").startswith("wait has no set end")


# Talk and reflect.


def test_talk_goes_under_the_voices_and_stays_there() -> None:
    """Louder never comes by itself: a new phase does not end what `talk` said."""
    desk = Desk(session())
    assert desk.cue("talk") == "the music goes under the voices, to -18 dB over 5 s"
    glide = last(desk, Glide)
    assert (glide.to_db, glide.seconds) == (-18.0, 5.0)  # type: ignore[attr-defined]
    desk.pass_to(700.0)
    assert (desk.session.course.phase, desk.session.mode, desk.session.level_db) == (
        1,
        "talk",
        -18.0,
    )
    assert desk.cue("reflect") == "the music comes forward to 0 dB over 20 s"
    assert desk.session.mode_by_cue is None


def test_reflect_in_a_talk_phase_ends_with_the_phase() -> None:
    """Forward music in a phase of talk is for this phase alone."""
    talk_twice = (phase("one", mode="talk"), phase("two", mode="talk"))
    desk = Desk(session(Arc("Talk", talk_twice)))
    assert desk.cue("reflect") == "the music comes forward to -6 dB over 20 s"
    desk.pass_to(700.0)
    assert (desk.session.course.phase, desk.session.mode) == (1, "talk")


def test_the_two_levels_never_add() -> None:
    """A phase that is softer than -18 dB stays where it is in talk."""
    desk = Desk(session(Arc("Soft", (phase("one", level_db=-24.0),))))
    desk.cue("talk")
    assert desk.session.level_db == -24.0


def test_coming_back_never_rises_faster_than_a_decibel_a_second() -> None:
    """From far down `reflect` takes longer than 20 s."""
    desk = Desk(session(Arc("Loud", (phase("one", level_db=6.0),))))
    desk.cue("talk")
    assert desk.cue("reflect") == "the music comes forward to 6 dB over 24 s"


def test_mode_said_twice_is_refused() -> None:
    """Under the voices already, or forward already: said, with the way on."""
    desk = Desk(session())
    assert desk.cue("reflect").startswith("the music is already forward; `talk`")
    desk.cue("talk")
    assert desk.cue("talk").startswith("already under the voices; `reflect`")


# Silence and pause.


def test_a_chosen_silence_ends_by_itself_and_loses_nothing() -> None:
    """After its minutes the same music comes back from nothing, and the phase has gone on."""
    desk = Desk(session())
    desk.pass_to(100.0)
    before = desk.session.playing
    assert (
        desk.cue("silence", "2") == "fading to silence over 8 s; silent until 0:03:40 or `resume`"
    )
    assert last(desk, Freeze) == Freeze(("music", "ambience"), fade.PAUSE_S)
    desk.pass_to(219.0)
    assert desk.session.rest.kind == "silence"
    desk.pass_to(221.0)
    assert desk.session.rest.kind == ""
    assert last(desk, Thaw) == Thaw(("music", "ambience"), fade.RESUME_S)
    assert before is not None
    assert desk.session.playing is not None
    assert desk.session.playing.token == before.token
    assert desk.session.course.ends_s == ONSET_S


def test_a_silence_without_minutes_stays_until_resume() -> None:
    """Nothing but the facilitator ends an open silence, whatever phase it is."""
    desk = Desk(session())
    desk.cue("silence")
    desk.pass_to(5000.0)
    assert desk.session.rest.kind == "silence"
    desk.cue("resume")
    assert not desk.session.waits


def test_a_silence_can_be_given_another_end() -> None:
    """Said again with minutes it ends then; `pause` takes its end away."""
    desk = Desk(session())
    desk.cue("silence", "2")
    assert desk.cue("silence", "30") == "silent until 0:30:00 or `resume`"
    assert desk.cue("pause") == "the silence now lasts until `resume`"
    assert desk.session.rest.waiting == ("music", "ambience")
    desk.pass_to(3000.0)
    assert desk.session.rest.kind == "pause"
    assert not any(isinstance(fact, Resumed) for fact in desk.facts)


def test_pause_all_takes_the_ambience_along() -> None:
    """`pause` leaves the ambience, `pause --all` stops it too, also after a plain pause."""
    desk = Desk(session())
    desk.cue("pause")
    assert last(desk, Freeze) == Freeze(("music",), fade.PAUSE_S)
    assert desk.cue("pause", "--all").endswith("everything waits where it is")
    desk.cue("resume")
    assert last(desk, Thaw) == Thaw(("music", "ambience"), fade.RESUME_S)


@pytest.mark.parametrize("still", ["pause", "silence"])
def test_a_transition_while_still_brings_its_music_at_resume(still: str) -> None:
    """Nothing sounds before `resume`, and then it is the new phase's music, from nothing."""
    desk = Desk(session())
    desk.pass_to(100.0)
    desk.cue(still)
    answer = desk.cue("transition")
    assert answer.startswith(
        f"moving to peak ({'paused' if still == 'pause' else 'silent'}: heard at"
    )
    assert desk.session.playing is None
    assert last(desk, FadeOut).seconds == 24.0  # type: ignore[attr-defined]
    assert desk.cue("next") == "`resume` brings in another track anyway"
    count = len(chosen_after(desk, 0.0))
    desk.pass_to(400.0)
    assert len(chosen_after(desk, 0.0)) == count
    desk.cue("resume")
    assert desk.session.playing is not None
    assert desk.session.playing.item.phase == 1


def plan_a_repeat(desk: Desk) -> str:
    """The plan has a track that was heard next, in this phase, as it may where later phases need
    the unheard ones; its path."""
    now, (following, *later) = desk.session, desk.session.upcoming()
    assert following.phase == now.course.phase
    again = next(each for each in now.pools["all"] if each.path == now.heard[0])
    items = (replace(following, track=again, end_s=following.start_s + again.length_s), *later)
    desk.take(Decision((Planned(replace(now.plan, items=items), "a test"),)))
    return again.path


def test_next_brings_nothing_heard_while_the_playlist_has_something_unheard() -> None:
    """What the plan keeps for later phases comes now, and the rest is planned again."""
    desk = Desk(session())
    desk.pass_to(400.0)
    repeat, before = plan_a_repeat(desk), desk.session.heard
    desk.cue("next")
    playing = desk.session.playing
    assert playing is not None
    assert playing.item.track.path not in before
    assert repeat not in {each.track.path for each in desk.session.upcoming()}


def test_next_while_paused_brings_another_track_at_resume() -> None:
    """The one that waited is let go; another comes from nothing at `resume`."""
    desk = Desk(session())
    desk.pass_to(100.0)
    old = desk.session.playing
    desk.cue("pause")
    assert desk.cue("next") == "another track comes in (paused: heard at `resume`)"
    desk.cue("resume")
    assert old is not None
    assert desk.session.playing is not None
    assert desk.session.playing.item.track.path != old.item.track.path


# Dose.

DOSED = Arc("Dose", (phase("arrive", 10, until="dose"), phase("onset", 12), phase("peak", 30)))
COUPLE = replace(DOSED, persons=("A", "B"), follow="B")


def test_the_dose_ends_the_wait_and_is_the_zero_of_the_arc() -> None:
    """The arc counts from the dose, and its next phase begins."""
    desk = Desk(session(DOSED))
    desk.pass_to(1000.0)
    answer = desk.cue("dose")
    assert answer.startswith("dose at 0:16:40: moving to onset · onset ends at 0:28:40 (in 12 min)")
    assert desk.session.doses.zero_s == 1000.0
    assert desk.session.course.phase == 1


def test_a_dose_told_late_counts_from_when_it_was() -> None:
    """Ten minutes ago: the onset is ten minutes old already, and nothing jumps."""
    desk = Desk(session(DOSED))
    desk.pass_to(1000.0)
    desk.cue("dose", "--ago 10")
    assert desk.session.arc_s(1000.0) == 600.0
    assert desk.session.course.ends_s == 400.0 + 720.0
    assert desk.session.elapsed_s(1000.0) == 600.0


def test_a_dose_longer_ago_than_the_next_phase_lands_in_the_one_after() -> None:
    """Twenty minutes ago the onset of twelve is over: the peak is eight minutes old."""
    desk = Desk(session(DOSED))
    desk.pass_to(2000.0)
    desk.cue("dose", "--ago 20")
    desk.pass_to(2000.5)
    assert desk.session.course.phase == 2
    assert desk.session.elapsed_s(2000.0) == pytest.approx(480.0)
    assert desk.session.playing is not None


def test_a_dose_in_an_arc_that_does_not_wait_moves_what_plays() -> None:
    """Started late, everything counts from the dose: the phase begins anew with it."""
    desk = Desk(session())
    desk.pass_to(300.0)
    assert "the arc counts from then" in desk.cue("dose")
    assert desk.session.arc_s(300.0) == 0.0
    assert desk.session.course.ends_s == 300.0 + ONSET_S


def test_a_second_dose_is_no_new_beginning() -> None:
    """Said twice by accident, `dose` moves nothing; a correction says how long ago."""
    desk = Desk(session(DOSED))
    desk.cue("dose")
    desk.pass_to(600.0)
    ends = desk.session.course.ends_s
    answer = "a dose is already recorded at 0:00:00; `dose --ago MIN` corrects it"
    assert desk.cue("dose").startswith(answer)
    assert desk.session.course.ends_s == ends
    desk.cue("dose", "--ago 5")
    assert desk.session.doses.zero_s == 300.0
    assert ends is not None
    assert desk.session.course.ends_s == ends + 300.0


def test_of_two_people_the_arc_follows_one() -> None:
    """The other's dose is written down and moves nothing."""
    desk = Desk(session(COUPLE))
    desk.session = opened_as(desk.session, persons=("A", "B"))
    desk.pass_to(100.0)
    assert desk.cue("dose", "A") == "dose recorded for A; the arc follows B"
    assert desk.session.course.phase == 0
    desk.pass_to(200.0)
    desk.cue("dose", "B")
    assert [(d.person, d.at_s) for d in desk.session.doses.given] == [("A", 100.0), ("B", 200.0)]
    assert desk.session.doses.zero_s == 200.0
    assert desk.cue("dose", "C").startswith("this arc has no person `C`; it has A, B")


def test_the_time_of_a_dose_is_said_once() -> None:
    """Both `--ago` and `--at`, or no time of day at all: refused, with how to write it."""
    desk = Desk(session(DOSED))
    assert desk.cue("dose", "--ago 5 --at 10:00").startswith("give either")
    assert desk.cue("dose", "--at noon").startswith("`noon` is not a time of day")
    assert not any(isinstance(fact, Dosed | Anchored) for fact in desk.facts)


# Booster.


def test_a_booster_comes_at_its_place_and_makes_the_arc_longer() -> None:
    """Its phases are skipped without the cue, and played in their place after it."""
    desk = Desk(session())
    plain = desk.session.arc_ends_s()
    answer = desk.cue("booster")
    assert answer.startswith("the booster adds 8 min after hush, never more intense than before · ")
    assert plain is not None
    assert desk.session.arc_ends_s() == plain + 480.0
    desk.pass_to(4000.0)
    entered = [fact.phase for fact in desk.facts if isinstance(fact, PhaseEntered)]
    assert entered == [0, 1, 2, 3, 4, 5]
    assert desk.cue("booster").startswith("the booster is already in the arc")


def test_a_booster_is_refused_where_there_is_none_or_its_place_is_past() -> None:
    """Both say why, and what would make the session longer instead."""
    desk = Desk(session(Arc("None", (phase("one"),))))
    assert desk.cue("booster").startswith("this arc has no booster phase; `extend MIN`")
    desk = Desk(session())
    desk.cue("transition", "ground")
    assert desk.cue("booster").startswith("the arc is already past its booster; `extend MIN`")


def test_a_curve_stands_still_while_held_even_where_it_climbs() -> None:
    """The music of a long hold does not follow the curve that would have come."""
    steep = Arc("Steep", (phase("up", 10, curve=Curve.spread((0.0, 1.0))), phase("then", 10)))
    desk = Desk(session(steep, tuple(track(f"s{i}", 120.0, i / 29) for i in range(30)) + POOL))
    desk.pass_to(120.0)
    desk.cue("hold")
    desk.pass_to(1200.0)
    heard = chosen_after(desk, 121.0)
    assert heard
    assert all(each.item.track.intensity < 0.45 for each in heard)
