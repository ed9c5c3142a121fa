"""From an arc's file to a session's folder: read, gather, plan, open the journal."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from soundscape import __version__
from soundscape.cli.exclusions import NO_WISHES, Wishes
from soundscape.core.arc import Arc
from soundscape.core.errors import JournalError
from soundscape.core.events import Opened, Planned, Stamp
from soundscape.core.leave_out import HeardBefore, cap_notes, leave_out
from soundscape.core.machine_facts import Gone, Outside
from soundscape.core.plan import Plan
from soundscape.core.planner.planner import plan
from soundscape.core.ports import Clock
from soundscape.core.text import reason
from soundscape.home import Home, make_private
from soundscape.journal.encryption import Master, hold, make_lock, write_lock
from soundscape.journal.score import Score, write_score
from soundscape.journal.series import heard_lately
from soundscape.journal.writer import JournalWriter
from soundscape.library.arcs.load import load_arc
from soundscape.library.catalog import Gathered, gather

CODE_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
CODE_LENGTH = 8
WRITE_PATIENCE_S = 5.0

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Prepared:
    """An arc with the music for it and the plan made of both, and what was left out on the way:
    `kept_fresh` holds the codes of the sessions whose music is not played again."""

    arc: Arc
    gathered: Gathered
    plan: Plan
    wishes: Wishes = NO_WISHES
    kept_fresh: tuple[str, ...] = ()


def prepare(
    home: Home,
    arc_path: Path,
    library: Path | None,
    seed: int,
    progress: Progress | None = None,
    wishes: Wishes = NO_WISHES,
) -> Prepared:
    """Read the arc, gather its music, leave out what is not wanted, plan the rest.

    Raises `InputError` with all faults.
    """
    arc = load_arc(arc_path)
    gathered = gather(
        arc,
        arc_path,
        home=home.data,
        roots=(library,) if library else (),
        index_path=home.index,
        progress=progress,
    )
    gathered = replace(gathered, warnings=(*gathered.warnings, *cap_notes(arc)))
    gathered, kept_fresh = _grant(gathered, wishes, home)
    return Prepared(arc, gathered, plan(arc, gathered.pools, seed), wishes, kept_fresh)


def _grant(gathered: Gathered, wishes: Wishes, home: Home) -> tuple[Gathered, tuple[str, ...]]:
    """The music without what is left out, and the codes of the sessions that were looked at."""
    if not wishes.avoid and not wishes.keep_fresh:
        return gathered, ()
    heard = HeardBefore()
    codes: tuple[str, ...] = ()
    notes: list[str] = []
    if wishes.keep_fresh:
        lately = heard_lately(home.sessions, wishes.series, wishes.keep_fresh)
        heard, codes = lately.heard, lately.sessions
        notes += lately.trouble
        if not codes:
            notes.append(f"no session of the series {wishes.series} has been played yet")
    pools, said = leave_out(gathered.pools, wishes.avoid, heard)
    warnings = (*gathered.warnings, *notes, *said)
    return replace(gathered, pools=pools, warnings=warnings), codes


def new_code() -> str:
    """A random code for a session; it says nothing of anybody."""
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))


def open_folder(
    home: Home,
    prepared: Prepared,
    clock: Clock,
    *,
    out: str,
    device: str,
    end_with_arc: bool,
    outside: Outside = "softer",
    when_gone: Gone = "ask",
    master: Master | None = None,
) -> Path:
    """Make the session's folder with its score and the first lines of its journal, encrypted where
    there is a `master` key for it; this process can read it then.

    Raises `JournalError` where the disk refuses; nothing is left behind then.
    """
    code = new_code()
    folder = home.sessions / code
    stamp = Stamp(
        clock.wall().isoformat(timespec="milliseconds"), clock.now(), clock.boot_id(), 0.0
    )
    opened = Opened(
        code,
        prepared.arc,
        prepared.plan.seed,
        __version__,
        out,
        device,
        persons=prepared.arc.persons,
        end_with_arc=end_with_arc,
        series=prepared.wishes.series,
        avoid=prepared.wishes.avoid,
        kept_fresh=prepared.kept_fresh,
        outside=outside,
        when_gone=when_gone,
    )
    try:
        make_private(folder)
        if master is not None:
            lock, key = make_lock(master)
            write_lock(folder, lock)
            hold(folder, lock, key)
        write_score(folder, Score(prepared.gathered.pools, prepared.gathered.ambiences))
        journal = JournalWriter(folder)
        batch = journal.append(stamp, (opened, Planned(prepared.plan, "the session opens")))
        if not batch.wait(WRITE_PATIENCE_S):
            trouble = journal.health.trouble or "the disk does not answer"
            journal.close(0.0)
            raise OSError(trouble)
        journal.close()
    except OSError as error:
        discard(folder)
        raise JournalError(
            f"{folder}: the journal cannot be written ({reason(error)}); nothing was "
            "played. Make room, or move SOUNDSCAPE_HOME to a disk that can be written"
        ) from None
    return folder


def discard(folder: Path) -> None:
    """Remove the folder of a session that never sounded."""
    shutil.rmtree(folder, ignore_errors=True)
