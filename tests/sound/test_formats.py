"""The gate of formats: a file sounds from where it was asked, and as loud as it was matched.

Every container and codec that is played, from its common encoders, asked for a second near its
start, its middle and its end; recorded from the sound server. `bench/formats.py` prints the table.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from formats import FORMATS, Format
from gate import batches, hear, make_rig
from rig import Rig

pytestmark = pytest.mark.sound

QUICK = ("vbr-no-table.mp3", "oggenc.ogg", "5.1.m4a", "gain.opus")
"""One of each trouble: without a table, with a demuxer that lands elsewhere, mixed down, and with
a gain in its header."""


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """A sound server with an output for each file of a batch."""
    made = make_rig(tmp_path_factory.mktemp("outputs"))
    made.start()
    yield made
    made.stop()


def test_what_is_hardest_sounds_from_where_it_was_asked(outputs: Rig, tmp_path: Path) -> None:
    """A sample of the gate: within 0.25 s of the second asked for, and 0.5 LU of its match."""
    sample = [each for each in FORMATS if each.name in QUICK]
    assert not [each.wrong for each in hear(outputs, tmp_path, sample) if each.wrong]


@pytest.mark.slow
@pytest.mark.parametrize("batch", batches(), ids=lambda batch: "-".join(f.name for f in batch))
def test_every_format_sounds_from_where_it_was_asked(
    outputs: Rig, tmp_path: Path, batch: tuple[Format, ...]
) -> None:
    """The whole gate, four formats at a time."""
    assert not [each.wrong for each in hear(outputs, tmp_path, batch) if each.wrong]
