"""What people say of their library: which folders belong to it, and what they vouch for.

Kept in `library.json` in the home, apart from the index: the index is a cache that may be deleted
or damaged at any time, and nobody should have to listen to a whole library again because of it.

::

    {
      "version": 1,
      "folders": ["/home/ana/Music"],
      "vouches": {
        "<key of the sound>": {
          "says": "instrumental", "title": "Slow Water", "path": "/home/ana/Music/slow.flac",
          "on": "2026-11-21"
        }
      }
    }

A vouch is about the sound, not the file: it holds for a copy that was renamed or tagged anew.
`title` and `path` are there for whoever reads the file. A file that cannot be understood is never
written over.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, get_args

from soundscape.core.errors import Fault, InputError, SoundscapeError, nearest
from soundscape.home import make_lock_file, make_private, write_private
from soundscape.library.walk import reason, shown

VERSION = 1
PATIENCE_S = 10.0
"""How long to wait for another program that is just changing the file."""

Says = Literal["instrumental", "voice"]
_REPAIR = "mend it, or move it away to start with an empty one"


@dataclass(frozen=True, slots=True)
class Vouch:
    """What somebody who listened says of a sound. `on` is the day, as 2026-11-21; `title` and
    `path` are those of the file they listened to."""

    says: Says
    title: str
    path: str
    on: str


@dataclass(frozen=True, slots=True)
class Said:
    """All of the file: folders absolute, in order of adding; vouches by the key of the sound."""

    folders: tuple[Path, ...] = ()
    vouches: Mapping[str, Vouch] = field(default_factory=dict)

    def with_folders(self, folders: Iterable[Path]) -> Said:
        """With these folders too; each once."""
        return replace(self, folders=tuple(dict.fromkeys((*self.folders, *folders))))

    def without_folder(self, folder: Path) -> Said:
        """With one folder less."""
        return replace(self, folders=tuple(each for each in self.folders if each != folder))

    def with_vouches(self, vouches: Mapping[str, Vouch]) -> Said:
        """With these vouches, which stand over earlier ones for the same sounds."""
        return replace(self, vouches={**self.vouches, **vouches})

    def without_vouches(self, keys: frozenset[str]) -> Said:
        """With no vouch for these sounds."""
        kept = {key: vouch for key, vouch in self.vouches.items() if key not in keys}
        return replace(self, vouches=kept)


def load_said(path: Path) -> Said:
    """What the file says; nothing at all where there is none.

    Raises `InputError` with every fault of a file that cannot be read or understood.
    """
    where = shown(path)
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return Said()
    except UnicodeDecodeError as error:
        raise InputError([Fault(where, "is not UTF-8 text", _REPAIR)]) from error
    except OSError as error:
        raise InputError([Fault(where, f"cannot be read: {reason(error)}")]) from error
    try:
        values = json.loads(text)
    except RecursionError as error:
        raise InputError([Fault(where, "is nested too deeply", _REPAIR)]) from error
    except json.JSONDecodeError as error:
        fault = Fault(where, f"is not JSON: {error.msg}", _REPAIR, error.lineno, error.colno)
        raise InputError([fault]) from error
    except ValueError as error:  # A number of more digits than Python reads.
        raise InputError([Fault(where, f"is not JSON: {error}", _REPAIR)]) from error
    reader = _Reader(where)
    said = reader.said(values)
    if reader.faults:
        raise InputError(reader.faults)
    return said


def change_said(path: Path, change: Callable[[Said], Said]) -> Said:
    """Read, change and write the file, whole or not at all; two programs at once lose nothing.

    The new value. Raises `InputError` where the file is damaged (it is left as it is), or what is
    to be written has no text in UTF-8; `SoundscapeError` where it cannot be written.
    """
    from filelock import FileLock, Timeout

    try:
        make_private(path.parent)
        lock = path.with_name(f".{path.name}.lock")
        make_lock_file(lock)
        with FileLock(lock, timeout=PATIENCE_S, mode=0o600):
            old = load_said(path)
            new = change(old)
            if new != old:
                write_private(path, _text(new))
            return new
    except Timeout as error:
        raise SoundscapeError(
            f"{shown(path)}: another program is changing it; try again"
        ) from error
    except OSError as error:
        raise SoundscapeError(f"{shown(path)}: cannot be written: {reason(error)}") from error


def _text(said: Said) -> str:
    values = {
        "version": VERSION,
        "folders": [os.fspath(folder) for folder in said.folders],
        "vouches": {key: asdict(vouch) for key, vouch in said.vouches.items()},
    }
    text = json.dumps(values, ensure_ascii=False, indent=2) + "\n"
    try:
        text.encode()
    except UnicodeEncodeError as error:
        bad = next(each for each in text.splitlines() if not _is_utf8(each))
        raise InputError(
            [Fault(shown(bad.strip(' ",')), "its name is not UTF-8", "rename it")]
        ) from error
    return text


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


class _Reader:
    """Turns what JSON held into a value, collecting every fault on the way."""

    def __init__(self, where: str) -> None:
        self.faults: list[Fault] = []
        self._where = where

    def said(self, values: Any) -> Said:
        if not isinstance(values, dict):
            self._not_a("an object", values)
            return Said()
        version = values.get("version")
        if isinstance(version, int) and not isinstance(version, bool) and version > VERSION:
            what = f"was written by a newer soundscape (version {version}, known is {VERSION})"
            self._fault(what, "use that one")
            return Said()
        if version != VERSION or isinstance(version, bool):
            self._not_a(f"`version`: {VERSION}", version)
        self._keys(values, ("version", "folders", "vouches"), "")
        folders = self._list(values.get("folders", []))
        vouches = values.get("vouches", {})
        if not isinstance(vouches, dict):
            self._not_a("`vouches`: an object", vouches)
            vouches = {}
        read = {key: self._vouch(key, each) for key, each in vouches.items()}
        return Said(folders, {key: vouch for key, vouch in read.items() if vouch})

    def _list(self, values: Any) -> tuple[Path, ...]:
        if not isinstance(values, list):
            self._not_a("`folders`: a list", values)
            return ()
        for number, each in enumerate(values, 1):
            if not isinstance(each, str) or not each.startswith("/") or "\0" in each:
                self._not_a(f"`folders`, number {number}: an absolute path", each)
        return tuple(Path(each) for each in values if isinstance(each, str))

    def _vouch(self, key: str, values: Any) -> Vouch | None:
        at = f"`vouches`, `{shown(key)[:20]}`"
        if not isinstance(values, dict):
            self._not_a(f"{at}: an object", values)
            return None
        names = tuple(Vouch.__dataclass_fields__)
        self._keys(values, names, f"{at}: ")
        if values.get("says") not in get_args(Says):
            self._not_a(f"{at}: `says` {' or '.join(get_args(Says))}", values.get("says"))
            return None
        texts = {name: values.get(name, "") for name in names}
        for name, text in texts.items():
            if not isinstance(text, str):
                self._not_a(f"{at}: `{name}` as text", text)
                return None
        return Vouch(**texts)

    def _keys(self, values: Mapping[str, Any], known: tuple[str, ...], at: str) -> None:
        for name in values:
            if name not in known:
                self._fault(f"{at}unknown key `{shown(name)[:60]}`", nearest(name[:60], known))

    def _not_a(self, expected: str, value: Any) -> None:
        self._fault(f"expected {expected}, not {shown(json.dumps(value))[:60]}", _REPAIR)

    def _fault(self, what: str, do: str) -> None:
        self.faults.append(Fault(self._where, what, do))
