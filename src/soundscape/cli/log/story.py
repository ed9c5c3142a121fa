"""One session's story, read for a command: as it is, or as much of it as may be given away."""

from __future__ import annotations

from pathlib import Path

from soundscape.cli.out import complain
from soundscape.cli.passphrase import unlock
from soundscape.control.address import read_control
from soundscape.control.client import Client
from soundscape.core.errors import Fault, InputError, JournalError, NoSession, SoundscapeError
from soundscape.core.text import typed
from soundscape.home import Home
from soundscape.journal.moment import marked
from soundscape.journal.notes import read_notes, read_remarks
from soundscape.journal.reader import Journal, find_session, read_journal
from soundscape.journal.share import SharedStory, agreed, persons_of, read_consent, shareable
from soundscape.journal.story import Story, tell
from soundscape.library.units import parse_time


def journal_of(code: str) -> Journal:
    """The journal of a session, the newest by default; what of it cannot be read is told.
    Of an encrypted one the passphrase is asked for."""
    folder = find_session(Home.find().sessions, code)
    unlock(folder)
    journal = read_journal(folder)
    for trouble in journal.trouble:
        complain(trouble)
    return journal


def story_of(code: str) -> Story:
    """The story of a session, with the words of its notes where they can be read."""
    return story_of_journal(journal_of(code))


def story_of_journal(journal: Journal) -> Story:
    """The story of a journal that has been read."""
    try:
        return tell(journal, read_notes(journal.folder), read_remarks(journal.folder))
    except JournalError as error:
        complain(str(error))
        return tell(journal, {})


def shared_of(journal: Journal, person: str = "", *, notes: bool = False) -> SharedStory:
    """As much of a story as may leave this machine; of `person` alone where one is given.

    Raises `SoundscapeError` where that person has not consented.
    """
    story = story_of_journal(journal)
    consents = agreed(read_consent(journal.folder))
    person = check_person(story, person) if person else ""
    if person and person not in consents:
        raise SoundscapeError(
            f"{story.session}: no consent of {person} on record; nothing was written. "
            f"`soundscape log consent {story.session} {person} yes` records it"
        )
    follows = journal.opened.arc.follows
    return shareable(story, consents, person=person, follows=follows, notes=notes)


def moment_asked(story: Story, at: str, mark: int | None) -> float | None:
    """The moment that `--at` or a mark's number names, in seconds from the start; None for neither.

    Raises `InputError` where it names none.
    """
    if at and mark is not None:
        raise InputError([Fault("--at", "cannot go with a mark", "leave one out")])
    if mark is not None:
        return marked(story, mark).at_s
    if not at:
        return None
    try:
        return parse_time(at)
    except ValueError as error:
        raise InputError([Fault("--at", str(error))]) from None


def check_person(story: Story, person: str) -> str:
    """A person's letter as the session has it. Raises `InputError` for one it does not have."""
    known = sorted(persons_of(story) | set(story.persons))
    letter = person.strip().upper()
    if letter in known:
        return letter
    has = f"it has {', '.join(known)}" if known else "nothing in it is tagged with a person"
    raise InputError([Fault(story.session, f"no person {typed(person)} in this session", has)])


def not_running(folder: Path, instead: str) -> None:
    """Raises `SoundscapeError` where this very session is being played."""
    try:
        running = Client(read_control(Home.find().control)).status()["session"]
    except NoSession:
        return
    if running == folder.name:
        raise SoundscapeError(f"session {folder.name} is running; {instead}")
