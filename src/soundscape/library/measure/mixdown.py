"""What becomes of more than two channels: libVLC's mix to stereo, for it is that which is heard.

Recorded of libVLC 3.0, with a tone of its own in every channel. Where it loses channels or mistakes
their order (quadraphonic files, 6.1, PCM outside of WAV, two channels that are called surrounds), a
file is refused: it would sound, but not as it is, or not at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from soundscape.core.errors import Fault, InputError

if TYPE_CHECKING:
    import av

_FRONTS = {"FL", "FR", "FC", "NONE"}
"""Channels that sound as they are in mono and stereo; most files call theirs nothing."""

_HALF = 0.7071
_FIVE = {"FC": _HALF, "BL": _HALF, "BR": _HALF, "SL": _HALF, "SR": _HALF}
_GAINS = {
    "3.0": {"FL": 0.5, "FR": 0.5, "FC": 1.0},
    "5.0": _FIVE,
    "5.0(side)": _FIVE,
    "5.1": _FIVE,
    "5.1(side)": _FIVE,
    "7.1": {"FC": _HALF, "BL": 0.25, "BR": 0.25, "SL": 0.25, "SR": 0.25},
}
"""By FFmpeg's name of a layout, the gain of each channel in every side it goes to. A front is at
1.0 where nothing is said; the low frequency effects go nowhere."""


def mixdown(path: str, container: str, codec: str, layout: av.AudioLayout) -> str:
    """FFmpeg's `pan` arguments for libVLC's mix of a layout to stereo; "" for mono and stereo.

    Raises `InputError` where libVLC does not mix it as it should.
    """
    names = [channel.name for channel in layout.channels]
    if layout.nb_channels <= 2 and set(names) <= _FRONTS:
        return ""
    misordered = codec.startswith("pcm_") and container != "wav"
    if layout.name not in _GAINS or misordered or (codec, layout.name) == ("opus", "5.0"):
        many = f"has {layout.nb_channels} channels" if len(names) > 1 else "has one channel"
        what = f"{many} ({'+'.join(names)}), of which the player would lose or exchange some"
        raise InputError([Fault(path, what, "convert it to stereo")])
    gains = {"FL": 1.0, "FR": 1.0, "LFE": 0.0, **_GAINS[layout.name]}
    sides = (
        "+".join(f"{gains[name]}*{name}" for name in names if not name.endswith(other))
        for other in "RL"
    )
    return "stereo|" + "|".join(f"c{number}={side}" for number, side in enumerate(sides))
