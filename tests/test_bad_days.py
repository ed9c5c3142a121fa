"""Bad days of a session that runs: its home deleted, its disk full or read-only, hung up on."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from house import PATIENCE_S, SCRIPT, House, until

from soundscape.control.address import MEMORY
from soundscape.core.events import Faulted, Marked
from soundscape.journal.reader import read_journal
from soundscape.journal.verify import verify


def sounds(house: House) -> dict[str, object]:
    return house.wait(lambda now: now["track"] and now["track"]["sounds"], "for music")


@pytest.mark.slow
def test_a_hangup_of_every_process_changes_nothing(house: House) -> None:
    """A logout sends SIGHUP to all of them: the music goes on, and so do cues."""
    house.play(speed=1)
    before = sounds(house)
    for pid in house.processes():
        os.kill(pid, signal.SIGHUP)
    time.sleep(0.7)
    assert house.cue("soften").ok
    assert house.status()["pids"] == before["pids"]
    assert house.facts("recovered") == []


@pytest.mark.slow
def test_a_home_deleted_while_it_runs_is_put_back(house: House) -> None:
    """The music goes on, cues find the session again within a moment, the journal is put back
    whole, and it is told; a second session is still refused."""
    code = house.play(speed=1)
    sounds(house)
    house.cue("mark")
    kept = (house.folder() / "journal.jsonl").read_bytes()
    folder = house.folder()
    shutil.rmtree(house.root)
    until(lambda: house.home.control.exists(), "for the control file")
    assert house.call("mark").returncode == 0
    until(lambda: (folder / "journal.jsonl").exists(), "for the journal")
    assert (folder / "journal.jsonl").read_bytes().startswith(kept)
    assert (folder / "score.json").exists()
    status = house.wait(lambda now: now["health"]["last_fault"], "for the fault")
    assert status["health"]["last_fault"] == "the journal file disappeared"
    assert status["session"] == code
    second = house.call("run", house.arc, "--out", "null", "--detach")
    assert second.returncode == 1
    assert f"session {code} is running already" in second.stderr
    house.end_now()
    house.wait_over()
    read = read_journal(folder)
    assert read.trouble == ()
    assert [entry.fact.mark for entry in read.entries if isinstance(entry.fact, Marked)] == [1, 2]
    assert verify(folder / "journal.jsonl").state == "sealed"
    for path in (house.root, *house.root.rglob("*")):
        assert path.stat().st_mode & 0o077 == 0, path


@pytest.mark.slow
def test_a_home_that_hangs_keeps_no_cue_from_the_session(house: House) -> None:
    """Reading the control file waits for ever, as on a network share that is away: every command to
    the session goes by the copy in memory, which goes with the session."""
    house.play(speed=1)
    before = set(MEMORY.glob("soundscape-*"))
    house.home.control.unlink()
    os.mkfifo(house.home.control)
    for word in ("soften", "status", "stop"):
        assert house.call(word).returncode == 0
    house.end_now()
    house.wait_over()
    assert len(before - set(MEMORY.glob("soundscape-*"))) >= 1


@pytest.mark.slow
def test_a_control_file_that_is_spoiled_while_it_runs_is_put_back(house: House) -> None:
    """Whoever cannot read it would be told that the session broke off, and could not stop it."""
    house.play(speed=1)
    kept = house.home.control.read_bytes()
    for spoiled in (b"", b"{", b"[]", b'{"port": 1}', b"\xff\xfe", kept[:-9]):
        house.home.control.write_bytes(spoiled)
        until(lambda: house.home.control.read_bytes() == kept, "for the control file")
    assert house.cue("soften").ok


@pytest.mark.slow
@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0 or shutil.which("unshare") is None,
    reason="a small disk of its own takes root",
)
def test_a_real_disk_that_is_full_and_one_that_is_read_only(house: House, tmp_path: Path) -> None:
    """A file system of 2 MB, filled to its last byte and its last file while the session runs, then
    made read-only: it says so, obeys, is followed by the next where its engine dies, and writes
    every line down once the disk takes them again."""
    disk = tmp_path / "disk"
    disk.mkdir()
    script = Path(__file__).with_name("disk_inside.py")
    words = [str(each) for each in (sys.executable, script, SCRIPT, disk, house.arc, house.root)]
    done = subprocess.run(
        ["unshare", "--mount", "--propagation", "private", *words],
        env=house.env,
        capture_output=True,
        text=True,
        timeout=3 * PATIENCE_S,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines() == [
        "full: obeyed, and said; the music goes on",
        "full: an engine that died was followed by the next",
        "read-only: obeyed, and said; the music goes on",
        "read-only: an engine that died was followed by the next",
        "written again",
        "sealed",
    ]
    read = read_journal(tmp_path / "kept")
    marks = [entry.fact.mark for entry in read.entries if isinstance(entry.fact, Marked)]
    assert marks == list(range(1, len(marks) + 1))
    assert len(marks) >= 2
    faults = [entry.fact.what for entry in read.entries if isinstance(entry.fact, Faulted)]
    assert "journal not written: No space left on device" in faults
