"""Recordings on a machine that stands still: they notice it, and are taken again."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.sound, pytest.mark.slow]

CONFTEST = """
import pytest
from rig import Rig
from steadiness import pytest_runtest_protocol, pytest_terminal_summary

@pytest.fixture(scope="session")
def rig(tmp_path_factory):
    made = Rig(tmp_path_factory.mktemp("rig"))
    made.start()
    yield made
    made.stop()
"""
INNER = """
import os, subprocess, time
from pathlib import Path
import pytest

pytestmark = pytest.mark.sound
STAND_STILL = "kill -STOP {pid}; sleep 0.4; kill -CONT {pid}"

def takes(name):
    with open(name, "a") as counted:
        counted.write("x")
    return Path(name).stat().st_size

def record(rig, tmp_path, stop=None):
    with rig.recording(tmp_path / "tape"):
        time.sleep(0.3)
        if stop:
            subprocess.run(["setsid", "sh", "-c", STAND_STILL.format(pid=stop)])
        time.sleep(0.3)

@pytest.fixture(scope="module")
def shared(rig, tmp_path_factory):
    count = takes("shared")
    record(rig, tmp_path_factory.mktemp("shared"), os.getpid() if count < 3 else None)
    return count

def test_reads_what_is_shared(shared):
    takes("reads")
    assert shared == 3

def test_the_server_stands_still(rig, tmp_path):
    record(rig, tmp_path, rig._server.pid if takes("server") < 2 else None)
    assert takes("server") > 2

def test_never_comes_right(rig, tmp_path):
    record(rig, tmp_path, os.getpid())
    takes("never")
    assert False
"""
STEADY = """
import pytest
import steadiness
from pathlib import Path

pytestmark = pytest.mark.sound

def test_is_wrong(rig, tmp_path, monkeypatch):
    for limit in ("LATE_S", "NO_SAMPLES_S"):
        monkeypatch.setattr(steadiness, limit, 60.0)
    with rig.recording(tmp_path / "tape"), open("steady", "a") as counted:
        counted.write("x")
    assert False
"""


def test_a_recording_that_stood_still_is_taken_again(tmp_path: Path) -> None:
    """A failure beside a standstill (of the test, of the server) is tried anew, with what tests
    share, at most three times, and told; a failure on a steady machine is one at once."""
    here = Path(__file__).parent
    folders = f"import sys\nsys.path[:0] = [{str(here.parent)!r}, {str(here)!r}]\n"
    (tmp_path / "conftest.py").write_text(folders + CONFTEST)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = sound: sound\n")
    (tmp_path / "test_inner.py").write_text(INNER)
    (tmp_path / "test_steady.py").write_text(STEADY)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-n0"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    taken = {name: (tmp_path / name).stat().st_size for name in ("shared", "reads", "never")}
    assert "2 failed, 2 passed" in done.stdout, done.stdout + done.stderr
    assert taken == {"shared": 3, "reads": 3, "never": 3}
    assert (tmp_path / "steady").stat().st_size == 1
    assert "taken again: test_inner.py::test_reads_what_is_shared" in done.stdout
