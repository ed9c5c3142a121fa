"""Playlists written anew in another form: `listing_of` what to say, `write_playlist` to say it.

What is written is first read back and has to name the same files with the same overrides, so that
no odd name and no limit of a form loses music without a word.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

from soundscape.atomic import write_whole
from soundscape.core.errors import InputError, SoundscapeError
from soundscape.core.text import plain, reason, shown
from soundscape.core.track import part_of
from soundscape.library.playlists.forms.values import Form, ListEntry, Listing, Row, overrides
from soundscape.library.playlists.members import Member, Members, members_of
from soundscape.library.playlists.seek import Folders
from soundscape.library.tags import Tags


def name_beside(path: str, folder: str) -> str:
    """A file's name in a list that lies in `folder` (which ends in `/`): the rest of its path where
    it lies below, unless that, written as an address, would be the name of another file."""
    name = path.removeprefix(folder)
    address = quote(name)
    return path if address != name and os.path.lexists(folder + address) else name


def listing_of(members: Members, tags: Mapping[str, Tags], target: Path) -> Listing:
    """What a playlist in `target` has to say to mean these members, in their order.

    Paths are relative where the files lie below the target's folder. `tags` by path give titles.
    """
    folder = os.path.realpath(target.absolute().parent).rstrip("/") + "/"
    rows = tuple(_row(member, tags.get(member.found.path), folder) for member in members.members)
    return Listing(plain(members.playlist.name), plain(members.playlist.about), rows)


def _row(member: Member, tags: Tags | None, folder: str) -> Row:
    entry, path = _cut(member), member.found.file
    return Row(
        name=name_beside(path, folder),
        title=tags.title if tags else Path(path).stem,
        artist=tags.artist if tags else "",
        duration_s=(tags.duration_s or None) if tags else None,
        intensity=entry.intensity,
        gain_db=entry.gain_db,
        cue_in_s=entry.cue_in_s,
        cue_out_s=entry.cue_out_s,
    )


def _cut(member: Member) -> ListEntry:
    """What a member's line says, a part of a file by its cue points."""
    part = part_of(member.found.path)
    if not part.mark:
        return member.entry
    return replace(member.entry, cue_in_s=part.start_s or None, cue_out_s=part.stop_s)


def lost_in(listing: Listing, form: Form) -> tuple[str, ...]:
    """What of a listing the form has no words for, as sentences in its order."""
    lost = []
    if listing.about and "about" not in form.holds:
        lost.append(f"about: {listing.about}")
    for row in listing.rows:
        said = [f"{key} {text}" for key, text in overrides(row).items() if key not in form.holds]
        if said:
            lost.append(f"{shown(row.name)}: {', '.join(said)}")
    return tuple(lost)


def write_playlist(
    listing: Listing,
    form: Form,
    target: Path,
    members: Sequence[Member],
    *,
    replace: bool = True,
) -> None:
    """Write a listing whole or not at all. Raises `SoundscapeError` where the form cannot hold it,
    the disk refuses, or a file is there that it must not `replace`; that is untouched then."""
    data = form.write(listing).encode("utf-8")
    _prove(listing, form, target, data, members)
    try:
        write_whole(target.absolute(), data, replace=replace)
    except OSError as error:
        what = f"{shown(target)}: cannot be written ({reason(error)}); nothing was changed"
        raise SoundscapeError(what) from None


def _prove(
    listing: Listing, form: Form, target: Path, data: bytes, members: Sequence[Member]
) -> None:
    try:
        again = members_of(form.read(target, data), (), Folders(), ())
    except InputError as error:
        why = error.faults[0].what
        raise SoundscapeError(
            f"{shown(target)}: this form cannot hold it ({why}); nothing was written"
        ) from None
    read: dict[str, list[dict[str, str]]] = {}
    for each in again.members:
        read.setdefault(each.found.file, []).append(_said(_cut(each), form))
    for row, member in zip(listing.rows, members, strict=True):
        if _said(_cut(member), form) not in read.get(member.found.file, ()):
            raise SoundscapeError(
                f"{shown(target)}: this form cannot hold `{shown(row.name)}`; nothing was written"
            )


def _said(entry: ListEntry, form: Form) -> dict[str, str]:
    return {key: text for key, text in overrides(entry).items() if key in form.holds}
