"""Which files are ambiences, and which of them an arc calls by name.

Ambiences are the files in an `ambience` or `ambiences` folder at the top of a library folder (or a
library folder of that name), and files tagged ``KIND=ambience``. They are never played as music.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from soundscape.core.errors import Fault, nearest
from soundscape.core.names import canonical, named
from soundscape.core.text import shown
from soundscape.core.track import Track
from soundscape.home import at_home
from soundscape.library.playlists.seek import Folders
from soundscape.library.shelf import IndexedFiles
from soundscape.library.tags import Tags
from soundscape.library.walk import FoundFile, has_audio_name, look

AMBIENCE_FOLDERS = ("ambience", "ambiences")


def ambient_files(roots: Iterable[Path], folders: Folders) -> frozenset[str]:
    """The paths of files that lie where only ambiences do."""
    return frozenset(
        found.path
        for root in roots
        for found in folders.walk(root).files
        if canonical(root.name) in AMBIENCE_FOLDERS
        or canonical(found.name.partition("/")[0]) in AMBIENCE_FOLDERS
    )


def says_ambience(tags: Iterable[str]) -> bool:
    """Whether a file's words say that it is one."""
    return "kind:ambience" in tags


def is_ambience(track: Track, ambient: Collection[str]) -> bool:
    """Whether a track is one, by its place or its tags."""
    return track.path in ambient or says_ambience(track.tags)


@dataclass
class Ambiences:
    """What was found: tracks by name, the file of each track by path; names nobody knows in
    `named`, files that cannot be played in `left_out`."""

    known: dict[str, Track] = field(default_factory=dict)
    files: dict[str, FoundFile] = field(default_factory=dict)
    named: list[Fault] = field(default_factory=list)
    left_out: list[Fault] = field(default_factory=list)


def find_ambiences(
    wanted: Collection[str],
    everything: Sequence[FoundFile],
    ambient: Collection[str],
    shelf: IndexedFiles,
    *,
    arc_path: Path,
    roots: Sequence[Path],
) -> Ambiences:
    """All ambiences among `everything` by file name without suffix, so that a cue may call for any
    of them; and those in `wanted` by whatever an arc calls them: file name, title or path."""
    out = Ambiences()
    shelf.tags(everything)
    files = [found for found in everything if found.path in ambient or _tagged(found, shelf)]
    looks = {name: _by_path(name, (arc_path.absolute().parent, *roots)) for name in wanted}
    shelf.measures([*files, *(look for look in looks.values() if isinstance(look, FoundFile))])

    def track_of(found: FoundFile) -> Track | Fault:
        track = shelf.track(found)
        if isinstance(track, Track):
            out.files[track.path] = found
        return track

    titles: dict[str, Track] = {}
    for found in files:
        track = track_of(found)
        if isinstance(track, Fault):
            out.left_out.append(track)
            continue
        out.known.setdefault(Path(found.path).stem, track)
        titles.setdefault(canonical(track.title), track)
    stems = dict(out.known)
    for name in wanted:
        look = looks[name]
        answer = track_of(look) if isinstance(look, FoundFile) else look
        answer = answer or stems.get(named(name, stems) or "") or titles.get(canonical(name))
        if isinstance(answer, Track):
            out.known[name] = answer
        elif isinstance(answer, Fault):
            out.named.append(answer)
        else:
            among = ", ".join(map(shown, roots)) or "no folder: there is no library"
            what = f"no ambience `{shown(name)}`; looked in {among}"
            out.named.append(Fault(shown(arc_path), what, nearest(name, sorted(out.known))))
    return out


def _tagged(found: FoundFile, shelf: IndexedFiles) -> bool:
    """Whether a file elsewhere in the library says of itself that it is an ambience."""
    tags = shelf.tags_of(found)
    return isinstance(tags, Tags) and says_ambience(tags.tags)


def _by_path(name: str, places: Sequence[Path]) -> FoundFile | Fault | None:
    if "/" not in name and not has_audio_name(name):
        return None
    looks = [look(str(place / at_home(name))) for place in places]
    return next((found for found in looks if isinstance(found, FoundFile)), looks[0])
