"""A file's data into a frozen value, by Pydantic, and what is wrong with it as faults with places.

A form of file is a `FileModel`; its keys have the types of `soundscape.library.fields` or types
like them. Whatever reads a value refuses it with ValueError, or with `problem` where it knows what
to do about it. `parse_model` lists every fault of a file in one go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, ClassVar, NamedTuple, Self, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic.functional_validators import ModelWrapValidatorHandler
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

from soundscape.core.errors import Fault, InputError
from soundscape.core.names import alike
from soundscape.core.text import value_text
from soundscape.library.yamlfile import Node, Steps, read_yaml, sorted_faults

KEY = "[key]"
"""The last step to a mapping's key, rather than its value; Pydantic's own word."""


def problem(what: str, do: str = "", key: bool = False, meant: str = "") -> PydanticCustomError:
    """A refusal: what is wrong and what to do. `key`: its place is the key, not the value.

    `meant` is the known key that a misspelt one stands for.
    """
    words = {"what": what, "do": do, "key": key, "meant": meant}
    return PydanticCustomError("problem", "{what}", words)


def problems(*found: tuple[Steps, PydanticCustomError]) -> ValidationError:
    """Several refusals inside one value, each with the steps to it from there."""
    return ValidationError.from_exception_data(
        "problems", [{"type": error, "loc": steps, "input": None} for steps, error in found]
    )


class FileModel(BaseModel):
    """A file or a part of it: frozen, and a key it does not know is a fault."""

    # Built at first use: a model builds those within it, and building each alone is wasted.
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    form: ClassVar[str] = "a mapping"
    """What is expected where there is no mapping at all."""
    unknown: ClassVar[str] = "unknown key {}"
    missing: ClassVar[str] = "{} is missing"

    @classmethod
    def key_names(cls) -> tuple[str, ...]:
        """The keys, as a file writes them."""
        return tuple(info.alias or name for name, info in cls.model_fields.items())

    @classmethod
    def amiss(cls, data: dict[str, Any]) -> Iterator[tuple[Steps, PydanticCustomError]]:
        """What is wrong with the keys together, even where one alone is wrong too: the steps to
        each and what it is."""
        yield from ()

    @model_validator(mode="wrap")
    @classmethod
    def _told(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """The model, or its errors with those of Pydantic's about the keys in the file's words."""
        together = cls.amiss(data) if isinstance(data, dict) else ()
        found: list[InitErrorDetails] = [_line(*each) for each in together]
        try:
            model = handler(data)
            if not found:
                return model
        except ValidationError as error:
            # A key that is misspelt is not missing as well.
            errors = sorted(error.errors(), key=lambda each: each["type"] == "missing")
            meant: set[str] = set()
            found += [
                cls._in_words(each, meant)
                for each in errors
                if each["type"] != "missing" or each["loc"][0] not in meant
            ]
        raise ValidationError.from_exception_data(cls.__name__, found)

    @classmethod
    def _in_words(cls, error: ErrorDetails, meant: set[str]) -> InitErrorDetails:
        kind, loc = error["type"], error["loc"]
        if kind == "problem":
            return _line(loc, problem(**error["ctx"]))
        if kind == "model_type" and not loc:
            return _line(loc, problem(f"expected {cls.form}, not {value_text(error['input'])}"))
        if kind in ("extra_forbidden", "missing") and len(loc) == 1:
            key = str(loc[0])
            if kind == "missing":
                examples = cls.model_fields[key].examples or ()
                do = "".join(f"write for example `{key}: {each}`" for each in examples[:1])
                return _line(loc, problem(cls.missing.format(value_text(key)), do, key=True))
            (near,) = alike(key[:40], cls.key_names(), 1) or [""]
            meant.add(near)
            listed = ", ".join(f"`{each}`" for each in cls.key_names())
            do = f"did you mean `{near}`?" if near else f"its keys are {listed}"
            return _line(
                loc, problem(cls.unknown.format(value_text(key)), do, key=True, meant=near)
            )
        return InitErrorDetails(type=kind, loc=loc, input=error["input"], ctx=error.get("ctx", {}))


def _line(loc: Steps, error: PydanticCustomError) -> InitErrorDetails:
    return InitErrorDetails(type=error, loc=loc, input=None)


Model = TypeVar("Model", bound=FileModel)


def parse_model(
    model: type[Model], data: bytes, where: str, named: Callable[[str], str] = value_text
) -> tuple[Model, Node]:
    """What a YAML text says, and its tree; `null` alone is a text without a key.

    `where` and `named` are for messages: the file, and how a value's key is written. Raises
    InputError with every fault, those of YAML and those of the keys and values.
    """
    tree, faults = read_yaml(data, where)
    if tree is None:
        raise InputError(sorted_faults(faults))
    try:
        found = model.model_validate({} if tree.value is None else tree.plain())
    except ValidationError as error:
        faults += faults_of(error, where, tree, named)
    if faults:
        raise InputError(sorted_faults(faults))
    return found, tree


class FieldProblem(NamedTuple):
    """One of Pydantic's errors: the steps to it and the words of `problem`."""

    steps: Steps
    what: str
    do: str = ""
    key: bool = False
    meant: str = ""


def refusals(error: ValidationError) -> list[FieldProblem]:
    """All that was refused."""
    found = []
    for each in error.errors(include_url=False):
        steps, words = each["loc"], each.get("ctx", {})
        if each["type"] != "problem":
            words = {"what": each["msg"].removeprefix("Value error, ")}
        if steps[-1:] == (KEY,):
            steps, words = steps[:-1], {**words, "key": True}
        found.append(FieldProblem(steps, **words))
    return found


def faults_of(
    error: ValidationError, where: str, tree: Node, named: Callable[[str], str] = value_text
) -> list[Fault]:
    """Pydantic's errors as faults with the places of the file's tree."""
    return [
        fault_at(tree, where, each.steps, each.what, each.do, each.key, named)
        for each in refusals(error)
    ]


def fault_at(
    tree: Node,
    where: str,
    steps: Steps,
    what: str,
    do: str = "",
    key: bool = False,
    named: Callable[[str], str] = value_text,
) -> Fault:
    """A fault at the end of the steps, or at its key; a value's begins with the key it is for."""
    place = tree.find(steps, key)
    words = [step for step in tree.reached(steps) if isinstance(step, str)]
    if words and not key and not what.startswith(named(words[-1])):
        what = f"{named(words[-1])}: {what}"
    return Fault(where, what, do, place.line, place.column)


def file_schema(model: type[FileModel], title: str, command: str) -> dict[str, Any]:
    """The JSON Schema (2020-12) of a file, for editors; `command` is what prints it."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$comment": f"Written by `{command}`; do not edit.",
        **_tidy(model.model_json_schema()),
        "title": title,
    }


def _tidy(schema: Any) -> Any:
    """Without the titles and the defaults that tell an editor's user nothing."""
    if isinstance(schema, list):
        return [_tidy(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: _tidy(value)
        for key, value in schema.items()
        if not (key == "title" and isinstance(value, str)) and key != "default"
    }
