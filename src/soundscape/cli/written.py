"""Files that a command writes where somebody wants them: whole or not at all, never unasked over
another, and for their owner alone: whoever made one decides who else reads it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from soundscape.core.errors import Fault, InputError, SoundscapeError
from soundscape.home import write_private


def faults_of(target: Path, *, force: bool) -> Sequence[Fault]:
    """What keeps a file from being written there."""
    faults = []
    if not target.absolute().parent.is_dir():
        faults.append(Fault(str(target), f"there is no folder {target.absolute().parent}"))
    elif target.is_dir():
        faults.append(Fault(str(target), "is a folder"))
    elif target.exists() and not force:
        faults.append(Fault(str(target), "is there already", "--force writes over it"))
    return faults


def new_file(target: Path, *, force: bool) -> Path:
    """The target. Raises `InputError` where it must not be written."""
    faults = faults_of(target, force=force)
    if faults:
        raise InputError(faults)
    return target


def write_file(target: Path, text: str) -> None:
    """Write it. Raises `SoundscapeError` where the disk refuses; what was there stays then."""
    try:
        write_private(target.absolute(), text)
    except OSError as error:
        what = f"{target}: cannot be written ({error.strerror or error}); nothing was changed"
        raise SoundscapeError(what) from None
