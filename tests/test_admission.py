"""What is played is decided by decoding it, as the player does: odd files that sound whole are
admitted, and what sounds in part, or where the player's clock means nothing, is refused."""

from __future__ import annotations

import struct
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from library_fixtures import FORMATS, encode, music, ogg_crc, tag, tone
from mutagen.apev2 import APEv2
from mutagen.id3 import APIC, ID3

from soundscape.library.catalog import LibraryFile, scan

SECONDS = 4.0
Make = Callable[[Path], None]


def wav(path: Path, *, seconds: float = SECONDS) -> bytes:
    return encode(path.with_suffix(".made"), "wav", tone(seconds)).read_bytes()


def unwritten(size: int, *, lost: int = 0) -> Make:
    """A WAV whose sizes were never written, as it comes out of a pipe or of a dead recorder."""

    def make(path: Path) -> None:
        data = wav(path)
        at = data.index(b"data") + 4
        four = struct.pack("<I", size)
        path.write_bytes(data[:4] + four + data[8:at] + four + data[at + 4 : len(data) - lost])

    return make


def rf64(path: Path) -> None:
    data = wav(path)
    at = data.index(b"data")
    size = len(data) - at - 8
    chunk = b"ds64" + struct.pack("<IQQQI", 28, len(data) + 28, size, 0, 0)
    rest = data[12:at] + b"data" + b"\xff" * 4 + data[at + 8 :]
    path.write_bytes(b"RF64" + b"\xff" * 4 + b"WAVE" + chunk + rest)


def made(
    container: str, codec: str, form: str = "fltp", rate: int = 44100, db: float = -20.0
) -> Make:
    def make(path: Path) -> None:
        encode(path, (container, codec, form, rate), tone(SECONDS, rate, db=db))

    return make


def adpcm(path: Path) -> None:
    """As real encoders write it: with the rate in bytes that it has."""
    made("wav", "adpcm_ms", "s16")(path)
    data = path.read_bytes()
    at = data.index(b"fmt ") + 16
    size = len(data) - data.index(b"data") - 8
    path.write_bytes(data[:at] + struct.pack("<I", round(size / SECONDS)) + data[at + 4 :])


def joined(path: Path) -> None:
    """Two MP3s one behind the other, each with its header, an ID3v1 tag between them."""
    one = music(path.with_suffix(".mp3"), seconds=SECONDS / 2).read_bytes()
    other = music(path.with_suffix(".mp3"), seconds=SECONDS / 2, hz=330.0).read_bytes()
    path.write_bytes(one + b"TAG" + bytes(125) + other)


def joined_with(*tags: Callable[[Path], object]) -> Make:
    """Two MP3s, each tagged by these before they are joined."""

    def make(path: Path) -> None:
        data = b""
        for hz in (220.0, 330.0):
            one = music(path.with_suffix(".one.mp3"), seconds=SECONDS / 2, hz=hz)
            for add in tags:
                add(one)
            data += one.read_bytes()
        path.write_bytes(data)

    return make


def id3v2(path: Path) -> None:
    tag(path, title="One", artist="Somebody")


def apev2(path: Path) -> None:
    tags = APEv2()
    tags["Title"] = "One"
    tags.save(path)


def picture(size: int) -> Callable[[Path], None]:
    """A cover in ID3v2 that looks like a PNG: its bytes are as good as random."""

    def add(path: Path) -> None:
        tags = ID3()
        noise = np.random.default_rng(1).bytes(size)
        tags.add(APIC(encoding=0, mime="image/png", type=3, desc="", data=noise))
        tags.save(path)

    return add


def joined_aac(path: Path) -> None:
    """Two pieces in ADTS, an ID3v1 tag between them."""
    encode(path, ("adts", "aac", "fltp", 44100), tone(SECONDS / 2))
    path.write_bytes(path.read_bytes() + b"TAG" + bytes(125) + path.read_bytes())


def two_rates(path: Path) -> None:
    """An MP3 of 44.1 kHz, and one of 48 behind it."""
    joined(path)
    other = path.with_suffix(".48.mp3")
    encode(other, ("mp3", "libmp3lame", "fltp", 48000), tone(SECONDS, 48000))
    path.write_bytes(path.read_bytes() + other.read_bytes())


def overwritten(path: Path) -> None:
    """An MP3 with 3 kB of its middle lost."""
    data = bytearray(music(path.with_suffix(".mp3"), seconds=SECONDS).read_bytes())
    middle = len(data) // 2
    data[middle : middle + 3000] = np.random.default_rng(1).bytes(3000)
    path.write_bytes(data)


def pages(data: bytes) -> list[bytes]:
    out, at = [], 0
    while at < len(data):
        lacing = data[at + 27 : at + 27 + data[at + 26]]
        end = at + 27 + len(lacing) + sum(lacing)
        out.append(data[at:end])
        at = end
    return out


def cut_out_of_a_stream(path: Path) -> None:
    """Opus whose clock begins at an hour."""
    out = b""
    for page in pages(music(path.with_suffix(".opus"), seconds=SECONDS).read_bytes()):
        (granule,) = struct.unpack("<q", page[6:14])
        late = struct.pack("<q", granule + 3600 * 48000 if granule > 0 else granule)
        page = page[:6] + late + page[14:22] + bytes(4) + page[26:]
        out += page[:22] + struct.pack("<I", ogg_crc(page)) + page[26:]
    path.write_bytes(out)


def chained(path: Path) -> None:
    """Two recordings one behind the other, as a stream is saved."""
    one = music(path.with_suffix(".opus"), seconds=SECONDS).read_bytes()
    path.write_bytes(one + music(path.with_suffix(".opus"), seconds=3.0, hz=330.0).read_bytes())


def clipped_floats(path: Path) -> None:
    loud = np.clip(tone(SECONDS, db=6.0), -1.0, 1.0) * 2.0
    encode(path, ("wav", "pcm_f32le", "flt", 44100), loud)


def speex(path: Path) -> None:
    """Headers and fifty frames of it: no encoder is at hand."""
    numbers = (1, 80, 16000, 1, 4, 1, -1, 320, 0, 1, 0, 0, 0)
    header = b"Speex   " + b"1.2".ljust(20, b"\0") + struct.pack("<13i", *numbers)
    out = b""
    for number, packet in enumerate([header, bytes(8), *[bytes(70)] * 50]):
        first = 2 if number == 0 else 0
        head = struct.pack("<4sBBqIII", b"OggS", 0, first, max(0, number - 1) * 320, 1, number, 0)
        page = head + bytes([1, len(packet)]) + packet
        out += page[:22] + struct.pack("<I", ogg_crc(page)) + page[26:]
    path.write_bytes(out)


def by_ffmpeg(source: str, *options: str) -> Make:
    """What FFmpeg's program makes of one of its sources."""

    def make(path: Path) -> None:
        words = ["-f", "lavfi", "-i", source, "-t", str(SECONDS), *options, str(path)]
        subprocess.run(["ffmpeg", "-v", "error", *words], check=True)

    return make


def behind(first: bytes, form: str) -> Make:
    """A file with some bytes before it."""

    def make(path: Path) -> None:
        encode(path, (form, *FORMATS[form][1:]), tone(SECONDS))
        path.write_bytes(first + path.read_bytes())

    return make


PADDED = b"ID3\x03\0\0\0\0\x27\x10" + bytes(5008)
"""An ID3 tag of 5,008 bytes."""


def low_quality(path: Path) -> None:
    """Vorbis in blocks of 4,096 samples, and of 256 where noise bursts in."""
    burst = r"0.1*sin(2000*t)+0.4*(random(0)-0.5)*lt(mod(t\,1)\,0.1)"
    by_ffmpeg(f"aevalsrc={burst}:s=32000", "-bitexact")(wave := path.with_suffix(".wav"))
    subprocess.run(["oggenc", "-Q", "-q", "-1", str(wave), "-o", str(path)], check=True)


def two_surrounds(path: Path) -> None:
    """A WAV whose header calls its two channels surrounds; libVLC plays nothing of it."""
    data = wav(path)
    at = data.index(b"fmt ") + 8
    rest = data[at + 2 : at + 16] + struct.pack("<HHIH", 22, 16, 0x600, 1)
    form = b"\xfe\xff" + rest + bytes.fromhex("000000001000800000aa00389b71")
    data = data[: at - 4] + struct.pack("<I", len(form)) + form + data[data.index(b"data") :]
    path.write_bytes(data[:4] + struct.pack("<I", len(data) - 8) + data[8:])


def cut(make: Make) -> Make:
    def shorter(path: Path) -> None:
        make(path)
        data = path.read_bytes()
        path.write_bytes(data[: len(data) * 6 // 10])

    return shorter


WHOLE: dict[str, Make] = {
    "rf64.wav": rf64,
    "piped by ffmpeg.wav": unwritten(0xFFFF_FFFF),
    "piped by sox.wav": unwritten(0x7FFF_F000),
    "recorder that lost power.wav": unwritten(0, lost=0),
    "adpcm.wav": adpcm,
    "mp3 inside.wav": made("wav", "libmp3lame"),
    "floats over full scale.wav": made("wav", "pcm_f32le", "flt", db=6.0),
    "stream.opus": cut_out_of_a_stream,
    "joined.mp3": joined,
    "joined with id3v2.mp3": joined_with(id3v2),
    "joined with apev2.mp3": joined_with(apev2),
    "joined with both.mp3": joined_with(apev2, id3v2),
    "joined.aac": joined_aac,
    "a.mka": made("matroska", "flac", "s16"),
    "a.webm": made("webm", "libopus", "flt", 48000),
    "matroska called.opus": made("matroska", "libopus", "flt", 48000),
    "a.mp4": made("mp4", "aac"),
    "a.wv": by_ffmpeg("sine=300", "-frame_size", "11025"),
    "oggenc at its lowest.ogg": low_quality,
    "two id3v2.mp3": behind(PADDED + PADDED, "mp3"),
    "id3v2 before.flac": behind(PADDED, "flac"),
    "a frame's rest before.mp3": behind(bytes(1400), "mp3"),
    "a.caf": made("caf", "pcm_s16le", "s16"),
    "alac.caf": made("caf", "alac", "s16p"),
    "a.au": made("au", "pcm_s16be", "s16"),
    "a.mp2": made("mp2", "mp2", "s16"),
    "a.ac3": made("ac3", "ac3"),
    "old.wma": made("asf", "wmav1"),
}

NOT: dict[str, tuple[Make, str]] = {
    "chained.opus": (chained, "holds several recordings one behind the other"),
    "joined with pictures.mp3": (
        joined_with(picture(200_000)),
        "the player would lose its place",
    ),
    "of two rates.mp3": (two_rates, "changes its sample rate or channels"),
    "overwritten.mp3": (overwritten, "of its sound cannot be decoded"),
    "w64 called.wav": (made("w64", "pcm_s16le", "s16"), "form (w64) that the player does not play"),
    "tta called.flac": (made("tta", "tta", "s16"), "form (tta) that the player does not play"),
    "adpcm by ffmpeg.wav": (
        made("wav", "adpcm_ms", "s16"),
        "the player's clock would be wrong in it",
    ),
    "long blocks.flac": (
        by_ffmpeg("sine=300:sample_rate=8000", "-frame_size", "4096"),
        "its blocks last 0.5 s",
    ),
    "long blocks.m4a": (
        by_ffmpeg("sine=300:sample_rate=8000", "-c:a", "alac"),
        "its blocks last 0.5 s",
    ),
    "long blocks.wv": (made("wv", "wavpack", "s16p"), "its blocks last 0.5 s"),
    "padding behind its tag.mp3": (
        behind(PADDED + bytes(5000), "mp3"),
        "the player finds no sound",
    ),
    "zeros before.flac": (behind(bytes(5000), "flac"), "the player finds no sound"),
    "two surrounds.wav": (two_surrounds, "has 2 channels (SL+SR), of which the player would lose"),
    **{
        f"cut {name}": (cut(WHOLE[name]), "is cut short")
        for name in ("rf64.wav", "a.mka", "a.webm", "a.caf", "a.au", "a.wv", "adpcm.wav")
    },
}


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> dict[str, LibraryFile]:
    """All of them, made and scanned once."""
    folder = tmp_path_factory.mktemp("odd")
    for name, make in (WHOLE | {name: make for name, (make, _) in NOT.items()}).items():
        path = folder / name / name  # a folder each: what a file is made from lies beside it
        path.parent.mkdir()
        make(path)
    held = scan([folder], folder / "index.db").held
    return {Path(each.found.path).name: each for each in held}


@pytest.mark.slow
@pytest.mark.parametrize("name", WHOLE)
def test_what_sounds_whole_is_admitted(shelf: dict[str, LibraryFile], name: str) -> None:
    """Its length is what decodes, and nothing of it is called damaged."""
    track = shelf[name].track
    assert track is not None, shelf[name].fault
    assert track.duration_s == pytest.approx(SECONDS, abs=0.15)
    assert not [each for each in shelf[name].about.findings if each.kind == "undecodable"]


@pytest.mark.parametrize("name", NOT)
def test_what_does_not_is_refused_and_said_why(shelf: dict[str, LibraryFile], name: str) -> None:
    """By what the file is, whatever it is called; what was cut short stays out in every form."""
    held = shelf[name]
    assert held.track is None
    assert held.fault is not None
    assert NOT[name][1] in held.fault.what


def test_floats_over_full_scale_are_matched_by_what_they_hold(
    shelf: dict[str, LibraryFile],
) -> None:
    """Their peak stands over full scale, and they are played that much softer."""
    track = shelf["floats over full scale.wav"].track
    assert track is not None
    assert track.true_peak_dbtp == pytest.approx(9.0, abs=0.3)
    assert track.match_db == pytest.approx(-23.0 - 9.0, abs=1.0)
