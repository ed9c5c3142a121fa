"""Files of every format, from real encoders, in which a tone tells its own second.

The tone rises by 20 Hz each second, so that a moment of a recording says where in the file it is.
From the 12th to the 20th second noise lies over it, so that encoders of variable rate spend their
bits unevenly, which is what seeking by proportion fails on.
"""

from __future__ import annotations

import struct
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Lock

import numpy as np
import numpy.typing as npt
from library_fixtures import ogg_crc
from recording import RATE, Floats

LENGTH_S = 40
FIRST_HZ, HZ_PER_S = 300.0, 20.0
NOISE_S = (12, 20)

_sources = Lock()

Make = Callable[[Path, Path], None]


@dataclass(frozen=True)
class Format:
    """One row: the file's name, who encodes it and how, and the source it is made of: samples a
    second and the level of the tone in each channel."""

    name: str
    about: str
    make: Make
    rate: int = 44_100
    tones: tuple[float, ...] = (0.2, 0.2)


def place_of(samples: Floats) -> float:
    """Which second of its file the middle of some samples (n,) is, by the strongest tone."""
    size = 1 << 18
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)), size))
    hz = np.arange(len(spectrum)) * RATE / size
    spectrum[hz < FIRST_HZ - HZ_PER_S] = 0.0
    return float((hz[np.argmax(spectrum)] - FIRST_HZ) / HZ_PER_S)


def make(format_: Format, folder: Path) -> Path:
    """Encode a format's file into a folder."""
    name = "-".join(str(each) for each in (format_.rate, *format_.tones))
    source = folder / f"source-{name}.wav"
    with _sources:
        if not source.exists():
            _write_source(source, format_)
    made = folder / format_.name
    format_.make(source, made)
    return made


def _write_source(path: Path, format_: Format) -> None:
    rate, rng = format_.rate, np.random.default_rng(1)
    t = np.arange(LENGTH_S * rate) / rate
    tone = np.sin(2 * np.pi * (FIRST_HZ * t + HZ_PER_S / 2 * t * t))
    dense = (t >= NOISE_S[0]) & (t < NOISE_S[1])
    noise = np.where(dense, 0.4, 0.02)
    channels = [level * (tone + noise * rng.standard_normal(len(t))) for level in format_.tones]
    data = np.stack(channels, axis=1).astype("<f4")
    form = ["-f", "f32le", "-ar", str(rate), "-ac", str(len(channels))]
    _run("ffmpeg", *form, "-i", "-", "-c:a", "pcm_f32le", str(path), data=data)
    bare = ("-bitexact", "-map_metadata", "-1", "-c:a", "pcm_s16le")
    _run("ffmpeg", "-i", str(path), *bare, str(path.with_suffix(".16.wav")))


def _run(program: str, *words: str, data: npt.NDArray[np.float32] | None = None) -> None:
    quiet = ["-v", "error", "-y"] if program == "ffmpeg" else []
    given = None if data is None else data.tobytes()
    done = subprocess.run([program, *quiet, *words], input=given, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()


def _ffmpeg(*options: str) -> Make:
    return lambda source, out: _run("ffmpeg", "-i", str(source), *options, str(out))


def _from_16_bit(program: str, *options: str, to: str = "") -> Make:
    """An encoder that takes no floats."""

    def encode(source: Path, out: Path) -> None:
        plain = source.with_suffix(".16.wav")
        _run(program, *options, str(plain), *([to] if to else []), str(out))

    return encode


def _sox(*options: str) -> Make:
    return lambda source, out: _run("sox", "-V1", "-D", str(source), *options, str(out))


_lame = partial(_from_16_bit, "lame", "--quiet")
_oggenc = partial(_from_16_bit, "oggenc", "-Q", to="-o")
_flac = partial(_from_16_bit, "flac", "-s", "-f", to="-o")


def with_opus_gain(source: Path, out: Path, db: float = 12.0) -> None:
    """Opus whose header asks for another gain (RFC 7845, 5.1)."""
    _from_16_bit("opusenc", "--quiet")(source, out)
    data = bytearray(out.read_bytes())
    page_end = 27 + data[26] + sum(data[27 : 27 + data[26]])
    at = data.index(b"OpusHead") + 16
    data[at : at + 2] = struct.pack("<h", round(db * 256))
    data[22:26] = bytes(4)
    data[22:26] = struct.pack("<I", ogg_crc(data[:page_end]))
    out.write_bytes(data)


def joined_mp3s(source: Path, out: Path) -> None:
    """Two MP3s one behind the other, each with its tags (ID3v2 before it, ID3v1 behind)."""
    half = str(LENGTH_S / 2)
    data = b""
    for part in (["0", half], [half]):
        piece, encoded = out.with_suffix(".piece.wav"), out.with_suffix(".piece.mp3")
        _run("sox", str(source.with_suffix(".16.wav")), str(piece), "trim", *part)
        tags = ("--add-id3v2", "--tt", "Piece", "--ta", "Somebody")
        _run("lame", "--quiet", "-V", "4", *tags, str(piece), str(encoded))
        data += encoded.read_bytes()
    out.write_bytes(data)


SIX = (0.1, 0.12, 0.2, 0.15, 0.08, 0.06)
EIGHT = (*SIX, 0.07, 0.05)

FORMATS = (
    Format("vbr.mp3", "MP3, lame -V 4", _lame("-V", "4")),
    Format("vbr-no-table.mp3", "MP3, lame -V 4 -t: no seek table", _lame("-V", "4", "-t")),
    Format("cbr.mp3", "MP3, lame -b 128", _lame("-b", "128")),
    Format("abr.mp3", "MP3, lame --abr 112", _lame("--abr", "112")),
    Format("joined.mp3", "two MP3s joined, with tags, lame", joined_mp3s),
    Format("mono-22.mp3", "MP3 mono, ffmpeg", _ffmpeg("-b:a", "32k"), 22_050, (0.2,)),
    Format("mono-8.mp3", "MP3 mono, ffmpeg", _ffmpeg("-b:a", "16k"), 8_000, (0.2,)),
    Format("oggenc.ogg", "Vorbis, oggenc -q 4", _oggenc("-q", "4")),
    Format("managed.ogg", "Vorbis, oggenc --managed -b 128", _oggenc("--managed", "-b", "128")),
    Format("5.1.ogg", "Vorbis 5.1, ffmpeg libvorbis", _ffmpeg("-c:a", "libvorbis"), 48_000, SIX),
    Format("opusenc.opus", "Opus, opusenc", _from_16_bit("opusenc", "--quiet"), 48_000),
    Format("gain.opus", "Opus, header gain +12 dB", with_opus_gain, 48_000, (0.05, 0.05)),
    Format("cbr.opus", "Opus CBR, ffmpeg", _ffmpeg("-b:a", "64k", "-vbr", "off"), 48_000),
    Format("7.1.opus", "Opus 7.1, ffmpeg", _ffmpeg("-b:a", "320k"), 48_000, EIGHT),
    Format("aac.m4a", "AAC, ffmpeg", _ffmpeg("-b:a", "128k")),
    Format("5.1.m4a", "AAC 5.1, ffmpeg", _ffmpeg("-b:a", "256k"), 48_000, SIX),
    Format(
        "fragments.m4a",
        "AAC, fragmented, ffmpeg",
        _ffmpeg("-b:a", "128k", "-movflags", "frag_keyframe+empty_moov+default_base_moof"),
    ),
    Format("alac.m4a", "ALAC, ffmpeg", _ffmpeg("-c:a", "alac")),
    Format("adts.aac", "AAC in ADTS, ffmpeg", _ffmpeg("-b:a", "128k")),
    Format("v2.wma", "WMA 2, ffmpeg", _ffmpeg("-c:a", "wmav2", "-b:a", "128k")),
    Format("v1.wma", "WMA 1, ffmpeg", _ffmpeg("-c:a", "wmav1", "-b:a", "128k")),
    Format("flac.flac", "FLAC, flac -8", _flac("-8")),
    Format("no-table.flac", "FLAC, flac --no-seektable", _flac("--no-seektable")),
    Format("192.flac", "FLAC 24 bit, ffmpeg", _ffmpeg("-sample_fmt", "s32"), 192_000, (0.2, 0.2)),
    Format("5.1.flac", "FLAC 5.1, ffmpeg", _ffmpeg(), 48_000, SIX),
    Format("7.1.flac", "FLAC 7.1, ffmpeg", _ffmpeg(), 48_000, EIGHT),
    Format("flac.oga", "FLAC in Ogg, flac --ogg", _flac("--ogg")),
    Format("16.wav", "WAV 16 bit, ffmpeg", _ffmpeg("-c:a", "pcm_s16le")),
    Format("24-96.wav", "WAV 24 bit, ffmpeg", _ffmpeg("-c:a", "pcm_s24le"), 96_000),
    Format("float.wav", "WAV 32-bit float, ffmpeg", _ffmpeg("-c:a", "pcm_f32le")),
    Format("mono-8.wav", "WAV 8 bit mono, ffmpeg", _ffmpeg("-c:a", "pcm_u8"), 8_000, (0.2,)),
    Format("7.1.wav", "WAV 7.1, ffmpeg", _ffmpeg("-c:a", "pcm_s24le"), 48_000, EIGHT),
    Format("ima.wav", "ADPCM, sox", _sox("-e", "ima-adpcm")),
    Format("a.mka", "FLAC in Matroska, ffmpeg", _ffmpeg("-c:a", "flac")),
    Format("a.webm", "Opus in WebM, ffmpeg", _ffmpeg("-c:a", "libopus"), 48_000),
    Format("a.mp4", "AAC in MP4, ffmpeg", _ffmpeg("-b:a", "128k")),
    Format("a.wv", "WavPack, ffmpeg", _ffmpeg("-frame_size", "11025")),
    Format("a.caf", "ALAC in CAF, ffmpeg", _ffmpeg("-c:a", "alac")),
    Format("a.mp2", "MP2, ffmpeg", _ffmpeg("-b:a", "192k")),
    Format("5.1.ac3", "AC-3 5.1, ffmpeg", _ffmpeg("-b:a", "448k"), 48_000, SIX),
    Format("a.au", "AU, sox", _sox("-b", "16")),
    Format("rf64.wav", "RF64, ffmpeg", _ffmpeg("-c:a", "pcm_s16le", "-rf64", "always")),
    Format("sox.aiff", "AIFF, sox", _sox()),
    Format("float.aiff", "AIFF-C float, ffmpeg", _ffmpeg("-c:a", "pcm_f32be")),
)
"""Every container and codec that is played, with its common encoders, steady and variable rates,
with and without seek tables, mono to 7.1, 8 to 192 kHz, 8 bit to float."""
