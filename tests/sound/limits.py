"""The limits on what may be heard, each a check of a recording.

    recording = Recording.read(path)               # what `Rig.recording` wrote
    hold_to_limits(recording.between(3.0, 40.0), highest_hz=1500.0)
    no_fast_rise(recording.between(40.0, 52.0), FROM_SILENCE_DB_PER_S)

`hold_to_limits` is for any stretch in which nobody chose a silence and nobody said `stop`: it
calls every check below. For a start, a resume or a recovery give `rise=FROM_SILENCE_DB_PER_S` and
`silence_s` (how long the silence may last, infinity where it was chosen); for a stop
`fall=STOP_DB_PER_S`, which is not held to steps either. Each check can be called alone, and answers
with the worst that it saw; each raises `Broken`, an AssertionError, which names its limit, when it
was broken, and by how much. `tests/sound/test_limits.py` and `pytest tests/sound --self-test` show
that each can fail. A stretch has to begin before what it is to catch.

The numbers are those of docs/reference/sound.md. What is under `FLOOR_DB` counts as that level: a
fall from music to nothing is a fall to there, at any speed below it.
"""

from __future__ import annotations

import math

import numpy as np
from recording import HOP_S, NOTHING_DB, RATE, WINDOW_S, Floats, Recording, levels, tone_power

FLOOR_DB = -50.0
"""Rises, falls and steps count above this level, in dBFS."""

RISE_DB_PER_S = 1.0
"""The fastest rise while music plays."""

FROM_SILENCE_DB_PER_S = 6.0
"""The fastest rise of what starts, resumes or comes back."""

FALL_DB_PER_S = 10.0
"""The fastest fall, `stop` apart."""

STOP_DB_PER_S = 45.0
"""The fastest fall of a `stop`: 60 dB in its 1.5 s."""

STEP_DB = 1.0
"""The largest difference between two neighbouring stretches of 50 ms; `stop` apart."""

CUT_DB = 3.0
"""What falls under the floor at once from so much above it has been cut."""

SPANS_S = (0.5, 1.0, 2.0, 4.0)
"""A rise or fall may not be too fast over any of these."""

READING_DB = 0.4
"""What a reading of a rise or fall may be out by: a deck's volume is a whole percentage, which is
0.2 dB at 45 %, and both ends of a span are read."""

LATE_S = 0.03
"""So much late a busy machine may move a gain, and catches up then."""

CLICK = 0.0016
"""A step from one sample to the next that is never a click: -56 dBFS, as two of a fade's own
percents make near its beginning when a tick comes late."""

CLICK_MARGIN = 1.5
"""How much steeper than its steepest tone alone a sound may be: two cross, or a volume moves."""

PERCENT = 0.03
"""What one step of a deck's volume changes of its amplitude: a percent, and a deck's amplitude is
the cube of it. A tick that comes late makes two at once."""

FULL_SCALE = 0.99
SILENCE_DB = -60.0
"""Under this level nothing is heard."""

LEVEL_DB = 1.0
"""How far an ambience may go from its own level where it crosses with itself."""

SEAM_DB = 0.5
"""How far the summed power of two tones may go from their own while they cross."""

SEAM_TIME_S = 0.8
"""How much shorter or longer than promised a seam may be."""


class Broken(AssertionError):
    """A limit was broken; `limit` is its name."""

    def __init__(self, limit: str, told: str) -> None:
        super().__init__(f"{limit}: {told}")
        self.limit = limit


def hold_to_limits(
    recording: Recording,
    *,
    highest_hz: float,
    rise: float = RISE_DB_PER_S,
    fall: float = FALL_DB_PER_S,
    silence_s: float = 0.0,
) -> None:
    """Every limit at once. `highest_hz` is the highest tone in it."""
    no_full_scale(recording)
    no_click(recording, slope_of(highest_hz))
    if fall <= FALL_DB_PER_S:
        no_step(recording)
    no_fast_rise(recording, rise)
    no_fast_fall(recording, fall)
    no_silence(recording, silence_s)


def no_fast_rise(recording: Recording, db_per_s: float = RISE_DB_PER_S) -> float:
    """No rise faster than that, over half a second to four; the fastest over one second."""
    return _no_fast_change(recording, db_per_s, up=True)


def no_fast_fall(recording: Recording, db_per_s: float = FALL_DB_PER_S) -> float:
    """No fall faster than that, over half a second to four; the fastest over one second."""
    return _no_fast_change(recording, db_per_s, up=False)


def _no_fast_change(recording: Recording, db_per_s: float, *, up: bool) -> float:
    level = np.maximum(recording.level, FLOOR_DB)
    fastest = 0.0
    # A stop is over before half a second has passed above the floor.
    spans_s = SPANS_S if db_per_s < STOP_DB_PER_S else (0.3, *SPANS_S)
    for span_s in spans_s:
        span = round(span_s / HOP_S)
        if len(level) <= span:
            break
        change = level[span:] - level[:-span] if up else level[:-span] - level[span:]
        worst = int(np.argmax(change))
        if change[worst] > db_per_s * (span_s + LATE_S) + READING_DB:
            raise Broken(
                "rise" if up else "fall",
                f"{change[worst] / span_s:.2f} dB a second at {recording.at_s(worst):.2f} s "
                f"(from {level[worst]:.1f} to {level[worst + span]:.1f} dBFS in {span_s:g} s); "
                f"at most {db_per_s:g}",
            )
        if span_s == 1.0:
            fastest = float(change[worst])
    return fastest


def no_step(recording: Recording, step_db: float = STEP_DB) -> float:
    """No two neighbouring stretches of 50 ms differ by more; the largest difference."""
    level = np.maximum(recording.level, FLOOR_DB)
    apart = round(WINDOW_S / HOP_S)
    before, after = level[:-apart], level[apart:]
    steps = np.abs(after - before)
    # Where one side is under the floor, a cut is one; a fade on its last decibels is none.
    both = np.minimum(before, after) > FLOOR_DB
    steps[~both & (np.maximum(before, after) < FLOOR_DB + CUT_DB)] = 0.0
    if not len(steps):
        return 0.0
    worst = int(np.argmax(steps))
    if steps[worst] > step_db:
        raise Broken(
            "step",
            f"{steps[worst]:.2f} dB at {recording.at_s(worst):.2f} s (from {level[worst]:.1f} to "
            f"{level[worst + apart]:.1f} dBFS within 50 ms); at most {step_db:g}",
        )
    return float(steps[worst])


def slope_of(hz: float) -> float:
    """How far a tone can go from one sample to the next, as a share of its amplitude."""
    return 2.0 * math.sin(math.pi * hz / RATE)


def slope_in(samples: Floats) -> float:
    """The same of any sound: the largest share, over all of it."""
    steps, peaks = _steps_and_peaks(samples)
    loud = peaks > CLICK
    return float(np.max(steps[loud] / peaks[loud], initial=0.0))


def no_click(recording: Recording, slope: float, percents: int = 0) -> float:
    """No step from sample to sample over what `slope` allows of the peak around it, with a margin;
    the steepest there was, against what is allowed (1.0 is the limit). `percents`: so many steps of
    a deck's volume may fall together on one sample, which shows where the slope itself is low."""
    if len(recording.samples) < 2:
        return 0.0
    steps, peaks = _steps_and_peaks(recording.samples)
    allowed = np.maximum((slope * CLICK_MARGIN + percents * PERCENT) * peaks, CLICK)
    worst = int(np.argmax(steps / allowed))
    share = float(steps[worst] / allowed[worst])
    if share > 1.0:
        raise Broken(
            "click",
            f"{steps[worst]:.4f} from one sample to the next near "
            f"{recording.starts_s + worst * HOP_S:.2f} s; at most {allowed[worst]:.4f}",
        )
    return share


def _steps_and_peaks(samples: Floats) -> tuple[Floats, Floats]:
    """For each 10 ms: the largest step within, or into the next; the peak of it and both sides."""
    size = round(HOP_S * RATE)
    whole = np.concatenate((samples, np.repeat(samples[-1:], -len(samples) % size)))
    steps = np.abs(np.diff(whole, append=whole[-1])).reshape(-1, size).max(axis=1)
    peaks = np.pad(np.abs(whole).reshape(-1, size).max(axis=1), 1)
    return steps, np.max((peaks[:-2], peaks[1:-1], peaks[2:]), axis=0)


def no_full_scale(recording: Recording) -> float:
    """No sample at full scale; the largest."""
    if not len(recording.samples):
        return 0.0
    worst = int(np.argmax(np.abs(recording.samples)))
    peak = abs(float(recording.samples[worst]))
    if peak >= FULL_SCALE:
        at_s = recording.starts_s + worst / RATE
        raise Broken("full scale", f"a sample of {peak:.3f} at {at_s:.2f} s; under {FULL_SCALE}")
    return peak


def no_silence(recording: Recording, longest_s: float = 0.0) -> float:
    """Nothing under `SILENCE_DB` for longer than that: nobody chose it; the longest there was."""
    quiet = np.concatenate(([False], recording.level <= SILENCE_DB, [False]))
    edges = np.flatnonzero(np.diff(quiet.astype(np.int8)))
    starts, ends = edges[::2], edges[1::2]
    if not len(starts):
        return 0.0
    worst = int(np.argmax(ends - starts))
    lasted_s = float(ends[worst] - starts[worst]) * HOP_S
    if lasted_s > longest_s:
        raise Broken(
            "silence",
            f"{lasted_s:.2f} s of it at {recording.at_s(int(starts[worst])):.2f} s; "
            f"at most {longest_s:g}",
        )
    return lasted_s


def is_silent(recording: Recording, under_db: float = -90.0) -> None:
    """A chosen silence is one: nothing over that level."""
    worst = int(np.argmax(recording.level)) if len(recording.level) else 0
    loudest = float(recording.level[worst]) if len(recording.level) else NOTHING_DB
    if loudest > under_db:
        raise Broken(
            "chosen silence",
            f"{loudest:.1f} dBFS at {recording.at_s(worst):.2f} s; under {under_db:g}",
        )


def stays_at(
    recording: Recording, wanted: Floats, window_s: float, within_db: float = LEVEL_DB
) -> float:
    """Each stretch of `window_s` has the level in dBFS that is wanted of it; the farthest off."""
    off = levels(recording.samples, window_s, window_s)[: len(wanted)] - wanted
    worst = int(np.argmax(np.abs(off)))
    if abs(off[worst]) > within_db:
        raise Broken(
            "level",
            f"{off[worst]:+.2f} dB from what it should be in the {window_s:g} s from "
            f"{recording.starts_s + worst * window_s:.2f} s; at most {within_db:g}",
        )
    return float(abs(off[worst]))


def crosses(
    recording: Recording,
    out_hz: tuple[float, float],
    into_hz: tuple[float, float],
    seconds: float,
) -> float:
    """One tone gives way to another, each between two frequencies, over `seconds` and with equal
    power; the farthest the summed power was from that, in dB.

    The stretch has to begin at least a second before the seam, and to end a second after it.
    """
    gone, come = tone_power(recording, *out_hz), tone_power(recording, *into_hz)
    second = round(1.0 / WINDOW_S)
    gone, come = gone / gone[:second].mean(), come / come[-second:].mean()
    summed = 10.0 * np.log10(gone + come)
    worst = int(np.argmax(np.abs(summed)))
    at_s = recording.starts_s + worst * WINDOW_S
    if abs(summed[worst]) > SEAM_DB:
        raise Broken(
            "seam", f"the power of both goes {summed[worst]:+.2f} dB at {at_s:.2f} s; at most 0.5"
        )
    back = float(np.max(np.maximum.accumulate(come) - come))
    if back > 0.1:
        raise Broken("seam", f"what comes in goes back by {back:.0%} of its power; at most 10%")
    # What it lacks of its full power is half of a seam, taken together.
    began = int(np.argmax(come > 0.002))
    lasted_s = 2.0 * float(np.sum(1.0 - come[began:])) * WINDOW_S
    if abs(lasted_s - seconds) > SEAM_TIME_S:
        raise Broken("seam", f"it took {lasted_s:.1f} s; {seconds:g} s were promised")
    return float(abs(summed[worst]))
