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
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import Field, PlainValidator, ValidationError

from soundscape.core.errors import Fault, InputError, SoundscapeError
from soundscape.core.text import reason, shown
from soundscape.core.text import value_text as said_of
from soundscape.home import make_lock_file, make_private, write_private
from soundscape.library.fields import choice
from soundscape.library.filemodel import FieldProblem, FileModel, refusals
from soundscape.library.units import is_number

VERSION = 1
PATIENCE_S = 10.0
"""How long to wait for another program that is just changing the file."""

Says = Literal["instrumental", "voice"]
_REPAIR = "mend it, or move it away to start with an empty one"


def _version(value: object) -> int:
    if value != VERSION or isinstance(value, bool):
        raise ValueError(f"expected {VERSION}, not {said_of(value)}")
    return VERSION


def _folder(value: object) -> Path:
    if isinstance(value, str | Path) and str(value).startswith("/") and "\0" not in str(value):
        return Path(value)
    raise ValueError(f"expected an absolute path, not {said_of(value)}")


class Vouch(FileModel):
    """What somebody who listened says of a sound. `on` is the day, as 2026-11-21; `title` and
    `path` are those of the file they listened to."""

    form: ClassVar[str] = "an object"

    says: Annotated[Says, choice(Says)]
    title: str = ""
    path: str = ""
    on: str = ""


class LibraryNotes(FileModel):
    """All of the file: folders absolute, in order of adding; vouches by the key of the sound."""

    form: ClassVar[str] = "an object"

    version: Annotated[int, PlainValidator(_version)]
    folders: list[Annotated[Path, PlainValidator(_folder)]] = Field(default_factory=list)
    vouches: dict[str, Vouch] = Field(default_factory=dict)

    def with_folders(self, folders: Iterable[Path]) -> LibraryNotes:
        """With these folders too; each once."""
        return self.model_copy(update={"folders": list(dict.fromkeys((*self.folders, *folders)))})

    def without_folder(self, folder: Path) -> LibraryNotes:
        """With one folder less."""
        kept = [each for each in self.folders if each != folder]
        return self.model_copy(update={"folders": kept})

    def with_vouches(self, vouches: Mapping[str, Vouch]) -> LibraryNotes:
        """With these vouches, which stand over earlier ones for the same sounds."""
        return self.model_copy(update={"vouches": {**self.vouches, **vouches}})

    def without_vouches(self, keys: frozenset[str]) -> LibraryNotes:
        """With no vouch for these sounds."""
        kept = {key: vouch for key, vouch in self.vouches.items() if key not in keys}
        return self.model_copy(update={"vouches": kept})


def load_said(path: Path) -> LibraryNotes:
    """What the file says; nothing at all where there is none.

    Raises `InputError` with every fault of a file that cannot be read or understood.
    """
    where = shown(path)
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return LibraryNotes(version=VERSION)
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
    version = values.get("version") if isinstance(values, dict) else None
    if is_number(version) and version > VERSION:
        what = f"was written by a newer soundscape (version {version}, known is {VERSION})"
        raise InputError([Fault(where, what, "use that one")])
    try:
        return LibraryNotes.model_validate(values)
    except ValidationError as error:
        raise InputError([_fault(where, each) for each in refusals(error)]) from None


def change_said(path: Path, change: Callable[[LibraryNotes], LibraryNotes]) -> LibraryNotes:
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


def _text(said: LibraryNotes) -> str:
    text = json.dumps(said.model_dump(), default=str, ensure_ascii=False, indent=2) + "\n"
    try:
        text.encode()
    except UnicodeEncodeError as error:
        bad = text[text.rindex("\n", 0, error.start) : text.index("\n", error.end)].strip(' \n",')
        raise InputError([Fault(shown(bad), "its name is not UTF-8", "rename it")]) from error
    return text


def _fault(where: str, refusal: FieldProblem) -> Fault:
    """What is wrong with the file, told with the way to it: JSON has no lines worth telling."""
    steps = refusal.steps[:-1] if refusal.key else refusal.steps
    way = [
        f"`{shown(each)[:20]}`" if isinstance(each, str) else f"number {each + 1}" for each in steps
    ]
    what = f"{', '.join(way)}: {refusal.what}" if way else refusal.what
    return Fault(where, what, refusal.do if refusal.meant else _REPAIR)
