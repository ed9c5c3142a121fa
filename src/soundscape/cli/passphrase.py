"""The passphrase of encrypted sessions: asked for once, and forgotten when the command ends.

It is typed at a terminal, or is the first line of a file that only its owner can read. It is never
an argument or an environment variable, because other programs see those.
"""

from __future__ import annotations

import getpass
import os
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from soundscape.cli.out import complain
from soundscape.core.errors import Fault, InputError, JournalError
from soundscape.home import Home
from soundscape.journal.digest import roll
from soundscape.journal.encryption import (
    Lock,
    Locked,
    Master,
    hold,
    is_held,
    lock_of,
    make_master,
    master_of,
    session_key,
)

FILE_VARIABLE = "SOUNDSCAPE_PASSPHRASE_FILE"
SHORTEST = 8
"""Fewest characters of a passphrase. A shorter one can be guessed, however slow each guess is."""

FINAL = (
    "This session is encrypted. If you lose the passphrase, nobody can read the session again, not "
    "even the makers of this program."
)


@dataclass
class _Ring:
    """What one command was told."""

    said: str = ""
    masters: list[Master] = field(default_factory=list)


_ring = _Ring()


def new_master(home: Home) -> Master:
    """The key pair for a new session's passphrase: that of the last encrypted session where the
    passphrase is the same, else a new one; then the passphrase is asked for twice.

    Raises `InputError` where it is none, or not the same twice, `Locked` where nobody can be asked.
    """
    if _ring.masters:
        return _ring.masters[-1]
    complain(FINAL)
    said = _said("Passphrase: ")
    last = _last_lock(home)
    master = _opened(last, said) if last is not None else None
    if master is not None:
        return master
    if len(said) < SHORTEST:
        what = f"expected at least {SHORTEST} characters"
        raise InputError([Fault("passphrase", what, "a few words that nobody would guess")])
    if not os.environ.get(FILE_VARIABLE):
        again = "The same once more" if last is None else "A new one. The same once more"
        if _typed(f"{again}: ") != said:
            raise InputError([Fault("passphrase", "the two are not the same", "nothing was begun")])
    _ring.masters.append(make_master(said))
    return _ring.masters[-1]


def unlock(folder: Path) -> None:
    """Let this process read a session's folder; nothing is asked where it is not encrypted.

    Raises `InputError` for a wrong passphrase, `Locked` where nobody can be asked for one.
    """
    lock = lock_of(folder)
    if lock is None or is_held(folder):
        return
    known = (each for each in _ring.masters if each.public == lock.master)
    master = next(known, None)
    if master is None:
        master = _opened(lock, _said(f"Passphrase of session {folder.name}: "))
    if master is None:
        what = "is encrypted with another passphrase"
        raise InputError([Fault(f"session {folder.name}", what)])
    hold(folder, lock, session_key(lock, master))


def unlock_all(sessions: Path) -> None:
    """Let this process read every session that the one passphrase opens; the others are told of."""
    for folder in _locked(sessions):
        try:
            unlock(folder)
        except Locked as error:
            complain(f"{error}; all that are encrypted are left out")
            return
        except (InputError, JournalError) as error:
            complain(f"{error}; it is left out")


def _locked(sessions: Path) -> Iterator[Path]:
    return (sessions / each.session for each in roll(sessions) if each.locked)


def _last_lock(home: Home) -> Lock | None:
    for folder in reversed(list(_locked(home.sessions))):
        try:
            return lock_of(folder)
        except JournalError:
            continue
    return None


def _opened(lock: Lock, said: str) -> Master | None:
    master = master_of(lock, said)
    if master is not None:
        _ring.masters.append(master)
    return master


def _said(prompt: str) -> str:
    """What was said, the first time by asking."""
    if not _ring.said:
        _ring.said = _from_file() or _typed(prompt)
    return _ring.said


def _typed(prompt: str) -> str:
    if not sys.stdin.isatty():
        raise Locked(
            "the session is encrypted, and there is no terminal to ask for its passphrase; name a "
            f"file that holds it in {FILE_VARIABLE}"
        )
    try:
        said = getpass.getpass(prompt)
    except EOFError:
        said = ""
    if not said:
        raise InputError([Fault("passphrase", "nothing was typed")])
    return said


def _from_file() -> str:
    """The first line of the file that the environment names; "" where it names none.

    It may be a pipe, such as `/dev/fd/3`. Raises `InputError` where it cannot be used.
    """
    name = os.environ.get(FILE_VARIABLE, "")
    if not name:
        return ""
    try:
        with Path(name).open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if os.name == "posix" and stat.S_ISREG(mode) and mode & 0o077:
                what = "other users may read it"
                raise InputError([Fault(name, what, f"chmod 600 {name}")])
            said = file.readline(10_000).decode("utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "is not UTF-8 text"
        raise InputError([Fault(name, f"the passphrase cannot be read: {why}")]) from None
    if not said:
        raise InputError([Fault(name, "its first line is empty", "write the passphrase there")])
    return said
