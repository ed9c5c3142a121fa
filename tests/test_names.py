"""Names have one form: whoever spells one otherwise means the same artist, tag, title or file."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest
from arcs_for_tests import ARC, session
from desk import Desk
from hypothesis import given
from hypothesis import strategies as st
from library_fixtures import low_tone, tag

from soundscape.cli.app import run_app
from soundscape.core.avoid import Avoid
from soundscape.core.leave_out import HeardBefore, leave_out
from soundscape.core.names import alike, canonical, folded, is_among, named, people, same_people
from soundscape.core.track import Track
from soundscape.library.pieces import one_piece_each
from soundscape.library.playlists.query import Query
from soundscape.library.walk import glob_matches

NFD = "Björn Ósk – Más allá"


def track(artist: str = "", title: str = "t", path: str = "/m/t.flac", *tags: str) -> Track:
    return Track(path, title, 60.0, 0.5, artist=artist, tags=tags)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (NFD, unicodedata.normalize("NFD", NFD)),
        ("STRASSE", "Straße"),
        ("Rock ’n’ Roll", "rock 'n' roll"),
        ("Deep – Sea", "deep-sea"),
        ("Deep\u00a0 Sea", "deep_sea"),
        ("İSTANBUL ışık", "istanbul IŞIK"),
        ("Ｆｕｌｌ ﬁnale ㎒ ℌ", "full finale mhz h"),
        ("so\u00adft\u200b", "soft"),
        ("ΟΔΥΣΣΕΥΣ", "Οδυσσευς"),
        ("“Heroes”", '"heroes"'),
        ("علي کريم", "على كریم"),
        ("محـمد", "محمد"),
        ("ז׳אק בן־גוריון", "ז'אק בן-גוריון"),
        ("Șțefan", "ŞŢEFAN"),
    ],
)
def test_spellings_of_one_name(one: str, other: str) -> None:
    """Composition, case, width, blanks, dashes, quotes and invisible letters make no other name."""
    assert canonical(one) == canonical(other)
    assert named(other, ["x", one]) == one


def test_other_names_stay_others() -> None:
    """An accent, a letter or a sign more is another name: a lookup guesses nothing."""
    forms = ["Bjork", "Björk", "Bjork!", "Bjork 2", "-", "--", "The Band", "Band"]
    assert len({canonical(each) for each in forms}) == len(forms)


def test_the_very_name_comes_first() -> None:
    """Of several known names of one form, the one that is spelled so is meant."""
    assert named("deep-sea", ["Deep Sea", "deep-sea"]) == "deep-sea"
    assert named("nobody", ["Deep Sea"]) is None


@given(st.text())
def test_the_form_is_its_own_form(text: str) -> None:
    """What is in canonical form stays as it is, composed or not, in capitals or not."""
    form = canonical(text)
    assert canonical(form) == form
    assert folded(folded(text)) == folded(text)
    assert canonical(unicodedata.normalize("NFD", text)) == form


JOINED = (
    *("Ann Reed, Bo Lind", "Ann Reed; Bo Lind", "Ann Reed/Bo Lind", "Ann Reed & Bo Lind"),
    *("Ann Reed x Bo Lind", "Ann Reed × Bo Lind", "Ann Reed feat. Bo Lind", "Ann Reed ft Bo Lind"),
    *("Ann Reed (feat. Bo Lind)", "Ann Reed [Ft.Bo Lind]", "Ann Reed with Bo Lind"),
    *("Ann Reed vs. Bo Lind", "Ann Reed featuring Bo Lind", "Ann Reed\0Bo Lind"),
    *("Ann Reed, feat. Bo Lind", "Ann Reed, with Bo Lind", "Ann Reed（feat. Bo Lind）"),
    *("Ann Reed\\\\Bo Lind", "Ann Reed and Bo Lind", "Ann Reed、Bo Lind", "BO LIND; ANN REED"),
)  # fmt: skip


@pytest.mark.parametrize("credit", JOINED)
def test_the_people_of_a_joined_credit(credit: str) -> None:
    """However taggers join several people, each is found, avoided, and the credit is the same."""
    assert sorted(people(credit)) == ["ann reed", "bo lind"]
    assert same_people(credit, "Ann Reed, Bo Lind")
    assert is_among("bo  lind", credit)
    assert not is_among("Lind", credit)
    for entry in ("Ann Reed", "BO LIND", "Ann Reed & Bo Lind", "Lind, Bo"):
        assert Avoid([f"artist:{entry}"])(track(credit)), entry


def test_a_name_that_holds_a_join_is_one_name() -> None:
    """A band whose own name has a comma, an `&` or an `x` in it is found by it."""
    for name in ("Earth, Wind & Fire", "AC/DC", "Simon & Garfunkel", "Malcolm X"):
        assert is_among(name.upper(), name)
        assert Avoid([f"artist:{name}"])(track(name))
    assert people("Alex Xenakis") == ("alex xenakis",)
    assert people("Beatles, The") == people("The Beatles")


MET = [
    ("artist:Bjork", track("Björk")),
    ("artist:Mueller", track("Anna Müller")),
    ("artist:Sorensen", track("Sørensen")),
    ("artist:ACDC", track("AC/DC")),
    ("artist:Beatles, The", track("The Beatles")),
    ("artist:The Beatles", track("Beatles feat. Billy")),
    ("artist:Destinys Child", track("Destiny’s Child")),
    ("artist:久石譲", track("久石 譲・ロンドン")),
    ("artist:Bo Lind", track("Ann Reed", "Slow Water (feat. Bo Lind)")),
    ("artist:Bo Lind", track("", "x", "/m/Bo Lind/Album/01 x.flac")),
    ("artist:!!!", track("!!!")),
    ("artist:Bo Lind", track("Orchestra", "t", "/m/t.flac", "composer:lind, bo")),
    ("artist:Bo Lind", track("Ann Reed", "t", "/m/t.flac", "albumartist:bo lind")),
    ("artist:Bo Lind", track("Ann Reed", "t", "/m/t.flac", "performer:bo lind (violin)")),
    ("artist:Bo Lind", track("Someone's Channel", "Bo Lind – Slow Water")),
    ("artist:Bo Lind", track("Various Artists", "t", "/m/Sampler/03 - Bo Lind - t.flac")),
    ("artist:Чайковский", track("Чайковский".encode("cp1251").decode("latin-1"))),
    ("artist:久石譲", track("久石譲".encode("gbk").decode("cp1252", "replace"), "t")),
    ("artist:谭盾", track("谭盾".encode("gbk").decode("latin-1"))),
    ("artist:Βαγγέλης", track("Βαγγέλης".encode("cp1253").decode("latin-1"))),
    ("track:Щелкунчик", track("Ann", "Щелкунчик".encode("cp1251").decode("latin-1"))),
    ("tag:church", track("", "t", "/m/t.flac", "genre:ambient/church")),
    ("tag:church", track("", "t", "/m/t.flac", "genre:church music")),
    ("tag:Genre:Neo Classical", track("", "t", "/m/t.flac", "genre:neo-classical")),
    ("tag:Música", track("", "t", "/m/t.flac", "genre:" + unicodedata.normalize("NFD", "música"))),
    ("track:Great Wheel", track("Ann", "Great Wheel (Live)")),
    ("track:Great Wheel", track("Ann", "t", "/m/01 - great wheel.flac")),
    ("track:Sunrise", track("Ann", "#1 Sunrise")),
    ("track:Sunrise", track("Ann", "Sunrise [Remastered]")),
    ("track:Clair de Lune", track("Ann", "Suite bergamasque: III. Clair de lune")),
    ("track:Ann - Great Wheel", track("Ann", "Great wheel")),
    ("track:calm/sea.flac", track("Ann", "x", "/m/Calm/Sea.flac")),
    ("TRACK:/m/long.flac", track("Ann", "x", "/m/long.flac#t=60.000,120.000")),
]


@pytest.mark.parametrize(("entry", "met"), MET)
def test_in_doubt_an_avoid_leaves_out(entry: str, met: Track) -> None:
    """What may be the artist, tag or track that nobody wants to hear is not played."""
    assert Avoid([entry])(met)


@pytest.mark.parametrize(
    ("entry", "kept"),
    [
        ("artist:Ann", track("Anna Reed")),
        ("artist:Simon & Garfunkel", track("Paul Simon")),
        ("artist:The The", track("The Beatles")),
        ("tag:church", track("Charlotte Church", "t", "/m/t.flac", "artist:charlotte church")),
        ("tag:mood:calm", track("", "t", "/m/t.flac", "genre:calm")),
        ("track:Sea", track("Ann", "Deep Sea")),
    ],
)
def test_an_avoid_meets_no_other_name(entry: str, kept: Track) -> None:
    """No doubt, no loss: another artist, another kind of tag, another title stays."""
    assert not Avoid([entry])(kept)


def test_what_meets_nothing_is_told_with_the_nearest_names() -> None:
    """A misspelt artist would be played: up to three names that may be meant are told."""
    pools = {"deep": tuple(track(each, "t", each) for each in ("Ann Reed/Bo", "Ann Reid", "Bo"))}
    _, notes = leave_out(pools, ["artist:Anne Rheed"], HeardBefore())
    assert notes[0].endswith("did you mean `Ann Reed`, `Ann Reid` or `Ann Reed/Bo`?")


def test_the_nearest_name_is_never_the_name_itself_in_disguise() -> None:
    """Names are compared by their letters: accents and case do not make them far."""
    assert alike("GENEVE", ["Génève", "Genesis"]) == ["Génève"]


def test_a_name_that_holds_the_word_is_near() -> None:
    """However much longer it is; of several the shortest is the nearest."""
    known = ["Björk Guðmundsdóttir & tríó", "Bjorg", "Björk Guðmundsdóttir"]
    assert alike("bjork", known, 2) == [known[2], known[0]]
    assert alike("bjo", known[:1]) == []


def test_a_misspelt_surname_is_near() -> None:
    """People are known by one of their names: `Wagnr` is near `Richard Wagner`."""
    assert alike("Wagnr", ["Richard Wagner", "Ann Reed"]) == ["Richard Wagner"]
    assert alike("Bach", ["Richard Wagner", "Ann Reed"]) == []


def test_a_query_takes_every_spelling() -> None:
    """Artists, albums, tags and folders of a query go by the same form."""

    def takes(query: Query, *tags: str) -> bool:
        return query.may_take("/m/Más/t.flac", "Más/t.flac", tags, None)

    assert takes(Query(artists=("Bo Lind",)), "artist:ann reed/bo lind")
    assert takes(Query(artists=("Bo Lind & Ann Reed",)), "artist:ann reed", "artist:bo lind")
    assert not takes(Query(artists=("Lind",)), "artist:bo lind")
    assert takes(Query(albums=("Deep – Sea",)), "album:deep sea")
    assert takes(Query(tags=("Church",)), "genre:ambient/church")
    assert takes(Query(any_of=("Genre: Neo Classical",)), "genre:neo-classical")
    assert not takes(Query(without=("church",)), "genre:ambient/church")
    # What is left out is left out in doubt; what is asked for is not guessed.
    assert not takes(Query(without=("eglise",)), "genre:Église")
    assert not takes(Query(artists=("Bjork",)), "artist:björk")
    for folder in ("MÁS", unicodedata.normalize("NFD", "Más"), "/M/más"):
        assert takes(Query(folders=(folder,)))


def test_one_piece_by_joined_people() -> None:
    """A copy whose tagger joined its people otherwise is one piece: `next --never` bans both."""
    one = Track("/m/a.flac", "Slow  Water", 200.0, 0.5, artist="Ann Reed; Bo Lind", key="a")
    two = Track("/m/b.mp3", "Slow Water", 200.5, 0.5, artist="Bo Lind feat. Ann Reed", key="b")
    pools, many = one_piece_each({"deep": (one, two)})
    assert many == 1
    assert len({each.piece for each in pools["deep"]}) == 1


def test_patterns_take_every_spelling() -> None:
    """A pattern compares letters as names do; its own signs stay signs."""
    names = [unicodedata.normalize("NFD", "Más/Über.FLAC"), "x – live.flac", "b.ogg"]
    assert glob_matches("más/*.flac", names) == names[:1]
    assert glob_matches("* - Live.*", names) == names[1:2]
    assert glob_matches("[a-b].OGG", names) == names[2:]


@pytest.mark.slow
@pytest.mark.usefixtures("short_files")
def test_a_file_is_found_however_its_accents_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Tracks, playlists, patterns, folders and arcs are found by a name typed another way."""
    monkeypatch.setenv("SOUNDSCAPE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    nfc, nfd = (unicodedata.normalize(form, "Más allá") for form in ("NFC", "NFD"))
    song = low_tone(tmp_path / nfd / f"{nfd}.flac", 2, 220.0)
    tag(song, title=nfd, artist="Björn", genre="x")
    lists = tmp_path / "playlists"
    lists.mkdir()
    (lists / f"{nfd}.m3u8").write_text(f"{tmp_path}/{nfc}/{nfc}.flac\n", "utf-8")
    (lists / "folder.yaml").write_text(f'folders: ["{tmp_path}/{nfc}"]\n', "utf-8")
    (lists / "pattern.yaml").write_text(f'tracks: ["{tmp_path}/{nfc}/*.flac"]\n', "utf-8")

    def said(*words: str) -> dict[str, object]:
        code = run_app([*words, "--json"])
        out, err = capsys.readouterr()
        assert code == 0, err
        return dict(json.loads(out))

    assert said("library", "add", nfc)["tracks"] == 1
    for name in (nfc, nfc.upper(), f"{nfc}/{nfc}.flac", f"{nfc}.flac"):
        assert said("library", "show", name)["path"] == str(song)
    for name in (nfc, f"playlists/{nfc}.m3u8", nfc.upper(), "folder", "pattern"):
        assert said("playlist", "check", name)["tracks"] == 1
    (tmp_path / "arcs").mkdir()
    (tmp_path / "arcs" / f"{nfd}.yaml").write_text("name: x\nphases: {}\n", "utf-8")
    assert run_app(["arc", "check", nfc]) == 2
    assert "no arc of that name" not in capsys.readouterr().err
    assert run_app(["library", "rm", nfc]) == 0


def test_cues_take_every_spelling() -> None:
    """A phase or an ambience that a cue names is found however it is written; what sounds, and what
    the journal says, is the name it has. `off` in capitals is off."""
    composed = "Más – Allá"
    written = unicodedata.normalize("NFD", "mÁs-allá")
    arc = replace(ARC, phases=(ARC.phases[0], replace(ARC.phases[1], name=composed)))
    rain = replace(session(arc).ambiences["ocean"], path="/a/rain.flac")
    desk = Desk(replace(session(arc), ambiences={"Régen": rain}))
    desk.pass_to(30.0)
    desk.cue("ambience", unicodedata.normalize("NFD", "RÉGEN"))
    assert desk.session.ambience.now is not None
    assert desk.session.ambience.now.name == "Régen"
    desk.cue("ambience", "OFF")
    assert desk.session.ambience.now is None
    assert f"to {composed}" in desk.cue("transition", written)
