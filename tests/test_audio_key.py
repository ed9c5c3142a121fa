"""The key that names a file's audio, and the measuring that asks for it first."""

from __future__ import annotations

import hashlib
import shutil
import struct
from collections.abc import Callable
from pathlib import Path

import av
import pytest
from library_fixtures import FORMATS, music, ogg_crc, tag
from mutagen.id3 import ID3

from soundscape.core.errors import Fault, InputError
from soundscape.library.measure.measured import Measured, Passing, recording_of
from soundscape.library.measure.opening import key_of
from soundscape.library.measure.workers import measure_many


@pytest.mark.parametrize("kind", FORMATS)
def test_tags_and_names_do_not_change_the_key(kind: str, tmp_path: Path) -> None:
    """A file tagged anew (a little, a lot, not at all any more) or renamed is the same audio."""
    path = music(tmp_path / f"a.{kind}")
    key = key_of(str(path))
    tag(path, title="Short", artist="Ann")
    assert key_of(str(path)) == key
    tag(path, title="Long " * 4000, comment="words " * 9000, intensity="0.5")
    assert key_of(str(path)) == key
    moved = shutil.move(path, tmp_path / f"another name.{kind}")
    assert key_of(str(moved)) == key


def test_tags_at_the_end_of_an_mp3_are_no_audio(tmp_path: Path) -> None:
    """An ID3v1 tag lies behind the last frame, where it could pass for a packet."""
    path = music(tmp_path / "a.mp3")
    key = key_of(str(path))
    tags = ID3(path) if path.read_bytes()[:3] == b"ID3" else ID3()
    tags.save(path, v1=2)
    assert path.read_bytes()[-128:-125] == b"TAG"
    assert key_of(str(path)) == key


def test_other_audio_has_another_key(tmp_path: Path) -> None:
    """Each format, pitch and length is a sound of its own."""
    paths = [music(tmp_path / f"a.{kind}") for kind in FORMATS]
    paths += [music(tmp_path / f"b.{kind}", hz=330.0) for kind in FORMATS]
    paths += [music(tmp_path / "c.flac", seconds=1.5)]
    assert len({key_of(str(path)) for path in paths}) == len(paths)


def _opus_gain(path: Path, q8: int) -> None:
    """Give an Opus file another gain in its header (RFC 7845, 5.1), and its page a checksum."""
    data = bytearray(path.read_bytes())
    end = 27 + data[26] + sum(data[27 : 27 + data[26]])
    at = data.index(b"OpusHead") + 16
    data[at : at + 2] = struct.pack("<h", q8)
    data[22:26] = bytes(4)
    data[22:26] = struct.pack("<I", ogg_crc(data[:end]))
    path.write_bytes(data)


def _lame_padding(path: Path) -> None:
    """Say in LAME's header that more samples at the start are no music."""
    data = bytearray(path.read_bytes())
    table = data.index(b"Xing" if b"Xing" in data else b"Info")
    at = data.index(b"Lav", table) + 21
    data[at] ^= 0x10
    path.write_bytes(data)


def _channel_mask(path: Path) -> None:
    """Call the same two channels of a WAV file by other names (WAVEFORMATEXTENSIBLE)."""
    guid = bytes.fromhex("0100000000001000800000aa00389b71")
    data = path.read_bytes()
    at, size = (
        data.index(b"fmt ") + 4,
        int.from_bytes(data[data.index(b"fmt ") + 4 :][:4], "little"),
    )
    plain = data[at + 4 : at + 20]
    form = struct.pack("<H", 0xFFFE) + plain[2:] + struct.pack("<HHI", 22, 16, 0x30) + guid
    path.write_bytes(data[:at] + struct.pack("<I", len(form)) + form + data[at + 4 + size :])


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("opus", lambda path: _opus_gain(path, 3072)),
        ("mp3", _lame_padding),
        ("wav", _channel_mask),
    ],
    ids=["header gain", "gapless header", "channel mask"],
)
def test_what_changes_the_decoding_changes_the_key(
    kind: str, change: Callable[[Path], None], tmp_path: Path
) -> None:
    """The packets are the same, and what is measured of them is not: another key, of the same
    recording."""
    path = music(tmp_path / f"a.{kind}")
    key = key_of(str(path))
    change(path)
    assert key_of(str(path)) != key
    assert recording_of(key_of(str(path))) == recording_of(key)


def test_a_changed_header_gain_is_measured_anew(tmp_path: Path) -> None:
    """12 dB in an Opus header are 12 dB more to match, though the packets are known already."""
    path = music(tmp_path / "a.opus")
    ((_, key, before),) = measure_many([str(path)])
    _opus_gain(path, 3072)
    ((_, _, after),) = measure_many([str(path)], known={key: before}.get)
    assert isinstance(before, Measured)
    assert isinstance(after, Measured)
    assert after.loudness_lufs - before.loudness_lufs == pytest.approx(12.0, abs=0.1)


@pytest.mark.parametrize("kind", FORMATS)
def test_an_older_key_is_that_of_the_recording(kind: str, tmp_path: Path) -> None:
    """What people said of a sound, and what journals tell of it, is kept by the key as it was made
    before it had two halves."""
    path = music(tmp_path / f"a.{kind}")
    old = hashlib.blake2b(digest_size=16)
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        codec = stream.codec_context.codec.canonical_name
        old.update(f"{codec} {stream.rate} {stream.channels} ".encode())
        for packet in container.demux(stream):
            if packet.size:
                old.update(packet)
    assert recording_of(key_of(str(path))) == old.hexdigest()
    assert recording_of(old.hexdigest()) == old.hexdigest()


def test_what_holds_no_audio_has_no_key(tmp_path: Path) -> None:
    """No key of nothing: two broken files must not pass for each other."""
    (tmp_path / "text.mp3").write_text("not music at all\n" * 300)
    (tmp_path / "header.wav").write_bytes(music(tmp_path / "x.wav").read_bytes()[:44])
    (tmp_path / "bare.aiff").write_bytes(music(tmp_path / "y.aiff").read_bytes()[:50])
    for name in ("text.mp3", "header.wav", "bare.aiff", "missing.ogg"):
        with pytest.raises(InputError):
            key_of(str(tmp_path / name))


def test_what_is_known_is_not_measured_again(tmp_path: Path) -> None:
    """`known` is asked by key; its answer, a measure or a fault, is the result as it stands."""
    paths = [str(music(tmp_path / name)) for name in ("a.flac", "b.mp3", "c.ogg")]
    first = {path: (key, result) for path, key, result in measure_many(paths, 2)}
    keys = [first[path][0] for path in paths]
    assert all(isinstance(result, Measured) and result.key == key for key, result in first.values())
    old = Measured(-1.0, 2.0, -3.0, 4.0, 0.5, key=keys[0])
    fault = Fault("/where/it/was", "is silent")
    asked: list[str] = []

    def known(key: str) -> Measured | Fault | None:
        asked.append(key)
        return {keys[0]: old, keys[1]: fault}.get(key)

    again = {path: result for path, _, result in measure_many(paths, 1, known=known)}
    assert asked == keys
    assert again[paths[0]] == old
    assert again[paths[1]] == Fault(paths[1], "is silent")
    assert again[paths[2]] == first[paths[2]][1]


def test_a_file_that_cannot_be_named_is_a_fault_without_a_key(tmp_path: Path) -> None:
    """`known` is not asked about it."""
    path = tmp_path / "a.mp3"
    path.write_text("words")

    def known(key: str) -> None:
        raise AssertionError(key)

    ((_, key, result),) = measure_many([str(path)], known=known)
    assert key == ""
    assert isinstance(result, Fault)
    assert not isinstance(result, Passing)
