"""Every command: its words, where it is written, what it does, and where the help shows it.

Nothing is imported here, so that help is quick. The cues are rows of the core's own table.
"""

from __future__ import annotations

from dataclasses import dataclass

PREPARE, PLAY, CUES = "Prepare", "Play", "Cues"
LOOK_BACK, MACHINE = "Look back", "This machine"

PANELS = (PREPARE, PLAY, CUES, LOOK_BACK, MACHINE)
"""The panels of the help, in their order."""


@dataclass(frozen=True, slots=True)
class CommandRow:
    """One command, or a group of commands.

    `place` is the module within `soundscape.cli` and its function, such as `log.show:show`; "" for
    a group. `summary` has less than 60 characters, so that no help cuts it. `rest` is the usage of
    words that the command reads itself. `bare` is the command that a group's name alone means.
    `old` is the command's former name in its group, which works for one release; a `hidden`
    command is itself a former one.
    """

    words: str
    place: str
    summary: str
    panel: str
    rest: str | None = None
    bare: str = ""
    old: str = ""
    hidden: bool = False

    @property
    def group(self) -> str:
        """The group that it belongs to; "" for the program itself."""
        return self.words.rpartition(" ")[0]

    @property
    def name(self) -> str:
        """Its own word."""
        return self.words.rpartition(" ")[2]


COMMANDS = (
    CommandRow("arc", "", "Arcs: list, draw, make and check them", PREPARE),
    CommandRow("arc list", "arc.list:list_arcs", "List the arcs you can call by name", PREPARE),
    CommandRow("arc show", "arc.show:show", "Draw an arc: curve, phases, levels, modes", PREPARE),
    CommandRow("arc new", "arc.new:new", "Write a new arc from one there is", PREPARE),
    CommandRow("arc check", "arc.check:check", "List all that is wrong with arcs' files", PREPARE),
    CommandRow("library", "", "The music there is: add, measure, list it", PREPARE),
    CommandRow("library add", "library.add:add", "Add folders, and measure their music", PREPARE),
    CommandRow("library scan", "library.scan:scan", "Measure what is new or changed", PREPARE),
    CommandRow("library list", "library.list:list_tracks", "List every track there is", PREPARE),
    CommandRow("library show", "library.show:show", "Show all that is known of a track", PREPARE),
    CommandRow("library rm", "library.rm:rm", "Take a folder out; its files stay", PREPARE),
    CommandRow(
        "library vouch", "library.vouch:vouch", "Say that nobody sings or speaks in it", PREPARE
    ),
    CommandRow(
        "library starter",
        "library.starter:starter",
        "Make the starter music, free of rights",
        PREPARE,
    ),
    CommandRow("playlist", "", "Playlists: list, show, check and convert them", PREPARE),
    CommandRow("playlist list", "playlist.list:list_playlists", "List those with a name", PREPARE),
    CommandRow("playlist show", "playlist.show:show", "Show a playlist's tracks", PREPARE),
    CommandRow("playlist check", "playlist.check:check", "List all that is wrong with it", PREPARE),
    CommandRow("playlist convert", "playlist.convert:convert", "Write it in another form", PREPARE),
    CommandRow("plan", "plan.plan:plan", "Show what an arc would play, when, and why", PREPARE),
    CommandRow(
        "rehearse", "rehearse:rehearse", "Try an arc and cues in a second, silently", PREPARE
    ),
    CommandRow("check", "check:check", "Say whether a session of this arc can begin", PREPARE),
    CommandRow("schema", "schema:schema", "Print the JSON Schema of arcs, for editors", PREPARE),
    CommandRow("run", "run:run", "Play a session; it outlives this window", PLAY),
    CommandRow("attach", "attach:attach", "Go back to the screen of the session", PLAY),
    CommandRow("status", "status:status", "Show how the running session stands", PLAY),
    CommandRow("recover", "recover:recover", "Go on with a session that broke off", PLAY),
    CommandRow("cues", "cues:cues", "List the cues and their keys; print a card", CUES),
    CommandRow("log", "", "Past sessions: list, tell, export, erase", LOOK_BACK, bare="list"),
    CommandRow("log list", "log.list:list_sessions", "List the sessions there were", LOOK_BACK),
    CommandRow("log show", "log.show:show", "Tell a session as a timeline", LOOK_BACK),
    CommandRow(
        "log check", "log.check:check", "Say whether a journal was changed", LOOK_BACK, old="verify"
    ),
    CommandRow("log report", "log.export:report", "Write a session as one page", LOOK_BACK),
    CommandRow("log replay", "log.replay:replay", "Play again what was heard", LOOK_BACK),
    CommandRow("log export", "log.export:export", "Write what may leave this machine", LOOK_BACK),
    CommandRow("log note", "log.people:note", "Keep words about a session", LOOK_BACK),
    CommandRow("log consent", "log.people:consent", "Record a person's consent", LOOK_BACK),
    CommandRow("log rm", "log.rm:rm", "Erase sessions for good", LOOK_BACK, old="erase"),
    CommandRow("log series", "log.series:series", "Compare sessions of a series", LOOK_BACK),
    CommandRow("devices", "devices:devices", "List the output devices, and try one", MACHINE),
    CommandRow("controllers", "", "MIDI pedals, OSC and media keys that give cues", MACHINE),
    CommandRow("controllers add", "controllers.commands:add", "Let a pedal give a cue", MACHINE),
    CommandRow(
        "controllers list", "controllers.commands:list_pedals", "List bound pedals", MACHINE
    ),
    CommandRow(
        "controllers test",
        "controllers.commands:show_presses",
        "Show presses; gives no cue",
        MACHINE,
    ),
    CommandRow("controllers rm", "controllers.commands:rm", "Forget what pedals give", MACHINE),
    CommandRow("controllers on", "controllers.commands:on", "Let them give cues again", MACHINE),
    CommandRow("controllers off", "controllers.commands:off", "Let none give cues", MACHINE),
    CommandRow("bind", "controllers.commands:bind", "Now `controllers`", MACHINE, hidden=True),
    CommandRow("remote", "", "The page with the cues, for a phone", MACHINE),
    CommandRow("remote on", "remote.commands:on", "Serve the page, and pair a device", MACHINE),
    CommandRow(
        "remote off", "remote.commands:off", "Serve it no more; the session plays on", MACHINE
    ),
    CommandRow(
        "remote show", "remote.commands:show", "Say whether it is served", MACHINE, old="status"
    ),
    CommandRow(
        "remote list", "remote.commands:list_devices", "List the paired", MACHINE, old="devices"
    ),
    CommandRow("remote rm", "remote.commands:rm", "Let a device in no more", MACHINE, old="revoke"),
    CommandRow("service", "", "A session that systemd or launchd starts", MACHINE),
    CommandRow(
        "service add",
        "service.add:add",
        "Write a service that plays an arc",
        MACHINE,
        rest="[options of `run`]",
        old="install",
    ),
    CommandRow("service show", "service.show:show", "Say how it stands", MACHINE, old="status"),
    CommandRow("service rm", "service.rm:rm", "Take the service away", MACHINE, old="remove"),
    CommandRow("doctor", "doctor.commands:doctor", "Gather what finds a fault, no names", MACHINE),
)

ROWS = {row.words: row for row in COMMANDS}
