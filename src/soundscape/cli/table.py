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
    CommandRow("arc", "", "List, draw, make and check arcs", PREPARE),
    CommandRow("arc list", "arc.list:list_arcs", "List the arcs you can call by name", PREPARE),
    CommandRow("arc show", "arc.show:show", "Draw an arc: curve, phases, levels, modes", PREPARE),
    CommandRow("arc new", "arc.new:new", "Write a new arc from an existing one", PREPARE),
    CommandRow(
        "arc check", "arc.check:check", "List everything that is wrong with an arc", PREPARE
    ),
    CommandRow("library", "", "Add, measure and list your music", PREPARE),
    CommandRow(
        "library add", "library.folders:add", "Add folders and measure their music", PREPARE
    ),
    CommandRow("library scan", "library.folders:scan", "Measure new and changed files", PREPARE),
    CommandRow("library list", "library.list:list_tracks", "List all tracks", PREPARE),
    CommandRow("library show", "library.show:show", "Show everything known about a track", PREPARE),
    CommandRow(
        "library rm",
        "library.folders:rm",
        "Remove a folder from the library; its files stay",
        PREPARE,
    ),
    CommandRow(
        "library vouch", "library.vouch:vouch", "Record that a track has no voice in it", PREPARE
    ),
    CommandRow(
        "library starter",
        "library.folders:starter",
        "Make the starter music, which is free of rights",
        PREPARE,
    ),
    CommandRow("playlist", "", "List, show, check and convert playlists", PREPARE),
    CommandRow(
        "playlist list",
        "playlist:list_playlists",
        "List the playlists you can call by name",
        PREPARE,
    ),
    CommandRow("playlist show", "playlist:show", "Show a playlist's tracks", PREPARE),
    CommandRow(
        "playlist check", "playlist:check", "List everything that is wrong with a playlist", PREPARE
    ),
    CommandRow("playlist convert", "playlist:convert", "Write a playlist in another form", PREPARE),
    CommandRow("plan", "plan.plan:plan", "Show what an arc would play, when, and why", PREPARE),
    CommandRow(
        "rehearse", "rehearse:rehearse", "Try an arc and cues in a second, silently", PREPARE
    ),
    CommandRow("check", "check:check", "Check whether a session of an arc can begin", PREPARE),
    CommandRow("schema", "schema:schema", "Print the JSON Schema of arcs, for editors", PREPARE),
    CommandRow("run", "run:run", "Play a session; it goes on when this window closes", PLAY),
    CommandRow("attach", "attach:attach", "Return to the screen of the running session", PLAY),
    CommandRow("status", "status:status", "Show the state of the running session", PLAY),
    CommandRow("recover", "recover:recover", "Continue a session that broke off", PLAY),
    CommandRow("cues", "cues:cues", "List the cues and their keys, or make a card to print", CUES),
    CommandRow("log", "", "List, show, export and erase past sessions", LOOK_BACK, bare="list"),
    CommandRow("log list", "log.list:list_sessions", "List past sessions", LOOK_BACK),
    CommandRow("log show", "log.show:show", "Show a session as a timeline", LOOK_BACK),
    CommandRow(
        "log check",
        "log.check:check",
        "Check whether a journal was changed",
        LOOK_BACK,
        old="verify",
    ),
    CommandRow("log report", "log.export:report", "Write a session as one page", LOOK_BACK),
    CommandRow("log replay", "log.replay:replay", "Play again what was heard", LOOK_BACK),
    CommandRow(
        "log export", "log.export:export", "Write a list or a timeline to give away", LOOK_BACK
    ),
    CommandRow("log note", "log.people:note", "Add a note to a session", LOOK_BACK),
    CommandRow("log consent", "log.people:consent", "Record a person's consent", LOOK_BACK),
    CommandRow("log rm", "log.rm:rm", "Erase sessions for good", LOOK_BACK, old="erase"),
    CommandRow("log series", "log.series:series", "Compare sessions of a series", LOOK_BACK),
    CommandRow(
        "devices", "devices:devices", "List the output devices and test the default one", MACHINE
    ),
    CommandRow("controllers", "", "Give cues by MIDI pedals, OSC and media keys", MACHINE),
    CommandRow("controllers add", "controllers.commands:add", "Bind a pedal to a cue", MACHINE),
    CommandRow(
        "controllers list", "controllers.commands:list_pedals", "List the bound pedals", MACHINE
    ),
    CommandRow(
        "controllers test",
        "controllers.commands:show_presses",
        "Show what a pedal sends, without giving a cue",
        MACHINE,
    ),
    CommandRow("controllers rm", "controllers.commands:rm", "Unbind pedals", MACHINE),
    CommandRow(
        "controllers on", "controllers.commands:on", "Let controllers give cues again", MACHINE
    ),
    CommandRow(
        "controllers off", "controllers.commands:off", "Keep controllers from giving cues", MACHINE
    ),
    CommandRow("bind", "controllers.commands:bind", "Now `controllers`", MACHINE, hidden=True),
    CommandRow("remote", "", "Give cues from a page on a phone", MACHINE),
    CommandRow("remote on", "remote.commands:on", "Serve the page and pair a device", MACHINE),
    CommandRow(
        "remote off", "remote.commands:off", "Stop serving the page; the session plays on", MACHINE
    ),
    CommandRow(
        "remote show",
        "remote.commands:show",
        "Show whether the page is served",
        MACHINE,
        old="status",
    ),
    CommandRow(
        "remote list",
        "remote.commands:list_devices",
        "List the paired devices",
        MACHINE,
        old="devices",
    ),
    CommandRow("remote rm", "remote.commands:rm", "Unpair a device", MACHINE, old="revoke"),
    CommandRow("service", "", "Let systemd or launchd start a session", MACHINE),
    CommandRow(
        "service add",
        "service.commands:add",
        "Write a service that plays an arc",
        MACHINE,
        rest="[options of `run`]",
        old="install",
    ),
    CommandRow(
        "service show",
        "service.commands:show",
        "Show the service and its state",
        MACHINE,
        old="status",
    ),
    CommandRow("service rm", "service.commands:rm", "Remove the service", MACHINE, old="remove"),
    CommandRow(
        "doctor", "doctor.look:doctor", "Gather facts for a bug report, without names", MACHINE
    ),
)

ROWS = {row.words: row for row in COMMANDS}
