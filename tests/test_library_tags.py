from __future__ import annotations

import contextlib
import os
import struct
from pathlib import Path
from typing import Any

import av
import mutagen
import pytest
from hypothesis import given
from hypothesis import strategies as st
from library_fixtures import FORMATS, encode, music, tag, tone
from mutagen.apev2 import APEv2
from mutagen.asf import ASF
from mutagen.id3 import (
    COMM,
    ID3,
    SYLT,
    TCOM,
    TCON,
    TIT1,
    TIT2,
    TLAN,
    TMCL,
    TMOO,
    TPE2,
    TSRC,
    TXXX,
    UFID,
    USLT,
)
from mutagen.mp3 import MP3
from mutagen.mp4 import MP4FreeForm, MP4Tags

from soundscape.core.avoid import Avoid
from soundscape.core.errors import InputError
from soundscape.core.track import Track
from soundscape.library.catalog import scan
from soundscape.library.tagfile import read_tags
from soundscape.library.tags import read_intensity, read_lyrics, tags_of


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_tells_the_same(kind: str, tmp_path: Path) -> None:
    """Title, artist, album, words, intensity and length come out alike, whatever the format."""
    path = music(
        tmp_path / f"file.{kind}",
        seconds=2.0,
        title="Slow Water",
        artist="Ana Björk",
        album="Tides",
        genre="Ambient; Drone",
        intensity="0.35",
        kind="Ambience",
        instrumental="yes",
    )
    tags = read_tags(path)
    assert (tags.title, tags.artist, tags.album) == ("Slow Water", "Ana Björk", "Tides")
    assert tags.intensity == 0.35
    assert tags.duration_s == pytest.approx(2.0, abs=0.15)
    assert set(tags.tags) == {
        "artist:ana björk",
        "album:tides",
        "genre:ambient",
        "genre:drone",
        "kind:ambience",
        "instrumental:yes",
    }
    # Where an Ogg ends says nothing of where it began.
    assert tags.declared == (kind not in ("ogg", "opus"))
    assert not tags.torn


ID = "6bf0c9a9-3f6a-4b58-9c3d-0123456789ab"


def say_all(path: Path) -> None:
    """Tags as Picard and others write them: each format's own field where it has one."""
    file: Any = mutagen.File(path)
    if file.tags is None:
        file.add_tags()
    tags = file.tags
    if isinstance(tags, MP4Tags):
        tags["\xa9grp"], tags["\xa9cmt"], tags["\xa9lyr"] = ["Evening"], ["old"], ["la la\nla"]
        for name, text in {
            "MOOD": "calm",
            "LANGUAGE": "eng",
            "replaygain_track_gain": "-6.50 dB",
            "MusicBrainz Album Id": ID,
            "MusicBrainz Track Id": ID,
            "ISRC": "de-a12-20-00001",
        }.items():
            tags[f"----:com.apple.iTunes:{name}"] = [MP4FreeForm(text.encode())]
    elif isinstance(file, ASF):
        for name, text in {
            "WM/ContentGroupDescription": "Evening",
            "Description": "old",
            "WM/Lyrics": "la la",
            "WM/Mood": "calm",
            "WM/Language": "eng",
            "replaygain_track_gain": "-6.50 dB",
            "MusicBrainz/Album Id": ID,
            "MusicBrainz/Track Id": ID,
            "WM/ISRC": "DEA122000001",
        }.items():
            file[name] = text
    elif isinstance(tags, ID3):
        tags.add(TIT1(encoding=3, text=["Evening"]))
        tags.add(COMM(encoding=3, lang="eng", desc="", text=["old"]))
        tags.add(COMM(encoding=3, lang="eng", desc="iTunNORM", text=[" 0000"]))
        tags.add(USLT(encoding=3, lang="eng", desc="", text="la la\nla"))
        tags.add(TMOO(encoding=3, text=["calm"]))
        tags.add(TLAN(encoding=3, text=["eng"]))
        tags.add(TXXX(encoding=3, desc="REPLAYGAIN_TRACK_GAIN", text=["-6.50 dB"]))
        tags.add(TXXX(encoding=3, desc="MusicBrainz Album Id", text=[ID]))
        tags.add(UFID(owner="http://musicbrainz.org", data=ID.encode()))
        tags.add(TSRC(encoding=3, text=["DEA122000001"]))
    else:
        for name, text in {
            "GROUPING": "Evening",
            "COMMENT": "old",
            "UNSYNCEDLYRICS": "la la",
            "MOOD": "calm",
            "LANGUAGE": "eng",
            "REPLAYGAIN_TRACK_GAIN": "-6.50 dB",
            "MUSICBRAINZ_ALBUMID": ID,
            "MUSICBRAINZ_TRACKID": ID,
            "ISRC": "DEA122000001",
        }.items():
            file[name] = text
    file.save()


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_tells_the_rest_alike(kind: str, tmp_path: Path) -> None:
    """Mood, grouping, comment, language, lyrics, gain and ids come out alike from each format's own
    fields, and the lyrics' words are not kept."""
    path = music(tmp_path / f"file.{kind}")
    say_all(path)
    tags = read_tags(path)
    assert set(tags.tags) == {"mood:calm", "grouping:evening", "language:eng"}
    assert (tags.comment, tags.lyrics) == ("old", "words")
    assert (tags.gain_db, tags.gain_lufs) == (-6.5, -11.5)
    assert tags.ids == {"release": ID, "recording": ID, "isrc": "DEA122000001"}
    assert "la la" not in str(tags)


def test_synchronised_lyrics_and_free_ones_are_seen_too(tmp_path: Path) -> None:
    """Lyrics with times (SYLT), and those in a free text frame, count as well."""
    for number, frame in enumerate(
        (
            SYLT(encoding=3, lang="eng", format=2, type=1, desc="", text=[("la", 0), ("la", 9)]),
            TXXX(encoding=3, desc="LYRICS", text=["la la"]),
        )
    ):
        path = music(tmp_path / f"{number}.mp3")
        file = MP3(path)
        assert file.tags is not None
        file.tags.add(frame)
        file.save()
        assert read_tags(path).lyrics == "words"


def test_comments_for_programs_are_no_comments(tmp_path: Path) -> None:
    """What iTunes notes for itself in a comment frame is not shown to people."""
    path = music(tmp_path / "a.mp3")
    file = MP3(path)
    assert file.tags is not None
    file.tags.add(COMM(encoding=3, lang="eng", desc="iTunNORM", text=[" 0000"]))
    file.save()
    assert read_tags(path).comment == ""


@pytest.mark.parametrize(
    ("text", "lyrics"),
    [
        ("[Instrumental]", "instrumental"),
        ("(instrumental)\n", "instrumental"),
        ("[00:00.00]Instrumental", "instrumental"),
        ("[ar: Ana]\n[00:01.00] ♪ Instrumental ♪", "instrumental"),
        ("This song is an instrumental", "instrumental"),
        ("[Instrumental intro]\nla la", "words"),
        ("la", "words"),
        ("", "none"),
        (" \n ...", "none"),
        ("n/a", "none"),
        ("[00:00.00]", "none"),
    ],
)
def test_what_lyrics_hold(text: str, lyrics: str) -> None:
    """ "[instrumental]" is no words; times, headings and fillers are neither."""
    assert read_lyrics([text]) == lyrics


@pytest.mark.parametrize(
    ("said", "gain", "lufs"),
    [
        ({"replaygain_track_gain": ["+2,25 dB"]}, 2.25, -20.25),
        ({"replaygain_track_gain": ["-3"]}, -3.0, -15.0),
        (
            {
                "replaygain_track_gain": ["1.00 dB"],
                "replaygain_reference_loudness": ["-23.00 LUFS"],
            },
            1.0,
            -24.0,
        ),
        ({"r128_track_gain": ["-512"]}, -2.0, -21.0),
        ({"r128_track_gain": ["-5.5 dB"]}, None, None),
        ({"replaygain_track_gain": ["loud"]}, None, None),
        ({"replaygain_track_gain": ["9999 dB"]}, None, None),
    ],
)
def test_gain_tags(said: dict[str, list[str]], gain: float | None, lufs: float | None) -> None:
    """ReplayGain in dB to its reference, R128 in 256ths to -23 LUFS; anything else is no gain."""
    tags = tags_of(said, stem="s", duration_s=1.0)
    assert (tags.gain_db, tags.gain_lufs) == (gain, lufs)


def test_several_values_in_one_text() -> None:
    """A zero byte parts the values of one text, in every format as in ID3."""
    tags = tags_of({"artist": ["Ann\0Bo"], "genre": ["A\0B"]}, stem="s", duration_s=1.0)
    assert tags.artist == "Ann, Bo"
    assert set(tags.tags) == {"artist:ann", "artist:bo", "genre:a", "genre:b"}


def test_what_is_no_id_is_not_one() -> None:
    """Only what has the form of MusicBrainz' ids, or of an ISRC, is kept as one."""
    said = {"musicbrainz_albumid": ["x"], "musicbrainz_artistid": [ID.upper()], "isrc": ["12"]}
    assert tags_of(said, stem="s", duration_s=1.0).ids == {"artist": ID}


@pytest.mark.parametrize("kind", FORMATS)
def test_a_wrong_suffix_does_not_matter(kind: str, tmp_path: Path) -> None:
    """A file is read by what it is, also where its name says another format."""
    path = music(tmp_path / f"a.{kind}", seconds=2.0, title="Right")
    for suffix in ("mp3", "flac", "ogg", "wav"):
        other = path.with_name(f"b.{suffix}")
        other.write_bytes(path.read_bytes())
        tags = read_tags(other)
        assert (tags.title, round(tags.duration_s)) == ("Right", 2)


@pytest.mark.parametrize("kind", FORMATS)
def test_an_untagged_file_is_called_by_its_name(kind: str, tmp_path: Path) -> None:
    """Without tags the title is the file's name without its suffix, and nothing is invented."""
    tags = read_tags(music(tmp_path / f'Löwe & "moon" 🌙.{kind.rpartition(".")[2]}'))
    assert tags.title == 'Löwe & "moon" 🌙'
    assert (tags.artist, tags.album, tags.intensity, tags.tags) == ("", "", None, ())


def test_an_intensity_nobody_can_use_is_said(tmp_path: Path) -> None:
    """A tag INTENSITY that is no number from 0 to 1 is not used, and not passed over in silence."""
    tags = read_tags(music(tmp_path / "a.flac", intensity="7"))
    assert tags.intensity is None
    assert "`7`" in tags.notes[0]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"these are words\n" * 50, "no audio file"),
        (b"\x00" * 5000, "no audio file"),
        (b"ID3\x04\x00\x00\x7f\x7f\x7f\x7f", "no audio file"),
    ],
)
@pytest.mark.parametrize("suffix", ["mp3", "flac", "ogg", "m4a", "wav", "aiff", "wma", "opus"])
def test_what_is_no_audio_is_one_fault(
    content: bytes, said: str, suffix: str, tmp_path: Path
) -> None:
    """Zero bytes, text and rubbish under an audio name are an `InputError` that names the file."""
    path = tmp_path / f"file.{suffix}"
    path.write_bytes(content)
    with pytest.raises(InputError, match=said) as caught:
        read_tags(path)
    assert caught.value.faults[0].where == str(path)


def test_a_missing_file_and_a_folder_are_faults(tmp_path: Path) -> None:
    """What the operating system refuses is said in its words, not as a traceback."""
    for path in (tmp_path / "none.mp3", tmp_path):
        with pytest.raises(InputError, match="cannot be read"):
            read_tags(path)


@pytest.mark.parametrize("kind", ["ogg", "opus"])
@pytest.mark.parametrize("cut", [30, 1000, 5000])
def test_a_cut_ogg_is_seen_though_its_length_agrees(kind: str, cut: int, tmp_path: Path) -> None:
    """An Ogg file that ends inside a page is torn, though its header promises no length."""
    path = music(tmp_path / f"a.{kind}", seconds=3.0)
    assert not read_tags(path).torn
    os.truncate(path, path.stat().st_size - cut)
    assert read_tags(path).torn


@pytest.mark.parametrize("kind", FORMATS)
def test_mangled_files_never_raise_anything_else(kind: str, tmp_path: Path) -> None:
    """Whatever the bytes, reading ends in `Tags` or in an `InputError`."""
    import random

    path = music(tmp_path / f"a.{kind}", title="x", intensity="0.5")
    whole = path.read_bytes()
    dice = random.Random(kind)
    for _ in range(56):  # 500 files in all
        data = bytearray(whole[: dice.randrange(1, len(whole))])
        for _ in range(dice.randrange(30)):
            data[dice.randrange(min(len(data), 600))] = dice.randrange(256)
        path.write_bytes(data)
        with contextlib.suppress(InputError):
            read_tags(path)


def test_titles_are_one_plain_line() -> None:
    """Control characters and line ends in tags never reach a terminal or a report."""
    tags = tags_of({"title": ["a\x1b[31m\n b\x00"]}, stem="s", duration_s=1.0)
    assert tags.title == "a [31m b"


@given(st.floats(0, 1))
def test_intensity_reads_what_was_written(value: float) -> None:
    """Any number from 0 to 1, with a point or a comma, is read as itself."""
    text = f"{value:.6f}"
    assert read_intensity(text) == float(text)
    assert read_intensity(text.replace(".", ",")) == float(text)


@given(st.text())
def test_intensity_is_never_outside(text: str) -> None:
    """Whatever a tag holds, the answer is None or from 0 to 1."""
    value = read_intensity(text)
    assert value is None or 0 <= value <= 1


@given(st.dictionaries(st.sampled_from(["title", "artist", "genre", "kind"]), st.lists(st.text())))
def test_words_are_lower_case_kind_and_value(texts: dict[str, list[str]]) -> None:
    """Every word of a track is ``kind:value`` in lower case, with something on both sides."""
    for word in tags_of(texts, stem="s", duration_s=1.0).tags:
        kind, colon, value = word.partition(":")
        assert kind
        assert colon
        assert value
        assert word == word.lower()


def with_info(path: Path, **said: bytes) -> Path:
    """RIFF's own tags behind the sound, as Windows and many editors write them."""
    body = b"INFO"
    for name, text in said.items():
        size = len(text) + 1
        body += name.encode() + struct.pack("<I", size) + text + bytes(1 + size % 2)
    data = path.read_bytes() + b"LIST" + struct.pack("<I", len(body)) + body
    path.write_bytes(data[:4] + struct.pack("<I", len(data) - 8) + data[8:])
    return path


def test_riff_info_is_read(tmp_path: Path) -> None:
    """WAV's own tags, in UTF-8 or the old code page; an ID3 tag beside them says it better."""
    path = music(tmp_path / "a.wav", seconds=2.0)
    with_info(path, INAM="Jól".encode(), IART="Björk".encode("cp1252"), IGNR=b"Choral", IPRD=b"X")
    tags = read_tags(path)
    assert (tags.title, tags.artist, tags.album) == ("Jól", "Björk", "X")
    assert "genre:choral" in tags.tags
    assert (tags.duration_s, tags.declared) == (pytest.approx(2.0), True)
    tag(path, title="By ID3")
    assert (read_tags(path).title, read_tags(path).artist) == ("By ID3", "Björk")


def test_tags_behind_an_mp3_are_read(tmp_path: Path) -> None:
    """APEv2 and ID3v1 say what ID3v2 does not; what it says stands."""
    path = music(tmp_path / "a.mp3")
    ape = APEv2()
    ape["Title"], ape["Artist"], ape["Genre"] = "Ape", ["Ann Reed", "Bo Lind"], "Choral"
    ape["Lyrics"] = "somebody sings"
    ape.save(path)
    tags = read_tags(path)
    assert (tags.title, tags.artist, tags.lyrics) == ("Ape", "Ann Reed, Bo Lind", "words")
    assert "genre:choral" in tags.tags
    v1 = b"TAG" + b"Old".ljust(30, b"\0") + b"Faskilo".ljust(30, b"\0") + bytes(65)
    only_genre = ID3()
    only_genre.add(TCON(encoding=3, text="House"))
    other = music(tmp_path / "b.mp3")
    only_genre.save(other)
    other.write_bytes(other.read_bytes() + v1)
    tags = read_tags(other)
    assert (tags.title, tags.artist) == ("Old", "Faskilo")
    assert "genre:house" in tags.tags


def test_tags_around_a_bare_stream_are_read(tmp_path: Path) -> None:
    """AAC has no place for tags of its own: ID3v2 stands first, APEv2 and ID3v1 behind."""
    encode(path := tmp_path / "a.aac", ("adts", "aac", "fltp", 44100), tone(1.0))
    ape = APEv2()
    ape["Artist"] = "Ann Reed"
    ape.save(path)
    path.write_bytes(path.read_bytes() + b"TAG" + bytes(30) + b"Old".ljust(30, b"\0") + bytes(65))
    said = ID3()
    said.add(TIT2(encoding=3, text="Slow Water"))
    said.save(path)
    assert (read_tags(path).title, read_tags(path).artist) == ("Slow Water", "Ann Reed")


def test_aiff_s_own_texts_are_read(tmp_path: Path) -> None:
    """AIFF's `NAME`, `AUTH` and `ANNO`, where no ID3 says better."""
    path = music(tmp_path / "a.aiff", seconds=1.0)
    chunks = b""
    for name, text in ((b"NAME", "Jól".encode()), (b"AUTH", b"Bj\xf6rk"), (b"ANNO", b"old")):
        chunks += name + struct.pack(">I", len(text)) + text + bytes(len(text) % 2)
    data = path.read_bytes() + chunks
    path.write_bytes(data[:4] + struct.pack(">I", len(data) - 8) + data[8:])
    tags = read_tags(path)
    assert (tags.title, tags.artist, tags.comment) == ("Jól", "Björk", "old")
    tag(path, title="By ID3")
    assert (read_tags(path).title, read_tags(path).artist) == ("By ID3", "Björk")


def test_bytes_that_a_tagger_took_for_latin_letters() -> None:
    """UTF-8 is mended for certain, Windows' quotes and Shift-JIS by their control characters."""
    for meant, code_page in (("Björk", "utf-8"), ("Чайковский", "utf-8"), ("久石譲", "shift_jis")):
        mangled = meant.encode(code_page).decode("latin-1")
        assert tags_of({"artist": [mangled]}, stem="x", duration_s=1.0).artist == meant
    for text in ("Don\x92t", "Don’t"):
        assert tags_of({"title": [text]}, stem="x", duration_s=1.0).title == "Don’t"
    for text in ("Ô Süßes Café", "Größe", "ÀÉÎ", "久石譲"):
        assert tags_of({"title": [text]}, stem="x", duration_s=1.0).title == text


@pytest.mark.parametrize("kind", ["mp3", "flac", "m4a", "wma"])
def test_people_beside_the_artist_are_read(kind: str, tmp_path: Path) -> None:
    """Composers and others are words of their own kind, which an avoid of an artist meets."""
    path = music(tmp_path / f"file.{kind}")
    file: Any = mutagen.File(path)
    if file.tags is None:
        file.add_tags()
    if kind == "mp3":
        file.tags.add(TPE2(encoding=3, text=["Ann Reed"]))
        file.tags.add(TCOM(encoding=3, text=["Bo Lind"]))
        file.tags.add(TMCL(encoding=3, people=[["violin", "Cy Ort"]]))
        file.tags.add(TXXX(encoding=3, desc="ARTISTS", text=["Di", "Ed"]))
    elif kind == "m4a":
        file.tags["aART"], file.tags["\xa9wrt"] = ["Ann Reed"], ["Bo Lind"]
        file.tags["----:com.apple.iTunes:PERFORMER"] = [MP4FreeForm(b"Cy Ort")]
    elif kind == "wma":
        file["WM/AlbumArtist"], file["WM/Composer"] = "Ann Reed", "Bo Lind"
        file["Performer"] = "Cy Ort"
    else:
        file["ALBUM ARTIST"], file["COMPOSER"], file["PERFORMER"] = "Ann Reed", "Bo Lind", "Cy Ort"
    file.save()
    tags = read_tags(path)
    assert {"albumartist:ann reed", "composer:bo lind", "performer:cy ort"} <= set(tags.tags)
    track = Track(str(path), tags.title, 60.0, 0.5, artist=tags.artist, tags=tags.tags)
    assert all(Avoid([f"artist:{name}"])(track) for name in ("Ann Reed", "Lind", "Cy Ort"))


def test_tags_that_only_the_decoder_reads(tmp_path: Path) -> None:
    """A Matroska file is asked for its tags where the sound is decoded, once."""
    folder = tmp_path / "lib"
    folder.mkdir()
    with av.open(str(folder / "a.mka"), "w") as container:
        stream: Any = container.add_stream("flac", rate=44100, layout="stereo")
        container.metadata.update(title="Deep", artist="Ann Reed", GENRE="Choral", INTENSITY="0.3")
        samples = (tone(1.0).T * 20000).astype("int16").reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(samples[:, : 2 * 40960], "s16")
        frame.sample_rate, frame.pts = 44100, 0
        resample = av.AudioResampler("s16", "stereo", 44100, frame_size=4096)
        for each in (*resample.resample(frame), *resample.resample(None)):
            container.mux(stream.encode(each))
        container.mux(stream.encode(None))
    first = scan([folder], tmp_path / "index.db")
    (track,) = first.tracks
    assert (track.title, track.artist, track.intensity) == ("Deep", "Ann Reed", 0.3)
    assert "genre:choral" in track.tags
    again = scan([folder], tmp_path / "index.db")
    assert (again.tracks, again.read) == (first.tracks, 0)
