from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from library_fixtures import encode, music, tag, tone

from soundscape.core.arc import Ambience, Arc, Curve, Phase
from soundscape.core.errors import InputError
from soundscape.core.names import canonical
from soundscape.home import LIBRARY_FILE
from soundscape.library.catalog import Gathered, LibraryFile, gather, look_at, lookup, scan
from soundscape.library.measure.measured import (
    Measured,
    SoundFinding,
    gain_note,
    header_findings,
    unfit,
)
from soundscape.library.people import LibraryNotes, Vouch, change_said
from soundscape.library.tags import Tags
from soundscape.library.walk import FoundFile


def held_of(path: Path, **more: Any) -> LibraryFile:
    """One file as a scan tells it."""
    (held,) = scan([path.parent], path.parent.parent / "index.db", **more).held
    return held


def shorten(path: Path, seconds: int) -> None:
    """Let a FLAC's header promise less than it holds: its count of samples, 36 bits of it."""
    data = bytearray(path.read_bytes())
    field = int.from_bytes(data[18:26], "big")
    data[18:26] = ((field >> 36 << 36) | seconds * 44100).to_bytes(8, "big")
    path.write_bytes(data)


def test_a_header_that_promises_less_is_told_and_the_real_length_used(tmp_path: Path) -> None:
    """A file longer than its header says is played whole; that is a finding, no fault."""
    path = music(tmp_path / "lib/a.flac", seconds=6.0)
    shorten(path, 2)
    held = held_of(path)
    assert held.track is not None
    assert held.track.duration_s == pytest.approx(6.0)
    assert [each.kind for each in held.about.findings] == ["duration"]
    assert "says 0:00:02, 0:00:06 can be played" in held.about.findings[0].what


def test_silence_at_the_ends_is_trimmed_by_cue_points(tmp_path: Path) -> None:
    """The track's cue points leave out what is silent at its ends, and that is told."""
    quiet = np.zeros((2, 44100 * 8), np.float32)
    sound = np.concatenate([quiet, tone(6.0), quiet], axis=1)
    path = tmp_path / "lib/a.flac"
    path.parent.mkdir()
    held = held_of(encode(path, "flac", sound))
    assert held.track is not None
    assert held.track.duration_s == pytest.approx(22.0)
    assert held.track.cue_in_s == pytest.approx(8.0, abs=0.5)
    assert held.track.end_s == pytest.approx(14.0, abs=1.5)
    assert {each.kind for each in held.about.findings} >= {"silence"}


def test_a_badly_clipped_file_is_left_out_and_told(tmp_path: Path) -> None:
    """A finding that is fatal keeps the file out, in its own words."""
    loud = np.clip(tone(6.0) * 60, -1, 1).astype(np.float32)
    path = tmp_path / "lib/a.flac"
    path.parent.mkdir()
    held = held_of(encode(path, "flac", loud))
    assert held.track is None
    assert held.fault is not None
    assert "clipped" in held.fault.what


def test_a_tags_intensity_moves_the_whole_shape(tmp_path: Path) -> None:
    """Where a tag says the intensity, start, middle and end move by the same, within 0 to 1."""
    beat = tone(30.0) * np.tile(np.repeat([1.0, 0.1], 11025), 60)[: 44100 * 30]
    path = tmp_path / "lib/a.flac"
    path.parent.mkdir()
    encode(path, "flac", beat.astype(np.float32))
    plain = held_of(path)
    tag(path, intensity="0.9")
    tagged = held_of(path)
    assert plain.track is not None
    assert tagged.track is not None
    assert plain.measured is not None
    assert plain.track.shape == plain.measured.shape
    assert tagged.track.intensity == 0.9
    shift = 0.9 - plain.measured.intensity
    assert tagged.track.shape == pytest.approx([min(1, p + shift) for p in plain.measured.shape])
    assert tagged.track.key == plain.track.key != ""


@pytest.mark.slow
def test_a_moved_or_tagged_file_is_recognised(tmp_path: Path) -> None:
    """A sound that was measured is known again under another name, tags and folder, in a scan and
    in a gather; only its key is asked for."""
    folder, index = tmp_path / "lib", tmp_path / "index.db"
    for kind in ("flac", "mp3", "ogg", "m4a"):
        music(folder / f"a.{kind}", seconds=1.5, title="Old")
    first = scan([folder], index)
    assert (first.measured, first.recognised) == (4, 0)
    other = tmp_path / "other"
    other.mkdir()
    for kind in ("flac", "mp3", "ogg", "m4a"):
        tag((folder / f"a.{kind}").rename(other / f"b.{kind}"), title="New", intensity="0.5")
    again = scan([other], index)
    assert (again.read, again.measured, again.recognised) == (4, 0, 4)
    assert {track.title for track in again.tracks} == {"New"}
    assert {t.key for t in again.tracks} == {t.key for t in first.tracks}
    last = scan([other], index)
    assert (last.read, last.measured, last.recognised) == (0, 0, 0)


def gathered(folder: Path, said: LibraryNotes | None = None) -> Gathered:
    """An arc over everything in the folder `mix` and the ambience `rain`."""
    home = folder / "home"
    if said is not None:
        change_said(home / LIBRARY_FILE, lambda _: said)
    curve = Curve.spread((0.5,))
    arc = Arc("x", (Phase("p", "peak", 60.0, curve, ("mix",), ambience=Ambience("rain")),))
    return gather(
        arc,
        folder / "arc.yaml",
        home=home,
        roots=(folder / "lib",),
        index_path=home / "index.db",
    )


@pytest.mark.slow
def test_a_gather_tells_about_every_track_and_ambience(tmp_path: Path) -> None:
    """Each pool track and ambience has its voice with the reasons, and what people say of it."""
    music(tmp_path / "mix/a.flac", seconds=61, title="Sea (feat. Ana)")
    music(tmp_path / "mix/b.flac", seconds=61, hz=300.0)
    music(tmp_path / "lib/ambience/rain.flac", hz=100.0, instrumental="yes")
    found = gathered(tmp_path)
    by_name = {Path(path).stem: about for path, about in found.about.items()}
    voices = {Path(track.path).stem: track.voice for track in found.pools["mix"]}
    assert voices == {"a": "voice", "b": "unknown"}
    assert by_name.keys() == {"a", "b", "rain"}
    assert by_name["a"].voice_why == ("its title has “feat”",)
    assert found.ambiences["rain"].voice == "instrumental"
    assert not any(about.vouched for about in found.about.values())
    keys = {Path(track.path).stem: track.key for track in found.pools["mix"]}
    heard = Vouch(says="instrumental", on="2026-11-21")
    said = LibraryNotes(
        version=1, vouches={keys["a"]: heard, keys["b"]: Vouch(says="voice", on="2026-11-21")}
    )
    found = gathered(tmp_path, said)
    voices = {Path(track.path).stem: track.voice for track in found.pools["mix"]}
    assert voices == {"a": "instrumental", "b": "voice"}
    assert {Path(path).stem for path, about in found.about.items() if about.vouched} == {"a", "b"}


def test_a_damaged_library_file_stops_a_gather(tmp_path: Path) -> None:
    """A session does not begin on a guess at what people vouched for."""
    music(tmp_path / "mix/a.flac")
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / LIBRARY_FILE).write_text("{")
    with pytest.raises(InputError, match="is not JSON"):
        gathered(tmp_path)


def test_one_file_can_be_looked_at_wherever_it_lies(tmp_path: Path) -> None:
    """A file outside every library is read and measured, one that is not there is refused."""
    path = music(tmp_path / "a.flac", title="Sea")
    held = look_at(path, tmp_path / "index.db")
    assert held.track is not None
    assert held.track.title == "Sea"
    with pytest.raises(InputError, match="no such file"):
        look_at(tmp_path / "b.flac", tmp_path / "index.db")


lengths = st.floats(0.0, 20_000)
TAGS = Tags("t", "", "", 10.0)
MEASURED = Measured(-20.0, 3.0, -3.0, 10.0, 0.5)


@given(declared=lengths, real=lengths.filter(lambda s: s > 0))
def test_a_length_is_right_or_told_once(declared: float, real: float) -> None:
    """Lengths that differ by more than padding are told: as a fault where the end is missing, as a
    finding where the header promises less, never both; and nothing is told of equal ones."""
    tags, measured = replace(TAGS, duration_s=declared), replace(MEASURED, duration_s=real)
    short, odd = unfit(tags, measured), header_findings(tags, measured)
    slack = 0.5 + 0.002 * declared
    assert bool(short) == (real < declared - slack)
    assert bool(odd) == (real > declared + slack)
    guessed = replace(tags, declared=False)
    assert unfit(guessed, measured) == ""
    assert header_findings(guessed, measured) == ()


def test_what_makes_a_file_unfit() -> None:
    """Torn, silent, or found ruined; what is merely odd is played."""
    assert "middle of its data" in unfit(replace(TAGS, torn=True), MEASURED)
    silent = SoundFinding("silent", "is silent: it has no loudness to match", fatal=True)
    assert unfit(TAGS, replace(MEASURED, findings=(silent,))) == silent.what
    damaged = SoundFinding("undecodable", "is damaged", 61.0, fatal=True)
    assert unfit(TAGS, replace(MEASURED, findings=(damaged,))) == "is damaged, at 0:01:01"
    odd, bad = SoundFinding("rise", "rises"), SoundFinding("clipped", "is clipped", 3.0, fatal=True)
    assert unfit(TAGS, replace(MEASURED, findings=(odd,))) == ""
    assert unfit(TAGS, replace(MEASURED, findings=(odd, bad))) == "is clipped, at 0:00:03"


def test_a_gain_tag_that_is_far_off_is_said() -> None:
    """More than 3 dB between a gain tag and the measure is said, with its direction."""
    assert gain_note(TAGS, MEASURED) == ""
    assert gain_note(replace(TAGS, gain_lufs=-17.1), MEASURED) == ""
    assert "4.0 dB louder" in gain_note(replace(TAGS, gain_lufs=-16.0), MEASURED)
    assert "4.0 dB softer" in gain_note(replace(TAGS, gain_lufs=-24.0), MEASURED)


names = st.text(st.characters(exclude_characters="/\0"), min_size=1, max_size=8)


@given(st.lists(names, max_size=6), st.text(max_size=8))
@example(["1\r"], "1")
def test_a_lookup_finds_or_tells(titles: list[str], word: str) -> None:
    """Whatever is asked, the answer is a file that is called so, or an input error."""
    held = [
        LibraryFile(FoundFile(f"/m/{n}.ogg", f"{n}.ogg", 1, 1), tags=Tags(title, "", "", 1.0))
        for n, title in enumerate(titles)
    ]
    with contextlib.suppress(InputError):
        found = lookup(word, held)
        assert found.tags is not None
        names = {found.tags.title, found.found.name, found.found.path, f"m/{found.found.name}"}
        names.add(Path(found.found.name).stem)
        assert any(same_steps(word.strip(), name) for name in names)


def same_steps(one: str, other: str) -> bool:
    """Whether two paths have the same names as steps, in whatever spelling."""
    ones, others = one.split("/"), other.split("/")
    return list(map(canonical, ones)) == list(map(canonical, others))
