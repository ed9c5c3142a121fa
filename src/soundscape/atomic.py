"""The one way to write a file: whole or not at all, and private to its owner.

The bytes go to a new file beside it, with a random name and made exclusively, so that nobody can
prepare a link for it. A link in the target's place is replaced, not followed. The old file stays
until the new one is on the disk.
"""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def whole_file(path: Path, *, replace: bool = True, suffix: str = ".part") -> Iterator[Path]:
    """Yield an empty file beside `path` to be written by its name; then put it in place.

    Raises `FileExistsError` if something is there that must not be replaced, and another `OSError`
    if the disk refuses. Each names `path`, and nothing has changed.
    """
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
    """Give an open file that root has just made to the owner of its folder.

    A command run once as root then locks nobody out. Does nothing for anybody but root.
    """
    with contextlib.suppress(OSError):
        owner, made = foreign_owner(folder), os.fstat(number)
        # A second link may be a file of root's elsewhere, which must stay root's.
        ours = made.st_uid == 0 and (stat.S_ISDIR(made.st_mode) or made.st_nlink == 1)
        if ours and owner is not None:
            os.fchown(number, owner.st_uid, owner.st_gid)


def foreign_owner(folder: Path) -> os.stat_result | None:
    """Return the status of a folder that is not root's while root works in it; else None."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return None
    found = folder.stat()
    return found if found.st_uid != 0 else None


def _put_new(part: Path, path: Path) -> None:
    """Give it its name if nothing has that name yet."""
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
