"""The service manager of this person: where it reads its units, and what it answers."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from soundscape.cli.service.unit import LABEL, WALLS
from soundscape.core.errors import SoundscapeError

PATIENCE_S = 30.0
"""Seconds that a manager may take for an answer."""


def service_file() -> Path:
    """Where the service is written. Raises `SoundscapeError` where nobody would read it."""
    system = platform.system()
    if system == "Linux":
        config = os.environ.get("XDG_CONFIG_HOME", "")
        folder = Path(config) if config else Path.home() / ".config"
        return folder / "systemd" / "user" / "soundscape.service"
    if system == "Darwin":
        return Path.home() / "Library" / "LaunchAgents" / f"{LABEL}.plist"
    raise SoundscapeError(
        f"{system} has no services that this program knows. `soundscape run ARC --detach` plays a "
        "session that goes on when its window is closed"
    )


def has_walls() -> bool:
    """Whether this machine lets a person's service have a read-only disk: tried once."""
    if shutil.which("systemd-run") is None:
        return False
    words = [word for wall in WALLS for word in ("-p", wall)]
    return call(["systemd-run", "--user", "--quiet", "--wait", *words, "true"]) is not None


def lingers() -> bool:
    """Whether this person's services go on after a logout."""
    answer = call(["loginctl", "show-user", str(os.getuid()), "--property=Linger"])
    return answer is not None and answer.strip() == "Linger=yes"


def systemctl(*words: str) -> str | None:
    """What systemd answers; None where it does not."""
    return call(["systemctl", "--user", *words])


def call(command: Sequence[str]) -> str | None:
    """A command's output; None where it is not there, fails or takes too long."""
    if shutil.which(command[0]) is None:
        return None
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=PATIENCE_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
