"""The engine at work: it builds one session from its folder and plays it to its end.

This module loads all that a session needs. `daemon` imports it while the arc is read.
"""

from __future__ import annotations

import contextlib
import gc
import logging
import signal
import socket
from concurrent.futures import Future
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from soundscape.audio.null import NullDecks
from soundscape.control.address import forget_copy, keep_copy
from soundscape.control.server import ControlPort
from soundscape.core.events import Entry, Stamp, Started
from soundscape.core.fold import fold
from soundscape.core.machine_facts import KeptAwake
from soundscape.core.ports import Clock, Decks, Reporter
from soundscape.core.session import open_session
from soundscape.engine.appointment import Appointment
from soundscape.engine.loop import Engine
from soundscape.home import Home, write_private
from soundscape.journal.codec import decode, encode
from soundscape.journal.encryption import cover_of, take_over
from soundscape.journal.reader import read_journal
from soundscape.journal.score import read_score
from soundscape.journal.writer import JournalWriter, Memory, UnwrittenLines
from soundscape.process.heartbeat import Heartbeat, Notifier, SessionFiles
from soundscape.process.takeover import comeback
from soundscape.process.trouble import (
    LOG_FORMAT,
    be_discreet,
    be_whole_or_none,
    close_output,
    end_broken,
    meet,
)
from soundscape.protocol import EngineJob, EngineOutput, StartAnswer, Wires

AWAKE_PATIENCE_S = 1.0
"""Seconds that a session waits, once it is ready, to hear whether the machine is kept awake."""

# The journal's reader is only built with the first line that it reads.
decode(encode(Entry(0, Stamp("", 0.0, "", 0.0), Started())))


def make_decks(
    output: EngineOutput, clock: Clock, report: Reporter, device: str = "", port: str = ""
) -> Decks:
    """Make the decks, which report to `report`. If a `port` of the device is known, they use no
    other."""
    if output.out == "null":
        return NullDecks(report, clock)
    from soundscape.audio.vlc import VlcDecks  # Silent decks need no libVLC.

    return VlcDecks(report, clock, device, port)


def play(
    job: EngineJob,
    output: EngineOutput,
    clock: Clock,
    home: Home,
    wires: Wires,
    kept: Future[KeptAwake],
) -> None:
    """Play the session to its end."""
    folder = Path(job.folder)
    if job.lock:
        be_discreet(LOG_FORMAT)
        take_over(folder, job.lock)
    memory = Memory(wires.memory, cover_of(folder))
    left = memory.read()
    journal = read_journal(folder, left.lines)
    score = read_score(folder)
    session = open_session(journal.opened, score.pools, score.ambiences)
    session = fold(session, (entry.fact for entry in journal.entries))
    back = None if job.back is None else comeback(job.back, journal, session, clock)
    device = session.device if back is None or back.device is None else back.device
    waiting = UnwrittenLines(journal.waiting, left.notes)
    writer = JournalWriter(folder, journal.entries[-1].n, journal.last_hash, memory, waiting)
    manager = Notifier()

    def mind() -> None:
        if not port.turns():
            logging.error("the control port hangs; another engine goes on")
            end_broken()
        manager.beat()

    watch = Heartbeat(wires, output, mind)
    lost_port = session.lost.port if session.lost else ""
    engine = Engine(
        session,
        lambda report: make_decks(output, clock, report, device, lost_port),
        writer,
        clock,
        _appointment(job),
        comeback=back,
        watch=watch,
    )
    port = ControlPort(engine, session.opened.code, socket.socket(fileno=wires.port), job.token)

    def close(*_: object) -> None:
        manager.stopping()
        engine.cue("end", {})

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, close)

    def control() -> str:
        return replace(port.control, supervisor=watch.pid).as_text()

    port.open()
    keep_copy(home.control, control())
    with contextlib.suppress(OSError) if job.back else contextlib.nullcontext():
        # Port and token are the last engine's, so its file is right if the disk takes no other.
        write_private(home.control, control())
    files = SessionFiles(home, folder, control, score)
    kept.add_done_callback(lambda done: engine.tell(done.result()))
    watch.playing(replace(job, token=port.control.token, back=None))
    # After a takeover nobody waits for this answer; the music does.
    StartAnswer(ready=True, refused="" if job.back else _refused(kept)).say()
    manager.ready(f"session {session.opened.code}")
    close_output(0, 1)
    # What is loaded by now stays. Searching its 40,000 objects for garbage again and again would
    # hold up every thread for 30 ms or more, also those that move the volumes.
    gc.freeze()
    if job.back is not None and job.back.end:
        engine.cue("end", {})
    be_whole_or_none()
    try:
        engine.run()
    except MemoryError as error:
        meet("the engine has no memory left", error, vital=True)
    manager.stopping()
    files.close()
    forget_copy(home.control)
    with contextlib.suppress(OSError):
        home.control.unlink(missing_ok=True)
    port.close()
    watch.over()


def _appointment(job: EngineJob) -> Appointment | None:
    """Return when the session begins; None for now, or for a time that came meanwhile."""
    if not job.begins:
        return None
    appointment = Appointment(datetime.fromisoformat(job.begins).astimezone())
    return None if appointment.has_come() else appointment


def _refused(kept: Future[KeptAwake]) -> str:
    """Return what the platform refused; "" if it is slow to say so: then the status tells it."""
    try:
        return kept.result(AWAKE_PATIENCE_S).refused
    except TimeoutError:
        return ""
