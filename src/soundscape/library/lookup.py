"""Which file of the library a person means: by path, file name or title."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from soundscape.core.errors import Fault, InputError, nearest
from soundscape.core.names import canonical, spoken
from soundscape.core.text import shown
from soundscape.library.catalog import LibraryFile

MOST_TOLD = 20


def title_of(held: LibraryFile) -> str:
    """What a file is called: by its tags, else by its name."""
    return held.tags.title if held.tags else Path(held.found.path).stem


def lookup(word: str, held: Sequence[LibraryFile]) -> LibraryFile:
    """The one file that is called so: its title, its file name with or without suffix, or the end
    of its path, in any spelling (`core.names`).

    Raises `InputError` with the nearest names where there is none, and with all of them where
    there are several.
    """
    found = matches(word, held)
    if len(found) == 1:
        return found[0]
    where = shown(word)[:80]
    if found:
        faults = [
            Fault(where, f"may be {shown(each.found.path)}", "say which by its path")
            for each in found[:MOST_TOLD]
        ]
        more = len(found) - MOST_TOLD
        rest = [Fault(where, f"may be any of {more} more")] if more > 0 else []
        raise InputError([*faults, *rest])
    raise InputError([Fault(where, "no such track in the library", _hint(word, held))])


def matches(word: str, held: Sequence[LibraryFile]) -> list[LibraryFile]:
    """Every file that is called so; where some are spelled as the word is, only these."""
    wanted = word.strip()
    found = [each for each in held if wanted and _form(wanted) in map(_form, _names(each))]
    return [each for each in found if wanted in _names(each)] or found


def _form(name: str) -> str:
    return "/".join(map(canonical, name.split("/")))


def _names(held: LibraryFile) -> set[str]:
    path = Path(held.found.path)
    steps = path.parts
    ends = {"/".join(steps[-n:]) for n in range(1, len(steps))}
    return {*ends, path.stem, str(path), title_of(held)}


def _hint(word: str, held: Sequence[LibraryFile]) -> str:
    """Titles that hold the words, else the most alike of titles and file names."""
    titles = sorted({title_of(each) for each in held})
    wanted = spoken(word[:200])
    within = [title for title in titles if wanted and wanted in spoken(title)]
    if within:
        return "did you mean " + " or ".join(f"`{title}`" for title in within[:3]) + "?"
    return nearest(word[:200], [*titles, *sorted({Path(each.found.path).stem for each in held})])
