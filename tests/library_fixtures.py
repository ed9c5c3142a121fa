"""Real audio files of every format, a second or three of tones, made with PyAV."""

from __future__ import annotations

import os
import subprocess
import sys
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import av
import mutagen
import numpy as np
from house import PATIENCE_S
from mutagen.asf import ASF
from mutagen.id3 import TALB, TCON, TIT2, TPE1, TXXX
from mutagen.mp4 import MP4, MP4FreeForm
from numpy.typing import NDArray

from soundscape.library.measure.loudness import Meter, frames_of

FORMATS = {
    # suffix: (container, codec, sample format, rate)
    "mp3": ("mp3", "libmp3lame", "fltp", 44100),
    "flac": ("flac", "flac", "s16", 44100),
    "ogg": ("ogg", "vorbis", "fltp", 44100),
    "opus": ("ogg", "libopus", "flt", 48000),
    "m4a": ("ipod", "aac", "fltp", 44100),
    "alac.m4a": ("ipod", "alac", "s16p", 44100),
    "wav": ("wav", "pcm_s16le", "s16", 44100),
    "aiff": ("aiff", "pcm_s16be", "s16", 44100),
    "wma": ("asf", "wmav2", "fltp", 44100),
}


def ogg_crc(data: bytes) -> int:
    """Ogg's checksum (RFC 3533): CRC-32 with polynomial 0x04c11db7, from 0, bits not mirrored."""
    value = 0
    for byte in data:
        value ^= byte << 24
        for _ in range(8):
            value = (value << 1 ^ (0x04C11DB7 if value & 0x80000000 else 0)) & 0xFFFFFFFF
    return value


def tone(seconds: float, rate: int = 44100, hz: float = 220.0, db: float = -20.0) -> Any:
    """A stereo tone with soft edges, shape (2, samples), float."""
    t = np.arange(int(seconds * rate)) / rate
    edge = np.minimum(1.0, np.minimum(t, seconds - t) / 0.05)
    wave = 10 ** (db / 20) * np.sqrt(2) * np.sin(2 * np.pi * hz * t) * edge
    return np.stack([wave, wave]).astype(np.float32)


LOW_RATE = 8000


def low_tone(path: Path, seconds: int, hz: float) -> Path:
    """A short FLAC of a tone; one channel and a low rate, for it is never heard."""
    t = np.arange(seconds * LOW_RATE) / LOW_RATE
    samples = (3000 * np.sin(2 * np.pi * hz * t)).astype(np.int16)
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("flac", rate=LOW_RATE, layout="mono")
        for at in range(0, samples.size, 4096):
            block = samples[None, at : at + 4096]
            frame = av.AudioFrame.from_ndarray(block, format="s16", layout="mono")
            frame.sample_rate = LOW_RATE
            frame.pts = at
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def encode(path: Path, kind: str | tuple[str, str, str, int], samples: Any) -> Path:
    """Write (2, samples) at the rate of the format: one of `FORMATS`, or as those."""
    container_name, codec, sample_format, rate = FORMATS[kind] if isinstance(kind, str) else kind
    with av.open(str(path), "w", format=container_name) as container:
        stream: Any = container.add_stream(codec, rate=rate, layout="stereo")
        # FFmpeg calls its own Vorbis encoder experimental; PyAV ships no other.
        stream.codec_context.options = {"strict": "-2"} if codec == "vorbis" else {}
        if not codec.startswith(("pcm", "adpcm")):
            stream.codec_context.bit_rate = 128_000
        if sample_format != stream.codec_context.format.name:
            stream.codec_context.format = sample_format
        convert = av.AudioResampler(format=sample_format, layout="stereo", rate=rate)
        for at in range(0, samples.shape[1], 4096):
            block = np.ascontiguousarray(samples[:, at : at + 4096])
            frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="stereo")
            frame.sample_rate = rate
            frame.pts = at
            frame.time_base = Fraction(1, rate)
            for out in convert.resample(frame):
                container.mux(stream.encode(out))
        for out in convert.resample(None):
            container.mux(stream.encode(out))
        container.mux(stream.encode(None))
    return path


def tag(path: Path, **said: str) -> Path:
    """Write tags in each format's own way: title, artist, album, genre, and free ones."""
    file: Any = mutagen.File(path)
    if file.tags is None:
        file.add_tags()
    named = {"title", "artist", "album", "genre"}
    if isinstance(file, MP4):
        keys = {"title": "\xa9nam", "artist": "\xa9ART", "album": "\xa9alb", "genre": "\xa9gen"}
        for kind, text in said.items():
            if kind in named:
                file[keys[kind]] = [text]
            else:
                key = f"----:com.apple.iTunes:{kind.upper()}"
                file[key] = [MP4FreeForm(text.encode())]
    elif isinstance(file, ASF):
        keys = {
            "title": "Title",
            "artist": "Author",
            "album": "WM/AlbumTitle",
            "genre": "WM/Genre",
        }
        for kind, text in said.items():
            file[keys.get(kind, kind.upper())] = text
    elif hasattr(file.tags, "getall"):
        frames: Any = {"title": TIT2, "artist": TPE1, "album": TALB, "genre": TCON}
        for kind, text in said.items():
            if kind in named:
                file.tags.add(frames[kind](encoding=3, text=[text]))
            else:
                file.tags.add(TXXX(encoding=3, desc=kind.upper(), text=[text]))
    else:
        for kind, text in said.items():
            file[kind.upper()] = text
    file.save()
    return path


@cache
def _bytes(kind: str, seconds: float, db: float, hz: float) -> bytes:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"tone.{kind}"
        encode(path, kind, tone(seconds, FORMATS[kind][3], hz, db))
        return path.read_bytes()


def music(
    path: Path, *, seconds: float = 1.0, db: float = -20.0, hz: float = 220.0, **said: str
) -> Path:
    """A tone at `path`, in the format its suffix asks for, tagged if anything is said."""
    kind = "alac.m4a" if path.name.endswith(".alac.m4a") else path.suffix[1:].lower()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_bytes(kind, seconds, db, hz))
    return tag(path, **said) if said else path


def open_to_all(folder: Path) -> None:
    """Let another user reach what pytest made for us alone."""
    for path in (folder, *folder.parents):
        if path.stat().st_uid == os.getuid() and path != Path("/"):
            path.chmod(path.stat().st_mode | 0o755)
    for path in folder.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)


def as_nobody(code: str, *arguments: str | Path) -> str:
    """Run Python as a user for whom permissions count: root may read everything.

    What it needs is imported as root: nobody may not even look into root's folders.
    """
    head = (
        "import os, sys; from pathlib import Path\n"
        "import soundscape.library.catalog, mutagen, mutagen.flac, mutagen.ogg\n"
        "import subprocess, selectors, ruamel.yaml\n"
        "os.getuid() or (os.setgroups([]), os.setgid(65534), os.setuid(65534))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", head + code, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def momentary_lufs(samples: NDArray[np.floating[Any]], rate: int) -> tuple[float, ...]:
    """Momentary loudness (a 400 ms window) in LUFS, one value for every 100 ms."""
    values: list[float] = []
    meter = Meter("samples", on_momentary=values.append)
    for frame in frames_of(samples, rate):
        meter.feed(frame)
    meter.end()
    return tuple(values)
