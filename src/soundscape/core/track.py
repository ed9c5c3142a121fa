"""Track: one piece of music (or one ambience) as the planner and the decks see it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Layer = Literal["music", "ambience"]
"""The layers that sound together: the music, and the environment under it. Each has two decks."""

LAYERS: tuple[Layer, ...] = ("music", "ambience")

Voice = Literal["instrumental", "voice", "unknown"]
"""Whether somebody sings or speaks in a track, as far as is known."""

REFERENCE_LUFS = -23.0
"""Integrated loudness to which every track is matched (EBU R128)."""

DRAIN_S = 1.4
"""Seconds before a file's end in which libVLC no longer follows volume changes (recorded: 1.13 to
1.32 s, for FLAC, WAV, MP3, AAC and Opus): it has decoded everything and plays what it holds."""

PEAK_CEILING_DBTP = -1.0
"""Highest true peak that a deck may put out (EBU R128)."""


_PART = re.compile(r"(.+)#t=(\d+(?:\.\d+)?),(\d+(?:\.\d+)?)?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a long file that is a track of its own, as a cue sheet cuts one.

    Wherever a track is named by its path (plan, session, journal, index), a part is named
    `FILE#t=START,STOP`: a media fragment in seconds; without STOP it runs to the end. No audio file
    can have such a name, because it would have to end in an audio suffix.
    """

    file: str
    start_s: float = 0.0
    stop_s: float | None = None

    @property
    def mark(self) -> str:
        """The suffix added to the file's path and to its sound's key; "" for a whole file."""
        if not self.start_s and self.stop_s is None:
            return ""
        return f"#t={self.start_s:.3f}," + ("" if self.stop_s is None else f"{self.stop_s:.3f}")

    @property
    def path(self) -> str:
        """The path that names this part."""
        return self.file + self.mark


def part_of(path: str) -> Part:
    """Return the part that a path names; for a plain path the whole file.

    >>> part_of("/music/side-a.flac#t=61.500,240.000")
    Part(file='/music/side-a.flac', start_s=61.5, stop_s=240.0)
    """
    found = _PART.fullmatch(path) if "#t=" in path else None
    if found is None:
        return Part(path)
    file, start, stop = found.groups()
    return Part(file, float(start), float(stop) if stop else None)


@dataclass(frozen=True, slots=True)
class Track:
    """A playable file, or a part of one, with what was read and measured of it.

    `path` is absolute; for a part it is `Part.path`, and `file` is the file. Times are seconds from
    the start of the file, which lasts `duration_s`; the music ends at `cue_out_s` (`duration_s` if
    nothing is trimmed). `intensity` runs from 0 to 1 and is never loudness. `loudness_lufs` is the
    integrated loudness, `true_peak_dbtp` the true peak of the whole file. `gain_db` is a correction
    that a playlist asked for. `tags` are lower-case ``kind:value`` words, such as
    ``genre:ambient``. `voice` says whether anybody sings or speaks. `shape` is the measured
    intensity of the first minute (or third, if that is shorter), of the middle and of the last
    minute. `key` names the sound itself: it is the same for a renamed or retagged copy, "" if
    unknown. `piece` is the same for all files that hold one piece in different formats, "" if there
    is only one file of it.
    """

    path: str
    title: str
    duration_s: float
    intensity: float
    artist: str = ""
    loudness_lufs: float = REFERENCE_LUFS
    true_peak_dbtp: float = PEAK_CEILING_DBTP
    cue_in_s: float = 0.0
    cue_out_s: float | None = None
    gain_db: float = 0.0
    tags: tuple[str, ...] = ()
    voice: Voice = "unknown"
    shape: tuple[float, float, float] | None = None
    key: str = ""
    piece: str = ""

    @property
    def file(self) -> str:
        """The file to open for playing."""
        return part_of(self.path).file

    @property
    def end_s(self) -> float:
        """The end of the music, in seconds from the start of the file."""
        return self.duration_s if self.cue_out_s is None else self.cue_out_s

    @property
    def length_s(self) -> float:
        """Seconds of music between cue-in and cue-out."""
        return self.end_s - self.cue_in_s

    @property
    def match_db(self) -> float:
        """Gain in dB that brings the track to the reference loudness."""
        return REFERENCE_LUFS - self.loudness_lufs + self.gain_db

    @property
    def headroom_db(self) -> float:
        """The highest gain in dB that keeps the true peak under the ceiling."""
        return PEAK_CEILING_DBTP - self.true_peak_dbtp

    @property
    def faded_s(self) -> float:
        """The time in the file at which a fade-out must be over, in seconds: the end of the music,
        or a little before the end of the file."""
        return max(min(self.end_s, self.duration_s - DRAIN_S), self.cue_in_s)


Pools = Mapping[str, tuple[Track, ...]]
"""Maps a playlist's name, as the arc writes it, to its tracks."""
