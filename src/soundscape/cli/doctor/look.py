"""`soundscape doctor`: program, machine, sound, home, library and faults in one text to give away.

Each part is plain data and is gathered by itself: one that fails says so, and the others go on.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, suppress
from importlib import metadata
from pathlib import Path
from typing import Annotated, Any

import typer

from soundscape import __version__
from soundscape.audio.pulse import ask_output
from soundscape.audio.vlc import devices, quieten_alsa, version
from soundscape.cli.doctor.mask import Mask
from soundscape.cli.options import JsonOption
from soundscape.cli.out import print_json, say
from soundscape.control.address import read_control
from soundscape.control.client import Client
from soundscape.core.errors import JournalError, SoundscapeError
from soundscape.home import Home
from soundscape.journal.encryption import is_held, lock_of
from soundscape.journal.reader import read_journal, session_folders
from soundscape.journal.score import read_score
from soundscape.journal.story import Story, tell
from soundscape.journal.verify import verify
from soundscape.journal.writer import JOURNAL_NAME
from soundscape.library.people import load_said
from soundscape.preflight.machine import kernel_synchronised
from soundscape.preflight.subject import Places
from soundscape.preflight.supplies import read_power

LAST_SESSIONS = 5
LAST_FAULTS = 20
LAST_LINES = 20
FFMPEG = "import av; print(*('.'.join(map(str, v)) for v in av.library_versions.values()))"
FFMPEG_S = 20.0

Data = dict[str, Any]


def doctor(
    titles: Annotated[
        bool, typer.Option("--titles", help="include the names of music, files and devices")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Gather versions, devices, permissions and the last faults in one text.

    It holds no names of people, music, files or this machine, so you can show it to others.
    """
    found, music = look(Home.find(), titles)
    shown = Mask(Path.home(), music, keep=titles).all_of(found)
    if json:
        print_json(shown)
        return
    for part, data in shown.items():
        say(f"== {part}")
        for line in _lines(data, ""):
            say(line)


def _lines(data: Any, indent: str) -> Iterator[str]:
    """Plain data as lines, what is within something further in."""
    rows = data.items() if isinstance(data, dict) else (("-", each) for each in data)
    for key, value in rows:
        if isinstance(value, (dict, list)) and value:
            yield f"{indent}{key}{'' if key == '-' else ':'}"
            yield from _lines(value, indent + "  ")
        else:
            said = "none" if value in (None, [], {}) else value
            yield f"{indent}{key} {said}" if key == "-" else f"{indent}{key}: {said}"


def look(home: Home, titles: bool) -> tuple[Data, list[str]]:
    """All of it, and the names of music and people's words in it, which are to be masked."""
    sessions, music = _sessions(home, titles)
    found: Data = {
        "program": _part(_program),
        "platform": _part(_platform),
        "sound": _part(lambda: _sound(titles)),
        "power": _part(_power),
        "home": _part(lambda: _home(home)),
        "library": _part(lambda: _library(home)),
        "session": _part(lambda: _running(home)),
        "sessions": sessions,
        "log": _part(lambda: _log(home)),
    }
    return found, music


def _part(ask: Callable[[], Data]) -> Data:
    try:
        return ask()
    except (OSError, SoundscapeError, ValueError, sqlite3.Error, ImportError) as error:
        return {"cannot be told": f"{type(error).__name__}: {error}"}


def _program() -> Data:
    names = [re.split(r"[^\w.-]", line)[0] for line in metadata.requires("soundscape") or ()
             if "extra ==" not in line]  # fmt: skip
    parts: Data = {"soundscape": __version__, "python": platform.python_version()}
    for name in names:
        try:
            parts[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            parts[name] = "not installed"
    parts["libVLC"] = _libvlc()
    # In a process of its own: PyAV and libVLC bring two FFmpegs, which do not mix.
    with suppress(OSError, subprocess.TimeoutExpired):
        done = subprocess.run(
            [sys.executable, "-c", FFMPEG], capture_output=True, text=True,
            timeout=FFMPEG_S, stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip
        parts["FFmpeg libraries in PyAV"] = done.stdout.strip() or "cannot be loaded"
    return parts


def _libvlc() -> str:
    try:
        return version()
    except SoundscapeError as error:
        return str(error)


def _platform() -> Data:
    found: Data = {
        "system": f"{platform.system()} {platform.release()}",
        "machine": platform.machine(),
        "cores": os.cpu_count(),
    }
    with suppress(OSError, AttributeError):
        found["distribution"] = platform.freedesktop_os_release().get("PRETTY_NAME", "")
    with suppress(OSError, ValueError, AttributeError):
        found["memory_mb"] = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 1_000_000
    return found


def _sound(titles: bool) -> Data:
    found: Data = {}
    quieten_alsa()
    output = ask_output()
    if output is not None:
        found["default output"] = {
            "name": output.name if titles else kind_of(output.name),
            "volume_percent": round(100 * output.volume),
            "muted": output.muted,
            "dummy": output.dummy,
            "others playing": len(output.others),
        }
    else:
        found["default output"] = "no PulseAudio or PipeWire answers"
    found["devices"] = [each.name if titles else kind_of(each.name) for each in devices()]
    return found


def kind_of(device: str) -> str:
    """What kind of output a device is, without its name: people name them after themselves."""
    words = [word for word in ("bluez", "usb", "pci", "hdmi", "analog", "iec958", "null", "network",
                               "alsa", "pulse", "jack") if word in device.lower()]  # fmt: skip
    return " ".join(words) or "other"


def _power() -> Data:
    places = Places()
    power = read_power(places.supplies)
    states = places.sleep_states
    return {
        "battery": power.battery if power.known else "not known",
        "percent": power.percent,
        "can sleep": states.read_text("ascii").split() if states.exists() else "not known",
        "systemd-inhibit": shutil.which("systemd-inhibit") is not None,
        "clock kept by a time server": kernel_synchronised(),
    }


def _home(home: Home) -> Data:
    found: Data = {"SOUNDSCAPE_HOME": bool(os.environ.get("SOUNDSCAPE_HOME"))}
    for name, folder in (("data", home.data), ("config", home.config), ("run", home.run)):
        try:
            mode = folder.stat().st_mode
            found[name] = {
                "mode": f"{mode & 0o7777:04o}",
                "writable": os.access(folder, os.W_OK),
                "free_mb": shutil.disk_usage(folder).free // 1_000_000,
            }
        except OSError as error:
            found[name] = {"cannot be told": error.strerror}
    found["open to others"] = sum(1 for path in _kept(home) if path.lstat().st_mode & 0o077)
    found["settings"] = home.settings.exists()
    return found


def _kept(home: Home) -> Iterator[Path]:
    """The home's files and folders; not the music that may lie in it."""
    for path in (home.index, home.library_file, home.settings, home.control, home.log):
        if path.exists():
            yield path
    for folder in (home.sessions, home.run):
        yield from (path for path in folder.rglob("*") if not path.is_symlink())


def _library(home: Home) -> Data:
    said = load_said(home.library_file)
    found: Data = {"folders": len(said.folders), "vouched for": len(said.vouches)}
    found["folders gone"] = sum(not folder.is_dir() for folder in said.folders)
    if home.index.exists():
        with closing(sqlite3.connect(f"{home.index.absolute().as_uri()}?mode=ro", uri=True)) as db:
            for what, question in (
                ("files", "SELECT count(*) FROM files"),
                ("files with a fault", "SELECT count(*) FROM files WHERE fault IS NOT NULL"),
                ("measured", "SELECT count(*) FROM measures"),
            ):
                found[what] = db.execute(question).fetchone()[0]
    return found


def _running(home: Home) -> Data:
    if not home.control.exists():
        return {"running": False}
    with closing(Client(read_control(home.control))) as client:
        now = client.status()
    keep = ("session", "state", "stage", "mode", "now_s", "level_db", "health", "pids")
    return {"running": True} | {key: value for key, value in now.items() if key in keep}


def _sessions(home: Home, titles: bool) -> tuple[list[Data], list[str]]:
    rows: list[Data] = []
    names: list[str] = []
    left = LAST_FAULTS
    for folder in reversed(list(session_folders(home.sessions))[-LAST_SESSIONS:]):
        row: Data = {"session": folder.name}
        rows.append(row)
        try:
            if lock_of(folder) is not None and not is_held(folder):
                row["encrypted"] = "not looked into"
                continue
            row["journal"] = verify(folder / JOURNAL_NAME).state
            journal = read_journal(folder)
            story = tell(journal, {})
            names += _names(folder, story)
            row |= {
                "began": (story.started or "")[:16],
                "length_s": story.length_s,
                "ended": story.reason or None,
                "out": journal.opened.out,
                "cues": len(story.cues),
                "lines that cannot be read": len(journal.trouble),
            }
            row["faults"] = (
                [_fault(fault, titles) for fault in story.faults[-left:]] if left else []
            )
            left = max(0, left - len(story.faults))
        except JournalError as error:
            row["cannot be told"] = str(error)
    return rows, names


def _fault(fault: Any, titles: bool) -> Data:
    found = {"at_s": fault.at_s, "what": fault.what, "done": fault.done}
    return found | ({"where": fault.where} if titles else {})


def _names(folder: Path, story: Story) -> Iterable[str]:
    """All that a session knows by a name: its arc, phases, people, tracks and files."""
    yield story.arc
    yield from (phase.name for phase in story.phases)
    yield from (heard.title for heard in story.heard)
    with suppress(JournalError):
        score = read_score(folder)
        yield from score.pools
        for track in {t for pool in score.pools.values() for t in pool}:
            yield from (track.title, track.artist, *Path(track.path).parts, Path(track.path).stem)


def _log(home: Home) -> Data:
    """The end of what the engine complained of, and where this program's last mistake happened."""
    found: Data = {}
    with suppress(OSError):
        lines = home.log.read_text("utf-8", "replace").splitlines()
        found["engine.log"] = lines[-LAST_LINES:]
    with suppress(OSError):
        text = (home.run / "mistake.log").read_text("utf-8", "replace")
        places = re.findall(r'File ".*?(soundscape/\S+\.py)", line (\d+)', text)
        last = text.strip().splitlines()[-1:] or [""]
        # The type alone: what a mistake says may quote anything.
        found["last mistake"] = re.split(r"[:\s(]", last[0])[0]
        found["happened at"] = [f"{file.replace('/', '.')} {line}" for file, line in places]
    return found
