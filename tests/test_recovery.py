"""The engine is killed, hangs, crashes; so is its supervisor: real processes on the null decks."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from house import PATIENCE_S, House, alive, until

from soundscape.control.address import read_control
from soundscape.core.fold import fold
from soundscape.core.machine_facts import Recovered
from soundscape.core.session import open_session
from soundscape.home import Home
from soundscape.journal.codec import line_hash
from soundscape.journal.reader import read_journal
from soundscape.journal.score import Score, read_score
from soundscape.journal.verify import verify
from soundscape.process.heartbeat import SessionFiles
from soundscape.process.supervisor import _BeatFile
from soundscape.process.trouble import EXIT_BROKEN
from soundscape.protocol import Beat

Status = dict[str, Any]


def playing(house: House, *options: str, speed: float = 1) -> Status:
    """A session whose music sounds."""
    house.play(*options, speed=speed)
    return house.wait(lambda now: now["track"] and now["track"]["sounds"], "for music")


def back(house: House, before: Status) -> Status:
    """Wait until another engine than that plays."""
    engine = before["pids"]["engine"]
    return house.wait(
        lambda now: now["pids"]["engine"] != engine and now["track"] and now["track"]["sounds"],
        "for the session to come back",
    )


def recovered(house: House) -> list[dict[str, Any]]:
    """The facts that an engine went on where another broke off."""
    return house.facts("recovered")


def whole(house: House) -> None:
    """Nothing of the journal is torn, out of order or unreadable, and all of it folds."""
    journal = read_journal(house.folder())
    assert journal.trouble == ()
    assert [entry.n for entry in journal.entries] == list(range(1, len(journal.entries) + 1))
    assert verify(house.folder() / "journal.jsonl").breaks == ()
    score = read_score(house.folder())
    fold(open_session(journal.opened, score.pools), [entry.fact for entry in journal.entries])


@pytest.mark.parametrize(
    ("number", "named"), [(signal.SIGKILL, "SIGKILL"), (signal.SIGSEGV, "SIGSEGV")]
)
def test_a_killed_engine_is_followed_by_the_next(
    house: House, number: signal.Signals, named: str
) -> None:
    """The same track goes on where it was, the arc's clock runs on, port and token stay, what was
    heard ends at the gap, and the journal tells all of it without a break."""
    before = playing(house)
    time.sleep(1.5)
    control = read_control(house.home.control)
    before = house.status()
    os.kill(before["pids"]["engine"], number)
    after = back(house, before)
    assert after["track"]["path"] == before["track"]["path"]
    passed = after["now_s"] - before["now_s"]
    assert after["arc_s"] - before["arc_s"] == pytest.approx(passed, abs=0.1)
    found = read_control(house.home.control)
    assert (found.port, found.token) == (control.port, control.token)
    assert after["pids"]["supervisor"] == before["pids"]["supervisor"]
    assert f"ended by {named}" in after["health"]["last_fault"]
    (gap,) = recovered(house)
    assert (gap["crash"], gap["path"]) == (True, before["track"]["path"])
    assert gap["from_s"] == pytest.approx(before["now_s"], abs=1.0)
    cut = [fact for fact in house.facts("heard_to") if fact["why"] == "recovered"]
    assert {fact["layer"] for fact in cut} == {"music", "ambience"}
    assert all(fact["estimated"] and fact["at_s"] == gap["from_s"] for fact in cut)
    chosen = house.facts("chosen")[-1]["item"]
    assert chosen["offset_s"] == pytest.approx(before["track"]["position_s"], abs=1.0)
    lines = house.lines()
    line = next(line for line in lines if line["fact"]["type"] == "recovered")
    assert line["fact"]["last_hash"] == line["prev"]
    assert gap["torn"] == ""
    house.end_now()
    house.wait_over()
    story = house.json("log", "show")
    assert [row["what"] for row in story["gaps"]] == [gap["what"]]
    assert "came back softly" in house.call("log", "show").stdout
    assert house.call("log", "check").returncode == 0
    whole(house)
    assert sorted(each.name for each in house.folder().iterdir()) == ["journal.jsonl", "score.json"]


@pytest.mark.slow
def test_a_hanging_engine_is_noticed_by_its_heartbeat_and_followed(house: House) -> None:
    """An engine that stands still for five seconds is ended, and another one goes on; one that
    stands still for less is left alone."""
    before = playing(house)
    os.kill(before["pids"]["engine"], signal.SIGSTOP)
    time.sleep(1.5)
    os.kill(before["pids"]["engine"], signal.SIGCONT)
    house.cue("mark")
    assert house.status()["pids"] == before["pids"]
    os.kill(before["pids"]["engine"], signal.SIGSTOP)
    reply = house.cue("mark", "given", "to", "one", "that", "hangs")
    assert reply.ok
    after = back(house, before)
    assert after["health"]["last_fault"] == "the engine hung for 5 s and was ended"
    assert [fact["mark"] for fact in house.facts("marked")] == [1, 2]
    whole(house)


@pytest.mark.slow
def test_stop_ends_an_engine_that_stands_still(house: House) -> None:
    """No `stop` waits until a hanging engine is noticed by its heartbeat: that one is ended at
    once, and the next one is told, stays silent, and answers. `undo` brings the music back."""
    before = playing(house)
    until((house.folder() / "beat.json").exists, "for the first beat")
    os.kill(before["pids"]["engine"], signal.SIGSTOP)
    time.sleep(0.5)
    assert house.call("stop").stdout.startswith("everything fades out")
    after = house.wait(lambda now: now["pids"]["engine"] != before["pids"]["engine"])
    assert after["health"]["last_fault"] == "the engine did not answer `stop`"
    assert [fact["cue"] for fact in house.facts("asked")] == ["stop"]
    house.call("undo")
    back(house, before)
    whole(house)


@pytest.mark.slow
def test_a_cue_given_while_no_engine_is_there_waits_for_the_next(house: House) -> None:
    """It is neither refused nor lost nor obeyed twice."""
    before = playing(house)
    os.kill(before["pids"]["engine"], signal.SIGKILL)
    assert house.call("soften", "3").stdout.startswith("softer by 3 dB")
    assert back(house, before)["trim_db"] == -3.0
    assert [fact["cue"] for fact in house.facts("asked")] == ["soften"]


@pytest.mark.slow
def test_a_cue_asked_again_by_its_request_is_answered_and_not_obeyed_again(house: House) -> None:
    """The asker never got the answer: the next engine finds it in the journal."""
    before = playing(house)
    body = {"words": ["2"], "request": "just-this-one"}
    with closing(house.client()) as client:
        first = client._ask("POST", "/cue/soften", body)
        os.kill(before["pids"]["engine"], signal.SIGKILL)
        again = client._ask("POST", "/cue/soften", body)
        assert client._ask("POST", "/cue/soften", body) == again
    assert first[0] == again[0] == 200
    assert first[1]["answer"] == again[1]["answer"]
    assert house.status()["trim_db"] == -2.0
    assert len(house.facts("asked")) == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("cue", "then"),
    [
        ("pause", lambda now: now["paused"] and not now["track"]["sounds"]),
        ("stop", lambda now: now["stopped"] and now["state"] == "ended"),
    ],
)
def test_what_was_said_still_holds(house: House, cue: str, then: Callable[[Status], Any]) -> None:
    """A pause stays a pause, and `stop` stopped, whoever died."""
    before = playing(house)
    house.cue(cue)
    os.kill(before["pids"]["engine"], signal.SIGKILL)
    house.wait(
        lambda now: now["pids"]["engine"] != before["pids"]["engine"] and then(now),
        f"for {cue} to hold again",
    )
    if cue == "stop":
        assert house.cue("undo").ok
        house.wait(lambda now: now["track"]["sounds"], "for the music after `undo`")
    whole(house)


@pytest.mark.slow
def test_a_lost_supervisor_is_replaced_by_the_engine(house: House) -> None:
    """The music is not interrupted, and the new supervisor keeps the engine as the old one did."""
    before = playing(house)
    os.kill(before["pids"]["supervisor"], signal.SIGKILL)
    now = house.wait(
        lambda now: now["pids"]["supervisor"] != before["pids"]["supervisor"], "for another one"
    )
    assert now["pids"]["engine"] == before["pids"]["engine"]
    assert alive(now["pids"]["supervisor"])
    assert recovered(house) == []
    os.kill(now["pids"]["engine"], signal.SIGKILL)
    after = back(house, now)
    assert after["pids"]["supervisor"] == now["pids"]["supervisor"]
    assert recovered(house)[0]["what"] == "the engine broke off"
    house.end_now()
    house.wait_over()
    until(lambda: not alive(now["pids"]["supervisor"]), "for the supervisor to go")


@pytest.mark.slow
def test_a_crash_while_it_waits_for_its_hour_changes_nothing(house: House) -> None:
    """The next engine waits for the same moment."""
    at = (datetime.now().astimezone() + timedelta(hours=2)).strftime("%H:%M")
    house.play("--at", at)
    before = house.status()
    os.kill(before["pids"]["engine"], signal.SIGKILL)
    after = house.wait(lambda now: now["pids"]["engine"] != before["pids"]["engine"], "for it")
    assert (after["state"], after["begins"]) == ("waiting", before["begins"])
    assert house.call("stop").returncode == 0
    until(lambda: not house.processes(), "for the processes to go")


@pytest.mark.slow
def test_a_foreground_run_stays_with_a_session_whose_supervisor_was_killed(house: House) -> None:
    """Its first process stays as long as the music plays, and hands SIGTERM on to it."""
    words = ("run", house.arc, "--out", "null", "--speed", "40", "--foreground", "--seed", "1")
    launcher = house.start(*words)
    before = house.wait(lambda now: now["track"] and now["track"]["sounds"], "for music")
    os.kill(before["pids"]["supervisor"], signal.SIGKILL)
    house.wait(lambda now: now["pids"]["supervisor"] != before["pids"]["supervisor"], "for another")
    time.sleep(0.6)
    assert launcher.poll() is None
    os.kill(launcher.pid, signal.SIGTERM)
    assert launcher.wait(PATIENCE_S) == 0
    assert house.facts("closed") == [{"reason": "end", "type": "closed"}]


@pytest.mark.slow
def test_sigterm_while_no_engine_is_there_still_closes(house: House) -> None:
    """A service manager's SIGTERM that comes right after a crash is obeyed by the next engine."""
    launcher = house.start(
        "run", house.arc, "--out", "null", "--speed", "40", "--foreground", "--seed", "1"
    )
    before = house.wait(lambda now: now["track"] and now["track"]["sounds"], "for music")
    os.kill(before["pids"]["supervisor"], signal.SIGSTOP)
    os.kill(before["pids"]["engine"], signal.SIGKILL)
    os.kill(launcher.pid, signal.SIGTERM)
    time.sleep(0.3)
    os.kill(before["pids"]["supervisor"], signal.SIGCONT)
    assert launcher.wait(PATIENCE_S) == 0
    assert house.facts("closed") == [{"reason": "end", "type": "closed"}]


@pytest.mark.slow
def test_every_file_of_a_session_that_runs_is_its_owners(house: House) -> None:
    """The last sign of life as well."""
    playing(house)
    beat = house.folder() / "beat.json"
    until(beat.exists, "for the first beat")
    assert beat.stat().st_mode & 0o077 == 0
    read = json.loads(beat.read_text("utf-8"))
    assert set(read) == {"at", "at_s", "boot", "wall", "places"}


@pytest.mark.parametrize(
    ("thread", "error", "code"),
    [
        ("decks", "ValueError('a mistake')", EXIT_BROKEN),
        ("other", "MemoryError()", EXIT_BROKEN),
        ("other", "ValueError('a mistake')", 0),
    ],
)
def test_an_engine_is_whole_or_none(thread: str, error: str, code: int) -> None:
    """A vital thread that breaks, or memory that has run out anywhere, ends the process, so that
    another one follows; a mistake elsewhere does not."""
    program = f"""
import threading
from soundscape.process.trouble import be_whole_or_none
be_whole_or_none()
def run(): raise {error}
one = threading.Thread(target=run, name={thread!r})
one.start()
one.join()
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == code
    assert error.partition("(")[0] in done.stderr


HANGING_LOG = """
import logging, os, sys, threading
from soundscape.process.trouble import be_whole_or_none
from soundscape.process.trouble import be_discreet
from soundscape.process.trouble import log_aside
_, full = os.pipe()
os.set_blocking(full, False)
try:
    while os.write(full, bytes(4096)): pass
except BlockingIOError: os.set_blocking(full, True)
os.dup2(full, 2)
if sys.argv[1] == "discreet": be_discreet("%(message)s")
else: log_aside('%(message)s')
if sys.argv[2] == "decks": be_whole_or_none()
def run(): raise ValueError("a mistake")
one = threading.Thread(target=run, name=sys.argv[2])
one.start()
one.join()
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "thread", "code"), [("", "decks", EXIT_BROKEN), ("discreet", "decks", EXIT_BROKEN),
                                 ("discreet", "other", 0)]
)  # fmt: skip
def test_a_log_that_hangs_holds_up_no_thread_that_breaks(kind: str, thread: str, code: int) -> None:
    """The disk of the log takes nothing: a vital thread's end ends the process all the same, and
    so does that of any other end itself, whether the session is encrypted or not."""
    words = [sys.executable, "-c", HANGING_LOG, kind, thread]
    assert subprocess.run(words, timeout=PATIENCE_S, check=False).returncode == code


def test_whatever_goes_wrong_in_looking_after_files_they_are_looked_after_again(
    tmp_path: Path,
) -> None:
    """Of a running session and of its last beat: a thread that ended for good would leave the next
    engine, and whoever gives a cue, without them."""
    beats = _BeatFile()
    beats.keep(str(tmp_path), Beat(object(), 0.0, "", ""))  # type: ignore[arg-type]
    time.sleep(0.1)
    beats.keep(str(tmp_path), Beat(1.0, 1.0, "", ""))
    until((tmp_path / "beat.json").exists, "for a beat after one that cannot be written")
    beats.forget(str(tmp_path))
    told = iter(["", ValueError("a mistake"), "the control file"])

    def control() -> str:
        word = next(told, "the control file")
        if isinstance(word, ValueError):
            raise word
        return word

    home = Home(tmp_path, tmp_path, tmp_path)
    folder = tmp_path / "session"
    folder.mkdir()
    files = SessionFiles(home, folder, control, Score({}, {}))
    until(lambda: home.control.exists() and home.control.read_text(), "for the file to be put back")
    files.close()


# Engine and supervisor are gone.


@pytest.mark.slow
def test_recover_goes_on_from_the_journal(house: House) -> None:
    """Every cue names the session that broke off; `recover` brings it back: the same track where
    it was, the arc moved on by the time that passed, and the gap is in the journal."""
    playing(house)
    time.sleep(1.2)
    before = house.kill_all()
    code = before["session"]
    for words in (("resume",), ("soften",), ("status",)):
        said = house.call(*words)
        assert said.returncode == 1
        assert f"session {code} broke off" in said.stderr
        assert "in onset: `soundscape recover` goes on with it" in said.stderr
    done = house.call("recover", "--detach")
    assert done.returncode == 0, done.stderr
    assert f"Session {code} broke off" in done.stdout
    after = house.wait(lambda now: now["track"] and now["track"]["sounds"], "for music")
    assert (after["session"], after["track"]["path"]) == (code, before["track"]["path"])
    (gap,) = recovered(house)
    assert gap["what"] == "the session broke off"
    assert (gap["crash"], gap["estimated"]) == (False, False)
    assert gap["from_s"] == pytest.approx(before["now_s"], abs=1.0)
    assert gap["to_s"] - gap["from_s"] > 0.1
    chosen = house.facts("chosen")[-1]["item"]
    assert chosen["offset_s"] == pytest.approx(before["track"]["position_s"], abs=1.0)
    house.end_now()
    house.wait_over()
    whole(house)
    none = house.call("recover", code)
    assert (none.returncode, none.stderr) == (
        1, f"session {code} is closed; `soundscape log show` shows it\n"
    )  # fmt: skip


@pytest.mark.slow
def test_run_offers_what_broke_off_and_does_as_it_is_told(house: House) -> None:
    """A script is never asked: a note, and the new session; `--recover` takes the old one up."""
    playing(house)
    code = house.kill_all()["session"]
    words = ("run", house.arc, "--out", "null", "--detach", "--seed", "1")
    fresh = house.call(*words)
    assert fresh.returncode == 0
    assert f"note: session {code} broke off" in fresh.stderr
    assert house.status()["session"] != code
    house.end_now()
    house.wait_over()
    quiet = house.call(*words, "--no-recover")
    assert "broke off" not in quiet.stderr
    house.end_now()
    house.wait_over()
    again = house.call(*words, "--recover")
    assert again.returncode == 0, again.stderr
    assert house.status()["session"] == code


@pytest.mark.slow
def test_nothing_to_recover_is_said(house: House) -> None:
    """In an empty home, and for a code that nobody knows."""
    none = house.call("recover")
    assert none.returncode == 1
    assert "no session has broken off" in none.stderr
    bad = house.call("recover", "--out", "tape", "--detach", "--foreground")
    assert bad.returncode == 2
    assert bad.stderr.count("\n") == 2


@pytest.mark.slow
def test_after_a_reboot_the_wall_clock_bridges_and_it_says_so(house: House, tmp_path: Path) -> None:
    """Another boot's clock cannot be compared: the gap is by the wall, and called estimated. A
    torn last line is told, closed with a newline, and never written over."""
    playing(house)
    before = house.kill_all()
    journal = house.folder() / "journal.jsonl"
    whole_lines = journal.read_bytes()
    other = whole_lines.replace(house.lines()[-1]["stamp"]["boot"].encode(), b"another-boot")
    (house.folder() / "beat.json").unlink(missing_ok=True)
    # The chain is as it was: every line's hash is made anew for the other boot's lines.
    lines, last = [], ""
    for raw in other.decode().splitlines():
        data = json.loads(raw)
        data["prev"] = last
        lines.append(json.dumps(data, ensure_ascii=False, separators=(",", ":")))
        last = line_hash(lines[-1])
    torn = '{"n":99,"stamp":{"wall":"20'
    kept = ("\n".join(lines) + "\n" + torn).encode()
    journal.write_bytes(kept)
    done = house.call("recover", "--detach")
    assert done.returncode == 0
    assert f"cut off after {len(torn)} bytes" in done.stderr
    house.wait(lambda now: now["track"] and now["track"]["sounds"], "for music")
    read = read_journal(house.folder())
    (gap,) = [entry.fact for entry in read.entries if isinstance(entry.fact, Recovered)]
    assert gap.estimated
    assert gap.last_hash == last
    assert [each.partition(": ")[2] for each in read.trouble] == [
        "cut short when the session broke off; left out"
    ]
    assert journal.read_bytes().startswith(kept + b"\n")
    assert verify(journal).breaks == ()
    assert house.status()["session"] == before["session"]


@pytest.mark.slow
def test_two_recover_at_once_make_one_engine(house: House) -> None:
    """One goes on with the session, the other says that it runs."""
    playing(house)
    house.kill_all()
    with ThreadPoolExecutor(2) as both:
        ends = list(both.map(lambda _: house.call("recover", "--detach"), range(2)))
    assert sorted(end.returncode for end in ends) == [0, 1]
    assert len(recovered(house)) == 1


@pytest.mark.slow
def test_a_module_in_the_folder_it_starts_in_is_not_loaded(house: House, tmp_path: Path) -> None:
    """A folder of music may hold a file by the name of one of Python's modules: no process of a
    session runs it."""
    (tmp_path / "json.py").write_text("raise SystemExit('taken over')\n", "utf-8")
    words = ("run", house.arc, "--out", "null", "--detach", "--seed", "1")
    done = house.call(*words, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert house.status()["state"] == "playing"
