"""What a session that is killed leaves in the temporary folder."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path

import pytest
from house import House
from rig import Rig

pytestmark = [pytest.mark.sound, pytest.mark.slow]


def test_a_killed_session_leaves_nothing_in_the_temporary_folder(
    rig: Rig, house: House, tmp_path: Path
) -> None:
    """Neither while it sounds nor after supervisor, engine, spare and reader were all killed."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    house.env |= rig.env | {"TMPDIR": str(folder), "SOUNDSCAPE_HOME": str(house.root)}
    assert house.call("run", house.arc, "--detach").returncode == 0
    house.wait(lambda now: now["track"] and now["track"]["sounds"], "for music")
    assert list(folder.rglob("*")) == []
    while pids := house.processes():
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    assert list(folder.rglob("*")) == []
