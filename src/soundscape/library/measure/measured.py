"""What is measured of a file's sound, what is found in it, and whether it is fit to be played.

Values and rules without PyAV or NumPy, so that whoever asks the index loads neither. Lengths are
compared to half a second and two thousandths of the whole: encoders pad.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from soundscape.core.errors import Fault
from soundscape.core.text import clock
from soundscape.core.track import Part
from soundscape.library.tags import Tags

MEASURE_VERSION = 8
"""Raised when the same sound would measure differently; the index then measures again."""

INTENSITY_VERSION = 3
"""Raised when the same sound would get another intensity; the index then measures again."""

GAIN_SLACK_DB = 3.0
"""How far a gain tag may be off before that is said."""

WHOLE = Part("")
"""All of a file, no part of it."""

_ANCHORS = {
    # feature: where it counts 0, 0.8 and 1; its weight; whether it goes by ratio
    "motion": (0.2, 1.0, 10.0, 0.40, True),
    "pulse": (0.15, 0.6, 1.0, 0.30, False),
    "onsets_per_s": (0.05, 1.0, 6.0, 0.15, True),
    "fullness": (0.4, 0.8, 1.0, 0.10, False),
    "low_motion": (0.2, 4.0, 16.0, 0.05, True),
}

FindingKind = Literal[
    "undecodable", "truncated", "silent", "clipped", "silence", "abrupt", "duration", "rise"
]


@dataclass(frozen=True, slots=True)
class Features:
    """The parts of the intensity, in the units of the table in `measure.intensity`."""

    motion: float = 0.0
    pulse: float = 0.0
    onsets_per_s: float = 0.0
    fullness: float = 0.0
    low_motion: float = 0.0


def intensity_of(features: Features) -> float:
    """The formula: each feature between its anchors, averaged by weight. Pure, 0 to 1."""
    total = 0.0
    for name, (zero, most, one, weight, by_ratio) in _ANCHORS.items():
        value = getattr(features, name)
        if by_ratio:
            value, zero, most, one = (math.log(max(v, 1e-9)) for v in (value, zero, most, one))
        low = min(1.0, max(0.0, (value - zero) / (most - zero)))
        high = min(1.0, max(0.0, (value - most) / (one - most)))
        total += weight * (0.8 * low + 0.2 * high)
    return min(1.0, total)


@dataclass(frozen=True, slots=True)
class SoundFinding:
    """One thing found in a file's sound that a person should know before anybody listens to it.

    `what` is a sentence without a full stop. `at_s` is where, in seconds from the file's start;
    None for the whole file. `fatal`: the file is left out of every plan.
    """

    kind: FindingKind
    what: str
    at_s: float | None = None
    fatal: bool = False

    def __str__(self) -> str:
        return self.what + ("" if self.at_s is None else f", at {clock(self.at_s)}")


@dataclass(frozen=True, slots=True)
class About:
    """What is known of a track beside the track itself: its findings, why its voice is judged as
    it is, and whether somebody who has listened vouched for it."""

    findings: tuple[SoundFinding, ...] = ()
    voice_why: tuple[str, ...] = ()
    vouched: bool = False


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured of one file, or of a part of one: then `duration_s` is the part's, and all
    places are told from the start of the file.

    `loudness_lufs` integrated, in LUFS; `range_lu` in LU; `true_peak_dbtp` in dBTP; `duration_s`
    the seconds that really decoded. `intensity` is the estimate of `measure.intensity` (0
    to 1), `features` its parts, `shape` the estimate of the first minute (or third, where that
    is shorter), of the middle and of the last minute. `bad_packets` counts the pieces that are
    missing or would not decode. `key` names the audio itself, whatever the file's name and tags.
    `cue_in_s` and `cue_out_s` leave out longer silence at the ends (None: at the very end).
    """

    loudness_lufs: float
    range_lu: float
    true_peak_dbtp: float
    duration_s: float
    intensity: float
    bad_packets: int = 0
    features: Mapping[str, float] = field(default_factory=dict)
    shape: tuple[float, ...] = ()
    key: str = ""
    cue_in_s: float = 0.0
    cue_out_s: float | None = None
    findings: tuple[SoundFinding, ...] = ()


def measured_from(values: Mapping[str, Any]) -> Measured:
    """The value back from the mapping `asdict` made of it."""
    findings = tuple(SoundFinding(**each) for each in values["findings"])
    return Measured(**{**values, "shape": tuple(values["shape"]), "findings": findings})


def recording_of(key: str) -> str:
    """The half of a key that names the recording, alone, and all of a key from before keys had two.

    >>> recording_of("aa11-bb22#t=61.500,240.000")
    'aa11#t=61.500,240.000'
    """
    return re.sub(r"-[0-9a-f]+", "", key, count=1)


class Passing(Fault):
    """A fault that may be of the moment (a worker that crashed or hung) and not of the file."""

    __slots__ = ()


def unfit(tags: Tags, measured: Measured, part: Part = WHOLE) -> str:
    """Why a file that decodes is still not played, or "". A header that promises more than decodes
    means an end nobody wrote; so does a list that cuts a part out of more than there is."""
    if tags.wrong:
        return tags.wrong
    if tags.torn:
        return "is cut short: it ends in the middle of its data"
    promised_s = (tags.duration_s if part.stop_s is None else part.stop_s) - part.start_s
    promises = tags.declared or part.stop_s is not None
    if promises and measured.duration_s < promised_s - _slack(promised_s):
        return (
            f"is cut short or damaged: {measured.duration_s:.1f} s of the "
            f"{promised_s:.1f} s its {'list' if part.mark else 'header'} promises can be decoded"
        )
    return "; ".join(str(finding) for finding in measured.findings if finding.fatal)


def header_findings(tags: Tags, measured: Measured, part: Part = WHOLE) -> tuple[SoundFinding, ...]:
    """What is odd about a header, though the music is whole: it promises less than there is."""
    longer = measured.duration_s > tags.duration_s + _slack(tags.duration_s)
    if part.mark or not tags.declared or not longer:
        return ()
    what = (
        f"its header says {clock(tags.duration_s)}, {clock(measured.duration_s)} can be played: "
        "the real length is used"
    )
    return (SoundFinding("duration", what),)


def gain_note(tags: Tags, measured: Measured) -> str:
    """What to say of a gain tag that is far from what was measured, or ""."""
    if tags.gain_lufs is None:
        return ""
    off = tags.gain_lufs - measured.loudness_lufs
    if abs(off) <= GAIN_SLACK_DB:
        return ""
    return (
        f"its gain tag takes it to be {abs(off):.1f} dB {'louder' if off > 0 else 'softer'} than "
        "it is; what was measured is used"
    )


def _slack(duration_s: float) -> float:
    return 0.5 + 0.002 * duration_s
