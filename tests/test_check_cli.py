"""`soundscape check` as it is typed: real files, real processes, one verdict."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import av
import jsonschema
import numpy as np
import pytest
from house import ARC, MISTAKES, PATIENCE_S, House
from library_fixtures import tag

from soundscape.cli.app import run_app
from soundscape.cli.prepare import prepare
from soundscape.core.errors import Fault, InputError, NoSound
from soundscape.home import Home
from soundscape.library.measure.workers import measure_many
from soundscape.preflight import coverage, files, machine, sound

SCHEMA = {
    "type": "object",
    "required": ["ready", "findings"],
    "properties": {
        "ready": {"type": "boolean"},
        "findings": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["what", "where", "severity", "do", "kind"],
                "properties": {
                    "what": {"type": "string", "minLength": 1},
                    "where": {"type": "string", "minLength": 1},
                    "severity": {"enum": ["stop", "warning"]},
                    "do": {"type": "string", "minLength": 1},
                },
            },
        },
        "checked": {"type": "array", "minItems": 9},
    },
}
SHORT_ARC = ARC.replace("60 s", "20 s")
RATE = 8000
PARTS = ((110.0, 0.6), (165.0, 0.3), (220.0, 0.2))


def soft_tone(path: Path, seconds: int, shift: float = 1.0) -> Path:
    """A chord that comes from nothing and goes to nothing, so that nobody finds fault with it."""
    t = np.arange(seconds * RATE) / RATE
    edge = np.minimum(1.0, np.minimum(t, seconds - t) / 3.0) ** 2
    chord = sum(part * np.sin(2 * np.pi * hz * shift * t) for hz, part in PARTS)
    samples = (3000 * chord * edge).astype(np.int16)
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("flac", rate=RATE, layout="mono")
        for at in range(0, samples.size, 4096):
            block = np.ascontiguousarray(samples[None, at : at + 4096])
            frame = av.AudioFrame.from_ndarray(block, format="s16", layout="mono")
            frame.sample_rate, frame.pts = RATE, at
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Short music in which nobody sings, two ambiences, an arc with its playlists."""
    root = tmp_path_factory.mktemp("shelf")
    for number in range(12):
        path = soft_tone(root / "music" / f"tone {number:x}.flac", 15, 1.1**number)
        tag(path, title=f"Tone {number:x}", intensity=str(number / 12), instrumental="1")
    for name in ("rain", "ocean"):
        soft_tone(root / "music" / "ambience" / f"{name}.flac", 12)
    (root / "arcs").mkdir()
    (root / "arcs" / "a.yaml").write_text(SHORT_ARC)
    for name, numbers in (("soft", "01234567"), ("full", "6789ab")):
        listed = ", ".join(f"../music/tone {number}.flac" for number in numbers)
        (root / "arcs" / f"{name}.yaml").write_text(f"tracks: [{listed}]\n")
    prepare(Home(root, root, root / "run"), root / "arcs" / "a.yaml", None, 0)
    return root


@pytest.fixture
def orderly(shelf: Path, at_home: House, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The shelf on a machine that is in order: nothing here depends on this one's loudspeakers and
    clock, and 20 s over are as good as half an hour."""
    monkeypatch.setattr(sound, "check_output", lambda clock, device: None)
    monkeypatch.setattr(sound, "ask_output", lambda device: None)
    monkeypatch.setattr(machine, "kernel_synchronised", lambda: True)
    monkeypatch.setattr(coverage, "RESERVE_S", 20.0)
    shutil.copyfile(shelf / "library.db", at_home.home.index)
    return shelf


@pytest.fixture
def music(tmp_path: Path, orderly: Path) -> Path:
    """A copy of the shelf, to be damaged."""
    return Path(shutil.copytree(orderly, tmp_path / "shelf"))


@pytest.fixture
def check(
    orderly: Path, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, dict[str, Any]]]:
    """Runs `check --json` on an arc, by default that of the shelf: its exit code and its output."""

    def run(*words: str, root: Path = orderly) -> tuple[int, dict[str, Any]]:
        code = run_app(["check", str(root / "arcs" / "a.yaml"), "--json", *words])
        said = capsys.readouterr()
        assert not any(each in said.out + said.err for each in MISTAKES)
        told: dict[str, Any] = json.loads(said.out)
        jsonschema.validate(told, SCHEMA)
        assert code == (0 if told["ready"] else 1)
        stops = [each for each in told["findings"] if each["severity"] == "stop"]
        assert told["ready"] == (not stops)
        return code, told

    return run


Check = Callable[..., tuple[int, dict[str, Any]]]


def found(told: dict[str, Any], kind: str) -> dict[str, Any]:
    """The only finding of a kind."""
    (one,) = [finding for finding in told["findings"] if finding["kind"] == kind]
    return dict(one)


def test_a_session_that_can_begin_is_ready(check: Check) -> None:
    """With everything in order the verdict is ready, exit 0, and what was looked at is listed."""
    code, told = check()
    assert (code, told["findings"]) == (0, [])
    results = {each["check"]: each["result"] for each in told["checked"]}
    assert results.pop("tone") == "skipped"
    assert results.pop("power") in ("ok", "skipped")
    assert set(results) >= {"arc", "coverage", "reserve", "files", "inside", "voices", "loudness"}
    assert set(results.values()) == {"ok"}


@pytest.mark.slow
def test_the_verdict_fits_on_a_screen(orderly: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """For people: the verdict first, what was looked at, the words that play this very plan; at
    most 24 lines of 80 columns where all is well."""
    assert run_app(["check", str(orderly / "arcs" / "a.yaml"), "--seed", "7"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "READY"
    wide = [line for line in lines if len(line) > 80]
    assert all(str(orderly) in line for line in wide)  # A command stays in one piece.
    assert len(lines) <= 24
    assert lines[-1].endswith("a.yaml --seed 7")


@pytest.mark.slow
def test_many_alike_are_shown_in_short(
    music: Path, capsys: pytest.CaptureFixture[str], check: Check
) -> None:
    """Of many findings alike the first five are shown, each command in one piece however long, and
    the rest is counted; `--json` has all of them."""
    for path in (music / "music").glob("*.flac"):
        tag(path, instrumental="perhaps")
    _, told = check(root=music)
    unknown = [each for each in told["findings"] if each["kind"] == "unknown voice"]
    assert len(unknown) > 5
    assert run_app(["check", str(music / "arcs" / "a.yaml")]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"NOT READY: {len(unknown) + 1} things to do"
    commands = [line.strip() for line in lines if "if it has no voice" in line]
    assert [f"> {each['do']}" for each in unknown[:5]] == commands[:5]
    assert f"  and {len(unknown) - 5} more like these; --json lists all of them" in lines


@pytest.mark.slow
def test_every_file_is_decoded_anew(check: Check, music: Path, at_home: House) -> None:
    """What the index knows is not believed: a file damaged behind its back, as by a disk that loses
    bits, with size and times as they were, is found, and so the session is not ready."""
    assert check(root=music)[0] == 0
    path = music / "music" / "tone 2.flac"
    before = path.stat()
    with path.open("r+b") as file:
        file.seek(before.st_size // 2)
        file.write(bytes(before.st_size - before.st_size // 2))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    with closing(sqlite3.connect(at_home.home.index)) as db:
        now = (path.stat().st_ctime_ns, os.fsencode(path))
        assert db.execute("UPDATE files SET ctime_ns = ? WHERE path = ?", now).rowcount == 1
        db.commit()
    code, told = check(root=music)
    assert code == 1
    stops = {each["where"] for each in told["findings"] if each["severity"] == "stop"}
    assert str(path) in stops


@pytest.mark.slow
def test_what_goes_between_plan_and_check_stops(
    check: Check, music: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that vanishes after the plan was made is no file that decodes."""

    def vanish(made: Any) -> Any:
        (music / "music" / "ambience" / "rain.flac").unlink()
        return real(made)

    real = coverage.reserve_of
    monkeypatch.setattr(coverage, "reserve_of", vanish)
    _, told = check(root=music)
    assert found(told, "undecodable")["where"].endswith("rain.flac")


@pytest.mark.slow
def test_left_out_members_are_told(check: Check, music: Path) -> None:
    """A member of a playlist that cannot be played is a warning with what to do; ready all the
    same, as the rest reaches."""
    (music / "music" / "tone 3.flac").write_bytes(b"nothing that plays")
    code, told = check(root=music)
    assert code == 0
    one = found(told, "left out")
    assert (one["severity"], len(told["findings"])) == ("warning", 1)
    assert "tone 3.flac" in one["where"] + one["what"]


def test_a_playlist_that_is_missing_is_a_finding_and_the_rest_is_looked_at(
    check: Check, music: Path
) -> None:
    """What the arc names and is not there stops, each thing of it; the machine is checked all the
    same, so that one run tells everything."""
    arc = music / "arcs" / "a.yaml"
    arc.write_text(SHORT_ARC.replace("playlist: full", "playlist: ful").replace("rain", "rian"))
    _, told = check(root=music)
    missing = [each for each in told["findings"] if each["kind"] == "missing"]
    assert len(missing) == 2
    assert any("did you mean `full`?" in each["do"] for each in missing)
    checked = {each["check"] for each in told["checked"]}
    assert checked >= {"arc", "sound", "home", "clock"}
    assert "files" not in checked


@pytest.mark.slow
def test_a_library_folder_that_is_suddenly_empty_stops(
    check: Check, music: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A disk that is not mounted is no smaller library: not ready, and said what to do."""
    disk = tmp_path / "disk"
    soft_tone(disk / "far.flac", 20)
    assert run_app(["library", "add", str(disk), str(music / "music")]) == 0
    capsys.readouterr()
    arc = music / "arcs" / "a.yaml"
    arc.write_text(SHORT_ARC.replace("library: ../music\n", ""))
    (disk / "far.flac").rename(tmp_path / "far.flac")
    _, told = check(root=music)
    (found,) = (each for each in told["findings"] if each["where"] == str(disk))
    assert (told["ready"], found["severity"]) == (False, "stop")
    assert "connect and mount it" in found["do"]
    assert "taken away on purpose, `soundscape library rm` it" in found["do"]


def test_an_arc_that_cannot_be_read_is_bad_input(
    music: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No arc, no verdict: one message with its faults, exit 2, as everywhere."""
    (music / "arcs" / "a.yaml").write_text("phases: {onset: {minuets: 3}}\n")
    assert run_app(["check", str(music / "arcs" / "a.yaml")]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "did you mean `minutes`?" in said.err
    assert run_app(["check", str(music / "nowhere.yaml")]) == 2


@pytest.mark.slow
def test_too_little_over_is_not_ready(check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the playlists have over is counted against what a session needs when it runs over."""
    monkeypatch.setattr(coverage, "RESERVE_S", 1800.0)
    _, told = check()
    assert "30 min are required" in found(told, "reserve")["what"]


@pytest.mark.slow
def test_no_sound_is_not_ready(check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    """An output that takes nothing, and one that does not exist, each stop with what to do."""

    def nothing(clock: object, device: str) -> None:
        raise NoSound("no audio device is accepting sound. Is one plugged in?")

    monkeypatch.setattr(sound, "check_output", nothing)
    assert found(check()[1], "no sound")["do"] == "Is one plugged in?"

    def unknown(clock: object, device: str) -> None:
        raise InputError([Fault("--device", f"no output device `{device}`", "there is x")])

    monkeypatch.setattr(sound, "check_output", unknown)
    _, told = check("--device", "y", "--tone")
    assert {"check": "tone", "result": "skipped", "said": "no output to play it on"} in told[
        "checked"
    ]
    one = found(told, "device")
    assert (one["what"], one["do"]) == ("no output device `y`", "there is x: soundscape devices")


@pytest.mark.slow
def test_a_playing_session_is_left_alone(
    check: Check, at_home: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a session plays it is told, its output is not touched, not even for a tone, and one
    file is decoded at a time."""
    code = at_home.play(speed=1)

    def touched(*_: object) -> None:
        pytest.fail("the output was touched")

    for name in ("check_output", "ask_output", "play_tone"):
        monkeypatch.setattr(sound, name, touched)
    crews: list[int] = []

    def one_by_one(paths: Any, workers: int, step: Any) -> Any:
        crews.append(workers)
        return measure_many(paths, workers, step)

    monkeypatch.setattr(files, "measure_many", one_by_one)
    _, told = check("--tone")
    assert crews == [1]
    one = found(told, "session")
    assert (one["where"], one["severity"]) == (code, "warning")
    assert {each["check"] for each in told["checked"] if each["result"] == "skipped"} >= {
        "sound",
        "tone",
    }


@pytest.mark.slow
def test_titles_and_paths_are_only_text(
    music: Path, capsys: pytest.CaptureFixture[str], check: Check
) -> None:
    """A title that would be markup or move the cursor is printed as it is, without its controls."""
    evil = (music / "music" / "tone 1.flac").rename(music / "music" / "[b]x \x1b[2J.flac")
    tag(evil, title="[red]a\x1b[31m[/red]", instrumental="perhaps")
    names = [f"../music/{path.name}" for path in sorted((music / "music").glob("*.flac"))]
    (music / "arcs" / "soft.yaml").write_text(f"tracks: {json.dumps(names)}\n")
    code = run_app(["check", str(music / "arcs" / "a.yaml")])
    said = capsys.readouterr().out
    assert code == 1
    assert "\x1b" not in said
    assert "[red]a [31m[/red]" in said


@pytest.mark.slow
def test_the_decoder_stays_out_of_this_process(house: House) -> None:
    """libVLC is loaded here, so PyAV never is."""
    script = (
        "import sys\n"
        "from soundscape.cli.app import run_app\n"
        f"run_app(['check', {str(house.arc)!r}])\n"
        "assert 'vlc' in sys.modules\n"
        "print(sorted({'av'} & set(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=house.env,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert done.stderr.splitlines()[-1] == "[]"
    assert "ALSA" not in done.stderr
