"""The decks under an output that goes, comes, and is turned by others, by a clock a test moves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from test_audio_mixer import TICK_S, Room, _rates

from soundscape.audio.output_health import SILENCE_OF_SERVER_S, UNTAKEN_S, Seen
from soundscape.core import fade
from soundscape.core.ports import (
    Freeze,
    Glide,
    Mute,
    NoOutput,
    OutputAgain,
    Play,
    Silent,
    Sounding,
    Thaw,
    VolumeSeen,
)
from soundscape.core.track import Track

LOOK_S = 0.5


class Served(Room):
    """Null decks beside a sound server, which says every half second what `says` holds."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.file = folder / "a"
        self.file.write_bytes(b"x")
        self.says: dict[str, Any] = {"output": "out", "streams": {1: "out"}}
        self.answers = True
        self._said = 0.0

    def run(self, seconds: float) -> list[float]:
        """Let time pass, with the server's word in between."""
        levels: list[float] = []
        for _ in range(round(seconds / TICK_S)):
            if self.answers and self.clock.time - self._said >= LOOK_S:
                self.say()
            levels += super().run(TICK_S)
        return levels

    def say(self, **words: Any) -> None:
        """What the server says from now on."""
        self.says.update(words)
        self._said = self.clock.time
        self.decks.mixer.see(Seen(at=self.clock.time, **self.says))

    def play(self, token: int = 1, position_s: float = 0.0) -> None:
        """A track of ours."""
        track = Track(str(self.file), "a", 300.0, 0.3)
        self.do(Play("music", token, track, position_s, 12.0))

    def kinds(self) -> list[type]:
        """What was reported, by kind."""
        return [type(report) for report in self.reports]


@pytest.fixture
def served(tmp_path: Path) -> Served:
    """A track that has come up to its full level."""
    made = Served(tmp_path)
    made.play()
    made.run(14.0)
    return made


@pytest.mark.parametrize(
    ("says", "why", "within_s"),
    [
        ({"up": False, "output": "", "streams": {}}, "is gone", 0.1),
        ({"output": "", "streams": {}}, "no output device", 0.1),
        ({"output": "two", "streams": {1: "two"}}, "has changed", 0.1),
        ({"streams": {}}, "is not accepting sound", UNTAKEN_S + LOOK_S + 0.1),
        ({"asleep": True}, "is not accepting sound", UNTAKEN_S + LOOK_S + 0.1),
    ],
)
def test_a_lost_output_is_told_with_what_was_heard_last(
    served: Served, says: dict[str, Any], why: str, within_s: float
) -> None:
    """Each way of losing it: told in time, heard until the server last confirmed it, decks let go
    of, and nothing plays on."""
    confirmed = max(served.clock.time - LOOK_S, 0.0)
    went = served.clock.time
    served.say(**says)
    served.run(within_s)
    assert served.kinds()[:3] == [Sounding, Silent, NoOutput]
    silent, lost = served.reports[1:3]
    assert isinstance(silent, Silent)
    assert isinstance(lost, NoOutput)
    assert why in lost.what
    assert silent.why == "fault"
    assert confirmed - 0.1 <= silent.at == lost.at <= went
    assert silent.position_s == pytest.approx(silent.at - served.reports[0].at, abs=0.05)
    if says.get("up") is False:  # Its connection broke just then.
        assert silent.at == went
    assert served.decks.position(1) is None


def test_of_a_server_that_did_not_answer_for_long_nobody_knows_how_long_it_played(
    served: Served,
) -> None:
    """Where it hung before its connection broke, heard ends when it last answered."""
    answered = served._said
    served.answers = False
    served.run(1.2)
    served.say(up=False, output="", streams={})
    served.run(0.1)
    silent = next(each for each in served.reports if isinstance(each, Silent))
    assert silent.at == answered


def test_a_server_that_says_nothing_is_lost_and_one_that_was_slept_through_is_not(
    served: Served,
) -> None:
    """Two seconds of listening without a word are a loss; a gap in which nobody listened is not."""
    served.answers = False
    served.clock.time += 3600.0
    served.run(SILENCE_OF_SERVER_S - 1.0)
    assert NoOutput not in served.kinds()
    served.run(1.2)
    assert served.kinds().count(NoOutput) == 1


def test_what_is_asked_for_meanwhile_waits_for_an_output(served: Served) -> None:
    """Nothing opens while nothing can be heard; found again, it comes up from nothing."""
    served.say(up=False, output="", streams={})
    served.run(0.1)
    served.play(2, 14.0)
    served.run(20.0)
    assert served.decks.position(2) is None
    served.say(up=True, output="out", streams={2: "out"})
    levels = served.run(14.0)
    assert served.kinds()[-2:] == [OutputAgain, Sounding]
    assert _rates(levels, fade.HUSH_DB)[0] <= fade.RISE_FROM_SILENCE_DB_PER_S
    assert levels[-1] == pytest.approx(0.0, abs=0.01)


def test_a_pause_and_a_long_quiet_track_are_no_loss(served: Served) -> None:
    """A pause holds its stream back, even gives it up; a track at -60 dB is still taken: neither is
    a loss, for no level is asked about, and no stream of what waits."""
    served.do(Freeze(("music",), fade.PAUSE_S))
    served.run(10.0)
    served.say(streams={}, asleep=True)
    served.run(60.0)
    served.do(Thaw(("music",), fade.RESUME_S))
    served.say(streams={1: "out"}, asleep=False)
    served.run(14.0)
    served.do(Glide("music", "trim", -59.0, 1.0))
    served.run(60.0)
    assert NoOutput not in served.kinds()


def test_a_hand_is_not_written_against(served: Served) -> None:
    """Whatever this program fades to meanwhile goes on from where the hand has put it."""
    player = next(each for each in served.decks.players["music"] if each.gain_db == 0.0)
    player.turn(-13.0)
    served.run(0.1)
    served.do(Glide("music", "trim", -4.0, 1.0))
    served.run(3.0)
    assert player.gain_db == pytest.approx(-17.0)
    served.do(Glide("music", "trim", 0.0, 4.0))
    served.run(6.0)
    assert player.gain_db == pytest.approx(-13.0)
    (told,) = [report for report in served.reports if isinstance(report, VolumeSeen)]
    assert (told.of, told.stands_db) == ("music", pytest.approx(-13.0))
    served.do(Glide("music", "hand", 0.0, 13.0))
    levels = served.run(15.0)
    assert levels[-1] == pytest.approx(0.0, abs=0.01)
    assert _rates(levels, -60.0)[0] <= fade.RISE_DB_PER_S + 0.01


def test_a_hand_put_right_and_a_lift_together_keep_to_one_pace(served: Served) -> None:
    """Each alone may take all of a rise's pace, and all of a fall's; both at once share it."""
    player = next(each for each in served.decks.players["music"] if each.gain_db == 0.0)
    for turned_db, trim_db, seconds in ((-13.0, 0.0, 6.0), (9.0, -30.0, 3.0)):
        served.do(Glide("music", "trim", -6.0, 6.0))
        served.run(8.0)
        player.turn(turned_db - 6.0)
        served.run(1.0)
        served.do(Glide("music", "hand", 0.0, abs(turned_db) / 2.0 + 6.0))
        served.do(Glide("music", "trim", trim_db, seconds))
        levels = served.run(40.0)
        assert levels[-1] == pytest.approx(trim_db, abs=0.05)
        rise, fall = _rates(levels, -60.0)
        assert rise <= fade.RISE_DB_PER_S + 0.05
        assert fall <= fade.FALL_DB_PER_S + 0.3


def test_a_mute_is_not_heard_and_comes_back_from_nothing(served: Served) -> None:
    """Muted, stream or output: told as not heard any more. Afterwards it comes up from nothing."""
    player = next(each for each in served.decks.players["music"] if each.gain_db == 0.0)
    for mute in (player.mute, lambda muted: served.say(muted=muted)):
        before = len(served.reports)
        mute(True)
        served.run(30.0)
        mute(False)
        levels = served.run(14.0)
        assert sorted(str(kind) for kind in served.kinds()[before:]) == sorted(
            map(str, (Silent, VolumeSeen, Sounding, VolumeSeen))
        )
        assert levels[1] < fade.HUSH_DB
        assert _rates(levels, fade.HUSH_DB)[0] <= fade.RISE_FROM_SILENCE_DB_PER_S
        assert levels[-1] == pytest.approx(0.0, abs=0.01)


def test_flat_volumes_make_the_knob_the_most_that_is_written(tmp_path: Path) -> None:
    """Where streams and output share one volume, full for a deck is where the knob was."""
    made = Served(tmp_path)
    made.say(flat=True, volume=0.5)
    made.play()
    made.run(14.0)
    assert made.level() == pytest.approx(fade.volume_to_db(0.5))
    assert VolumeSeen not in made.kinds()


def test_the_outputs_own_knob_is_told_once_it_rests(served: Served) -> None:
    """Turned from one place to another it is told once, as it stands in the end; nothing is done
    about it."""
    for volume in (0.9, 0.8, 0.7):
        served.say(volume=volume)
        served.run(0.2)
    levels = served.run(3.0)
    (told,) = [report for report in served.reports if isinstance(report, VolumeSeen)]
    assert (told.of, told.stands_db) == ("output", pytest.approx(fade.volume_to_db(0.7)))
    assert levels[-1] == pytest.approx(0.0, abs=0.01)


def test_what_was_muted_before_a_crash_begins_muted_after_it(tmp_path: Path) -> None:
    """New decks are told so; nothing counts as heard until whoever muted it lets it sound."""
    made = Served(tmp_path)
    made.do(Mute("music"))
    made.play()
    made.run(20.0)
    assert Sounding not in made.kinds()
    (player,) = [each for each in made.decks.players["music"] if each.look(0.0).muted]
    player.mute(False)
    levels = made.run(14.0)
    assert made.kinds().count(Sounding) == 1
    assert _rates(levels, fade.HUSH_DB)[0] <= fade.RISE_FROM_SILENCE_DB_PER_S
