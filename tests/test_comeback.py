"""Coming back: what a session does after the machine slept, or its engine broke off."""

from __future__ import annotations

import pytest
from arcs_for_tests import session
from desk import Desk
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from screen_cases import Afternoon
from support.values import opened_as, phase, track

from soundscape.core import comeback
from soundscape.core.arc import Ambience, Arc
from soundscape.core.comeback import come_back
from soundscape.core.cues.table import CUES
from soundscape.core.decision import Decision
from soundscape.core.events import Banned, Chosen, Closed, Faulted, HeardTo, PhaseEntered, Resumed
from soundscape.core.fold import fold
from soundscape.core.machine_facts import Recovered, Suspended, VolumeMoved
from soundscape.core.ports import Freeze, Glide, JournalHealth, Mute, Play, Shut
from soundscape.engine.status import describe


def suspended(from_s: float, to_s: float) -> Suspended:
    return Suspended("the machine slept", from_s, to_s, "", "")


def broken(from_s: float, to_s: float, path: str = "") -> Recovered:
    return Recovered("killed", from_s, to_s, "", "", "hash", crash=True, path=path)


def sleep(desk: Desk, seconds: float, **places: float) -> Decision:
    """The machine sleeps for so long, and the session comes back."""
    from_s, desk.now = desk.now, desk.now + seconds
    known = {int(token[1:]): place for token, place in places.items()}
    decision = come_back(desk.session, suspended(from_s, desk.now), known, desk.now)
    desk.take(decision)
    return decision


def crash(desk: Desk, seconds: float = 1.0) -> Decision:
    """The engine dies, and another one goes on after so long."""
    from_s, desk.now = desk.now, desk.now + seconds
    playing = desk.session.playing
    gap = broken(from_s, desk.now, playing.item.track.path if playing else "")
    decision = come_back(desk.session, gap, {}, desk.now)
    desk.take(decision)
    return decision


def of(decision: Decision, kind: type) -> list[object]:
    return [fact for fact in decision.facts if isinstance(fact, kind)]


def plays(decision: Decision, layer: str = "music") -> list[Play]:
    return [each for each in decision.actions if isinstance(each, Play) and each.layer == layer]


def test_the_same_track_comes_back_where_it_was() -> None:
    """Within its phase a track goes on from where it was last heard, up from nothing, at the level
    the phase has; what was heard ends before the gap, and the arc's time has moved."""
    desk = Desk(session())
    desk.pass_to(60.0)
    playing = desk.session.playing
    assert playing is not None
    decision = sleep(desk, 100.0)
    (play,) = plays(decision)
    assert play.track == playing.item.track
    assert play.offset_s == pytest.approx(playing.position_s + 60.0 - playing.at_s)
    assert play.fade_s >= 8.0
    (heard, *_) = of(decision, HeardTo)
    assert isinstance(heard, HeardTo)
    assert (heard.at_s, heard.position_s) == (60.0, play.offset_s)
    assert Glide("music", "level", -3.0, 0.1) in decision.actions
    assert desk.session.course.phase == 0
    assert desk.session.arc_s(desk.now) == 160.0
    assert decision.replan


def test_a_place_that_is_known_goes_before_one_that_is_reckoned() -> None:
    """Where a deck was seen last is where its track goes on, and is not called estimated."""
    desk = Desk(session())
    desk.pass_to(60.0)
    assert desk.session.playing is not None
    token = desk.session.playing.token
    decision = sleep(desk, 30.0, **{f"t{token}": 41.5})
    assert plays(decision)[0].offset_s == 41.5
    heard = next(each for each in of(decision, HeardTo) if each.token == token)  # type: ignore[attr-defined]
    assert not heard.estimated  # type: ignore[attr-defined]


def test_after_a_longer_gap_the_phase_is_the_arcs_and_so_is_the_music() -> None:
    """Ten minutes asleep: the phases that passed are entered at their own times, and the music is
    the new phase's; its ambience and its level too."""
    desk = Desk(session())
    desk.pass_to(500.0)
    decision = sleep(desk, 600.0)
    (entered,) = of(decision, PhaseEntered)
    assert entered == PhaseEntered(1, 600.0, 1320.0, comeback.MEANWHILE)
    assert len(plays(decision)) == 1
    assert desk.session.playing is not None
    assert desk.session.playing.item.phase == 1
    assert Glide("music", "level", 0.0, 0.1) in decision.actions
    assert [each.track.title for each in plays(decision, "ambience")] == ["Rain"]
    assert len(of(decision, Chosen)) == 1


def test_a_pause_stays_a_pause_and_resume_brings_the_track_back() -> None:
    """What waited waits on, frozen before anything could sound; `resume` brings the same track."""
    desk = Desk(session())
    desk.pass_to(60.0)
    desk.cue("pause")
    playing = desk.session.playing
    assert playing is not None
    decision = sleep(desk, 120.0)
    assert isinstance(decision.actions[0], Freeze)
    assert desk.session.rest.kind == "pause"
    assert [each.track for each in plays(decision)] == [playing.item.track]
    assert desk.cue("resume").startswith("fading in from nothing over 12 s")
    assert desk.session.playing is not None
    assert desk.session.playing.item.track == playing.item.track


def test_a_pause_across_phases_brings_the_new_phases_music_at_resume() -> None:
    """A paused track whose phase has passed meanwhile does not come back."""
    desk = Desk(session())
    desk.pass_to(60.0)
    desk.cue("pause")
    sleep(desk, 700.0)
    assert desk.session.rest.kind == "pause"
    assert desk.session.playing is None
    desk.cue("resume")
    assert desk.session.playing is not None
    assert desk.session.playing.item.phase == 1


def test_a_chosen_silence_ends_softly_if_its_end_has_passed_and_else_goes_on() -> None:
    """`silence 5`, and the machine sleeps for two minutes, and then for ten."""
    desk = Desk(session())
    desk.pass_to(60.0)
    desk.cue("silence", "5")
    first = sleep(desk, 120.0)
    assert desk.session.rest.kind == "silence"
    assert not of(first, Resumed)
    second = sleep(desk, 600.0)
    assert not desk.session.waits
    assert of(second, Resumed)
    assert not any(isinstance(each, Freeze) for each in second.actions)
    assert plays(second)[0].fade_s >= 8.0


def test_a_hold_and_an_open_phase_stay_as_they_were() -> None:
    """Nothing runs out that waits for somebody's word, however long the gap."""
    held = Desk(session())
    held.pass_to(100.0)
    held.cue("hold")
    sleep(held, 7200.0)
    assert held.session.course.held is not None
    assert (held.session.course.phase, held.session.course.held.elapsed_s) == (0, 100.0)
    waiting = Desk(session(Arc("Open", (phase("wait", until="cue"), phase("then")))))
    sleep(waiting, 7200.0)
    assert waiting.session.course.phase == 0
    assert waiting.session.playing is not None


def test_stop_stays_stopped_and_can_be_taken_back_for_its_minute() -> None:
    """A crash while everything goes down: all is silent, `undo` still brings it back; after a gap
    longer than that minute the journal is closed."""
    desk = Desk(session())
    desk.pass_to(60.0)
    desk.cue("stop")
    decision = crash(desk)
    assert not plays(decision)
    assert desk.session.stopped_s == 60.0
    later = Desk(desk.session)
    later.session, later.now = desk.session, desk.now
    assert "is undone" in desk.cue("undo")
    assert desk.session.playing is not None
    assert not desk.session.closing
    sleep(later, 600.0)
    later.pass_to(later.now + 1.0)
    assert later.session.closed == "stop"


def test_a_closing_under_way_is_over() -> None:
    """`end`, then a crash: it is silent already, and nothing comes up only to go down again."""
    desk = Desk(session())
    desk.pass_to(60.0)
    desk.cue("end")
    assert any(isinstance(each, Shut) for each in desk.actions)
    decision = crash(desk)
    assert not plays(decision)
    assert not plays(decision, "ambience")
    assert desk.session.closed == "end"


def test_past_the_arcs_end_the_last_phase_goes_on_or_the_session_closes() -> None:
    """As it would have been: without `--end-with-arc` music goes on until `end`."""
    desk = Desk(session())
    desk.pass_to(60.0)
    sleep(desk, 4 * 3600.0)
    assert desk.session.course.over
    assert desk.session.current is not None
    assert desk.session.current.name == "ground"
    assert desk.session.playing is not None
    closing = Desk(opened_as(session(), end_with_arc=True))
    closing.pass_to(60.0)
    decision = sleep(closing, 4 * 3600.0)
    assert closing.session.closed == "arc"
    assert not plays(decision)


def test_a_track_that_played_at_two_crashes_in_a_row_stays_out() -> None:
    """The first crash brings it back where it was, the second another one, and it is told."""
    desk = Desk(session())
    desk.pass_to(60.0)
    assert desk.session.playing is not None
    path = desk.session.playing.item.track.path
    first = crash(desk)
    assert [each.track.path for each in plays(first)] == [path]
    desk.now += 5.0
    second = crash(desk)
    assert Banned(path) in second.facts
    assert [each.where for each in of(second, Faulted)] == [path]  # type: ignore[attr-defined]
    assert plays(second)[0].track.path != path
    assert path in desk.session.banned


def test_a_fault_of_a_file_is_told_with_its_name() -> None:
    """Who reads `1 fault, last: broke off` wants to know what did."""
    now = fold(session(), (Faulted("broke off", "/music/Sea.flac"),))
    told = describe(now, 1.0, None, JournalHealth(0, ""), None, Afternoon(), 1)
    assert told["health"]["last_fault"] == "Sea.flac: broke off"


def test_two_crashes_of_two_tracks_ban_neither() -> None:
    """In a row means in a row of the same track."""
    desk = Desk(session())
    desk.pass_to(60.0)
    crash(desk)
    desk.cue("next")
    assert not of(crash(desk), Banned)


def test_after_five_crashes_in_a_minute_the_ambience_is_alone() -> None:
    """It says so; a single crash later music is tried again, and `transition` tries it at once."""
    desk = Desk(session())
    desk.pass_to(60.0)
    for _ in range(4):
        decision = crash(desk)
        assert plays(decision)
        desk.now += 8.0
    decision = crash(desk)
    assert not plays(decision)
    assert [each.track.title for each in plays(decision, "ambience")] == ["Rain"]
    assert any("5 crashes" in each.what for each in of(decision, Faulted))  # type: ignore[attr-defined]
    assert desk.session.playing is None
    assert desk.cue("transition").startswith("crossfading to peak")
    assert desk.session.playing is not None
    desk.now += 120.0
    assert plays(crash(desk))


def test_an_ambience_that_somebody_sent_away_stays_away() -> None:
    """`ambience off` is kept in mind, after a gap as before it; so is one that somebody chose."""
    desk = Desk(session())
    desk.pass_to(700.0)
    desk.cue("ambience", "off")
    assert not plays(sleep(desk, 30.0), "ambience")
    desk.cue("ambience", "ocean")
    (play,) = plays(sleep(desk, 30.0), "ambience")
    assert play.track.title == "Ocean"
    assert desk.session.ambience.now == Ambience("ocean", -14.0)


def test_a_track_that_is_nearly_over_is_not_brought_back() -> None:
    """Twenty seconds are not worth it: the next one comes."""
    pool = (track("long", 300.0, 0.3), track("other", 300.0, 0.4), track("third", 300.0, 0.4))
    desk = Desk(session(Arc("One", (phase("one", 60),)), pool))
    assert desk.session.playing is not None
    first = desk.session.playing.item.track
    desk.now = 281.0
    assert plays(sleep(desk, 10.0))[0].track != first


def test_a_session_that_had_not_begun_only_writes_it_down() -> None:
    """Waiting for its hour, it waits on."""
    decision = come_back(session(), suspended(0.0, 0.0), {}, 0.0)
    assert (len(decision.facts), decision.actions) == (1, ())


@settings(deadline=None, max_examples=examples(60))
@given(
    st.lists(st.tuples(st.sampled_from(sorted(CUES)), st.floats(0.5, 300.0)), max_size=12),
    st.floats(0.1, 5000.0),
    st.booleans(),
)
def test_whatever_was_said_before_it_comes_back_to_one_state(
    said: list[tuple[str, float]], gap_s: float, crashed: bool
) -> None:
    """After any cues and any gap: what sounded is closed; what was paused is paused, what was held
    is held; nothing is aloud that waits; music comes in once, from nothing; a second gap straight
    after the first changes nothing but the tokens."""
    words = {"extend": "5", "shorten": "2", "ambience": "ocean", "dose": "--ago 1"}
    words |= {"output": "null-2"}
    desk = Desk(session())
    for name, then_s in said:
        desk.cue(name, words.get(name, ""))
        desk.pass_to(desk.now + then_s)
    before = desk.session
    open_ended = {each.token for each in before.sounding}
    decision = crash(desk, gap_s) if crashed else sleep(desk, gap_s)
    after = desk.session
    assert {each.token for each in of(decision, HeardTo)} == open_ended  # type: ignore[attr-defined]
    assert after.course.phase >= before.course.phase
    assert (after.rest.kind == "pause") == (before.rest.kind == "pause")
    assert (after.course.held is None) == (before.course.held is None)
    assert len(of(decision, Chosen)) <= 1
    for layer in ("music", "ambience"):
        assert len(plays(decision, layer)) <= 1
        assert all(each.fade_s >= 8.0 for each in plays(decision, layer))
    if after.closing or after.closed:
        assert not plays(decision)
        return
    if after.waits:
        assert decision.actions[0] == Freeze(after.rest.waiting, 0.1)
    phase_now = after.current
    assert phase_now is not None
    if phase_now.playlists and not after.waits:
        assert after.playing is not None
        assert after.playing.sounds
    if not phase_now.playlists:
        assert after.playing is None
    again = crash(desk, 0.0) if crashed else sleep(desk, 0.0)
    music = [(each.track, round(each.offset_s, 3)) for each in plays(decision)]
    if not of(again, Banned):
        assert [(each.track, round(each.offset_s, 3)) for each in plays(again)] == music
    assert after.course.phase == desk.session.course.phase


def test_what_is_closed_stays_closed() -> None:
    """A gap after the last fact changes nothing."""
    desk = Desk(session())
    desk.take(Decision((Closed("end"),)))
    assert not sleep(desk, 60.0).actions


def test_a_mute_outlasts_a_crash() -> None:
    """What somebody muted in the system's mixer is muted again before anything opens."""
    desk = Desk(session())
    desk.pass_to(100.0)
    desk.session = fold(desk.session, [VolumeMoved("music", -3.0, True, "left", 100.0)])
    decision = crash(desk)
    mute = decision.actions.index(Mute("music"))
    assert mute < next(i for i, each in enumerate(decision.actions) if isinstance(each, Play))
    desk.session = fold(desk.session, [VolumeMoved("music", -3.0, False, "left", 120.0)])
    assert Mute("music") not in crash(desk).actions
