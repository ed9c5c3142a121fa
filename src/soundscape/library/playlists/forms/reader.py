"""Reads the nodes of a playlist's YAML, collecting every fault on the way."""

from __future__ import annotations

from collections.abc import Mapping

from soundscape.core.errors import Fault, nearest
from soundscape.library.playlists.forms.overrides import OVERRIDES, read_overrides
from soundscape.library.units import shown as said
from soundscape.library.yamlfile import Node


class Reader:
    """Turns a tree into a value, collecting every fault on the way."""

    def __init__(self, where: str, faults: list[Fault]) -> None:
        self.where = where
        self.faults = faults

    def fault(self, at: Node, what: str, do: str = "") -> None:
        """Notes a fault."""
        self.faults.append(Fault(self.where, what, do, at.line, at.column))

    def not_a(self, expected: str, node: Node) -> None:
        """Notes that something else was expected."""
        self.fault(node, f"expected {expected}, not {said(node.value)}")

    def keys(self, node: Node, known: tuple[str, ...]) -> dict[str, Node]:
        """The values of the known keys; an unknown one is a fault with the nearest known."""
        assert isinstance(node.value, dict)
        for name, (key, _) in node.value.items():
            if name not in known:
                hint = nearest(name[:100], known) or f"known are {', '.join(known)}"
                self.fault(key, f"unknown key {said(name)}", hint)
        return {name: node.value[name][1] for name in known if name in node.value}

    def text(self, known: Mapping[str, Node], key: str) -> str:
        """A key's text, "" where it is not there."""
        node = known.get(key)
        if node is None or node.value is None:
            return ""
        if isinstance(node.value, dict | list):
            self.not_a("a text", node)
        return str(node.value)

    def items(self, known: Mapping[str, Node], key: str) -> list[Node]:
        """A list's values; one value alone stands for a list of one."""
        node = known.get(key)
        if node is None or node.value is None:
            return []
        return node.value if isinstance(node.value, list) else [node]

    def overrides(self, known: Mapping[str, Node]) -> dict[str, float]:
        """The fields of `Entry` that the override keys among these give."""
        values = {key: known[key].plain() for key in OVERRIDES if key in known}
        fields, wrong = read_overrides(values)
        for key, what in wrong.items():
            self.fault(known[key], what)
        return fields
