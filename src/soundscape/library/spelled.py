"""A path as the disk spells it. A name may lie there with its accents composed or not (as macOS
writes them), and a person types it the other way."""

from __future__ import annotations

from pathlib import Path

from soundscape.core.names import canonical


def as_written(path: Path) -> Path:
    """The path itself."""
    return path


def as_there(path: Path) -> Path:
    """The path with each step that is not there in the one spelling of it that is; as it was
    written where there is none, or several that fit."""
    here = Path(path.anchor)
    for step in path.parts[1 if path.anchor else 0 :]:
        if step != ".." and not (here / step).exists():
            try:
                alike = [name for name in here.iterdir() if canonical(name.name) == canonical(step)]
            except OSError:
                return path
            if len(alike) != 1:
                return path
            here = alike[0]
        else:
            here /= step
    return here
