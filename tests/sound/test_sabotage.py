"""The checks of recordings, tried on sound that is really broken: only with `--self-test`.

A session is played and recorded as the other tests do it, by an engine in which one thing is broken
(`sabotage/`). The very check that is there for it has to fail; and, where a test of a whole stretch
is named, that test as well. A sabotage that no check hears fails here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from pathlib import Path

import pytest
import test_ambience_sound as ambience
import test_cues_sound as cues
import test_session_sound as session
from limits import (
    FROM_SILENCE_DB_PER_S,
    STOP_DB_PER_S,
    Broken,
    crosses,
    is_silent,
    no_click,
    no_fast_fall,
    no_fast_rise,
    no_full_scale,
    no_silence,
    no_step,
    slope_of,
)
from recording import Recording
from rig import Rig
from stage import Heard

pytestmark = [pytest.mark.sound, pytest.mark.sabotage]

Check = Callable[[Recording], object]
Test = Callable[[Heard], None]


@dataclass(frozen=True)
class Sabotage:
    """A session up to `until`, broken by `name` of `sabotage/sabotage.py`; the stretch and the
    check that has to hear it, under the name of its limit; and the tests that have to fail too."""

    record: Callable[..., Heard]
    name: str
    until: str
    stretch: Callable[[Heard], Recording]
    limit: str
    check: Check
    tests: tuple[Test, ...] = ()


def rise(recording: Recording) -> object:
    return no_fast_rise(recording, FROM_SILENCE_DB_PER_S)


def cut(recording: Recording) -> object:
    return no_fast_fall(recording, STOP_DB_PER_S)


def click(recording: Recording) -> object:
    return no_click(recording, slope_of(session.HIGHEST_HZ))


def seam(recording: Recording) -> object:
    return crosses(recording, session.TONE_A, session.TONE_B, 6.0)


def start(heard: Heard) -> Recording:
    return heard.between("start", inf)


def pause(heard: Heard) -> Recording:
    return heard.between(heard.at["pause"] - 0.5, heard.at["pause"] + 9.5)


def resume(heard: Heard) -> Recording:
    return heard.between(heard.at["resume"] - 0.5, heard.at["resume"] + 13.0)


def transition(heard: Heard) -> Recording:
    return heard.between(heard.at["transition"] - 1.2, heard.at["transition"] + 11.0)


STARTS = session.test_the_session_rises_from_nothing_no_faster_than_allowed
PAUSES = session.test_pause_fades_to_nothing
ROUND, LEVEL = ambience.going_round, ambience.keeps_its_level
CROSSES = session.test_transition_crossfades_with_equal_power

ALL = (
    Sabotage(session.record, "no_fade_up", "start", start, "rise", rise),
    Sabotage(session.record, "no_fade_up", "resume", resume, "rise", rise),
    Sabotage(session.record, "hurried_fade_up", "soften", start, "rise", rise, (STARTS,)),
    Sabotage(session.record, "overshoot", "start", start, "step", no_step),
    Sabotage(session.record, "far_too_loud", "start", start, "full scale", no_full_scale),
    Sabotage(session.record, "dropouts", "soften", start, "click", click, (STARTS,)),
    Sabotage(
        session.record,
        "soften_at_once",
        "soften",
        lambda heard: heard.between(heard.at["soften"] - 1.0, inf),
        "step",
        no_step,
    ),
    Sabotage(session.record, "no_fade_down", "resume", pause, "step", no_step, (PAUSES,)),
    Sabotage(session.record, "no_fade_down", "resume", pause, "fall", cut, (PAUSES,)),
    Sabotage(session.record, "hurried_fade_down", "resume", pause, "fall", no_fast_fall, (PAUSES,)),
    Sabotage(session.record, "wrong_volume_law", "resume", pause, "fall", no_fast_fall, (PAUSES,)),
    Sabotage(
        session.record,
        "leaking_fade_down",
        "resume",
        lambda heard: heard.between(heard.at["pause"] + 8.7, heard.at["resume"]),
        "chosen silence",
        is_silent,
        (PAUSES,),
    ),
    Sabotage(session.record, "swapped_decks", "transition", transition, "seam", seam, (CROSSES,)),
    Sabotage(session.record, "straight_seam", "transition", transition, "seam", seam, (CROSSES,)),
    Sabotage(session.record, "hurried_seam", "transition", transition, "seam", seam, (CROSSES,)),
    Sabotage(
        session.record,
        "gap_in_the_seam",
        "transition",
        transition,
        "silence",
        no_silence,
        (CROSSES,),
    ),
    Sabotage(
        cues.record,
        "no_limit_on_rises",
        "reflect",
        lambda heard: heard.between(heard.at["reflect"] - 0.5, inf),
        "rise",
        no_fast_rise,
    ),
    Sabotage(ambience.record, "straight_seam", "transition", ROUND, "level", LEVEL),
    Sabotage(ambience.record, "gap_in_the_seam", "transition", ROUND, "level", LEVEL),
)


@pytest.fixture(scope="module")
def recorded() -> dict[tuple[object, str, str], Heard]:
    """What is recorded already: two checks may look at one recording."""
    return {}


@pytest.mark.parametrize("each", ALL, ids=lambda each: f"{each.name}-{each.limit}-{each.until}")
def test_the_check_hears_what_was_broken(
    rig: Rig, tmp_path: Path, recorded: dict[tuple[object, str, str], Heard], each: Sabotage
) -> None:
    """The check named for it fails on what the broken engine played, by the name of its limit."""
    key = (each.record, each.name, each.until)
    if key not in recorded:
        broken = {"PYTHONPATH": str(Path(__file__).with_name("sabotage")), "SABOTAGE": each.name}
        recorded[key] = each.record(rig, tmp_path, broken, until=each.until)
    heard = recorded[key]
    with pytest.raises(Broken) as found:
        each.check(each.stretch(heard))
    print(f"{each.name}: {found.value}")
    assert found.value.limit == each.limit
    for test in each.tests:
        with pytest.raises(AssertionError):
            test(heard)
