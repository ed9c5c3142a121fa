"""Where the program keeps things. `SOUNDSCAPE_HOME` moves all of it under one folder."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

from soundscape.atomic import foreign_owner, hand_over, write_whole

LIBRARY_FILE = "library.json"
"""What people said of the library, in a home's `data`: no cache, so nothing may lose it."""

COOKIE_SIZE = 256
"""Bytes of random: PA_NATIVE_COOKIE_LENGTH of libpulse."""


@dataclass(frozen=True, slots=True)
class Home:
    """The folders of one home. `data` holds what is kept, `run` what only lives while running."""

    data: Path
    config: Path
    run: Path

    @classmethod
    def find(cls) -> Home:
        """`SOUNDSCAPE_HOME`, or the platform's own folders."""
        root = os.environ.get("SOUNDSCAPE_HOME", "")
        if root:
            base = Path(root).expanduser().absolute()
            return cls(base, base, base / "run")
        from platformdirs import PlatformDirs

        dirs = PlatformDirs("soundscape", appauthor=False)
        # Not the platform's runtime folder: a window without a desktop's environment (ssh, sudo)
        # would look for the session elsewhere, and find none.
        return cls(dirs.user_data_path, dirs.user_config_path, dirs.user_data_path / "run")

    @property
    def sessions(self) -> Path:
        """A folder a session."""
        return self.data / "sessions"

    @property
    def index(self) -> Path:
        """What is known of the library's files: a cache."""
        return self.data / "library.db"

    @property
    def library_file(self) -> Path:
        """What people said of the library: its folders, and what they vouch for."""
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
        """Which pedal says which cue."""
        return self.config / "bindings.yaml"

    @property
    def control(self) -> Path:
        """Where the running session's port and token are."""
        return self.run / "control.json"

    @property
    def lock(self) -> Path:
        """Held by the engine while it runs: one session at a time for one home."""
        return self.run / "engine.lock"

    @property
    def log(self) -> Path:
        """What the engine and its supervisor say in trouble."""
        return self.run / "engine.log"


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
    """Make the file of a lock, its owner's alone, before whatever locks it would."""
    os.close(open_private(str(path), os.O_RDWR | os.O_CREAT))


def hand_over_path(path: Path) -> None:
    """Give a file or folder that root, or a library that it loaded, has made in somebody's folder
    to them. For anybody else this is nothing."""
    with contextlib.suppress(OSError):
        if foreign_owner(path.parent):
            number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            try:
                hand_over(number, path.parent)
            finally:
                os.close(number)


def hand_over_cookie() -> None:
    """To be called before libpulse is loaded. As root in somebody's home it would make the sound
    server's cookie there, for root alone, and leave them without any sound."""
    with contextlib.suppress(OSError):
        config = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
        if foreign_owner(Path.home()) and not (config / "pulse" / "cookie").exists():
            cookie = make_private(config / "pulse") / "cookie"
            write_whole(cookie, os.urandom(COOKIE_SIZE), replace=False)


def write_private(path: Path, text: str) -> None:
    """Write a small file whole or not at all, readable by its owner alone."""
    make_private(path.parent)
    write_whole(path, text.encode("utf-8"))
