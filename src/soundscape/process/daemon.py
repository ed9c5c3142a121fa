"""The engine's process: put the parts together, play one session, go.

It is started before the arc has been read, so that loading itself and trying the sound device
happen meanwhile. Then it waits for the session's folder on its standard input, and answers on its
standard output with one line of JSON. Whoever started it may be gone by the time the music plays.

A spare one is started by the supervisor and waits in the same way, for a session whose engine
broke off.
"""

from __future__ import annotations

import contextlib
import gc
import json
import logging
import os
import signal
import socket
import sys
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from soundscape.awake import Awake, WakeLock
from soundscape.clock import BootClock, FastClock
from soundscape.core.errors import SoundscapeError
from soundscape.core.ports import Clock, Decks, Reporter
from soundscape.home import Home, make_lock_file, make_private, write_private
from soundscape.process.log import log_aside

if TYPE_CHECKING:
    from filelock import BaseFileLock

    from soundscape.engine.appointment import Appointment
    from soundscape.process.wires import Wires

AWAKE_PATIENCE_S = 1.0
"""How long a session that is ready waits to hear whether the machine is kept awake."""

HAND_OVER_S = 0.0005
"""How long one thread of Python keeps the others waiting. With Python's own 5 ms the decks moved
their gains only five or six times a second while a plan was being searched, which is heard."""

NICENESS = -10
"""Before other programs, where the system lets us: what comes late is heard as a gap."""

LOG_FORMAT = "%(asctime)s %(levelname)s %(message)s"

LOCK_PATIENCE_S = 2.0
"""How long a session waits for the one before it to have put everything away."""


@dataclass(frozen=True, slots=True)
class Voice:
    """How the session is to sound. `device` "" is the default one; `speed` is for null decks, and
    counts since the boot clock showed `since`."""

    out: str = "vlc"
    device: str = ""
    speed: float = 1.0
    since: float = 0.0

    def words(self) -> list[str]:
        """As one word of a command line."""
        return [json.dumps(asdict(self))]


@dataclass(frozen=True, slots=True)
class EngineJob:
    """What to play: the folder of an opened session, and when.

    `begins` is ISO 8601, "" for now; `token` the control port's. With `back` the session broke
    off, and goes on: see `takeover.Back`. `lock` is what reads an encrypted session
    (`keys.hand_on`); a job goes through pipes alone.
    """

    folder: str
    begins: str = ""
    token: str = ""
    back: dict[str, Any] | None = None
    lock: dict[str, str] | None = field(default=None, repr=False)


def _say(answer: dict[str, Any]) -> None:
    """One line to whoever started this; it may be gone."""
    try:
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
    except OSError:
        pass


def make_decks(
    voice: Voice, clock: Clock, report: Reporter, device: str = "", port: str = ""
) -> Decks:
    """The decks that sound as asked; they tell `report` what becomes of what they are asked. Where
    a `port` of the device is known, they play by no other."""
    if voice.out == "null":
        from soundscape.audio.null import NullDecks

        return NullDecks(report, clock)
    from soundscape.audio.vlc import VlcDecks

    return VlcDecks(report, clock, device, port)


def _preload(voice: Voice, clock: Clock) -> None:
    """Load what the session needs, and hear meanwhile whether there is a device that takes sound.

    Raises `NoSound` where there is none.
    """
    with ThreadPoolExecutor(1, "check") as beside:
        check = beside.submit(_check_output, voice, clock)
        _load()
        check.result()


def _check_output(voice: Voice, clock: Clock) -> None:
    if voice.out != "null":
        from soundscape.audio.vlc import check_output

        check_output(clock, voice.device)


def _come_first() -> None:
    sys.setswitchinterval(HAND_OVER_S)
    if hasattr(os, "setpriority"):
        with contextlib.suppress(OSError):  # Only root may, or who was given the right.
            os.setpriority(os.PRIO_PROCESS, 0, NICENESS)


def _load() -> None:
    import soundscape.control.server
    import soundscape.engine.loop
    import soundscape.process.takeover
    import soundscape.process.wires
    from soundscape.core.events import Entry, Stamp, Started
    from soundscape.journal.codec import decode, encode

    _ = (
        soundscape.engine.loop,
        soundscape.control.server,
        soundscape.process.takeover,
        soundscape.process.wires,
    )
    # What reads a journal is only made with the first line it reads.
    decode(encode(Entry(0, Stamp("", 0.0, "", 0.0), Started())))


def _play(
    job: EngineJob, voice: Voice, clock: Clock, home: Home, wires: Wires, kept: Future[WakeLock]
) -> None:
    from soundscape.control.address import forget_copy, keep_copy
    from soundscape.control.server import ControlPort
    from soundscape.core.fold import fold
    from soundscape.core.ports import AwakeSaid
    from soundscape.core.session import open_session
    from soundscape.engine.loop import Engine
    from soundscape.journal.encryption import cover_of, take_over
    from soundscape.journal.memory import Memory, UnwrittenLines
    from soundscape.journal.reader import read_journal
    from soundscape.journal.score import read_score
    from soundscape.journal.writer import JournalWriter
    from soundscape.process.discreet import be_discreet
    from soundscape.process.notify import Notifier
    from soundscape.process.takeover import comeback
    from soundscape.process.whole import be_whole_or_none, end_broken, meet
    from soundscape.process.wires import Files, watched

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
    manager = Notifier.of(os.environ)

    def mind() -> None:
        if not port.turns():
            logging.error("the control port hangs; another engine goes on")
            end_broken()
        manager.beat()

    watch = watched(wires, voice.words(), mind)
    appointment = _appointment(job)
    lost_port = session.lost.port if session.lost else ""
    engine = Engine(
        session,
        lambda report: make_decks(voice, clock, report, device, lost_port),
        writer,
        clock,
        appointment,
        comeback=back,
        watch=watch,
    )
    listening = None if wires.port is None else socket.socket(fileno=wires.port)
    port = ControlPort(engine, session.opened.code, listening, job.token)

    def close(*_: object) -> None:
        manager.stopping()
        engine.cue("end", {})

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, close)

    def control() -> str:
        keeper = 0 if watch is None else watch.pid  # Which is another one, if the first has gone.
        return replace(port.control, supervisor=keeper).as_text()

    port.open()
    keep_copy(home.control, control())
    with contextlib.suppress(OSError) if job.back else contextlib.nullcontext():
        # The port and the token are the last engine's: so is its file, where the disk takes none.
        write_private(home.control, control())
    files = Files(home, folder, control, score)
    kept.add_done_callback(
        lambda done: engine.tell(AwakeSaid(done.result().by, done.result().refused, clock.now()))
    )
    if watch is not None:
        watch.playing(asdict(EngineJob(job.folder, job.begins, port.control.token, lock=job.lock)))
    # Nobody waits for this answer where the session is only taken over; the music does.
    _say({"ready": session.opened.code, "refused": _refused(kept) if job.back is None else ""})
    manager.ready(f"session {session.opened.code}")
    _let_go_of_the_terminal()
    # What is loaded by now stays. Looked through for garbage, 40,000 objects of it, again and
    # again, it would hold up every thread for 30 ms or more, those too that move the volumes.
    gc.freeze()
    if job.back is not None and job.back.get("end"):
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
    if watch is not None:
        watch.over()


def _appointment(job: EngineJob) -> Appointment | None:
    """When the session is to begin; None for now, or for a time that came meanwhile."""
    from soundscape.engine.appointment import Appointment

    if not job.begins:
        return None
    appointment = Appointment(datetime.fromisoformat(job.begins).astimezone())
    return None if appointment.has_come() else appointment


def _stand_by(voice: Voice, clock: Clock, home: Home, wires: Wires, lock: BaseFileLock) -> None:
    """Load all that is needed, and wait for a session that needs an engine."""
    import filelock

    _load()
    if voice.out != "null":
        from soundscape.audio.vlc import preload

        preload()
    line = sys.stdin.readline()
    if not line.strip():
        return
    with contextlib.ExitStack() as held:
        try:
            make_private(home.run)
            make_lock_file(home.lock)
            held.enter_context(lock)
        except filelock.Timeout:
            raise
        except OSError as error:  # A full disk, or one that is read-only: the music needs neither.
            logging.error("the session goes on unlocked: %s", error)
        awake = Awake()
        held.callback(awake.release)
        _play(EngineJob(**json.loads(line)), voice, clock, home, wires, awake.hold())


def _refused(kept: Future[WakeLock]) -> str:
    """What the platform refused; "" where it is slow to say so: the status tells it then."""
    try:
        return kept.result(AWAKE_PATIENCE_S).refused
    except TimeoutError:
        return ""


def _let_go_of_the_terminal() -> None:
    """From here on nobody reads what is said, and nobody types."""
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    os.close(nothing)


def serve(words: Sequence[str]) -> int:
    """Play one session from beginning to end; the exit code."""
    import filelock

    from soundscape.process.wires import Wires

    os.umask(0o077)
    _come_first()
    log_aside(logging.Formatter(LOG_FORMAT))
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    home = Home.find()
    voice = Voice(**json.loads(words[0]))
    wires = Wires(**json.loads(words[1]))
    clock: Clock = BootClock() if voice.speed == 1.0 else FastClock(voice.speed, voice.since)
    lock = filelock.FileLock(home.lock, timeout=LOCK_PATIENCE_S, mode=0o600)
    try:
        if wires.spare:
            _stand_by(voice, clock, home, wires, lock)
            return 0
        make_private(home.run)
        make_lock_file(home.lock)
        with lock:
            awake = Awake()
            kept = awake.hold()
            try:
                _preload(voice, clock)
                _say({"warm": True})
                line = sys.stdin.readline()
                if not line.strip():
                    return 0  # The arc was no good, and whoever read it has complained of it.
                _play(EngineJob(**json.loads(line)), voice, clock, home, wires, kept)
            finally:
                awake.release()
    except filelock.Timeout:
        _say({"error": "a session is running under this home", "exit_code": 1, "locked": True})
        return 1
    except SoundscapeError as error:
        _say({"error": str(error), "exit_code": error.exit_code})
        return error.exit_code
    except OSError as error:
        _say({"error": f"{home.run}: {error.strerror or error}", "exit_code": 1})
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(serve(sys.argv[1:]))
