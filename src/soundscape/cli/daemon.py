"""The engine's process: put the parts together, play one session, go.

It is started before the arc has been read, so that loading itself and trying the sound device
happen meanwhile. Then it waits for the session's folder on its standard input, and answers on its
standard output with one line of JSON. Whoever started it may be gone by the time the music plays.
"""

from __future__ import annotations

import gc
import json
import logging
import os
import signal
import sys
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from soundscape.awake import Awake, Kept
from soundscape.clock import BootClock, FastClock
from soundscape.core.errors import SoundscapeError
from soundscape.core.ports import Clock, Decks, Reporter
from soundscape.home import Home, make_private, write_private

AWAKE_PATIENCE_S = 1.0
"""How long a session that is ready waits to hear whether the machine is kept awake."""

LOCK_PATIENCE_S = 2.0
"""How long a session waits for the one before it to have put everything away."""


@dataclass(frozen=True, slots=True)
class Voice:
    """How the session is to sound. `device` "" is the default one; `speed` is for null decks."""

    out: str = "vlc"
    device: str = ""
    speed: float = 1.0

    def words(self) -> list[str]:
        """As one word of a command line."""
        return [json.dumps(asdict(self))]


@dataclass(frozen=True, slots=True)
class Job:
    """What to play: the folder of an opened session, and when. `at` "" is now."""

    folder: str
    at: str = ""


def _say(answer: dict[str, Any]) -> None:
    """One line to whoever started this; it may be gone."""
    try:
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
    except OSError:
        pass


def make_decks(voice: Voice, clock: Clock, report: Reporter) -> Decks:
    """The decks that sound as asked; they tell `report` what becomes of what they are asked."""
    if voice.out == "null":
        from soundscape.audio.null import NullDecks

        return NullDecks(report, clock)
    from soundscape.audio.vlc import VlcDecks

    return VlcDecks(report, clock, voice.device)


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


def _load() -> None:
    import soundscape.engine
    import soundscape.remote.server
    from soundscape.core.events import Entry, Stamp, Started
    from soundscape.journal.codec import decode, encode

    _ = soundscape.engine, soundscape.remote.server
    # What reads a journal is only made with the first line it reads.
    decode(encode(Entry(0, Stamp("", 0.0, "", 0.0), Started())))


def _play(job: Job, voice: Voice, clock: Clock, home: Home, kept: Future[Kept]) -> None:
    from soundscape.appointment import Appointment
    from soundscape.core.fold import fold
    from soundscape.core.ports import AwakeSaid
    from soundscape.core.session import open_session
    from soundscape.engine import Engine
    from soundscape.journal.reader import read_journal
    from soundscape.journal.score import read_score
    from soundscape.journal.writer import JournalWriter
    from soundscape.notify import Notifier
    from soundscape.remote.server import ControlPort

    folder = Path(job.folder)
    journal = read_journal(folder)
    score = read_score(folder)
    session = open_session(journal.opened, score.pools, score.ambiences)
    session = fold(session, (entry.fact for entry in journal.entries))
    writer = JournalWriter(folder, journal.entries[-1].n, journal.last_hash)
    manager = Notifier.of(os.environ)
    engine = Engine(
        session,
        lambda report: make_decks(voice, clock, report),
        writer,
        clock,
        Appointment(job.at) if job.at else None,
        manager.beat,
    )
    port = ControlPort(engine, session.code)

    def close(*_: object) -> None:
        manager.stopping()
        engine.cue("end", {})

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, close)
    port.open()
    write_private(home.control, port.control.as_text())
    kept.add_done_callback(
        lambda done: engine.tell(AwakeSaid(done.result().by, done.result().refused, clock.now()))
    )
    _say({"ready": session.code, "refused": _refused(kept)})
    manager.ready(f"session {session.code}")
    _let_go_of_the_terminal()
    # What is loaded by now stays. Looked through for garbage, 40,000 objects of it, again and
    # again, it would hold up every thread for 30 ms or more, those too that move the volumes.
    gc.freeze()
    try:
        engine.run()
    finally:
        manager.stopping()
        home.control.unlink(missing_ok=True)
        port.close()


def _refused(kept: Future[Kept]) -> str:
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

    os.umask(0o077)
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.WARNING)
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    home = Home.find()
    voice = Voice(**json.loads(words[0]))
    clock: Clock = BootClock() if voice.speed == 1.0 else FastClock(voice.speed)
    try:
        make_private(home.run)
        with filelock.FileLock(home.lock, timeout=LOCK_PATIENCE_S, mode=0o600):
            awake = Awake()
            kept = awake.hold()
            try:
                _preload(voice, clock)
                _say({"warm": True})
                line = sys.stdin.readline()
                if not line.strip():
                    return 0  # The arc was no good, and whoever read it has complained of it.
                _play(Job(**json.loads(line)), voice, clock, home, kept)
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
