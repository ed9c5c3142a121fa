"""Music is read ahead, by a process of its own: right to the byte, and a stalled disk holds nobody
up. The disk that stalls is a real one, through FUSE."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from io import FileIO
from math import inf
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stalled_disk import StalledDisk
from support.until import until

from soundscape.audio.disk import FILES_MOST, Disk, _read
from soundscape.audio.readahead import CHUNK, CHUNKS_AHEAD, ReadAhead

SIZE = 24 * 1024 * 1024 + 12345
"""More than is ever read ahead."""


def _threads(disk: Disk) -> int:
    """How many threads the reader has: its own, and one for each file."""
    if disk._process is None:
        return 0
    return len(list(Path(f"/proc/{disk._process.pid}/task").iterdir()))


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("music") / "a.flac"
    path.write_bytes(random.Random(1).randbytes(SIZE))
    return path


@pytest.fixture(scope="module")
def disk() -> Iterator[Disk]:
    with closing(Disk()) as made:
        yield made


@pytest.fixture
def stalled(file: Path, tmp_path: Path) -> Iterator[StalledDisk]:
    with StalledDisk(file.parent, tmp_path / "mount") as made:
        yield made


@settings(max_examples=25, deadline=None)
@given(steps=st.lists(st.tuples(st.integers(0, SIZE), st.integers(1, 3 * CHUNK)), max_size=6))
def test_every_byte_is_the_files_own(file: Path, disk: Disk, steps: list[tuple[int, int]]) -> None:
    """Wherever a demuxer looks, head, tail or back again, it gets what the file holds there."""
    whole = file.read_bytes()
    with closing(ReadAhead(disk, str(file))) as ahead:
        assert ahead.open() == SIZE
        for place, most in steps:
            ahead.seek(place)
            read = b""
            while len(read) < min(most, SIZE - place):
                part = ahead.read(most - len(read))
                assert part
                read += part
            assert read == whole[place : place + len(read)]
        ahead.seek(SIZE)
        assert ahead.read(CHUNK) == b""


def test_as_much_is_kept_ahead_as_was_promised(file: Path, disk: Disk) -> None:
    """Without being asked, the next 16 MiB are read, and no more: memory is not without end."""
    with closing(ReadAhead(disk, str(file))) as ahead:
        until(lambda: ahead.ahead >= CHUNK * CHUNKS_AHEAD)
        assert ahead.ahead == CHUNK * CHUNKS_AHEAD


def test_what_is_taken_faster_is_read_further_ahead(file: Path, disk: Disk) -> None:
    """A file of many channels at a high rate needs more than 16 MiB to go on for as long as another
    track needs to come in: at 4 MB a second all of this one is kept."""
    with closing(ReadAhead(disk, str(file))) as ahead:
        ahead.open()
        ahead.left_s(0.0)
        taken = 0
        while taken < 4_000_000:
            taken += len(ahead.read(CHUNK) or b"")
        ahead.left_s(1.0)
        until(lambda: ahead.ahead == SIZE - taken)


def test_how_long_it_lasts_is_known_where_less_comes_in_than_is_taken(
    stalled: StalledDisk, file: Path
) -> None:
    """Of a stalled disk, or one that is too slow for its file: what is ahead, at the pace at which
    it gets less. Of one that keeps up, and of a file that is here to its end, there is no limit."""
    with closing(Disk()) as disk, closing(ReadAhead(disk, str(stalled.mount / file.name))) as ahead:
        assert ahead.open() == SIZE
        until(lambda: ahead.ahead == CHUNK * CHUNKS_AHEAD)
        assert ahead.left_s(0.0) == inf
        stalled.stall("read")
        for _ in range(8):
            ahead.read(CHUNK)
        until(lambda: stalled.waiting)
        assert ahead.left_s(1.0) == pytest.approx((CHUNKS_AHEAD - 8) / 8, rel=0.2)
        stalled.answer()
        until(lambda: ahead.ahead == CHUNK * CHUNKS_AHEAD)
        assert ahead.left_s(2.0) == inf
        ahead.seek(SIZE - 3 * CHUNK)
        until(lambda: ahead.ahead == 3 * CHUNK)
        assert ahead.left_s(3.0) == inf
        ahead.read(CHUNK)
        assert ahead.left_s(4.0) == inf


def test_an_answer_is_whole_where_the_system_reads_in_pieces(tmp_path: Path) -> None:
    """A network share may answer a read with less than was asked for, far from the file's end. The
    rest is asked for: a short answer would be taken for the end, and the music would break off."""

    class Piecemeal(FileIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(min(size or 0, 1000))

    (tmp_path / "a.flac").write_bytes(bytes(range(250)) * 20)
    with Piecemeal(tmp_path / "a.flac") as file:
        assert _read(file, 100, 4000)[8:] == (bytes(range(250)) * 20)[100:4100]
        assert len(_read(file, 4000, 4000)[8:]) == 1000


def test_a_jump_within_the_file_is_no_slow_disk(file: Path, disk: Disk) -> None:
    """A demuxer that goes elsewhere finds little ahead there for a moment: that tells nothing of
    the disk, and no track is taken away for it."""
    with closing(ReadAhead(disk, str(file))) as ahead:
        until(lambda: ahead.ahead == CHUNK * CHUNKS_AHEAD)
        assert ahead.left_s(0.0) == inf
        ahead.seek(SIZE // 2 + CHUNKS_AHEAD // 3 * CHUNK)
        assert ahead.left_s(0.5) == inf


def test_the_first_second_says_nothing_of_the_disk(stalled: StalledDisk, file: Path) -> None:
    """A player that begins takes a second at once, before the reader can follow. No track is taken
    away for that; a disk that has not followed after a second is told."""
    with closing(Disk()) as disk, closing(ReadAhead(disk, str(stalled.mount / file.name))) as ahead:
        assert ahead.open() == SIZE
        until(lambda: ahead.ahead == CHUNK * CHUNKS_AHEAD)
        stalled.stall("read")
        assert ahead.left_s(0.0) == inf
        ahead.read(CHUNK)
        until(lambda: stalled.waiting)
        assert ahead.left_s(0.02) == inf
        assert ahead.left_s(0.98) == inf
        assert ahead.left_s(1.0) == CHUNKS_AHEAD - 1
        stalled.answer()


def test_of_a_disk_that_is_pulled_out_the_rest_is_still_played(
    stalled: StalledDisk, file: Path
) -> None:
    """What was read ahead is there to leave on, for as long as was told; then it fails."""
    with closing(Disk()) as disk, closing(ReadAhead(disk, str(stalled.mount / file.name))) as ahead:
        assert ahead.open() == SIZE
        until(lambda: ahead.ahead == CHUNK * CHUNKS_AHEAD)
        assert ahead.left_s(0.0) == inf
        stalled.stall("broken")
        rest = bytearray()
        while part := ahead.read(CHUNK):
            rest += part
            left_s = ahead.left_s(1.0 + len(rest) / CHUNK)
        assert part is None
        assert rest == file.read_bytes()[: len(rest)]
        assert len(rest) >= CHUNK * CHUNKS_AHEAD
        assert left_s == 0.0


def test_what_is_no_file_does_not_open(tmp_path: Path, disk: Disk) -> None:
    """A file that is gone, a folder, a pipe that nobody writes: no music, and nobody waits."""
    os.mkfifo(tmp_path / "pipe")
    for name, answer in (("gone", None), ("", None), ("pipe", 0)):
        with closing(ReadAhead(disk, str(tmp_path / name))) as ahead:
            assert ahead.open() == answer


def test_a_reader_that_dies_is_followed(file: Path, stalled: StalledDisk) -> None:
    """The reader's process is killed in the middle of a file: the player notices nothing."""
    stalled.stall("read")
    with closing(Disk()) as disk, closing(ReadAhead(disk, str(stalled.mount / file.name))) as ahead:
        assert ahead.open() == SIZE
        process = disk._process
        assert process is not None
        process.kill()
        stalled.answer()
        process.wait(60.0)
        ahead.seek(SIZE - 10)
        assert ahead.read(10) == file.read_bytes()[-10:]
        assert disk._process is not process


@pytest.mark.parametrize("what", ["open", "read"])
def test_whoever_waits_for_a_stalled_disk_is_let_go_at_once(
    stalled: StalledDisk, file: Path, what: str
) -> None:
    """Closing frees the player's thread and our own, though the disk answers nothing; what waits in
    the reader is let go when it does."""
    stalled.stall(what)
    with closing(Disk()) as disk:
        ahead = ReadAhead(disk, str(stalled.mount / file.name))
        got: list[bytes | None] = []
        player = threading.Thread(target=lambda: (ahead.open(), got.append(ahead.read(10))))
        player.start()
        until(lambda: stalled.waiting)
        ahead.close()
        player.join(60.0)
        assert got == [None]
        assert _threads(disk) == 2
        until(lambda: not any(each.name == "read ahead" for each in threading.enumerate()))
        stalled.answer()
        until(lambda: _threads(disk) == 1)


def test_no_more_files_wait_than_are_allowed_to(stalled: StalledDisk, file: Path) -> None:
    """A disk that is asked again and again while it stalls holds a bounded number of threads; past
    that a file does not open. Once the disk answers, files open again."""
    stalled.stall("open")
    with closing(Disk()) as disk:
        waiting = [ReadAhead(disk, str(stalled.mount / file.name)) for _ in range(FILES_MOST + 4)]
        until(lambda: sum(each._failed for each in waiting) == 4)
        for each in waiting:
            each.close()
        stalled.answer()
        until(lambda: _threads(disk) == 1)
        with closing(ReadAhead(disk, str(stalled.mount / file.name))) as ahead:
            assert ahead.open() == SIZE


WAITS = """
import sys
from soundscape.audio.disk import Disk
from soundscape.audio.readahead import ReadAhead
ahead = ReadAhead(Disk(), sys.argv[1])
print("begun", flush=True)
ahead.open()
ahead.read(10)
"""


def test_an_engine_that_waits_for_a_disk_can_be_killed(stalled: StalledDisk, file: Path) -> None:
    """A process whose own thread waits for a stalled disk stays until the disk answers, with its
    locks and its pipes, whatever signal it gets. An engine is gone at once, so that the next one
    goes on."""
    stalled.stall()
    with subprocess.Popen(
        [sys.executable, "-c", WAITS, str(stalled.mount / file.name)], stdout=subprocess.PIPE
    ) as engine:
        assert engine.stdout is not None
        assert engine.stdout.readline() == b"begun\n"
        until(lambda: stalled.waiting)
        engine.kill()
        engine.wait(60.0)
