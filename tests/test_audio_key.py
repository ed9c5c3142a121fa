"""The key that names a file's audio, and the measuring that asks for it first."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from library_fixtures import FORMATS, music, tag
from mutagen.id3 import ID3

from soundscape.core.errors import Fault, InputError
from soundscape.library.audiokey import key_of
from soundscape.library.measure import Measured, Passing, measure_many


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
