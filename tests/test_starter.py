"""Starter music: the table, the sound of a few pieces, and the whole set (slow)."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import fields, replace
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path

import av
import numpy as np
import pytest
from library_fixtures import momentary_lufs
from mutagen.flac import FLAC
from numpy.typing import NDArray

from soundscape.core.errors import InputError, SoundscapeError
from soundscape.core.planner.planner import plan
from soundscape.library.arcs.load import load_arc
from soundscape.library.catalog import gather, scan
from soundscape.library.measure.listen import listen
from soundscape.library.measure.loudness import Loudness, measure_samples
from soundscape.preflight import coverage
from soundscape.preflight.subject import Music
from soundscape.starter.make import make_starter
from soundscape.starter.pieces import (
    AMBIENCE_NAMES,
    BASE,
    DEMO_NAMES,
    KINDS,
    PIECES,
    PROGRESSIONS,
    STARTER_NAMES,
)
from soundscape.starter.score import character

ROOT = Path(__file__).parent.parent
RATE = 44_100
SOME = ("open-field", "wide-sky", "full-moon", "rain", "tone")

Sound = NDArray[np.float32]


def read(path: Path) -> Sound:
    """The samples of a file, shape (n, 2), full scale 1."""
    with av.open(str(path)) as container:
        blocks = [frame.to_ndarray().reshape(-1, 2) for frame in container.decode(audio=0)]
    return np.concatenate(blocks) / np.float32(32768)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, Sound]]]:
    """A few pieces and ambiences, made once, and their samples."""
    folder = tmp_path_factory.mktemp("starter")
    paths = make_starter(folder, SOME)
    yield folder, {path.stem: read(path) for path in paths}
    for path in paths:
        path.unlink()


def rise(sound: Sound, seconds: float = 3.0) -> float:
    """The highest rise of momentary loudness in LU within so many seconds, above -50 LUFS."""
    line = np.array(momentary_lufs(sound, RATE))
    span = round(seconds * 10)
    return max(
        float(line[i : i + span + 1].max() - line[i]) for i in range(len(line) - 1) if line[i] > -50
    )


def check_level(paths: Iterable[Path]) -> None:
    for path in paths:
        heard = listen(str(path))
        loud = heard.loudness
        assert loud.integrated_lufs == pytest.approx(-23, abs=0.2), path.stem
        assert loud.true_peak_dbtp < -1, path.stem
        assert heard.bad_at == (), path.stem


def test_the_table_is_what_a_library_needs() -> None:
    """16 tracks or more of 2 to 10 minutes over 0 to 0.9 without a gap, 5 ambiences or more; the
    first part by itself too."""
    for pieces in (BASE, PIECES):
        levels = sorted(piece.intensity for piece in pieces)
        assert len(pieces) >= 16
        assert (levels[0], levels[-1]) == (0.0, 0.9)
        assert max(b - a for a, b in pairwise(levels)) <= 0.06
        assert {piece.kind for piece in pieces} == set(KINDS)
    assert all(120 <= piece.seconds <= 600 for piece in PIECES)
    # What the player wants of tender and acoustic music and of a bed is what the table says.
    assert not any(piece.melody for piece in PIECES if piece.kind in ("bed", "wide-dark"))
    assert all(piece.melody for piece in PIECES if piece.kind == "tender-melodic")
    assert all(piece.intensity <= 0.3 for piece in PIECES if piece.kind == "bed")
    assert set(AMBIENCE_NAMES) >= {"rain", "ocean", "wind", "forest", "tone"}
    names = [*STARTER_NAMES, *AMBIENCE_NAMES]
    assert len(set(names)) == len(names)
    assert set(DEMO_NAMES) <= set(names)
    assert {piece.harmony for piece in PIECES} <= set(PROGRESSIONS)


def test_no_chord_holds_two_tones_a_semitone_apart() -> None:
    """The harmony is consonant: no chord rubs, bass included."""
    for forms in PROGRESSIONS.values():
        for bass, tones in forms:
            whole = sorted((bass, *tones))
            assert all(b - a > 1 for a, b in pairwise(whole)), (bass, tones)


def test_everything_of_the_character_goes_one_way_with_intensity() -> None:
    """More intensity is never less movement, density, bass or brightness."""
    falling = {"chord_s", "beat_s", "tilt", "drone_db", "pads_db"}
    steps = [character(i / 100) for i in range(0, 91, 5)]
    for field in fields(steps[0]):
        line = [getattr(step, field.name) for step in steps]
        line = [-100.0 if value is None else value for value in line]
        sign = -1 if field.name in falling else 1
        # A chord is a whole number of beats: it may step a little off its line.
        slack = 1.5 if field.name == "chord_s" else 1e-9
        assert all(sign * (b - a) >= -slack for a, b in pairwise(line)), field.name
        assert sign * (line[-1] - line[0]) > 0, field.name


@pytest.mark.slow
def test_every_file_is_at_the_reference_loudness_under_the_ceiling(
    made: tuple[Path, dict[str, Sound]],
) -> None:
    """Within 1 LU of -23 LUFS (0.2 is aimed at) with the true peak under -1 dBTP."""
    check_level(made[0].glob("*/*.flac"))


@pytest.mark.slow
def test_nothing_clicks_at_the_edges_and_nothing_leans(
    made: tuple[Path, dict[str, Sound]],
) -> None:
    """First and last samples are silence, no sample jumps, and there is no constant part."""
    for name, sound in made[1].items():
        assert np.abs(sound[[0, -1]]).max() < 1e-4, name
        # And no cut hides behind a last sample of zero: 50 ms at both ends are next to nothing.
        assert np.abs(sound[: RATE // 20]).max() < 3e-3, name
        assert np.abs(sound[-RATE // 20 :]).max() < 3e-3, name
        assert np.abs(sound.mean(axis=0)).max() < 1e-4, name
        if name in STARTER_NAMES:
            assert np.abs(np.diff(sound, axis=0)).max() < 0.05, name


@pytest.mark.slow
def test_music_never_rises_by_ten_lu_in_three_seconds(made: tuple[Path, dict[str, Sound]]) -> None:
    """Nor does an ambience, past the short edges that the player's own fades cover."""
    for name, sound in made[1].items():
        assert rise(sound[2 * RATE : -2 * RATE]) < 10, name


@pytest.mark.slow
def test_an_ambience_ends_as_it_began(made: tuple[Path, dict[str, Sound]]) -> None:
    """It is crossfaded with itself: the level after the first edge is that before the last."""
    for name in ("rain", "tone"):
        sound = made[1][name]
        first, last = sound[2 * RATE : 8 * RATE], sound[-8 * RATE : -2 * RATE]
        assert 20 * np.log10(first.std() / last.std()) == pytest.approx(0, abs=1.5), name


@pytest.mark.slow
def test_music_holds_together_in_mono(made: tuple[Path, dict[str, Sound]]) -> None:
    """One speaker loses no more than 2.5 dB: left and right do not cancel."""
    for name in ("open-field", "wide-sky", "full-moon"):
        sound = made[1][name]
        loss = 20 * np.log10(sound.mean(axis=1).std() / sound.std())
        assert loss > -2.5, name


@pytest.mark.slow
def test_more_intensity_is_brighter_and_moves_more(made: tuple[Path, dict[str, Sound]]) -> None:
    """Heard, not only told: brightness and change of the spectrum rise with the tag."""

    def heard(sound: Sound) -> tuple[float, float]:
        mono = sound[30 * RATE : 90 * RATE].mean(axis=1)
        frames = np.lib.stride_tricks.sliding_window_view(mono, 4096)[::2048]
        spectrum = np.abs(np.fft.rfft(frames * np.hanning(4096), axis=1))
        power = (spectrum**2).mean(axis=0)
        bright = power[140:].sum() / power.sum()
        flux = np.maximum(np.diff(np.log1p(10 * spectrum), axis=0), 0).sum(axis=1).mean()
        return float(bright), float(flux)

    values = [heard(made[1][n]) for n in ("open-field", "wide-sky", "full-moon")]
    for a, b in pairwise(values):
        assert b[0] > 1.5 * a[0]
        assert b[1] > 1.5 * a[1]


@pytest.mark.slow
def test_the_tags_say_what_it_is(made: tuple[Path, dict[str, Sound]]) -> None:
    """Title, artist, intensity, licence, instrumental, kind, and its measured loudness."""
    tags = FLAC(made[0] / "music" / "wide-sky.flac")
    assert tags["TITLE"] == ["Wide sky"]
    assert tags["ARTIST"] == ["soundscape starter"]
    assert tags["INTENSITY"] == ["0.60"]
    assert tags["MOOD"] == ["wide-dark"]
    assert (tags["LICENSE"], tags["GENRE"]) == (["CC0-1.0"], ["Ambient"])
    assert (tags["INSTRUMENTAL"], tags["LANGUAGE"]) == (["yes"], ["zxx"])
    assert tags["REPLAYGAIN_TRACK_GAIN"] == ["5.00 dB"]
    peak = listen(str(made[0] / "music" / "wide-sky.flac")).loudness.true_peak_dbtp
    assert float(tags["TRUE_PEAK_DBTP"][0]) == pytest.approx(peak, abs=0.1)
    ambience = FLAC(made[0] / "ambience" / "rain.flac")
    assert ambience["KIND"] == ["ambience"]
    assert "INTENSITY" not in ambience


@pytest.mark.slow
def test_the_same_bytes_every_time_on_any_number_of_cores(
    made: tuple[Path, dict[str, Sound]], tmp_path: Path
) -> None:
    """Nothing depends on chance, on the clock, or on how many processes share the work."""
    again = make_starter(tmp_path, ["open-field"], workers=1)
    for path in again:
        assert path.read_bytes() == (made[0] / path.relative_to(tmp_path)).read_bytes()


@pytest.mark.slow
def test_what_is_there_is_left_alone_and_progress_counts_all(
    made: tuple[Path, dict[str, Sound]],
) -> None:
    """A second run makes nothing, starts no process, and reports every file as done."""
    times = {path: path.stat().st_mtime_ns for path in made[0].glob("*/*.flac")}
    calls: list[tuple[str, int, int]] = []
    paths = make_starter(made[0], SOME, lambda *call: calls.append(call))
    assert [path.stem for path in paths] == list(SOME)
    assert [call[1:] for call in calls] == [(i + 1, len(SOME)) for i in range(len(SOME))]
    assert times == {path: path.stat().st_mtime_ns for path in made[0].glob("*/*.flac")}


@pytest.mark.slow
def test_nothing_half_made_stays(made: tuple[Path, dict[str, Sound]]) -> None:
    """Beside the finished files lies nothing, hidden or not."""
    assert {p.name for p in made[0].glob("*/*")} == {f"{name}.flac" for name in SOME}


@pytest.mark.slow
def test_what_is_made_is_its_owners_alone(made: tuple[Path, dict[str, Sound]]) -> None:
    """Music and folders too, whatever the umask is where they are made."""
    assert [str(path) for path in made[0].rglob("*") if path.stat().st_mode & 0o077] == []


def test_a_failure_half_way_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the disk fails after the sound is written, neither the name nor a part of it stays."""
    write = importlib.import_module("soundscape.starter.write")

    def fail(number: int) -> None:
        assert os.fstat(number).st_size > 0
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    sound = 0.1 * np.random.default_rng(1).standard_normal((2, 2 * RATE)).astype(np.float32)
    with pytest.raises(OSError, match="No space left"):
        write.write_flac(tmp_path / "x.flac", sound, {"TITLE": "x"})
    assert not list(tmp_path.iterdir())


def test_an_unknown_name_is_an_input_fault_with_the_nearest(tmp_path: Path) -> None:
    """A misspelt name is told at once, with the name that was meant, and nothing is made."""
    with pytest.raises(InputError, match="did you mean `wide-sky`"):
        make_starter(tmp_path, ["wide-skie", "rain"])
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_is_said_plainly(tmp_path: Path) -> None:
    """A file where the folder should be: one error of ours, no traceback of others."""
    (tmp_path / "music").write_text("in the way")
    with pytest.raises(SoundscapeError, match="cannot be written"):
        make_starter(tmp_path, ["tone"])


def test_importing_it_loads_neither_numpy_nor_ffmpeg() -> None:
    """The command line may ask for names without paying for the synthesis."""
    code = (
        "import sys, soundscape.starter.make, soundscape.starter.pieces; "
        "print({'av', 'numpy', 'mutagen', 'multiprocessing'} & set(sys.modules))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "set()"


def facts_of(path: Path) -> tuple[str, Loudness, float, float]:
    """Name, loudness, highest edge sample, highest rise in LU. Run in a process of its own."""
    sound = read(path)
    edge = float(np.abs(sound[[0, -1]]).max())
    return path.stem, measure_samples(sound, RATE), edge, rise(sound[2 * RATE : -2 * RATE])


WHOLE = bool(os.environ.get("SOUNDSCAPE_WHOLE_STARTER"))
"""`make soak`: all six hours of it, ten minutes of two cores."""


@pytest.mark.slow
def test_the_set_keeps_the_rules(made: tuple[Path, dict[str, Sound]], tmp_path: Path) -> None:
    """Each track and ambience: its level, its edges, no sudden rise. What is measured goes with
    what was written; of the whole set, the longest arc has all its music, and half an hour over.
    The pieces that were made before here, all of them in `make soak`."""
    pieces = [piece for piece in PIECES if WHOLE or piece.name in SOME]
    folder = tmp_path if WHOLE else made[0]
    paths = make_starter(folder, None if WHOLE else SOME)
    assert len(paths) == (len(PIECES) + len(AMBIENCE_NAMES) if WHOLE else len(SOME))
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        for name, loud, edge, risen in pool.map(facts_of, paths):
            assert loud.integrated_lufs == pytest.approx(-23, abs=0.2), name
            assert loud.true_peak_dbtp < -1, name
            assert edge < 1e-4, name
            assert risen < 10, name
    written = {piece.name: piece.intensity for piece in pieces}
    index = tmp_path / "index.db"
    held = scan([folder / "music"], index).held
    measured = {Path(h.found.path).stem: h.measured.intensity for h in held if h.measured}
    assert measured.keys() == written.keys()
    assert spearman([(written[name], measured[name]) for name in written]) >= 0.95
    assert max(abs(written[name] - measured[name]) for name in written) < 0.13
    if WHOLE:
        assert len(written) == len(STARTER_NAMES)
        file = ROOT / "arcs" / "psilocybin.yaml"
        arc = load_arc(file)
        gathered = gather(arc, file, home=tmp_path / "home", roots=[tmp_path], index_path=index)
        music = Music(arc, gathered, plan(arc, gathered.pools, 0))
        assert coverage.coverage(music).result != "stop"
        over = replace(music, reserve=coverage.reserve_of(music))
        assert coverage.reserve(over).result == "ok"
        for path in paths:
            path.unlink()


def spearman(pairs: Sequence[tuple[float, float]]) -> float:
    """How far two orders agree, -1 to 1; what is equal shares its rank."""

    def ranks(values: list[float]) -> list[float]:
        return [sum(b < a for b in values) + (sum(b == a for b in values) + 1) / 2 for a in values]

    one, two = (ranks([pair[i] for pair in pairs]) for i in (0, 1))
    return float(np.corrcoef(one, two)[0, 1])


def test_orders_are_told_apart() -> None:
    """The measure of agreement is 1 for one order, -1 for its opposite, less for a mixed one."""
    assert spearman([(1, 10), (2, 11), (3, 90)]) == pytest.approx(1)
    assert spearman([(1, 3), (2, 2), (3, 1)]) == pytest.approx(-1)
    assert spearman([(1, 2), (2, 1), (3, 4), (4, 3)]) == pytest.approx(0.6)
