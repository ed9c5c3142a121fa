"""Whether a file is fit to be played, from what its header promises and what really decodes. Pure.

Lengths are compared to half a second and two thousandths of the whole: encoders pad.
"""

from __future__ import annotations

from soundscape.core.words import clock
from soundscape.library.findings import Finding
from soundscape.library.measure import Measured
from soundscape.library.tags import Tags

GAIN_SLACK_DB = 3.0
"""How far a gain tag may be off before that is said."""


def unfit(tags: Tags, measured: Measured) -> str:
    """Why a file that decodes is still not played, or "". A header that promises more than decodes
    means an end nobody wrote."""
    if tags.torn:
        return "is cut short: it ends in the middle of its data"
    if tags.declared and measured.duration_s < tags.duration_s - _slack(tags):
        return (
            f"is cut short or damaged: {measured.duration_s:.1f} s of the "
            f"{tags.duration_s:.1f} s its header promises can be decoded"
        )
    return "; ".join(_told(finding) for finding in measured.findings if finding.fatal)


def _told(finding: Finding) -> str:
    """What was found, and where."""
    return finding.what + ("" if finding.at_s is None else f", at {clock(finding.at_s)}")


def header_findings(tags: Tags, measured: Measured) -> tuple[Finding, ...]:
    """What is odd about a header, though the music is whole: it promises less than there is."""
    if not tags.declared or measured.duration_s <= tags.duration_s + _slack(tags):
        return ()
    what = (
        f"its header says {clock(tags.duration_s)}, {clock(measured.duration_s)} can be played: "
        "the real length is used"
    )
    return (Finding("duration", what),)


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


def _slack(tags: Tags) -> float:
    return 0.5 + 0.002 * tags.duration_s
