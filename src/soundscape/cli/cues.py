"""`soundscape cues`: the table of cues, on the screen and as a card to print."""

from __future__ import annotations

import re
from html import escape
from pathlib import Path
from typing import Annotated

import typer

from soundscape.cli.options import JsonOption
from soundscape.cli.out import print_json, say
from soundscape.cli.written import ForceOption, place_for, write_file
from soundscape.core.cues.row import Cue
from soundscape.core.cues.table import CUES
from soundscape.core.errors import Fault, InputError

STYLE = """\
@page { size: A4; margin: 11mm 13mm; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 184mm; color: #000; background: #fff;
  font: 12pt/1.2 "DejaVu Sans", Verdana, Arial, sans-serif; }
h1 { margin: 0; font-size: 22pt; }
p { margin: 1mm 0 0; }
table { width: 100%; margin: 2.5mm 0; border-collapse: collapse; }
td { padding: 1.3mm 0 1.3mm 2.5mm; border-top: 0.3mm solid #000; vertical-align: baseline; }
tr:last-child td { border-bottom: 0.3mm solid #000; }
td:first-child { width: 11mm; border-left: 2.2mm solid #fff; text-align: center; }
td:nth-child(2) { width: 58mm; }
tr.urgent td:first-child { border-left-color: #000; }
kbd { font: bold 14pt/1 "DejaVu Sans Mono", monospace; }
b { font-size: 17pt; }
i { font-style: normal; font-size: 9.5pt; white-space: nowrap; }
code { font-weight: bold; font-family: inherit; }
"""


def cues(
    card: Annotated[
        Path | None,
        typer.Option(help="write a card to print: an .html page of one sheet"),
    ] = None,
    force: ForceOption = False,
    json: JsonOption = False,
) -> None:
    """List the cues of a running session, each with its key on the live screen and what it does."""
    if card:
        _write(card, force=force)
    if json:
        print_json(
            [
                {
                    "name": cue.name,
                    "key": cue.key,
                    "usage": cue.usage,
                    "does": cue.help,
                    "urgent": cue.urgent,
                    "parameters": {param.usage: param.help for param in cue.params},
                }
                for cue in CUES.values()
            ]
        )
    elif card:
        say(f"written: {card}; print it on A4")
    else:
        wide = max(len(cue.usage) for cue in CUES.values())
        for cue in CUES.values():
            say(f"{cue.key}  {cue.usage:<{wide}}  {cue.help}")


def _write(card: Path, *, force: bool) -> None:
    where = str(card)
    if card.suffix.lower() not in (".html", ".htm"):
        do = f"name it {card.with_suffix('.html').name}; a browser prints it or makes a PDF"
        raise InputError([Fault(where, "the card is an .html page", do)])
    write_file(card, card_page(), replace=place_for(card, force=force))


def card_page() -> str:
    """The table of cues as one sheet of HTML: A4, black on white, in large letters."""
    rows = "".join(map(_row, CUES.values()))
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        "<title>Cues</title>\n<!-- Made by `soundscape cues --card`; do not edit. -->\n"
        f"<style>\n{STYLE}</style>\n</head>\n<body>\n<h1>Cues</h1>\n"
        "<p>On the live screen a key; in any window <code>soundscape soften</code>. Each is "
        "answered in one line. A bar: acts at once, whatever the disk does.</p>\n"
        f"<table>\n{rows}</table>\n"
        "<p>² Twice within 2 s. Said the wrong one? <code>undo</code>. Where are we? "
        "<code>soundscape status</code>. What else it takes: "
        "<code>soundscape dose --help</code>.</p>\n</body>\n</html>\n"
    )


def _row(cue: Cue) -> str:
    params = " ".join(f"<i>{escape(param.usage)}</i>" for param in cue.params)
    urgent = ' class="urgent"' if cue.urgent else ""
    name = f"<b>{escape(cue.name)}</b>{' ' if params else ''}{params}"
    does = re.sub(r"`(.*?)`", r"<code>\1</code>", escape(cue.help))
    key = f"<kbd>{escape(cue.key)}</kbd>{'²' if cue.asks_twice else ''}"
    return f"<tr{urgent}><td>{key}</td><td>{name}</td><td>{does}</td></tr>\n"
