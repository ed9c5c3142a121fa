"""The checks of recordings themselves: what they let pass, and that each of them can fail.

A minute as a session would play it, made of numbers: up from nothing, softer, a pause, a resume,
a seam from one tone to another, an end. Every check passes it. Then one thing is broken at a time,
the way a mistake in the mixer would break it, and the check it is for has to be the one that fails.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from math import inf

import numpy as np
import pytest
from limits import (
    FROM_SILENCE_DB_PER_S,
    STOP_DB_PER_S,
    Broken,
    crosses,
    hold_to_limits,
    is_silent,
    no_click,
    no_fast_fall,
    no_fast_rise,
    no_full_scale,
    no_silence,
    no_step,
    slope_in,
    slope_of,
)
from recording import RATE, Floats, Recording

LOW_HZ, HIGH_HZ = 300.0, 1000.0
AMPLITUDE = 0.07
SECONDS = 60


MS = np.arange(SECONDS * 1000) / 1000.0
"""Gains are made for each millisecond."""


def gain_db(*points: tuple[float, float]) -> Floats:
    """A path of gains in dB, straight between (seconds, dB), for the whole minute."""
    return np.interp(MS, [at for at, _ in points], [db for _, db in points])


@cache
def wave(hz: float) -> Floats:
    """A tone for the whole minute."""
    return AMPLITUDE * np.sin(2 * np.pi * hz * np.arange(SECONDS * RATE) / RATE)


def tone(hz: float, db: Floats) -> Floats:
    """A tone with that gain; under -60 dB it is nothing."""
    return wave(hz) * np.repeat(np.where(db <= -60.0, 0.0, 10.0 ** (db / 20.0)), RATE // 1000)


def seam(start_s: float, seconds: float) -> tuple[Floats, Floats]:
    """Gains in dB of what goes and what comes, by equal power."""
    angle = np.clip((MS - start_s) / seconds, 0.0, 1.0) * np.pi / 2
    return (
        20.0 * np.log10(np.maximum(np.cos(angle), 1e-6)),
        20.0 * np.log10(np.maximum(np.sin(angle), 1e-6)),
    )


COURSE = (
    (0.0, -120.0),
    (1.0, -120.0),
    (1.1, -36.0),
    (13.0, 0.0),
    (15.0, 0.0),
    (16.0, -2.0),
    (21.0, -4.0),
    (24.0, -4.0),
    (32.0, -60.0),
    (34.0, -60.0),
    (34.1, -36.0),
    (44.0, -4.0),
    (SECONDS, -4.0),
)
START, PLAYING, PAUSE = (0.0, 14.0), (14.0, 23.5), (23.5, 34.0)
RESUME, SEAM = (33.0, 46.0), (46.0, 59.0)


RIGHT = gain_db(*COURSE)


def minute(course: Floats = RIGHT) -> Floats:
    """The minute as it should be, or along another course."""
    gone, come = seam(49.0, 6.0)
    return tone(LOW_HZ, course + gone) + tone(HIGH_HZ, course + come)


def along(start_s: float, *points: tuple[float, float]) -> Floats:
    """The right course until a time, and another one from there."""
    first = round(start_s * 1000)
    return np.concatenate((RIGHT[:first], gain_db(*points)[first:]))


def other(start_s: float, end_s: float, db: float) -> Floats:
    """The right course with another gain for some time."""
    changed = RIGHT.copy()
    changed[round(start_s * 1000) : round(end_s * 1000)] = db
    return changed


def check_all(samples: Floats) -> None:
    """Every stretch of the minute by the limits that are its own."""
    whole = Recording(samples)
    hold_to_limits(
        whole.between(*START), highest_hz=HIGH_HZ, rise=FROM_SILENCE_DB_PER_S, silence_s=1.1
    )
    hold_to_limits(whole.between(*PLAYING), highest_hz=HIGH_HZ)
    hold_to_limits(whole.between(*PAUSE), highest_hz=HIGH_HZ, silence_s=inf)
    is_silent(whole.between(32.1, 33.9))
    hold_to_limits(
        whole.between(*RESUME), highest_hz=HIGH_HZ, rise=FROM_SILENCE_DB_PER_S, silence_s=inf
    )
    hold_to_limits(whole.between(*SEAM), highest_hz=HIGH_HZ)
    crosses(whole.between(*SEAM), (250.0, 350.0), (950.0, 1050.0), 6.0)


def test_a_minute_as_it_should_be_passes() -> None:
    """The fades, the seam and the chosen silence of docs/reference/sound.md break no limit."""
    check_all(minute())


def test_figures_are_told() -> None:
    """Each check answers with the worst that it saw."""
    whole = Recording(minute())
    assert no_fast_rise(whole.between(*START), 6.0) == pytest.approx(36.0 / 11.9, abs=0.1)
    assert no_fast_fall(whole.between(*PAUSE)) == pytest.approx(7.0, abs=0.1)
    assert no_step(whole.between(*PAUSE)) == pytest.approx(0.35, abs=0.03)
    assert no_full_scale(whole) == pytest.approx(AMPLITUDE, abs=0.002)
    assert no_silence(whole.between(*PAUSE), 9.0) == pytest.approx(5.3, abs=0.2)
    assert slope_in(wave(HIGH_HZ)) == pytest.approx(slope_of(HIGH_HZ), rel=0.01)


def _swapped_decks() -> Floats:
    gone, come = seam(49.0, 6.0)
    return tone(LOW_HZ, RIGHT + come) + tone(HIGH_HZ, RIGHT + gone)


def _straight_seam() -> Floats:
    progress = np.repeat(np.clip((MS - 49.0) / 6.0, 0.0, 1.0), RATE // 1000)
    return (1.0 - progress) * tone(LOW_HZ, RIGHT) + progress * tone(HIGH_HZ, RIGHT)


def _short_seam() -> Floats:
    gone, come = seam(51.0, 2.0)
    return tone(LOW_HZ, RIGHT + gone) + tone(HIGH_HZ, RIGHT + come)


def _click() -> Floats:
    samples = minute()
    samples[20 * RATE] += 0.03
    return samples


def _skip() -> Floats:
    """One period and a half is left out at the top of a wave: the level stays."""
    samples, top = minute(), 20 * RATE + 40
    return np.concatenate((samples[:top], samples[top + 240 :], samples[-240:]))


def _overshoot() -> Floats:
    """A quarter of a second too loud, as a media player used twice begins."""
    samples = minute()
    samples[20 * RATE : 20 * RATE + RATE // 4] *= 2.5
    return samples


Check = Callable[[Recording], object]


def _start(whole: Recording) -> None:
    no_fast_rise(whole.between(*START), FROM_SILENCE_DB_PER_S)


def _pause(whole: Recording) -> None:
    no_fast_fall(whole.between(*PAUSE))


def _seam(whole: Recording) -> None:
    crosses(whole.between(*SEAM), (250.0, 350.0), (950.0, 1050.0), 6.0)


SABOTAGE: dict[str, tuple[Callable[[], Floats], str, Check]] = {
    "no fade at the start": (lambda: minute(other(1.0, 13.0, 0.0)), "rise", _start),
    "a start of 4 s": (
        lambda: minute(gain_db((1.0, -120.0), (1.1, -36.0), (5.0, 0.0))),
        "rise",
        _start,
    ),
    "louder in 3 s": (
        lambda: minute(along(16.0, (17.0, -4.0), (20.0, 0.0))),
        "rise",
        lambda whole: no_fast_rise(whole.between(*PLAYING)),
    ),
    "a hard cut": (
        lambda: minute(other(24.0, 34.0, -120.0)),
        "step",
        lambda whole: no_step(whole.between(*PAUSE)),
    ),
    "a hard cut, as a fall": (lambda: minute(other(24.0, 34.0, -120.0)), "fall", _pause),
    "a hard cut, as a stop": (
        lambda: minute(other(24.0, 34.0, -120.0)),
        "fall",
        lambda whole: no_fast_fall(whole.between(*PAUSE), STOP_DB_PER_S),
    ),
    "a pause of 2.5 s": (
        lambda: minute(along(24.0, (24.0, -4.0), (26.5, -60.0))),
        "fall",
        _pause,
    ),
    "a volume law of another power": (lambda: minute(RIGHT * 1.5), "fall", _pause),
    "a gap at the seam": (
        lambda: minute(other(51.8, 52.0, -120.0)),
        "silence",
        lambda whole: no_silence(whole.between(*SEAM)),
    ),
    "decks swapped": (_swapped_decks, "seam", _seam),
    "a seam straight in amplitude": (_straight_seam, "seam", _seam),
    "a seam of 2 s": (_short_seam, "seam", _seam),
    "a click": (
        _click,
        "click",
        lambda whole: no_click(whole.between(*PLAYING), slope_of(HIGH_HZ)),
    ),
    "5 ms left out": (
        _skip,
        "click",
        lambda whole: no_click(whole.between(*PLAYING), slope_of(HIGH_HZ)),
    ),
    "too loud for a moment": (
        _overshoot,
        "step",
        lambda whole: no_step(whole.between(*PLAYING)),
    ),
    "full scale": (lambda: np.clip(minute() * 20.0, -1.0, 1.0), "full scale", no_full_scale),
    "a pause that leaks": (
        lambda: minute(along(24.0, (24.0, -4.0), (32.0, -50.0))),
        "chosen silence",
        lambda whole: is_silent(whole.between(32.1, 33.9)),
    ),
}


@pytest.mark.parametrize("name", SABOTAGE)
def test_each_check_fails_at_what_it_is_for(name: str) -> None:
    """Broken in one way, the minute fails that very check; and the whole of them as well."""
    broken, limit, check = SABOTAGE[name]
    samples = broken()
    with pytest.raises(Broken) as found:
        check(Recording(samples))
    assert found.value.limit == limit
    with pytest.raises(Broken):
        check_all(samples)


def test_a_message_says_when_and_how_much() -> None:
    """What is told of a broken limit: its name, the time in the whole recording, the numbers."""
    with pytest.raises(Broken, match=r"step: \d+\.\d\d dB at 23\.9\d s .* at most 1$"):
        no_step(Recording(minute(other(24.0, 34.0, -120.0))).between(*PAUSE))
    with pytest.raises(Broken, match=r"click: 0\.03\d\d from one sample .* near 19\.99 s"):
        no_click(Recording(_click()).between(*PLAYING), slope_of(HIGH_HZ))
