"""The table of cues: each row is whole, and everything that is derived from it is there."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from house import PATIENCE_S, until
from support.values import now_at

from soundscape.audio.null import NullDecks
from soundscape.cli.app import run_app
from soundscape.cli.prepare import Prepared, open_folder, prepare
from soundscape.clock import FastClock
from soundscape.control.server import ControlPort
from soundscape.core import director, reports
from soundscape.core.cues.row import Cue
from soundscape.core.cues.table import CUES, asked, decide
from soundscape.core.cues.words import Number, Text
from soundscape.core.decision import Decision, Refusal
from soundscape.core.events import (
    Asked,
    Closed,
    Closing,
    Entry,
    Fact,
    Opened,
    Planned,
    Stamp,
)
from soundscape.core.fold import fold
from soundscape.core.ports import Output, Play, Sounding
from soundscape.core.session import Session, open_session
from soundscape.engine.loop import Engine
from soundscape.engine.status import state_of
from soundscape.home import Home
from soundscape.journal.codec import decode, encode
from soundscape.journal.notes import read_notes
from soundscape.journal.reader import read_journal
from soundscape.journal.score import read_score
from soundscape.journal.writer import JournalWriter

DOCS = Path(__file__).parent.parent / "docs"
REFERENCE = DOCS / "reference" / "cues.md"
IN_THE_ROOM = DOCS / "guides" / "in-the-room.md"

WORDS = {
    "ambience": ["ocean"],
    "dose": ["--ago", "0.2"],
    "extend": ["2"],
    "output": ["null-2"],
    "mark": ["--person", "A", "silver", "heron"],
    "shorten": ["0.1"],
}
"""What a row is tried with; nothing where it is not here. A new row with a word that it cannot do
without needs one."""

BEFORE = {
    "reflect": "talk",
    "release": "hold",
    "resume": "pause",
    "restore": "soften",
    "undo": "soften",
}
"""What has to have been said for a row to have anything to do."""

NOW = now_at(30.0, outputs=(Output("here", "Here", current=True), Output("null-2", "Elsewhere")))

STAMP = Stamp("2026-03-04T05:06:07.089+00:00", 12.5, "boot", 30.0, 30.0)


@dataclass(frozen=True, slots=True)
class Kit:
    """What all rows share: an arc with its music, and the names the control port tells."""

    prepared: Prepared
    ported: tuple[str, ...]

    def session(self) -> Session:
        """A session that plays for 30 s already, in the core alone."""
        gathered = self.prepared.gathered
        opened = Opened("testtest", self.prepared.arc, 1, "test", "null")
        made = open_session(opened, gathered.pools, gathered.ambiences)
        made = fold(made, (opened, Planned(self.prepared.plan, "opens")))
        begun = director.begin(made)
        made = fold(made, begun.facts)
        for action in begun.actions:
            if isinstance(action, Play):
                heard = Sounding(action.layer, action.token, action.offset_s, 0.0)
                made = fold(made, reports.on_report(made, heard, 0.0).facts)
        return made


@pytest.fixture(scope="module")
def kit(stock: Path, tmp_path_factory: pytest.TempPathFactory) -> Kit:
    """Everything that all rows share."""
    home = Home(stock, stock, tmp_path_factory.mktemp("run"))
    prepared = prepare(home, stock / "arcs" / "small.yaml", None, 1)
    port = ControlPort(None, "testtest")  # type: ignore[arg-type]
    ported = port.control.cues
    port._socket.close()
    return Kit(prepared, ported)


def in_play(cue: Cue, kit: Kit) -> Session:
    """A session in which the row has something to do."""
    session = kit.session()
    if cue.name in BEFORE:
        before = decide(session, CUES[BEFORE[cue.name]], {"db": 4.0, "all": False}, NOW)
        assert isinstance(before, Decision)
        session = fold(session, before.facts)
    return session


def args_of(cue: Cue) -> dict[str, Any]:
    """The row's arguments, as its sample words read."""
    return cue.args(WORDS.get(cue.name, []))


def there_and_back(fact: Fact) -> Fact:
    """A fact through a line of a journal."""
    return decode(encode(Entry(1, STAMP, fact))).fact


def serialises_and_replays(cue: Cue, kit: Kit) -> None:
    """Every fact of the row survives its line, and folds to the same session from there."""
    session = in_play(cue, kit)
    answer = decide(session, cue, args_of(cue), NOW)
    assert isinstance(answer, Decision), answer
    assert 0 < len(answer.answer) <= 160
    assert "\n" not in answer.answer
    assert isinstance(answer.facts[0], Asked)
    assert replace(answer.facts[0], at_s=0.0, changed=(), phase=-1, token=0) == asked(
        session, cue, args_of(cue), answer
    )
    assert bool(answer.facts[0].changed) is cue.can_be_undone
    read = tuple(there_and_back(fact) for fact in answer.facts)
    assert read == answer.facts
    after = fold(session, answer.facts)
    assert fold(session, read) == after
    assert after != session


def is_refused_where_it_is_not_allowed(cue: Cue, kit: Kit) -> None:
    """Before the start, while closing and when closed, unless the row allows it. A
    refusal survives its line, and changes nothing but what was said last."""
    playing = in_play(cue, kit)
    waiting = open_session(Opened("testtest", playing.arc, 1, "test", "null"), playing.pools)
    moments = {
        "before the start": (waiting, cue.when_waiting, "has not begun"),
        "closing": (fold(playing, [Closing("end", 30.0)]), cue.when_closing, "is closing"),
        "closed": (fold(playing, [Closed("end")]), False, "is over"),
    }
    for moment, (session, allowed, reason) in moments.items():
        answer = decide(session, cue, args_of(cue), NOW)
        told = answer.reason if isinstance(answer, Refusal) else ""
        assert (reason in told) is not allowed, f"{moment}: {answer}"
        if isinstance(answer, Refusal):
            fact = asked(session, cue, args_of(cue), answer)
            assert there_and_back(fact) == fact
            assert fold(session, [fact]).trim_db == session.trim_db


def appears_everywhere(cue: Cue, kit: Kit, capsys: pytest.CaptureFixture[str]) -> None:
    """In the help and a help of its own with its key, the port's list, the reference's table of
    cues, and the table of keys in docs/guides/in-the-room.md."""
    assert cue.name in kit.ported
    assert f"| `{cue.usage}` | {cue.help} |" in REFERENCE.read_text("utf-8").splitlines()
    assert run_app(["--help"]) == 0
    listed = capsys.readouterr().out
    assert f"\n  {cue.name} " in listed
    assert cue.help[1:40] in listed  # Help writes its first letter as a capital.
    assert run_app([cue.name, "--help"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert f"Usage: soundscape {cue.usage}" in told
    for param in cue.params:
        assert param.help in told
    assert f"On the live screen: {cue.key}" in told
    named = " ".join((cue.name, *cue.key_words))
    row = f"| `{cue.key}` | `{named}` | {f'`{cue.pick_key}`' if cue.pick else ''} |"
    assert row in IN_THE_ROOM.read_text("utf-8").splitlines()


def refuses_bad_words(cue: Cue) -> None:
    """A word too many, an option nobody knows and numbers out of bounds are all refused."""
    takes_all = any(isinstance(param, Text) and param.rest for param in cue.params)
    for words in (["1", "2", "3", "4"], ["--frobnicate"]):
        if not (takes_all and words[0] == "1"):
            with pytest.raises(Exception, match=f"usage: soundscape {cue.name}"):
                cue.args(words)
    for param in cue.params:
        if isinstance(param, Number):
            assert param.default is None or param.least <= param.default <= param.most
            for value in (param.least - 0.1, param.most + 0.1):
                with pytest.raises(ValueError, match=param.name):
                    param.read(value)


def runs_on_the_null_decks(cue: Cue, kit: Kit, root: Path) -> None:
    """Given to an engine it is done and written, and the journal replays to what was shown."""
    home = Home(root, root, root / "run")
    clock = FastClock(30.0)
    folder = open_folder(home, kit.prepared, clock, out="null", device="", end_with_arc=False)
    opening = read_journal(folder)
    score = read_score(folder)

    def replayed() -> Session:
        # The last line may just be on its way to the disk.
        journal = until(lambda: not (read := read_journal(folder)).trouble and read, "for a line")
        made = open_session(journal.opened, score.pools, score.ambiences)
        return fold(made, (entry.fact for entry in journal.entries))

    writer = JournalWriter(folder, opening.entries[-1].n, opening.last_hash)
    engine = Engine(replayed(), lambda report: NullDecks(report, clock), writer, clock)
    thread = threading.Thread(target=engine.run, name="engine", daemon=True)
    thread.start()
    try:
        until(lambda: engine.status().result(5)["health"]["sound"], "for music")
        if cue.name in BEFORE:
            assert engine.cue(BEFORE[cue.name], []).result(5).ok
        reply = engine.cue(cue.name, WORDS.get(cue.name, [])).result(5)
        assert reply.ok, reply
        assert reply.written
        shown = engine.status().result(5)
        told = {"name": cue.name, "ok": True, "answer": reply.answer}
        assert shown["last_cue"] == told
        # Where a cue changes no sound, nobody waits for the disk.
        until(lambda: (last := replayed().last_cue) and last.answer == reply.answer)
        folded = replayed()
        assert (shown["trim_db"], shown["marks"]) == (folded.trim_db, folded.last_mark)
        assert shown["state"] == state_of(folded)
        # A disk that is slow on a busy machine is told, and is no fault of ours.
        health = shown["health"]
        assert health["faults"] == 0 or "the disk is slow" in health["last_fault"]
    finally:
        for _ in range(2):
            engine.cue("stop", [])
        until(lambda: not thread.is_alive() or engine.cue("end", []).result(5).ok)
        thread.join(PATIENCE_S)
    assert not thread.is_alive()
    assert replayed().closed
    for words in read_notes(folder).values():
        assert words == "silver heron"
        assert words not in (folder / "journal.jsonl").read_text("utf-8")


@pytest.mark.parametrize("cue", CUES.values(), ids=lambda cue: cue.name)
def test_every_row_is_whole(
    cue: Cue, kit: Kit, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A cue is one row: it serialises, replays, is refused where it is not allowed, appears in
    help, port and reference, refuses bad words, and runs on the null decks."""
    serialises_and_replays(cue, kit)
    is_refused_where_it_is_not_allowed(cue, kit)
    appears_everywhere(cue, kit, capsys)
    refuses_bad_words(cue)
    runs_on_the_null_decks(cue, kit, tmp_path)


def test_the_reference_has_no_cue_that_there_is_not() -> None:
    """A row of the reference's table whose cue is gone is a promise nobody keeps."""
    section = REFERENCE.read_text("utf-8").split("\n## ")[1]
    rows = [line.split("`")[1].split()[0] for line in section.splitlines() if "| `" in line]
    assert rows == list(CUES)
