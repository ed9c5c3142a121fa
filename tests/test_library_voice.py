from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from soundscape.library.people import Vouch
from soundscape.library.tags import Lyrics, Tags, tags_of
from soundscape.library.voice import judge


def said(title: str = "Water", *, lyrics: Lyrics = "none", **kinds: str) -> Tags:
    """The tags of a file that says this of itself."""
    texts = {kind: [text] for kind, text in kinds.items()}
    texts |= {"words": {"lyrics": ["la la"]}, "instrumental": {"lyrics": ["[Instrumental]"]}}.get(
        lyrics, {}
    )
    return tags_of({"title": [title], **texts}, stem="s", duration_s=1.0)


@pytest.mark.parametrize(
    "tags",
    [
        said(lyrics="words"),
        said(language="eng"),
        said(language="de"),
        said(instrumental="no"),
        said(genre="Vocal Jazz"),
        said(genre="Ambient; A Cappella"),
        said(genre="Hip-Hop"),
        said(genre="Rap"),
        said(genre="Singer/Songwriter"),
        said(genre="Opera"),
        said(genre="Gregorian Chant"),
        said(genre="Spoken Word"),
        said(genre="Audiobook"),
        said("Sea (feat. Ana)"),
        said("Sea ft Ana"),
        said("Sea [Vocal Mix]"),
        said("Sea - Acapella"),
        said("Sea (A Cappella)"),
        said("Guided Body Scan"),
        said("Les chœurs: Chœur du matin"),
        said(album="Sacred Choir Music"),
        said(artist="Bo featuring Ana"),
        said("Vocals, non-instrumental"),
    ],
    ids=str,
)
def test_each_sign_of_a_voice_is_seen(tags: Tags) -> None:
    """Lyrics, a language, a genre that is sung or spoken, and such words in names mean a voice, and
    the reason is told."""
    judged = judge(tags)
    assert judged.voice == "voice", judged
    assert judged.why


@pytest.mark.parametrize(
    "tags",
    [
        said(lyrics="instrumental"),
        said(language="zxx"),
        said(instrumental="Yes"),
        said(genre="Instrumental"),
        said(genre="Instrumental Hip Hop"),
        said("Sea (Instrumental)"),
        said("Sea - Instrumental Version"),
        said("Sea [Karaoke]"),
        said("Sea without vocals"),
        said("Sea (no vocals)"),
        said("Meer ohne Gesang"),
        said(album="Piano Instrumentals"),
    ],
    ids=str,
)
def test_each_sign_of_none_is_seen(tags: Tags) -> None:
    """A word that says that nobody sings makes a track instrumental, also where the word that it
    takes back stands beside it."""
    judged = judge(tags)
    assert judged.voice == "instrumental", judged
    assert judged.why


@pytest.mark.parametrize(
    "tags",
    [
        said(),
        said("Song of the Whales (Remix)"),
        said("Aft Deck"),
        said("Vocalise"),
        said("Chorale"),
        said("Left Behind"),
        said(genre="Ambient"),
        said(genre="Pop"),
        said(genre="Jazz; Trip-Hop"),
        said(language="und"),
        said(language="xxx"),
        said(album="Hits, with Instrumentals"),
        said(album="Songs and Instrumentals"),
        said("Not really (non-instrumental)"),
    ],
    ids=str,
)
def test_what_goes_either_way_says_nothing(tags: Tags) -> None:
    """Without evidence the answer is unknown: somebody has to listen."""
    judged = judge(tags)
    assert judged.voice == "unknown", judged
    assert judged.why == ("nothing in its tags tells",)


@pytest.mark.parametrize(
    "tags",
    [
        said("Sea (Instrumental)", lyrics="words"),
        said("Sea (feat. Ana)", instrumental="yes"),
        said(genre="Opera; Instrumental"),
        said(language="zxx", genre="Rap"),
    ],
    ids=str,
)
def test_evidence_both_ways_is_unknown_with_both(tags: Tags) -> None:
    """Where tags contradict each other, nobody knows, and both sides are told."""
    judged = judge(tags)
    assert judged.voice == "unknown"
    assert len(judged.why) == 3
    assert judged.why[-1] == "these speak against each other"


texts = st.sampled_from(
    ["Sea", "feat. Ana", "vocal", "no vocals", "instrumental", "rap", "zxx", "eng", "yes", "no", ""]
) | st.text(max_size=20)
any_tags = st.dictionaries(
    st.sampled_from(["title", "artist", "album", "genre", "language", "instrumental", "lyrics"]),
    st.lists(texts, max_size=3),
).map(lambda said: tags_of(said, stem="s", duration_s=1.0))


@given(any_tags)
def test_an_answer_needs_a_reason(tags: Tags) -> None:
    """Whatever the tags, the answer is one of three, and told with its reasons on one line each."""
    judged = judge(tags)
    assert judged.voice in ("instrumental", "voice", "unknown")
    assert judged.why
    assert all("\n" not in reason and "\x1b" not in reason for reason in judged.why)
    assert not judged.vouched


@given(any_tags, st.sampled_from(["instrumental", "voice"]))
def test_what_people_heard_stands_over_all(tags: Tags, says: Any) -> None:
    """A vouch decides, either way, and what the tags say is still told."""
    judged = judge(tags, vouch=Vouch(says=says, title="t", path="/p", on="2026-11-21"))
    assert (judged.voice, judged.vouched) == (says, True)
    assert judged.why[0] == f"somebody listened on 2026-11-21 and says: {says}"


@given(any_tags)
def test_evidence_of_a_voice_is_never_outweighed(tags: Tags) -> None:
    """Lyrics beside whatever else never come out as instrumental."""
    from dataclasses import replace

    assert judge(replace(tags, lyrics="words")).voice != "instrumental"


@given(st.text())
def test_a_title_alone_never_makes_both(title: str) -> None:
    """No text breaks the search for words."""
    assert judge(said(title)).voice in ("instrumental", "voice", "unknown")
