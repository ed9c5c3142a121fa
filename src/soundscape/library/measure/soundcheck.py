"""What the sound of a file shows that a person should know before anybody lies down to it.

Judged from what one decode gave (`listen.Heard`). A fatal finding keeps the file
out of every plan; the others are listed. Thresholds are judgment, but where a source is named; what
they find in real music stands in `docs/development/measures.md`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from soundscape.core.text import clock
from soundscape.library.measure.listen import MOMENTS_A_SECOND, PEAKS_A_SECOND, Clipping, Listened
from soundscape.library.measure.loudness import SILENCE_LUFS, integrated
from soundscape.library.measure.measured import SoundFinding

Line = NDArray[np.float64]


SILENT_UNDER_LU = 55.0
"""A peak so far under the piece's own loudness is silence: matched to -23 LUFS it lies under
-78 dBFS, which nobody hears in a room. A fading tail is music until there."""

SILENT_DBFS = -84.0
"""The same for soft pieces: what lies under this is the last bits and their dither."""

TRIM_S = 1.0
"""Silence at an end is left out from so many seconds on."""

BLIP_S = 0.3
"""A sound this short at the very end of a file, with silence on its other side, is none: encoders
and filters ring where a constant offset begins or ends."""

AIR_IN_S, AIR_OUT_S = 0.1, 1.0
"""What is kept of it before the first sound and after the last."""

END_SILENCE_S = 5.0
"""So much silence at an end is worth a word."""

GAP_UNDER_LU = 40.0
GAP_S = 5.0
"""In the middle of a piece, so long so far under its loudness is heard as a silence."""

CUT_S = 20.0
"""A longer one divides a file (a hidden track, for one): its longest stretch without is played."""

VERY_SOFT_LUFS = -45.0
"""Matching would raise such a piece by more than 22 dB, its hiss and hum with it."""

CLIPPED_SHARE = 1e-4
"""Worth a word: 6 ms in a minute. Loud masters that touch full scale stay far under it."""

RUINED_SHARE = 0.02
"""Heard as distortion by anybody: driven so far, real music had an error 15 to 26 dB under it."""

RISE_LU = 10.0
RISE_S = 3.0
"""A rise: more than this over all that was heard in some 3 s, at most 3 s later. A pause between
two beats is no softness that one could rise from, and a beat as loud as the last no rise."""

RISE_FLOOR_LU = 20.0
"""A rise counts from 20 LU under the piece's loudness at the most: what comes out of nearly
nothing and stays soft is an entry, not a jump."""

ENTRY_S = 3.0
"""A piece's first seconds are its entry, which the seam fades in; rises count from there on."""

MOST_RISES = 8

ABRUPT_DB = 6.0
"""An end is abrupt where the sound stands less than this under the piece's usual peaks, 20 ms from
nothing."""

EDGE_S = 1.0
"""Damage within the first or last second is faded over."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found, and where the music begins and ends (None: at the very end).

    `loudness_lufs` is that of the stretch which is played, where that is not all of it.
    """

    findings: tuple[SoundFinding, ...] = ()
    cue_in_s: float = 0.0
    cue_out_s: float | None = None
    loudness_lufs: float | None = None


def check_sound(heard: Listened) -> Checked:
    """Everything that can be said of a file by its sound alone."""
    loudness = heard.loudness
    damaged = _damaged(heard.bad_at, loudness.duration_s)
    if loudness.integrated_lufs <= SILENCE_LUFS:
        what = "is silent: it has no loudness to match"
        return Checked((*damaged, SoundFinding("silent", what, fatal=True)))
    peaks = np.frombuffer(heard.peaks, np.float32).astype(float)
    moments = np.frombuffer(heard.momentary, np.float32).astype(float)
    sounding = _without_blips(peaks > _silence(loudness.integrated_lufs))
    if not len(sounding):  # Loud enough to be gated in, and yet no peak: bass and nothing else.
        return Checked(damaged)
    start = float(sounding[0]) / PEAKS_A_SECOND
    end = min(float(sounding[-1] + 1) / PEAKS_A_SECOND, loudness.duration_s)
    gaps = _gaps(moments, loudness.integrated_lufs, start, end)
    start, end, cut = _longest(gaps, start, end)
    stretch_lufs = None
    if cut:
        first, last = (round(at * MOMENTS_A_SECOND) for at in (start, end))
        stretch_lufs = integrated(moments[first:last])
        within = (sounding >= start * PEAKS_A_SECOND) & (sounding < end * PEAKS_A_SECOND)
        sounding = sounding[within]
    findings = [
        *damaged,
        *_soft(loudness.integrated_lufs),
        *_clipped(heard.clipping, loudness.duration_s),
        *(cut or _silent_ends(start, end, loudness.duration_s)),
        *_silences(gaps, start, end),
        *_abrupt(peaks, sounding, start, end),
        *_rises(moments, loudness.integrated_lufs, start, end),
    ]
    return Checked(
        tuple(findings),
        cue_in_s=round(start - AIR_IN_S, 2) if start >= TRIM_S else 0.0,
        cue_out_s=(
            round(end + AIR_OUT_S, 2) if loudness.duration_s - end >= TRIM_S + AIR_OUT_S else None
        ),
        loudness_lufs=stretch_lufs,
    )


def _without_blips(sounds: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Where something sounds, but for blips at the file's own ends."""
    blip, silence = round(BLIP_S * PEAKS_A_SECOND), round(TRIM_S * PEAKS_A_SECOND)
    for side in (sounds, sounds[::-1]):
        if len(side) > blip + silence and not side[blip : blip + silence].any():
            side[:blip] = False
    return np.flatnonzero(sounds)


def _silence(integrated_lufs: float) -> float:
    """The highest peak, 1.0 at full scale, that still is silence in this piece."""
    return float(10 ** (max(integrated_lufs - SILENT_UNDER_LU, SILENT_DBFS) / 20))


def _damaged(bad_at: tuple[float, ...], duration_s: float) -> tuple[SoundFinding, ...]:
    if not bad_at:
        return ()
    inside = [at for at in bad_at if EDGE_S < at < duration_s - EDGE_S]
    count = f"{len(bad_at)} piece{'s' * (len(bad_at) > 1)} of its sound cannot be decoded"
    at = (inside or bad_at)[0]
    return (SoundFinding("undecodable", f"is damaged: {count}", round(at, 2), fatal=bool(inside)),)


def _soft(integrated_lufs: float) -> Iterator[SoundFinding]:
    if integrated_lufs < VERY_SOFT_LUFS:
        yield SoundFinding(
            "silent", f"is nearly silent ({integrated_lufs:.0f} LUFS): matched, its noise is raised"
        )


def _clipped(clipping: Clipping, duration_s: float) -> Iterator[SoundFinding]:
    if clipping.share < CLIPPED_SHARE:
        return
    a_minute = clipping.runs / max(duration_s / 60.0, 1 / 60.0)
    what = f"is clipped for {clipping.share:.2%} of its time, {a_minute:.0f} times a minute"
    yield SoundFinding("clipped", what, clipping.worst_s, fatal=clipping.share >= RUINED_SHARE)


def _silent_ends(start: float, end: float, duration_s: float) -> Iterator[SoundFinding]:
    if start >= END_SILENCE_S:
        yield SoundFinding("silence", f"begins with {start:.0f} s of silence, left out", 0.0)
    if duration_s - end >= END_SILENCE_S:
        what = f"ends with {duration_s - end:.0f} s of silence, left out"
        yield SoundFinding("silence", what, round(end, 1))


def _gaps(
    moments: Line, integrated_lufs: float, start: float, end: float
) -> list[tuple[float, float]]:
    """Stretches inside the piece in which next to nothing sounds, from and to seconds."""
    soft = moments < integrated_lufs - GAP_UNDER_LU
    edges = np.flatnonzero(np.diff(np.concatenate([[False], soft, [False]]).astype(int)))
    found = []
    for first, last in zip(edges[::2], edges[1::2], strict=True):
        # The window of 400 ms sees the sound around a gap: the gap is that much longer.
        at, to = float(first) / MOMENTS_A_SECOND - 0.3, float(last) / MOMENTS_A_SECOND
        if to - at >= GAP_S and at > start and to < end:
            found.append((at, to))
    return found


def _longest(
    gaps: list[tuple[float, float]], start: float, end: float
) -> tuple[float, float, list[SoundFinding]]:
    """The longest stretch between two silences of more than `CUT_S`, and what to say of them."""
    long = [(at, to) for at, to in gaps if to - at > CUT_S]
    if not long:
        return start, end, []
    stretches = zip([start, *(to for _, to in long)], [*(at for at, _ in long), end], strict=True)
    first, last = max(stretches, key=lambda stretch: stretch[1] - stretch[0])
    at, to = max(long, key=lambda gap: gap[1] - gap[0])
    what = f"falls silent for {to - at:.0f} s: only {clock(first)} to {clock(last)} is played"
    return first, last, [SoundFinding("silence", what, round(at, 1))]


def _silences(gaps: list[tuple[float, float]], start: float, end: float) -> Iterator[SoundFinding]:
    for at, to in gaps:
        if start < at and to < end:
            yield SoundFinding("silence", f"falls silent for {to - at:.0f} s", round(at, 1))


def _abrupt(
    peaks: Line, sounding: NDArray[np.intp], start: float, end: float
) -> Iterator[SoundFinding]:
    """Ends that are cut: from nothing to the usual level, or back, within 20 ms."""
    usual = float(np.median(peaks[sounding])) * 10 ** (-ABRUPT_DB / 20)
    first, last = int(sounding[0]), int(sounding[-1])
    if last - first < PEAKS_A_SECOND:
        return
    # A struck note starts at once, and dies away; a cut one goes on as it began.
    cut = peaks[first : first + 2].max()
    if cut >= usual and peaks[first : first + 50].min() >= cut / 4:
        yield SoundFinding("abrupt", "begins abruptly, as if cut out of something", round(start, 2))
    if peaks[max(0, last - 1) : last + 1].max() >= usual:
        yield SoundFinding("abrupt", "ends abruptly, in the middle of its sound", round(end, 2))


def _rises(
    moments: Line, integrated_lufs: float, start: float, end: float
) -> Iterator[SoundFinding]:
    """Places where the music gets more than `RISE_LU` louder within `RISE_S`."""
    first, begin = (round(at * MOMENTS_A_SECOND) for at in (start, start + ENTRY_S))
    line = moments[first : round(end * MOMENTS_A_SECOND)]
    line = np.maximum(line, integrated_lufs - RISE_FLOOR_LU)
    span = round(RISE_S * MOMENTS_A_SECOND)
    if len(line) <= begin - first:
        return
    # The loudest of the 3 s up to each moment, then the softest that this was in the last 3 s.
    view = np.lib.stride_tricks.sliding_window_view
    loudest = view(np.concatenate([np.full(span - 1, -np.inf), line]), span).max(axis=1)
    loudest, line = loudest[begin - first :], line[begin - first :]
    softest = view(np.concatenate([np.full(span, np.inf), loudest]), span + 1).min(axis=1)
    rise = line - softest
    places = np.flatnonzero(rise > RISE_LU)
    told = 0
    while len(places):
        # All that belongs to one rise: until it has been quiet about it for the span.
        ends = np.flatnonzero(np.diff(places) > span)
        one, places = np.split(places, ends[:1] + 1) if len(ends) else (places, places[:0])
        top = int(one[np.argmax(rise[one])])
        at = float(begin + top) / MOMENTS_A_SECOND
        told += 1
        if told <= MOST_RISES:
            what = f"gets {rise[top]:.0f} LU louder within {RISE_S:.0f} s"
            yield SoundFinding("rise", what, round(at, 1))
    if told > MOST_RISES:
        yield SoundFinding("rise", f"and {told - MOST_RISES} more such rises")
