"""Pages made of templates (Jinja), and the listening list as one of them or as plain text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from soundscape.core.text import apart, plain
from soundscape.journal.listening_list import ListedTrack

HEADING = "Listening list"


def page(name: str, **values: Any) -> str:
    """Fill in the template of that name beside this file.

    Every value is escaped; one that is missing is an error.
    """
    # Here and not above: most commands make no page.
    from jinja2 import Environment, PackageLoader, StrictUndefined

    templates = Environment(
        loader=PackageLoader("soundscape.reports", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return templates.get_template(name).render(**values)


def as_text(pieces: Sequence[ListedTrack]) -> str:
    """Write the titles in order, one numbered line a track."""
    width = len(str(len(pieces)))
    rows = [f"{n:>{width}}. {_named(piece)}" for n, piece in enumerate(pieces, 1)]
    return "\n".join(rows) + "\n"


def as_html(pieces: Sequence[ListedTrack]) -> str:
    """Write them as one page that asks nothing of any network and prints well."""
    rows = [(plain(piece.title), plain(piece.artist)) for piece in pieces]
    return page("listening_list.html", heading=HEADING, rows=rows)


def _named(piece: ListedTrack) -> str:
    title, artist = apart(plain(piece.title)), apart(plain(piece.artist))
    return f"{title} · {artist}" if artist else title
