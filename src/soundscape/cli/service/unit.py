"""What a service manager is given to read: a systemd user unit, or a launchd job.

systemd: systemd.service(5), systemd.exec(5); launchd: launchd.plist(5).
"""

from __future__ import annotations

import json
import plistlib
from dataclasses import dataclass
from pathlib import Path

from soundscape.home import Home

LABEL = "org.soundscape.session"
WATCHDOG_S = 30
"""The supervisor notices a hang in 5 s and mends it; this is for when the supervisor cannot."""

CLOSING_S = 150
"""The closing fade (30 s), and a minute for a disk that takes nothing, with room to spare."""

PREPARING_S = 900
"""Music that is not known yet is measured before the first sound."""

_ARC = "X-Arc="
"""A key of our own, which systemd passes over: how `service show` knows the arc again."""

WALLS = ("PrivateUsers=yes", "ProtectSystem=strict", "PrivateTmp=yes")
"""What is tried once before a unit is written with it."""

TEMPORARY = (Path("/tmp"), Path("/var/tmp"))


@dataclass(frozen=True, slots=True)
class ServiceJob:
    """What the manager is to run. `root` is `SOUNDSCAPE_HOME`, `passphrase` the file that
    `SOUNDSCAPE_PASSPHRASE_FILE` names; "" where it is not set."""

    command: tuple[str, ...]
    arc: str
    home: Home
    root: str
    passphrase: str = ""

    @property
    def environment(self) -> dict[str, str]:
        """What is set for it."""
        found = {"SOUNDSCAPE_HOME": self.root, "SOUNDSCAPE_PASSPHRASE_FILE": self.passphrase}
        return {name: value for name, value in found.items() if value}


def quoted(word: str, *, command: bool = False) -> str:
    """A word as systemd reads it: in quotes, with nothing in it that would be expanded. Only in a
    command is `$` anything."""
    out = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    out = out.replace("$", "$$") if command else out
    return '"' + "".join(c if c.isprintable() else _escaped(c) for c in out) + '"'


def _escaped(char: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in char.encode("utf-8", "surrogateescape"))


def unit(job: ServiceJob, walls: bool) -> str:
    """The unit's text. With `walls` all of the disk but the home is read-only: that needs user
    namespaces, which not every machine lets a person have."""
    lines = [
        "[Unit]",
        "Description=A soundscape session",
        "Documentation=man:systemd.service(5)",
        f"{_ARC}{json.dumps(job.arc)}",
        "After=pipewire-pulse.service pulseaudio.service sound.target",
        "StartLimitIntervalSec=60",
        "StartLimitBurst=5",
        "",
        "[Service]",
        "Type=notify",
        "NotifyAccess=all",
        f"ExecStart={' '.join(quoted(word, command=True) for word in job.command)}",
        *(f"Environment={quoted(f'{each}={value}')}" for each, value in job.environment.items()),
        "# It goes on with the session that broke off; what is bad input (2) stays so.",
        "Restart=on-failure",
        "RestartSec=1",
        "RestartPreventExitStatus=2",
        f"TimeoutStartSec={PREPARING_S}",
        f"TimeoutStopSec={CLOSING_S}",
        f"WatchdogSec={WATCHDOG_S}",
        "# The first process is told to end, and lets the music close with its fade.",
        "KillMode=mixed",
        "# One process that is out of memory is brought back by the supervisor.",
        "OOMPolicy=continue",
        "UMask=0077",
        "NoNewPrivileges=yes",
        "LockPersonality=yes",
        "RestrictSUIDSGID=yes",
        "SystemCallArchitectures=native",
        "SystemCallFilter=@system-service",
        "SystemCallErrorNumber=EPERM",
        "RestrictAddressFamilies=AF_UNIX AF_INET AF_NETLINK",
        "LimitNOFILE=4096",
    ]
    if walls:
        kept = sorted({str(folder) for folder in (job.home.data, job.home.config, job.home.run)})
        lines += [
            "# All of the disk is read-only, the music too; but for the home.",
            "PrivateUsers=yes",
            "ProtectSystem=strict",
            _temporary(job),
            *(f"ReadWritePaths={quoted(f'-{folder}')}" for folder in kept),
            "ReadWritePaths=-%t/pulse",
        ]
    return "\n".join(lines) + "\n"


def _temporary(job: ServiceJob) -> str:
    """The line on the temporary folders: private ones, unless they would hide the program, the arc
    or the home that lies in them."""
    named = [
        *job.command,
        job.arc,
        job.passphrase,
        str(job.home.data),
        str(job.home.config),
        str(job.home.run),
    ]
    paths = [Path(each) for each in named if each.startswith("/")]
    if any(folder in path.parents for path in paths for folder in TEMPORARY):
        return "ReadWritePaths=" + " ".join(f"-{folder}" for folder in TEMPORARY)
    return "PrivateTmp=yes"


def agent(job: ServiceJob) -> bytes:
    """The launchd job, as a property list."""
    return plistlib.dumps(
        {
            "Label": LABEL,
            "ProgramArguments": list(job.command),
            "EnvironmentVariables": job.environment,
            "RunAtLoad": False,
            "ProcessType": "Interactive",
            "ExitTimeOut": CLOSING_S,
            "Umask": 0o077,
            "StandardErrorPath": str(job.home.run / "service.log"),
        }
    )


def arc_of(text: str) -> str:
    """The arc that a written unit plays; "" where it does not say."""
    line = next((line for line in text.splitlines() if line.startswith(_ARC)), "")
    try:
        return str(json.loads(line.removeprefix(_ARC)))
    except ValueError:
        return ""
