"""Whether the machine stood still while something was recorded, and the takes that follow.

A recording shows what the program did only where the machine let it. Two witnesses run beside each
recording: a heartbeat on every core, which comes late when processes are not run, and the
recording itself, which stops growing when the sound server or the recorder stands still. A test of
sound that fails while a witness saw a standstill is taken again from its very beginning: sound
server, session, recording. A failure on a machine that ran steadily is a failure at once, and no
limit is any wider.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from _pytest.runner import runtestprotocol

TAKES = 3
"""A test is tried at most this many times."""

BEAT_S = 0.01
LATE_S = 0.04
"""A beat that comes later than this is a standstill, in seconds. The checks of recordings forgive
a gain that moves 0.03 s late (`limits.LATE_S`)."""

NO_SAMPLES_S = 0.2
"""A recording that gets nothing for longer is disturbed. The recorder writes every 0.02 s."""

_seen: list[str] = []
_lock = threading.Lock()


@contextmanager
def watched(tape: Path) -> Iterator[None]:
    """Watch the machine, and that recording of it, as long as the context lasts."""
    over = threading.Event()
    watches = [
        threading.Thread(target=_beat, args=(core, over), daemon=True)
        for core in os.sched_getaffinity(0)
    ]
    watches.append(threading.Thread(target=_watch_tape, args=(tape, over), daemon=True))
    for each in watches:
        each.start()
    try:
        yield
    finally:
        over.set()
        for each in watches:
            each.join()


def _beat(core: int, over: threading.Event) -> None:
    os.sched_setaffinity(0, {core})  # Of this thread alone.
    last = time.monotonic()
    while not over.wait(BEAT_S):
        now = time.monotonic()
        if now - last - BEAT_S > LATE_S:
            _note(f"core {core} stood still for {now - last:.2f} s")
        last = now


def _watch_tape(tape: Path, over: threading.Event) -> None:
    size, grown_at = tape.stat().st_size, time.monotonic()
    while not over.wait(BEAT_S):
        new, now = tape.stat().st_size, time.monotonic()
        if new != size:
            if now - grown_at > NO_SAMPLES_S:
                _note(f"the recording got nothing for {now - grown_at:.2f} s")
            size, grown_at = new, now


def _note(what: str) -> None:
    with _lock:
        _seen.append(what)


def _seen_so_far() -> str:
    with _lock:
        return f"{_seen[-1]}, {len(_seen)} times in all" if len(_seen) > 1 else "".join(_seen)


def _forget() -> None:
    with _lock:
        _seen.clear()


_module = ""


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Function, nextitem: pytest.Item | None) -> bool | None:
    """Run a test of sound, again where it fails and the machine stood still."""
    global _module
    if item.get_closest_marker("sound") is None:
        return None
    if item.path.name != _module:  # What a module's tests share was recorded for them alone.
        _module = item.path.name
        _forget()
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    retaken: list[str] = []
    while True:
        reports = runtestprotocol(item, log=False, nextitem=nextitem)
        stood_still = _seen_so_far()
        failed = any(report.failed for report in reports)
        if not failed or not stood_still or len(retaken) + 1 == TAKES:
            break
        retaken.append(stood_still)
        item.session._setupstate.teardown_exact(None)  # Recordings that tests share go too.
        item._initrequest()
        _forget()
    for report in reports:
        if report.when == "call" and retaken:
            report.user_properties.append(("taken again", "; ".join(retaken)))
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says which tests of sound were taken again, and what stood still."""
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, why in getattr(report, "user_properties", []):
                if name == "taken again" and report.when == "call":
                    terminalreporter.write_line(f"taken again: {report.nodeid}: {why}")
