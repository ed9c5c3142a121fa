"""The control port described in OpenAPI 3.1, for programs: read off the table of cues."""

from __future__ import annotations

from typing import Any

from soundscape import __version__
from soundscape.control.address import PROOF_PATH
from soundscape.core.cues.row import Cue
from soundscape.core.cues.table import CUES
from soundscape.core.cues.words import LONGEST_TEXT, Flag, Number, Param, needed

_STRING = {"type": "string"}
_ERROR = {
    "type": "object",
    "properties": {"error": _STRING},
    "required": ["error"],
}
_FAULTS = {
    "type": "object",
    "properties": {"faults": {"type": "array", "items": _STRING}, "summary": _STRING},
    "required": ["faults"],
}
_ANSWER = {
    "type": "object",
    "properties": {
        "ok": {"type": "boolean"},
        "answer": _STRING,
        "written": {
            "type": "boolean",
            "description": "whether the journal had it on disk when the sound began to change",
        },
    },
    "required": ["ok", "answer", "written"],
}
_STATUS = {
    "type": "object",
    "properties": {
        "session": _STRING,
        "arc": _STRING,
        "state": _STRING,
        "now_s": {"type": "number"},
    },
    "required": ["session", "arc", "state", "now_s"],
}

_PROOF = {
    "operationId": "proof",
    "summary": "show that this port knows the token: hex HMAC-SHA-256, keyed with it, of "
    "`soundscape PORT NONCE`",
    "security": [],
    "parameters": [{"name": "nonce", "in": "path", "required": True, "schema": _STRING}],
    "responses": {"200": {"description": "done", "content": {"text/plain": {"schema": _STRING}}}},
}


def description() -> dict[str, Any]:
    """The whole description, as JSON has it."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "soundscape: the control port of a session",
            "version": __version__,
            "description": "On loopback. Port and token are in the home's run/control.json. Before "
            "you show the token, ask for the proof of a nonce: another program may have the port.",
        },
        "security": [{"token": []}],
        "paths": {
            f"{PROOF_PATH}{{nonce}}": {"get": _PROOF},
            "/status": {"get": _operation("status", "how the session stands", {"200": _STATUS})},
            **{f"/cue/{cue.name}": {"post": _cue(cue)} for cue in CUES.values()},
        },
        "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
    }


def _cue(cue: Cue) -> dict[str, Any]:
    operation = _operation(
        cue.name, cue.help, {"200": _ANSWER, "409": _ANSWER, "400": _FAULTS, "413": _ERROR}
    )
    args: dict[str, Any] = {
        "type": "object",
        "properties": {param.name: _param(param) for param in cue.params},
        "additionalProperties": False,
    }
    required = [param.name for param in cue.params if needed(param)]
    if required:
        args["required"] = required
    body = {
        "type": "object",
        "properties": {
            "args": args,
            "request": {
                **_STRING,
                "description": "given again, it is answered and not obeyed again",
            },
            "seen": {
                "type": "object",
                "description": "the `place` of the status that the giver's screen showed: "
                "a cue that moves on from another place than that is refused",
                "additionalProperties": {"type": "number"},
            },
        },
        "required": ["args"],
        "additionalProperties": False,
    }
    content = {"application/json": {"schema": body}}
    return {**operation, "requestBody": {"required": True, "content": content}}


def _operation(name: str, does: str, answers: dict[str, Any]) -> dict[str, Any]:
    """What every request may hear, beside its own answers."""
    said = {
        "200": "done",
        "400": "words or values that this cue does not take",
        "401": "the token is missing or wrong",
        "403": "another host or origin was meant",
        "409": "refused, and why",
        "410": "the session is over",
        "413": "the body is too large",
        "503": "no answer in time; the music goes on",
    }
    answers = {**answers, **dict.fromkeys(("401", "403", "410", "503"), _ERROR)}
    return {
        "operationId": name,
        "summary": does,
        "responses": {
            code: {
                "description": said[code],
                "content": {"application/json": {"schema": answers[code]}},
            }
            for code in sorted(answers)
        },
    }


def _param(param: Param) -> dict[str, Any]:
    """The values that it takes; null is as if it was left out, where it can be."""
    schema: dict[str, Any] = {"description": param.help}
    if isinstance(param, Flag):
        return {**schema, "type": "boolean"}
    if isinstance(param, Number):
        return {**schema, "type": "number", "minimum": param.least, "maximum": param.most}
    if param.letter:
        return {**schema, "type": "string", "pattern": "^[A-Za-z]$"}
    return {**schema, "type": "string", "maxLength": LONGEST_TEXT}
