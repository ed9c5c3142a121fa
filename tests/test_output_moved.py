"""The cue `output`, a chosen device that is gone, a port that changes: the core, and the decks
under what a sound server says. `tests/sound/test_output_cue.py` records the real thing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.values import now_at
from test_audio_output import LOOK_S, Served
from test_clocks import ARC, pool

from soundscape.audio.null import NullPlayer
from soundscape.audio.output_guard import AWAY_S, OutputGuard
from soundscape.audio.output_health import OutputHealth, OutputProbe, Seen, at_ears
from soundscape.core import director, fade, reports
from soundscape.core.cues.table import CUES, Cue, decide
from soundscape.core.decision import Decision, Refusal
from soundscape.core.events import Opened, Planned
from soundscape.core.fold import fold
from soundscape.core.machine_facts import Gone, OutputBack, OutputChosen, OutputLost
from soundscape.core.planner.planner import plan
from soundscape.core.ports import (
    Clear,
    MoveOutput,
    NoOutput,
    Output,
    OutputAgain,
    OutputMoved,
    OutputRefused,
    Play,
    Silent,
    Sounding,
    VolumeSeen,
)
from soundscape.core.session import Session, open_session
from soundscape.core.track import Track

__all__ = ["pool"]

OUTPUTS = (
    Output("speakers", "Room speakers", current=True),
    Output("bluez.00_11", "Sony WH-1000"),
)


def playing(pool: tuple[Track, ...], device: str = "", when_gone: Gone = "ask") -> Session:
    """A session whose first track is heard."""
    opened = Opened("testtest", ARC, 1, "test", "null", device, when_gone=when_gone)
    pools, ambiences = {"all": pool}, {"rain": replace(pool[0], duration_s=60.0)}
    session = open_session(opened, pools, ambiences)
    session = fold(session, [opened, Planned(plan(ARC, pools, 1), "opens")])
    begun = director.begin(session)
    session = fold(session, begun.facts)
    for action in begun.actions:
        if isinstance(action, Play):
            heard = Sounding(action.layer, action.token, action.offset_s, 0.0)
            session = fold(session, reports.on_report(session, heard, 0.0).facts)
    return session


def say(session: Session, *words: str, outputs: tuple[Output, ...] = OUTPUTS) -> Any:
    """Give the cue `output`, or another."""
    name, args = ("undo", {}) if words == ("undo",) else ("output", {"device": " ".join(words)})
    cue: Cue = CUES[name]
    return decide(session, cue, args, now_at(30.0, outputs=outputs))


@pytest.mark.parametrize(
    "name", ["bluez.00_11", "BLUEZ.00_11", "Sony WH-1000", "sony wh\u20111000"]
)
def test_an_output_goes_by_its_name_or_its_description(pool: tuple[Track, ...], name: str) -> None:
    """In any spelling, of a dash for one. The fact and the action have its name, so that an engine
    that follows plays there as well."""
    answer = say(playing(pool), name)
    assert isinstance(answer, Decision)
    assert answer.facts[1:] == (OutputChosen("bluez.00_11"),)
    assert answer.actions == (MoveOutput("bluez.00_11", 8.0),)
    assert fold(playing(pool), answer.facts).device == "bluez.00_11"


def test_what_is_no_output_is_refused_with_the_nearest(pool: tuple[Track, ...]) -> None:
    """Nothing moves; where nothing is near, all are named."""
    near = say(playing(pool), "speekers")
    assert isinstance(near, Refusal)
    assert "speakers" in near.reason
    far = say(playing(pool), "xylophone")
    assert isinstance(far, Refusal)
    assert "the outputs are speakers, bluez.00_11" in far.reason
    none = say(playing(pool), "speakers", outputs=())
    assert isinstance(none, Refusal)
    assert "recover --device" in none.reason


def test_where_it_plays_already_is_refused_unless_nothing_is_heard(pool: tuple[Track, ...]) -> None:
    """The same device by another port is a way on."""
    session = playing(pool, "speakers")
    assert isinstance(say(session, "speakers"), Refusal)
    lost = fold(session, [OutputLost("Headphones are gone", 20.0, "headphones")])
    assert lost.lost.port == "headphones"
    again = say(lost, "speakers")
    assert isinstance(again, Decision)
    assert fold(lost, again.facts).lost.port == ""


def test_a_second_hand_that_says_the_same_output_is_told_that_it_is_on_the_way(
    pool: tuple[Track, ...],
) -> None:
    """Two hands mean one move, for as long as it takes; another output is another wish."""
    session = playing(pool, "speakers")
    moved = fold(session, say(session, "bluez.00_11").facts)
    second = say(moved, "Sony WH-1000")
    assert isinstance(second, Refusal)
    assert second.reason.startswith("already on the way: Sony WH-1000")
    there = (replace(OUTPUTS[0], current=False), replace(OUTPUTS[1], current=True))
    third = say(moved, "bluez.00_11", outputs=there)
    assert isinstance(third, Refusal)
    assert third.reason.startswith("Sony WH-1000 is already chosen")
    assert isinstance(say(moved, "speakers"), Decision)


def test_undo_takes_it_back(pool: tuple[Track, ...]) -> None:
    """Softly too, to the device before."""
    session = playing(pool, "speakers")
    moved = fold(session, say(session, "bluez.00_11").facts)
    back = say(moved, "undo")
    assert isinstance(back, Decision)
    assert MoveOutput("speakers", 8.0) in back.actions
    assert fold(moved, back.facts).device == "speakers"


def test_once_moved_the_same_track_comes_from_nothing_where_it_was(
    pool: tuple[Track, ...],
) -> None:
    """Music and ambience, as after any loss; nothing is called a fault."""
    session = playing(pool)
    token = session.playing.token if session.playing else 0
    silent = Silent("music", token, 25.0, 25.0, "moved")
    session = fold(session, reports.on_report(session, silent, 25.0).facts)
    decision = reports.on_report(session, OutputMoved(25.1), 25.1)
    after = fold(session, decision.facts)
    plays = [each for each in decision.actions if isinstance(each, Play)]
    (play,) = [each for each in plays if each.layer == "music"]
    assert (play.offset_s, play.fade_s) == (25.0, 12.0)
    assert after.playing is not None
    assert session.playing is not None
    assert after.playing.item.track == session.playing.item.track
    assert after.faults == 0


@pytest.mark.parametrize("when_gone", ["ask", "default"])
def test_a_device_that_is_gone_is_named_with_the_way_on(
    pool: tuple[Track, ...], when_gone: Gone
) -> None:
    """By default it asks and stays silent; only where the settings say so it goes on elsewhere."""
    session = playing(pool, "phones", when_gone)
    gone = NoOutput("Sony (phones) is gone", 20.0, gone=True, elsewhere=("speakers", "tv"))
    decision = reports.on_report(session, gone, 20.0)
    after = fold(session, decision.facts)
    assert after.lost.what.startswith("Sony (phones) is gone")
    if when_gone == "ask":
        assert "`output speakers` continues there" in after.lost.what
        assert decision.actions == ()
        assert after.device == "phones"
    else:
        assert [type(each) for each in decision.actions] == [MoveOutput]
        assert after.device == ""
    session = fold(after, [OutputBack(40.0)])
    assert session.lost is None


@pytest.mark.parametrize("when_gone", ["ask", "default"])
def test_a_server_that_comes_back_without_the_device_is_told_as_that(
    pool: tuple[Track, ...], when_gone: Gone
) -> None:
    """What is told then has the way on, which the loss of the server had not."""
    session = playing(pool, "phones", when_gone)
    server = NoOutput("the sound server is gone", 20.0)
    session = fold(session, reports.on_report(session, server, 20.0).facts)
    assert reports.on_report(session, server, 20.0).facts == ()
    gone = NoOutput("Sony (phones) is gone", 20.0, gone=True, elsewhere=("speakers",))
    decision = reports.on_report(session, gone, 20.0)
    after = fold(session, decision.facts)
    assert after.lost.what.startswith("Sony (phones) is gone")
    moves = [type(each) for each in decision.actions] == [MoveOutput]
    assert moves == (when_gone == "default")
    assert ("`output speakers` continues there" in after.lost.what) == (when_gone == "ask")


def test_an_output_that_takes_no_sound_leaves_the_music_where_it_is(
    pool: tuple[Track, ...],
) -> None:
    """The session says so, and is where it was, for an engine that follows too."""
    session = playing(pool, "speakers")
    moved = fold(session, say(session, "bluez.00_11").facts)
    refused = OutputRefused("bluez.00_11", "speakers", 35.0)
    after = fold(moved, reports.on_report(moved, refused, 35.0).facts)
    assert after.device == "speakers"
    assert after.last_fault is not None
    assert after.last_fault.what == "bluez.00_11 accepts no sound"


# The decks.


@pytest.fixture
def served(tmp_path: Path) -> Served:
    """A track at its full level on a device with headphones at its jack."""
    made = Served(tmp_path)
    made.says |= {
        "about": "Built-in",
        "port": "analog-output-headphones",
        "port_about": "Headphones",
    }
    made.play()
    made.run(14.0)
    return made


def test_the_decks_move_down_over_and_report(served: Served) -> None:
    """At most 10 dB a second down, nothing in between, and what comes next comes from nothing."""
    served.do(MoveOutput("two", 8.0))
    levels = served.run(9.0)
    falls = [a - b for a, b in zip(levels, levels[50:], strict=False) if b > -50.0]
    assert max(falls) <= 10.0
    assert served.kinds() == [Sounding, Silent, OutputMoved]
    silent = served.reports[1]
    assert isinstance(silent, Silent)
    assert silent.why == "moved"
    assert served.decks.position(1) is None
    served.play(2, silent.position_s)
    assert max(served.run(14.0)) == pytest.approx(levels[0], abs=0.3)


def test_a_move_taken_back_half_way_turns_round(served: Served) -> None:
    """The same track goes on, and nothing is reported."""
    full_db = served.level()
    served.do(MoveOutput("two", 8.0))
    served.run(3.0)
    assert served.level() < full_db - 10.0
    served.do(MoveOutput("", 8.0))
    served.run(14.0)
    assert served.level() == pytest.approx(full_db, abs=0.1)
    assert served.kinds() == [Sounding]


def test_decks_that_are_cleared_in_a_move_begin_where_it_leads(served: Served) -> None:
    """Once the output has taken the trial, the decks are there, and nobody has turned that one yet.
    Before that the trial goes on: nobody knows whether it takes sound."""
    player, aims = NullPlayer(served.clock, {}), list[str]()
    trial = OutputProbe(player, str(served.file))
    guard = OutputGuard({}, {}, OutputHealth(), trial, aims.append, served.reports.append)
    move = MoveOutput("two", 8.0)
    guard.move(move, served.clock.now())
    guard.step(served.clock.now())
    guard.forget()
    assert (guard.device, aims) == ("", [])
    guard.step(served.clock.now())
    guard.forget()
    assert (guard.device, aims) == ("two", ["two"])
    served.say(volume=0.5)
    served.do(move)
    served.run(2.0)
    served.do(Clear())
    served.say(volume=0.3, output="two", streams={})
    served.run(2.0)
    turned = [each for each in served.reports if isinstance(each, VolumeSeen)]
    assert [round(fade.db_to_volume(each.stands_db), 2) for each in turned] == [0.5]


def test_an_output_that_goes_before_its_trial_is_over_is_refused(served: Served) -> None:
    """The music stays where it is, and another move can be asked for."""
    outlet = OutputHealth()
    trial = OutputProbe(NullPlayer(served.clock, {}), str(served.file))
    guard = OutputGuard({}, {}, outlet, trial, lambda _: None, served.reports.append)
    outlet.see(Seen(served.clock.now(), output="out", outputs=OUTPUTS[:1]))
    guard.move(MoveOutput("bluez.00_11", 8.0), served.clock.now())
    guard.step(served.clock.now())
    assert isinstance(served.reports[-1], OutputRefused)
    assert not guard.busy


def test_headphones_pulled_from_a_jack_are_a_loss(served: Served) -> None:
    """Nothing plays on at the speakers of the same device. It comes back by itself where the
    headphones do, and `MoveOutput` accepts the speakers."""
    served.say(port="analog-output-speaker", port_about="Speakers")
    served.run(0.1)
    assert served.kinds() == [Sounding, Silent, NoOutput]
    lost = served.reports[2]
    assert isinstance(lost, NoOutput)
    assert lost.what == "Built-in (out) switched from Headphones to Speakers"
    assert (lost.gone, lost.port, lost.elsewhere) == (True, "analog-output-headphones", ("out",))
    served.run(20.0)
    assert OutputAgain not in served.kinds()
    served.say(port="analog-output-headphones", port_about="Headphones")
    served.run(LOOK_S)
    assert served.kinds()[3:] == [OutputAgain]
    served.say(port="analog-output-speaker", port_about="Speakers")
    served.run(0.1)
    served.do(MoveOutput("", 8.0))
    served.run(LOOK_S)
    assert served.kinds()[3:] == [OutputAgain, NoOutput, OutputAgain]


def test_headphones_put_into_a_jack_are_followed_softly(served: Served) -> None:
    """What was meant for ears goes to ears: cut, and back from nothing, as for any other device."""
    served.say(port="analog-output-speaker")
    served.run(0.1)
    served.do(MoveOutput("", 8.0))
    served.run(LOOK_S)
    served.play(2)
    served.run(14.0)
    before = len(served.reports)
    served.say(port="analog-output-headphones")
    served.run(LOOK_S)
    lost, again = served.reports[before + 1 :]
    assert isinstance(lost, NoOutput)
    assert (lost.what, lost.gone) == ("the output has changed", False)
    assert isinstance(again, OutputAgain)


def test_a_chosen_device_that_is_gone_is_not_replaced_by_another(tmp_path: Path) -> None:
    """Whatever the server moves the stream to; only its return, or a move, brings sound back."""
    served = Served(tmp_path)
    served.do(MoveOutput("phones", 8.0))
    here = Output("phones", "Sony", current=True)
    served.say(output="phones", about="Sony", streams={1: "phones"}, outputs=(*OUTPUTS, here))
    served.run(0.1)
    served.play()
    served.run(14.0)
    before = len(served.reports)
    served.say(output="", about="", streams={1: "speakers"}, outputs=OUTPUTS)
    served.run(20.0)
    lost = served.reports[-1]
    assert isinstance(lost, NoOutput)
    assert len(served.reports) == before + 2
    assert lost.what == "Sony (phones) is gone"
    assert lost.elsewhere == ("speakers", "bluez.00_11")
    assert served.level() < -100.0
    served.do(MoveOutput("speakers", 8.0))
    served.say(output="speakers", streams={})
    served.run(LOOK_S)
    assert isinstance(served.reports[-1], OutputAgain)


def test_a_device_that_does_not_come_back_with_its_server_is_told_once(tmp_path: Path) -> None:
    """A server that starts anew is given a moment to find its outputs. One that has them all brings
    the sound back, and nothing more is told."""
    served = Served(tmp_path)
    served.do(MoveOutput("phones", 8.0))
    phones = {"up": True, "output": "phones", "about": "Sony", "streams": {1: "phones"}}
    server_gone = {"up": False, "output": "", "streams": {}}
    nothing_yet = {"up": True, "output": "", "about": "", "outputs": OUTPUTS}
    served.say(**phones)
    served.run(0.1)
    served.play()
    for comes_s, kinds in ((AWAY_S - 1.0, [OutputAgain]), (30.0, [NoOutput])):
        served.say(**phones)
        served.run(14.0)
        served.say(**server_gone)
        served.run(3.0)
        before = len(served.reports)
        served.say(**nothing_yet)
        served.run(comes_s)
        if comes_s < AWAY_S:
            served.say(**phones)
            served.run(LOOK_S)
        assert served.kinds()[before:] == kinds
    lost = served.reports[-1]
    assert isinstance(lost, NoOutput)
    assert (lost.what, lost.gone) == ("Sony (phones) is gone", True)
    assert lost.elsewhere == ("speakers", "bluez.00_11")


@pytest.mark.parametrize(
    ("port", "ears"),
    [
        ("analog-output-headphones", True),
        ("[Out] Headphones", True),
        ("headset-output", True),
        ("analog-output-speaker", False),
        ("hdmi-output-0", False),
        ("", False),
    ],
)
def test_ports_at_ears_are_known_by_the_names_that_servers_give(port: str, ears: bool) -> None:
    """Those of ALSA's mixer, its use case manager, and Bluetooth."""
    assert at_ears(port) is ears


def test_a_port_known_from_before_is_the_only_one(tmp_path: Path) -> None:
    """An engine that follows one which had lost it does not take the speakers for granted."""
    outlet = OutputHealth("out", "headphones")
    outlet.see(Seen(1.0, output="out", port="speaker", streams={1: "out"}))
    assert outlet.pulled == "headphones"
    assert "from headphones to speaker" in outlet.trouble(1.0, plays=False)
    assert not outlet.promising(1.0, "out")
