"""Does anybody sing or speak in a track? From its tags, and what people say.

Three answers. `instrumental` and `voice` both need evidence; without any, or with evidence both
ways, the answer is `unknown`, and somebody has to listen. What people say stands over all else.

====================  ============================  ==========================================
evidence              of a voice                    of none
====================  ============================  ==========================================
lyrics in the tags    words                         nothing but "[instrumental]"
tag INSTRUMENTAL      no, false, 0                  yes, true, 1
language              any language                  zxx (ISO 639: no linguistic content)
genre                 opera, choral, rap, ...       instrumental, karaoke
title, album, artist  feat., vocal, choir, ...      (instrumental), karaoke, without vocals
====================  ============================  ==========================================

Words count only whole: `Choral` is one, `chorale` is not. A word that takes another back stands
over it within the same text: `Instrumental Hip Hop` and `no vocals` have nobody sing. What most
often goes either way says nothing: genres such as ambient, jazz or pop, and the word `song`.
Wrong tags exist; an `instrumental` from here is what the tags claim, no more. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from soundscape.core.names import spoken
from soundscape.core.text import quoted
from soundscape.core.track import Voice
from soundscape.library.people import Vouch
from soundscape.library.tags import Tags

_GENRES = (
    "vocals?|a ?cappella|a ?capella|acappella|acapella|opera|operas|operatic|operetta|oratorio|"
    "chants?|gregorian|plainsong|choral|choir|chorus|hip ?hop|rap|grime|singer songwriter|"
    "songwriter|audio ?books?|speech|spoken|comedy|podcast|lied|lieder|chanson|gospel|hymns?|"
    "mantras?|kirtan|bhajan|qawwali|musicals?|show ?tunes?|guided meditations?|hypnosis"
)
_WORDS = (
    "feat|ft|featuring|vocals?|vox|a ?cappella|a ?capella|acappella|acapella|choir|chorus|choral|"
    "sung|sings|singing|singer|spoken|guided|narrated|narration|read by|words by|lyrics? by|"
    "audio ?books?|podcast|interview|lecture|speech|sermon|affirmations?|hypnosis|"
    "chants?|chanting|gesang|gesungen|chor|coro|choeur|kirtan|mantras?"
)
_NOBODY = (
    "instrumentals?|karaoke|backing track|playback version|"
    "(?:no|non|without|minus|sans|ohne|sin|senza) (?:any |lead |the )?"
    "(?:vocals?|vox|voices?|singing|lyrics|words|gesang|voix|paroles|voz|voce)|"
    "vocals? (?:free|removed|off)|vocal ?less"
)
# "Instrumental" as something an album also has, or a piece is not, is no word of its tracks.
_NOT_IT = re.compile(
    r"\b(?:non|not|semi|and|plus|with|incl|including|mostly|partly) (?:an? )?instrumentals?\b|"
    r"\binstrumentals? (?:and|plus|with|or) "
)
_VOICED_GENRE = re.compile(rf"\b(?:{_GENRES})\b")
_VOICED = re.compile(rf"\b(?:{_WORDS})\b")
_UNVOICED = re.compile(rf"\b(?:{_NOBODY})\b")

_YES = frozenset({"yes", "true", "1", "y", "instrumental"})
_NO = frozenset({"no", "false", "0", "n", "vocal"})
_NO_LANGUAGE = frozenset({"zxx", "instrumental", "none", "no linguistic content"})
_ANY_LANGUAGE = frozenset({"und", "xxx", "mis", "unknown", "undetermined", "n/a", "-", "?"})
"""Codes that say nobody knows (ISO 639), or that nobody filled the field (ID3's xxx)."""


@dataclass(frozen=True, slots=True)
class Judged:
    """The answer, and the reasons as short sentences without a full stop, the weightiest first."""

    voice: Voice
    why: tuple[str, ...]
    vouched: bool = False


def judge(tags: Tags, vouch: Vouch | None = None) -> Judged:
    """Whether anybody sings or speaks. `vouch` is what somebody who listened says."""
    sung, unsung = _evidence(tags)
    tags_say: Voice = "unknown"
    if bool(sung) != bool(unsung):
        tags_say = "voice" if sung else "instrumental"
    why = (*sung, *unsung)
    if vouch is not None:
        listened = f"somebody listened on {vouch.on} and says: {vouch.says}"
        return Judged(vouch.says, (listened, *why), vouched=True)
    if not why:
        return Judged("unknown", ("nothing in its tags tells",))
    if tags_say == "unknown":
        return Judged("unknown", (*why, "these speak against each other"))
    return Judged(tags_say, why)


def _evidence(tags: Tags) -> tuple[list[str], list[str]]:
    """The reasons for a voice and those for none, each in order of weight."""
    sung: list[str] = []
    unsung: list[str] = []
    if tags.lyrics == "words":
        sung.append("its tags hold lyrics")
    elif tags.lyrics == "instrumental":
        unsung.append("its lyrics tag says instrumental")
    for word in _values(tags.tags, "instrumental"):
        if word in _YES:
            unsung.append("its tag INSTRUMENTAL says yes")
        elif word in _NO:
            sung.append("its tag INSTRUMENTAL says no")
    for word in _values(tags.tags, "language"):
        if word in _NO_LANGUAGE:
            unsung.append(f"its language tag is {quoted(word)}: no words")
        elif word not in _ANY_LANGUAGE:
            sung.append(f"its language tag is {quoted(word)}")
    for word in _values(tags.tags, "genre"):
        _weigh(word, _VOICED_GENRE, f"its genre is {quoted(word)}", sung, unsung)
    for name, text in (("title", tags.title), ("album", tags.album), ("artist", tags.artist)):
        plain = _plain(text)
        found = _UNVOICED.search(_NOT_IT.sub(" ", plain)) or _VOICED.search(plain)
        if found:
            _weigh(text, _VOICED, f"its {name} has {quoted(found[0])}", sung, unsung)
    return list(dict.fromkeys(sung)), list(dict.fromkeys(unsung))


def _weigh(
    text: str, voiced: re.Pattern[str], reason: str, sung: list[str], unsung: list[str]
) -> None:
    plain = _plain(text)
    if _UNVOICED.search(_NOT_IT.sub(" ", plain)):
        unsung.append(reason)
    elif voiced.search(plain):
        sung.append(reason)


def _plain(text: str) -> str:
    """Words without accents; an apostrophe parts them here, so that `choir's` has `choir`."""
    return spoken(re.sub("['\u2019]", " ", text))


def _values(tags: Iterable[str], kind: str) -> list[str]:
    return [value for name, _, value in (tag.partition(":") for tag in tags) if name == kind]
