"""Where the program keeps things. `SOUNDSCAPE_HOME` moves all of it under one folder."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

from soundscape.atomic import foreign_owner, hand_over, write_whole

LIBRARY_FILE = "library.json"
"""What people said about the library, in a home's `data`. It is no cache: nothing may lose it."""

COOKIE_SIZE = 256
"""Bytes of random: PA_NATIVE_COOKIE_LENGTH of libpulse."""


@dataclass(frozen=True, slots=True)
class Home:
    """The folders of one home. `data` is kept; `run` is for the running session only."""

    data: Path
    config: Path
    run: Path

    @classmethod
    def find(cls) -> Home:
        """Return the home of `SOUNDSCAPE_HOME`, or the one in the platform's own folders."""
        root = os.environ.get("SOUNDSCAPE_HOME", "")
        if root:
            base = Path(at_home(root)).absolute()
            return cls(base, base, base / "run")
        from platformdirs import PlatformDirs

        dirs = PlatformDirs("soundscape", appauthor=False)
        # Not the platform's runtime folder: a window without a desktop's environment (ssh, sudo)
        # would look for the session elsewhere, and find none.
        return cls(dirs.user_data_path, dirs.user_config_path, dirs.user_data_path / "run")

    @property
    def sessions(self) -> Path:
        """One folder for each session."""
        return self.data / "sessions"

    @property
    def index(self) -> Path:
        """The index of the library's files: a cache."""
        return self.data / "library.db"

    @property
    def library_file(self) -> Path:
        """What people said about the library: its folders, and what they vouch for."""
        return self.data / LIBRARY_FILE

    @property
    def starter(self) -> Path:
        """The starter music."""
        return self.data / "starter"

    @property
    def settings(self) -> Path:
        """The settings file."""
        return self.config / "settings.yaml"

    @property
    def bindings(self) -> Path:
        """Which pedal gives which cue."""
        return self.config / "bindings.yaml"

    @property
    def control(self) -> Path:
        """The running session's port and token."""
        return self.run / "control.json"

    @property
    def lock(self) -> Path:
        """The engine holds this while it runs: one session at a time in a home."""
        return self.run / "engine.lock"

    @property
    def log(self) -> Path:
        """The log of the engine and its supervisor."""
        return self.run / "engine.log"


def at_home(name: str) -> str:
    """Expand a leading `~` in a path; leave it if no such user exists."""
    try:
        return str(Path(name).expanduser()) if name.startswith("~") else name
    except (RuntimeError, ValueError):  # `~somebody` who is not known; a byte that is in no name.
        return name


def make_private(folder: Path) -> Path:
    """Make a folder that only its owner can enter, and the parents it lacks; return it."""
    # `mkdir(parents=True)` would give the parents whatever the umask leaves.
    for each in (*reversed(folder.parents), folder):
        if not each.is_dir():
            each.mkdir(mode=0o700, exist_ok=True)
            hand_over_path(each)
    return folder


def open_private(path: str, flags: int) -> int:
    """An `opener` for `open`: a new file is its owner's alone."""
    folder = Path(path).parent
    if foreign_owner(folder):  # A link of theirs may lead to a file of root's.
        flags |= os.O_NOFOLLOW
    number = os.open(path, flags, 0o600)
    hand_over(number, folder)
    return number


def make_lock_file(path: Path) -> None:
    """Make a lock's file, private to its owner, before the library that locks it would."""
    os.close(open_private(str(path), os.O_RDWR | os.O_CREAT))


def hand_over_path(path: Path) -> None:
    """Give a file that root has made in somebody's folder to that person.

    The file may also come from a library that root loaded. Does nothing for anybody but root.
    """
    with contextlib.suppress(OSError):
        if foreign_owner(path.parent):
            number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            try:
                hand_over(number, path.parent)
            finally:
                os.close(number)


def hand_over_cookie() -> None:
    """Make the sound server's cookie before libpulse does. Call this before libpulse is loaded.

    As root in somebody's home, libpulse would make a cookie for root alone, and leave that person
    without any sound.
    """
    with contextlib.suppress(OSError):
        config = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
        if foreign_owner(Path.home()) and not (config / "pulse" / "cookie").exists():
            cookie = make_private(config / "pulse") / "cookie"
            write_whole(cookie, os.urandom(COOKIE_SIZE), replace=False)


def write_private(path: Path, text: str) -> None:
    """Write a small file whole or not at all; only its owner can read it."""
    make_private(path.parent)
    write_whole(path, text.encode("utf-8"))
