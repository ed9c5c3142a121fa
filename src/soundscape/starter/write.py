"""Sound into a tagged FLAC file, whole or not at all."""

from __future__ import annotations

import errno
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from mutagen import MutagenError
from mutagen.flac import FLAC

from soundscape.atomic import whole_file
from soundscape.core.errors import SoundscapeError
from soundscape.core.track import PEAK_CEILING_DBTP, REFERENCE_LUFS
from soundscape.library.measure.loudness import Loudness, measure_samples
from soundscape.starter import voices as v
from soundscape.starter.voices import Floats

REPLAYGAIN_LUFS = -18.0
"""The reference of ReplayGain 2.0."""


def write_flac(path: Path, sound: Floats, tags: dict[str, str]) -> Loudness:
    """Match `sound` (2, samples) to the reference loudness, write it at `path`, tag it.

    Answers what the file measures. `path` appears only when it is whole: the bytes go to a name
    beside it first. Raises `OSError` where it cannot be written and `SoundscapeError` where the
    peak would break the ceiling.
    """
    before = measure_samples(sound.T, v.RATE)
    gain = REFERENCE_LUFS - before.integrated_lufs
    after = Loudness(
        integrated_lufs=REFERENCE_LUFS,
        range_lu=before.range_lu,
        true_peak_dbtp=before.true_peak_dbtp + gain,
        duration_s=before.duration_s,
    )
    if after.true_peak_dbtp > PEAK_CEILING_DBTP:
        raise SoundscapeError(
            f"{path.name}: its true peak would be {after.true_peak_dbtp:.1f} dBTP"
        )
    try:
        with whole_file(path, suffix=".part.flac") as part:
            _encode(part, sound, v.db(gain))
            file = FLAC(part)  # type: ignore[no-untyped-call]
            if file.info.total_samples != sound.shape[1]:
                raise OSError(errno.EIO, "not all of it arrived on the disk", str(path))
            for key, value in {**tags, **_loudness_tags(after)}.items():
                file[key] = value
            file.save()
    except (av.FFmpegError, MutagenError) as error:
        # These do not travel between processes; an OSError does.
        raise OSError(getattr(error, "errno", None) or errno.EIO, str(error)) from None
    return after


def _encode(path: Path, sound: Floats, gain: float) -> None:
    """16-bit FLAC. No dither: at this level the music's own noise lies far above the last bit."""
    with av.open(str(path), "w", format="flac") as out:
        stream = out.add_stream("flac", rate=v.RATE, layout="stereo")
        stream.codec_context.format = av.AudioFormat("s16")
        for at in range(0, sound.shape[1], v.RATE):
            block = sound[:, at : at + v.RATE].T * np.float32(gain * 32767)
            whole = np.ascontiguousarray(np.rint(block).astype(np.int16)).reshape(1, -1)
            frame = av.AudioFrame.from_ndarray(whole, format="s16", layout="stereo")
            frame.sample_rate, frame.pts, frame.time_base = v.RATE, at, Fraction(1, v.RATE)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


def _loudness_tags(loud: Loudness) -> dict[str, str]:
    """ReplayGain 2.0 tags (reference -18 LUFS), its peak the true peak; and the plain figures."""
    return {
        "REPLAYGAIN_TRACK_GAIN": f"{REPLAYGAIN_LUFS - loud.integrated_lufs:.2f} dB",
        "REPLAYGAIN_TRACK_PEAK": f"{v.db(loud.true_peak_dbtp):.6f}",
        "REPLAYGAIN_TRACK_RANGE": f"{loud.range_lu:.2f} dB",
        "REPLAYGAIN_REFERENCE_LOUDNESS": f"{REPLAYGAIN_LUFS:.2f} LUFS",
        "LOUDNESS_LUFS": f"{loud.integrated_lufs:.2f}",
        "TRUE_PEAK_DBTP": f"{loud.true_peak_dbtp:.2f}",
    }
