"""Cues at awkward moments: every row of docs/reference/cues.md that is about another's moment."""

from __future__ import annotations

from dataclasses import replace

import pytest
from arcs_for_tests import AMBIENCES, ARC, session
from desk import Desk
from support.values import phase, track

from soundscape.core import fade, reports
from soundscape.core.arc import Ambience, Arc
from soundscape.core.cues.table import CUES
from soundscape.core.events import Closed
from soundscape.core.ports import Down, FadeOut, Freeze, Glide, Play, Shut

RAINY = replace(ARC, phases=tuple(replace(p, ambience=Ambience("rain")) for p in ARC.phases))


def last(desk: Desk, kind: type) -> object:
    return [each for each in desk.actions if isinstance(each, kind)][-1]


# `end` during anything.


@pytest.mark.parametrize(
    "before",
    ["pause", "pause --all", "silence", "silence 5", "hold", "talk", "soften", "next", "transition",
     "transition hush", "ambience ocean", "resume"],
)  # fmt: skip
def test_end_closes_from_whatever_is_going_on(before: str) -> None:
    """Paused, silent, held, in a seam, in a fade: `end` fades what sounds and closes; what is
    silent stays so, for nothing comes up in order to fade."""
    desk = Desk(session(RAINY))
    desk.pass_to(100.0)
    if before == "resume":
        desk.cue("pause")
    name, _, rest = before.partition(" ")
    desk.cue(name, rest)
    count = sum(isinstance(action, Play) for action in desk.actions)
    answer = desk.cue("end")
    assert answer == "closing: everything fades out over 30 s, then the journal closes"
    assert last(desk, Shut) == Shut(30.0)
    desk.pass_to(3000.0)
    assert sum(isinstance(action, Play) for action in desk.actions) == count
    desk.take(reports.on_report(desk.session, Down(3000.0), 3000.0))
    assert desk.facts[-1] == Closed("end")


def test_end_where_all_is_silent_promises_no_fade() -> None:
    """It says what is left of it: when the journal is closed."""
    desk = Desk(session(RAINY))
    desk.pass_to(100.0)
    desk.cue("silence")
    desk.session = replace(desk.session, sounding=())
    answer = "closing: everything stays silent, and the journal closes in 10 s"
    assert desk.cue("end", "10") == answer


def test_end_before_the_start_after_a_stop_and_twice() -> None:
    """Before it began nothing has to fade; after a stop it closes at once; said again it takes
    the new time, and `stop` goes before it."""
    waiting = replace(session(), started=False)
    desk = Desk(session())
    desk.session = waiting
    assert desk.cue("end") == "session closed before it began"
    desk = Desk(session())
    desk.session = waiting
    assert desk.cue("stop") == "session called off before it began"
    desk = Desk(session())
    desk.cue("end", "60")
    assert desk.cue("end", "10").startswith("closing: everything fades out over 10 s")
    assert desk.cue("stop") == "everything fades out in 1.5 s"
    assert desk.cue("end") == "the session is already stopping; `stop` again cuts at once"
    desk.take(reports.on_report(desk.session, Down(3.0), 3.0))
    assert desk.cue("end") == "the session was stopped and is now closed"


def test_an_end_in_a_pause_taken_back_is_paused_again() -> None:
    """`undo` of an `end` leaves a pause a pause."""
    desk = Desk(session())
    desk.cue("pause")
    desk.cue("end")
    desk.cue("undo")
    assert (desk.session.rest.kind, desk.session.closing) == ("pause", None)


# Cues while held, silent, paused, or in a fade.


@pytest.mark.parametrize("name", ["soften", "lift", "restore", "talk", "reflect"])
@pytest.mark.parametrize("still", ["pause", "silence"])
def test_level_cues_while_still_are_taken_and_say_when(name: str, still: str) -> None:
    """Nothing is heard of them before `resume`, and the answer says so."""
    desk = Desk(session())
    before = {"restore": "soften", "reflect": "talk"}.get(name)
    if before:
        desk.cue(before)
    desk.cue(still)
    word = "paused" if still == "pause" else "silent"
    assert desk.cue(name).endswith(f"({word}: heard at `resume`)")
    assert desk.session.waits


def test_hold_while_still_stops_the_phase_all_the_same() -> None:
    """In a pause time goes on, unless the phase is held."""
    desk = Desk(session())
    desk.pass_to(200.0)
    desk.cue("pause")
    desk.cue("hold")
    desk.pass_to(2000.0)
    assert (desk.session.course.phase, desk.session.waits) == (0, True)
    desk.cue("resume")
    assert desk.session.course.held is not None
    assert desk.session.playing is not None


def test_a_silence_in_a_hold_ends_and_the_hold_goes_on() -> None:
    """The two do not know of each other."""
    desk = Desk(session())
    desk.cue("hold")
    desk.cue("silence", "2")
    desk.pass_to(1000.0)
    assert not desk.session.waits
    assert desk.session.course.held is not None


def test_extend_past_the_music_goes_on_with_what_there_is() -> None:
    """Longer than its music lasts, a phase goes on with the least recently heard: never nothing."""
    few = tuple(track(f"x{i}", 200.0, 0.3) for i in range(3))
    desk = Desk(session(Arc("Short", (phase("one", 5), phase("two", 5))), few))
    desk.cue("extend", "120")
    for _ in desk.until(7000.0):
        assert desk.session.playing is not None
    assert desk.session.course.phase == 0


def test_a_lift_after_a_soften_is_given_where_the_peaks_kept_the_track_down() -> None:
    """What was softened was heard, so it can be taken back, however little headroom there is."""
    tight = tuple(track(f"p{i}", 200.0, i / 30, true_peak_dbtp=9.0) for i in range(30))
    desk = Desk(session(pool=tight))
    assert desk.cue("lift").startswith("cannot go louder: the track's peaks")
    desk.cue("soften")
    assert desk.cue("lift", "3") == "louder by 3 dB over 8 s; fuller from here on"
    assert desk.cue("lift", "3").startswith("louder by 1 dB over 8 s (not 3 dB: the track's peaks")


def test_a_pause_without_music_says_so() -> None:
    """In a phase of ambience alone `pause` has nothing to fade, and names what has."""
    alone = Arc("Alone", (phase("one", playlists=(), ambience=Ambience("rain")),))
    desk = Desk(session(alone, ()))
    assert desk.cue("pause") == (
        "no music comes in before `resume`; `pause --all` or `silence` fades the ambience too"
    )
    assert desk.cue("pause", "--all").startswith("fading to silence")
    assert last(desk, Freeze) == Freeze(("music", "ambience"), fade.PAUSE_S)


# The environment layer.


def test_under_the_voices_the_ambience_is_no_louder_than_the_music() -> None:
    """`talk` takes both under the voices, `reflect` brings both back; a soft ambience stays."""
    desk = Desk(session(RAINY))
    desk.cue("talk")
    assert Glide("ambience", "level", -18.0, fade.TALK_S) in desk.actions
    desk.cue("reflect")
    assert last(desk, Glide) == Glide("ambience", "level", -14.0, fade.REFLECT_S)
    soft = replace(RAINY.phases[0], ambience=Ambience("rain", -30.0))
    desk = Desk(session(replace(RAINY, phases=(soft, *RAINY.phases[1:]))))
    desk.cue("talk")
    assert Glide("ambience", "level", -30.0, fade.SHORTEST_S) in desk.actions
    assert not [a for a in desk.actions if isinstance(a, Glide) and a.layer == "ambience"][1:]


def test_a_phase_of_talk_and_an_undo_move_the_ambience_too() -> None:
    """Whatever changes the mode, the same ambience follows it; another comes in at its level."""
    desk = Desk(session(RAINY))
    desk.cue("talk")
    desk.cue("undo")
    assert last(desk, Glide).to_db == -14.0  # type: ignore[attr-defined]
    desk.cue("transition", "ground")
    glides = [a for a in desk.actions if isinstance(a, Glide) and a.layer == "ambience"]
    assert glides[-1].to_db == -18.0
    desk.cue("ambience", "ocean")
    glides = [a for a in desk.actions if isinstance(a, Glide) and a.layer == "ambience"]
    assert glides[-1].to_db == -18.0
    assert desk.session.ambience.now == Ambience("ocean", -14.0)


def test_silence_fades_both_and_a_phase_of_silence_keeps_its_ambience() -> None:
    """The cue is of everything; a phase without music is alone with its ambience."""
    desk = Desk(session(RAINY))
    desk.cue("silence")
    assert last(desk, Freeze) == Freeze(("music", "ambience"), fade.PAUSE_S)
    desk = Desk(session(RAINY))
    desk.cue("transition", "hush")
    assert desk.session.ambience.now == Ambience("rain")
    out = last(desk, FadeOut)
    assert isinstance(out, FadeOut)
    assert out.layer == "music"


@pytest.mark.parametrize("said", ["", "ocean", "off"])
def test_only_an_ambience_that_was_said_goes_on_into_a_silence_of_the_arc(said: str) -> None:
    """A phase with `silence: true` lets go of the arc's ambience, and of one that was said only
    when `ambience off` is."""
    desk = Desk(session())
    desk.cue("transition", "peak")
    assert desk.session.ambience.now == Ambience("rain")
    if said:
        desk.cue("ambience", said)
    desk.cue("transition", "hush")
    assert desk.session.current is not None
    assert desk.session.current.silence
    assert (desk.session.ambience.now is not None) == (said == "ocean")
    assert desk.cue("ambience", "off").startswith("ocean" if said == "ocean" else "no ambience")
    assert desk.session.ambience.now is None


def test_an_ambience_said_in_a_pause_of_all_waits_too() -> None:
    """Where everything waits, the new one comes at `resume` and not before."""
    desk = Desk(session(RAINY))
    desk.cue("pause", "--all")
    assert desk.cue("ambience", "ocean").endswith("(paused: heard at `resume`)")
    assert desk.session.ambience.now == Ambience("ocean")


# Every refusal names a way on.


@pytest.mark.parametrize(("where", "works"), [("hush", "`transition` "), ("last", "`end` ")])
@pytest.mark.parametrize("said", ["next", "shorten 200"])
def test_in_the_last_phase_no_refusal_names_transition(said: str, where: str, works: str) -> None:
    """There it would be refused itself."""
    last_one = phase("last", 10, playlists=(), silence=True)
    desk = Desk(session(replace(ARC, phases=(*ARC.phases, last_one))))
    desk.cue("transition", where)
    desk.pass_to(30.0)
    name, _, words = said.partition(" ")
    answer = desk.cue(name, words)
    assert works in answer
    assert ("transition" in answer) == (where == "hush")


@pytest.mark.slow
def test_every_refusal_names_a_cue_that_works() -> None:
    """Whatever is refused while a session plays, is held, silent, paused or over: the answer has
    a cue in backquotes, or the names there are."""
    setups: tuple[tuple[str, ...], ...] = (
        (), ("pause",), ("silence",), ("hold",), ("talk",), ("booster",), ("dose",),
        ("transition ground",), ("transition hush",),
    )  # fmt: skip
    words = {"ambience": ["fog", "rain"], "extend": ["5"], "shorten": ["200"],
             "transition": ["", "nowhere", "onset"], "dose": ["", "--at noon"],
             "lift": ["3"], "soften": ["20"], "output": ["default", "nowhere"]}  # fmt: skip
    for said in setups:
        for name in CUES:
            for rest in words.get(name, [""]):
                desk = Desk(session(RAINY))
                for each in said:
                    first, _, more = each.partition(" ")
                    desk.cue(first, more)
                for _ in range(3):
                    before = desk.session
                    answer = desk.cue(name, rest)
                    if desk.session == before and "closing" not in answer:
                        ways = ("`", "there is", "amplifier")
                        assert any(each in answer for each in ways), (said, name, answer)
                    if desk.session.closing:
                        break


def test_the_library_of_these_tests_has_two_ambiences() -> None:
    """Or `ambience ocean` would be refused and prove nothing."""
    assert sorted(AMBIENCES) == ["ocean", "rain"]


def test_a_refusal_in_a_last_phase_without_music_names_no_cue_that_is_refused() -> None:
    """Neither `next` nor `transition` leads on from there; `end` does."""
    *others, last_phase = RAINY.phases
    arc = replace(RAINY, phases=(*others, replace(last_phase, playlists=())))
    desk = Desk(session(arc))
    desk.cue("transition", last_phase.name)
    for name, rest in (("transition", ""), ("transition", last_phase.name), ("next", "")):
        answer = desk.cue(name, rest)
        assert "`end` closes" in answer
        assert "`next`" not in answer
        assert "`transition`" not in answer
