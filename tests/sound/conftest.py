"""One sound server for all tests that need one."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from rig import Rig
from steadiness import pytest_runtest_protocol

__all__ = ["pytest_runtest_protocol"]


@pytest.fixture(scope="session")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """PulseAudio with a null sink, in a folder of its own."""
    if shutil.which("pulseaudio") is None:
        pytest.fail("PulseAudio is missing; script/test installs it")
    made = Rig(tmp_path_factory.mktemp("rig"))
    made.start()
    yield made
    made.stop()


LONGEST_FIRST = ("cues_sound", "ambience_sound", "course_sound", "session_sound", "heard_times")
"""Files that record for one and a half to two minutes: who plays them at the end waits for them."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest recordings are begun first; all else stays in its order."""
    rank = {f"test_{name}": place for place, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: rank.get(item.path.stem, len(rank)))
