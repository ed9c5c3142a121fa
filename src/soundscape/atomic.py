"""The one way a file is written: whole or not at all, for its owner alone.

The bytes go to a new file beside it, whose name nobody can foresee and which is made exclusively,
so that no link prepared by somebody else is followed; nor is a link in the target's place. What was
there stays until the new file is on the disk.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def whole_file(path: Path, *, replace: bool = True, suffix: str = ".part") -> Iterator[Path]:
    """Hand out an empty file beside `path` to be written by its name, and put it in its place.

    Raises `FileExistsError` where something is there and it must not be replaced, and any other
    `OSError` where the disk refuses; each names `path`, and nothing has changed then.
    """
    import tempfile  # Which no cue needs.

    part: Path | None = None
    try:
        number, name = tempfile.mkstemp(suffix, ".soundscape-", path.parent)
        part = Path(name)
        hand_over(number, path.parent)
        os.close(number)
        yield part
        _sync(part)
        if replace:
            part.replace(path)
        else:
            _put_new(part, path)
        with contextlib.suppress(OSError):  # Not every system syncs a folder.
            _sync(path.parent)
    except OSError as error:
        error.filename, error.filename2 = str(path), None  # Nobody asked for the other.
        raise
    finally:
        if part is not None:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)


def write_whole(path: Path, data: bytes, *, replace: bool = True) -> None:
    """Write a file whole or not at all, as `whole_file` does."""
    with whole_file(path, replace=replace) as part:
        part.write_bytes(data)


def hand_over(number: int, folder: Path) -> None:
    """Give an open file or folder that root has just made to whoever owns the folder it lies in: a
    command given once as root locks nobody out of what is theirs. For anybody else this is nothing.
    """
    with contextlib.suppress(OSError):
        owner, made = foreign_owner(folder), os.fstat(number)
        # A second link may be a file of root's elsewhere, which is nobody's to have.
        ours = made.st_uid == 0 and (stat.S_ISDIR(made.st_mode) or made.st_nlink == 1)
        if ours and owner is not None:
            os.fchown(number, owner.st_uid, owner.st_gid)


def foreign_owner(folder: Path) -> os.stat_result | None:
    """Whose folder it is, where root works in one of somebody else's; else None."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return None
    found = folder.stat()
    return found if found.st_uid != 0 else None


def _put_new(part: Path, path: Path) -> None:
    """Give it its name where nothing has it."""
    try:
        os.link(part, path)
    except FileExistsError:
        raise
    except OSError:  # A file system without hard links.
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        part.replace(path)


def _sync(path: Path) -> None:
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
