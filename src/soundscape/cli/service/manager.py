"""The service manager of this person: where it reads its units, and what it answers."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from soundscape.cli.service.unit import WALLS, agent_path, unit_path
from soundscape.core.errors import SoundscapeError

PATIENCE_S = 30.0
"""Seconds that a manager may take for an answer."""

SHOWN = ("ActiveState", "SubState", "Result", "UnitFileState", "StatusText", "NRestarts")
"""What is asked of systemd, as it names it."""


def service_file() -> Path:
    """Where the service is written. Raises `SoundscapeError` where nobody would read it."""
    system = platform.system()
    if system == "Linux":
        config = os.environ.get("XDG_CONFIG_HOME", "")
        return unit_path(Path(config) if config else Path.home() / ".config")
    if system == "Darwin":
        return agent_path(Path.home() / "Library")
    raise SoundscapeError(
        f"{system} has no services of a person's own. `soundscape run ARC --detach` plays a "
        "session that outlives its window; Task Scheduler can start that at an hour or at logon"
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


def shown_facts() -> dict[str, str]:
    """What systemd says of the service; nothing where none answers."""
    answer = systemctl("show", "soundscape", f"--property={','.join(SHOWN)}") or ""
    return dict(line.split("=", 1) for line in answer.splitlines() if "=" in line)


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
