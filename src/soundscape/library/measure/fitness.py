"""Whether a file is fit to be played, from what its header promises and what really decodes. Pure.

Lengths are compared to half a second and two thousandths of the whole: encoders pad.
"""

from __future__ import annotations

from soundscape.core.text import clock
from soundscape.core.track import Part
from soundscape.library.measure.findings import SoundFinding
from soundscape.library.measure.workers import Measured
from soundscape.library.tags import Tags

GAIN_SLACK_DB = 3.0
"""How far a gain tag may be off before that is said."""


WHOLE = Part("")
"""Not a part of a file but all of it."""


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
    return "; ".join(_told(finding) for finding in measured.findings if finding.fatal)


def _told(finding: SoundFinding) -> str:
    """What was found, and where."""
    return finding.what + ("" if finding.at_s is None else f", at {clock(finding.at_s)}")


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
