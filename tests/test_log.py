"""The log is never waited for. A pipe that nobody reads stands for the disk that hangs: whoever
writes to it waits for ever."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

PATIENCE_S = 30.0

WRITERS = {
    "engine": "import logging\nfrom soundscape.process.trouble import log_aside\n"
    "log_aside('%(message)s')\nsay = logging.error",
    "encrypted": "import logging\nfrom soundscape.process.trouble import be_discreet\n"
    "be_discreet('%(message)s')\nsay = logging.error",
    "supervisor": "from soundscape.process.supervisor import _say as say",
}


@pytest.fixture
def hanging() -> Iterator[int]:
    """The full end of a pipe."""
    read, write = os.pipe()
    os.set_blocking(write, False)
    try:
        while True:
            os.write(write, bytes(4096))
    except BlockingIOError:
        os.set_blocking(write, True)
    yield write
    os.close(read)
    os.close(write)


def run(writer: str, stderr: int) -> subprocess.CompletedProcess[str]:
    code = f"{WRITERS[writer]}\nsay('one')\nsay('two')\nprint('went on', flush=True)"
    words = [sys.executable, "-c", code]
    return subprocess.run(
        words, stdout=subprocess.PIPE, stderr=stderr, text=True, timeout=PATIENCE_S
    )


@pytest.mark.parametrize("writer", WRITERS)
def test_a_log_on_a_disk_that_hangs_holds_nobody_up(writer: str, hanging: int) -> None:
    """The engine's loop and its supervisor go on, and can end, whatever becomes of the log."""
    done = run(writer, hanging)
    assert (done.stdout, done.returncode) == ("went on\n", 0)


@pytest.mark.parametrize("writer", WRITERS)
def test_what_was_logged_last_is_written(writer: str) -> None:
    """A process that ends leaves no line behind."""
    assert run(writer, subprocess.PIPE).stderr.splitlines() == ["one", "two"]


def test_a_mistake_in_a_line_breaks_nothing_else() -> None:
    """Whoever logs never hears of it; the log has the place."""
    code = f"{WRITERS['engine']}\nsay('%d lines', 'two')\nprint('went on')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "went on\n"
    assert done.stderr == "<string>:5: no line for the log (TypeError)\n"
