"""Media keys and headsets, on a real D-Bus of our own: what they say, and what the desktop sees."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from house import PATIENCE_S, House, until
from jeepney import DBusAddress, MatchRule, MessageType, message_bus, new_method_call
from jeepney.io.blocking import open_dbus_connection
from private_bus import Bus

from soundscape.controllers.media import NO_BUS, MediaKeys
from soundscape.controllers.mpris import (
    NAME,
    NOTHING,
    PATH,
    PAUSE,
    PLAYER,
    RESUME,
    ROOT,
    Shown,
    cue_of,
    introspection,
    player,
    shown,
)
from soundscape.process.sidecars import CONTROLLERS, find
from soundscape.tui.keys import GUARD_S, CueKeyed

STATUS: dict[str, Any] = {
    "private": False,
    "closing": False,
    "stopped": False,
    "paused": False,
    "silenced": False,
    "phase": "peak",
    "track": {"path": "/m/a.flac", "title": "Tone", "artist": "Somebody"},
}
PROPERTIES = "org.freedesktop.DBus.Properties"


class Desktop:
    """Whoever holds the media keys."""

    def __init__(self, address: str) -> None:
        self._bus = open_dbus_connection(address)
        rule = MatchRule(type="signal", interface=PROPERTIES, path=PATH)
        self._bus.send_and_get_reply(message_bus.AddMatch(rule))
        self.changes: list[Mapping[str, Any]] = []

    def close(self) -> None:
        """Gone."""
        self._bus.close()

    def call(self, interface: str, member: str, kinds: str = "", *values: Any) -> Any:
        """A method's answer; the error's name for one that is refused."""
        player = DBusAddress(PATH, bus_name=NAME, interface=interface)
        answer = self._bus.send_and_get_reply(
            new_method_call(player, member, kinds or None, values), timeout=PATIENCE_S
        )
        if answer.header.message_type is MessageType.error:
            return next(str(v) for k, v in answer.header.fields.items() if k.name == "error_name")
        return answer.body[0] if answer.body else None

    def press(self, member: str) -> None:
        """A button, some time after the one before it."""
        time.sleep(GUARD_S)
        assert self.call(PLAYER, member) is None

    def all(self, interface: str = PLAYER) -> dict[str, Any]:
        """The properties, without their types."""
        found = self.call(PROPERTIES, "GetAll", "s", interface)
        return {key: value for key, (_, value) in found.items()}

    def wait_for(self, key: str, value: object) -> None:
        """Until a change of a property is told."""

        def came() -> bool:
            message = self._bus.receive(timeout=PATIENCE_S)
            _, changed, _ = message.body
            self.changes.append(changed)
            return key in changed and changed[key][1] == value

        until(came, f"for {key} to become {value}")


@pytest.fixture
def desktop_bus(tmp_path: Path) -> Iterator[Bus]:
    """A session bus with nothing on it."""
    made = Bus(tmp_path)
    yield made
    made.close()


def test_what_a_session_looks_like() -> None:
    """Playing, paused (a chosen silence too: `Play` ends it), stopped; the title and the artist of
    what plays; another track is another number; one that does not answer stays as it was."""
    found = shown(Shown(), STATUS)
    assert found == Shown("Playing", 1, "Tone", "Somebody", "/m/a.flac")
    assert shown(found, None) == found
    for key in ("paused", "silenced"):
        assert shown(found, STATUS | {key: True}).status == "Paused"
    for key, value in (("closing", True), ("stopped", True), ("phase", None)):
        assert shown(found, STATUS | {key: value}).status == "Stopped"
    assert shown(found, STATUS | {"track": STATUS["track"] | {"path": "/m/b.flac"}}).track == 2
    assert shown(found, STATUS | {"track": None}).title == ""


def test_a_private_session_shows_no_title() -> None:
    """That something plays, and that another track does, and nothing of what; of a session that
    does not say whether it is private, neither."""
    quiet = {key: value for key, value in STATUS.items() if key != "private"}
    for status in (STATUS | {"private": True}, quiet):
        found = player(shown(Shown(), status))
        assert not any(word in str(found) for word in ("Tone", "Somebody", "flac"))
        assert found["PlaybackStatus"] == ("s", "Playing")


def test_no_button_ends_or_jumps() -> None:
    """`Stop` pauses, as a headset's button does; nothing goes back, elsewhere, or quits."""
    playing, paused = Shown("Playing"), Shown("Paused")
    assert cue_of("Play", playing) == RESUME
    assert cue_of("Pause", playing) == cue_of("Stop", playing) == PAUSE
    assert cue_of("PlayPause", playing) == PAUSE
    assert cue_of("PlayPause", paused) == RESUME
    assert cue_of("Next", playing) == CueKeyed("next")
    for member in (*NOTHING, "Quit", "Raise", "", "next"):
        assert cue_of(member, playing) is None


def test_it_describes_itself() -> None:
    """The XML names every method that works and every property."""
    tree = ElementTree.fromstring(introspection())
    inside = {each.get("name"): each for each in tree}
    methods = {each.get("name") for each in inside[PLAYER].findall("method")}
    assert methods == {"Play", "Pause", "PlayPause", "Stop", "Next", *NOTHING}
    assert {each.get("name") for each in inside[PLAYER].findall("property")} == set(player(Shown()))
    assert ROOT in inside


@pytest.mark.slow
def test_buttons_in_a_session(house: House, desktop_bus: Bus) -> None:
    """A key pauses and another resumes, by the cues' own fades; `Next` is `next`, `Stop` pauses,
    what would jump or quit does nothing; the desktop is told each change; with the session the
    player goes."""
    house.env["DBUS_SESSION_BUS_ADDRESS"] = desktop_bus.address
    begun = house.call("run", house.arc, "--out", "null", "--seed", "1", "--detach", "--media-keys")
    assert (begun.returncode, "media keys" in begun.stderr) == (0, False)
    status = house.wait(lambda found: found["track"] and found["track"]["sounds"], "for music")
    with closing(Desktop(desktop_bus.address)) as desktop:
        until(lambda: "xesam:title" in desktop.all()["Metadata"], "for the title")
        metadata = desktop.all()["Metadata"]
        assert metadata["xesam:title"] == ("s", status["track"]["title"])
        assert metadata["xesam:artist"] == ("as", [status["track"]["artist"]])
        assert desktop.all()["PlaybackStatus"] == "Playing"
        assert desktop.all(ROOT)["Identity"] == "Soundscape"

        desktop.press("PlayPause")
        desktop.wait_for("PlaybackStatus", "Paused")
        assert house.status()["paused"]
        desktop.press("PlayPause")
        desktop.wait_for("PlaybackStatus", "Playing")
        desktop.press("Next")
        desktop.press("Stop")
        desktop.wait_for("PlaybackStatus", "Paused")
        desktop.press("Play")
        desktop.wait_for("PlaybackStatus", "Playing")
        asked = [each["cue"] for each in house.facts("asked")]
        assert asked == ["pause", "resume", "next", "pause", "resume"]

        for member, kinds, *values in (("Previous", ""), ("Seek", "x", 9), ("OpenUri", "s", "f")):
            assert desktop.call(PLAYER, member, kinds, *values) is None
        assert desktop.call(ROOT, "Quit") is None
        assert "UnknownMethod" in desktop.call(PLAYER, "Explode")
        assert "UnknownMethod" in desktop.call(PROPERTIES, "Get", "s", "x")
        assert "InvalidArgs" in desktop.call(PROPERTIES, "Get", "ss", PLAYER, "Nothing")
        assert "InvalidArgs" in desktop.call(PROPERTIES, "Get", "sas", PLAYER, ["odd"])
        volume = desktop.call(PROPERTIES, "Set", "ssv", PLAYER, "Volume", ("d", 2.0))
        assert "PropertyReadOnly" in volume
        assert desktop.call(PROPERTIES, "Get", "ss", PLAYER, "Volume") == ("d", 1.0)
        assert [each["cue"] for each in house.facts("asked")] == asked

        house.end_now()
        until(lambda: "ServiceUnknown" in str(desktop.call(ROOT, "Raise")), "for it to go")
    assert find(house.home, CONTROLLERS) is None


def test_no_bus_is_said_and_one_that_goes_ends_nothing(
    desktop_bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a bus that is told, and no fault; a second session has a name of its own; a double
    press says one cue; with the bus gone it is told again."""
    told: list[dict[str, Any]] = []
    given: list[CueKeyed] = []
    for nowhere in (None, "nonsense", "unix:path=/nowhere"):
        if nowhere is None:
            monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
        else:
            monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", nowhere)
        assert not MediaKeys(given.append, told.append).open()
        assert told.pop()["trouble"].startswith(NO_BUS)
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", desktop_bus.address)
    keys, second = MediaKeys(given.append, told.append), MediaKeys(given.append, told.append)
    assert keys.open()
    assert second.open()
    second.close()
    assert told[0]["name"] == NAME
    assert told[1]["name"].startswith(f"{NAME}.instance")
    threading.Thread(target=keys.run, daemon=True).start()
    keys.heard(STATUS | {"private": True})
    with closing(Desktop(desktop_bus.address)) as desktop:
        until(lambda: desktop.all()["PlaybackStatus"] == "Playing", "for what it heard")
        assert "Tone" not in str(desktop.all())
        for _ in range(3):
            desktop.call(PLAYER, "Next")
        assert given == [CueKeyed("next")]
    told.clear()
    desktop_bus.close()
    until(lambda: told, "for the loss to be told")
    assert told[0]["trouble"] == NO_BUS
