"""The listening list as plain text and as a page: titles in order, nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from soundscape.core.text import apart, plain
from soundscape.journal.listening_list import ListedTrack
from soundscape.reports.templates import page

HEADING = "Listening list"


def as_text(pieces: Sequence[ListedTrack]) -> str:
    """One numbered line a track."""
    width = len(str(len(pieces)))
    rows = [f"{n:>{width}}. {_named(piece)}" for n, piece in enumerate(pieces, 1)]
    return "\n".join(rows) + "\n"


def as_html(pieces: Sequence[ListedTrack]) -> str:
    """One self-contained page, that asks nothing of any network and prints well."""
    rows = [(plain(piece.title), plain(piece.artist)) for piece in pieces]
    return page("listening_list.html", heading=HEADING, rows=rows)


def _named(piece: ListedTrack) -> str:
    title, artist = apart(plain(piece.title)), apart(plain(piece.artist))
    return f"{title} · {artist}" if artist else title
