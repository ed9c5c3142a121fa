"""Ogg Vorbis that says its headers twice: the player plays it, so it is measured."""

from __future__ import annotations

from pathlib import Path

import av
import pytest
from library_fixtures import music, ogg_crc

from soundscape.core.errors import InputError
from soundscape.library.measure.listen import listen
from soundscape.library.measure.opening import key_of, without_repeated_headers


def pages_of(data: bytes) -> list[tuple[bytes, bytes, bytes]]:
    """Each page as its 27 bytes of header, its lacing and its body."""
    pages, at = [], 0
    while at < len(data):
        lacing = data[at + 27 : at + 27 + data[at + 26]]
        body = at + 27 + len(lacing)
        pages.append((data[at : at + 27], lacing, data[body : body + sum(lacing)]))
        at = body + sum(lacing)
    return pages


def page(head: bytes, lacing: bytes, body: bytes) -> bytes:
    whole = head[:22] + bytes(4) + bytes([len(lacing)]) + lacing + body
    return whole[:22] + ogg_crc(whole).to_bytes(4, "little") + whole[26:]


def stuttering(path: Path) -> bytes:
    """The file's bytes with its three headers again before the first sound."""
    pages = pages_of(path.read_bytes())
    sound = next(n for n, (_, _, body) in enumerate(pages) if body and not body[0] & 1)
    lacing = b"".join(each[1] for each in pages[:sound])
    body = b"".join(each[2] for each in pages[:sound])
    head, own_lacing, own_body = pages[sound]
    assert len(lacing) + len(own_lacing) < 256
    spoilt = [*pages[:sound], (head, lacing + own_lacing, body + own_body), *pages[sound + 1 :]]
    return b"".join(page(*each) for each in spoilt)


def test_headers_said_twice_are_read_once(tmp_path: Path) -> None:
    """FFmpeg refuses such a file; here it is the same audio, whole, under the same key."""
    whole = music(tmp_path / "a.ogg", seconds=2.0)
    twice = tmp_path / "b.ogg"
    twice.write_bytes(stuttering(whole))
    with pytest.raises(av.InvalidDataError):
        av.open(str(twice))
    heard = listen(str(twice))
    assert heard.loudness == listen(str(whole)).loudness
    assert heard.bad_at == ()
    assert key_of(str(twice)) == key_of(str(whole))


def test_other_files_are_left_as_they_are(tmp_path: Path) -> None:
    """A sound file, a torn one and one of words are not mended; what was broken stays a fault."""
    whole = music(tmp_path / "a.ogg", seconds=2.0)
    assert without_repeated_headers(str(whole)) is None
    torn = tmp_path / "torn.ogg"
    for size in (3, 10, 30, 60, 500, 4000):
        torn.write_bytes(stuttering(whole)[:size])
        without_repeated_headers(str(torn))
    torn.write_text("OggS and then words\n" * 100)
    assert without_repeated_headers(str(torn)) is None
    with pytest.raises(InputError):
        listen(str(torn))
