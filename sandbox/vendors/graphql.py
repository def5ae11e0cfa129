"""Enough of GraphQL to answer what is asked and only that: selections, arguments, fragments.

A document becomes a tree of `Selection`s once; `project` cuts a value down to such a tree.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

_TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|\.\.\.|\$\w+|-?\d+(?:\.\d+)?|\w+|[{}()\[\]:!=@]')
_COMMENT = re.compile(r"#[^\n]*")


class GraphQLError(ValueError):
    """A document that cannot be answered, in the vendor's words."""


@dataclass(frozen=True)
class Variable:
    """An argument that the request's variables fill in."""

    name: str


@dataclass(frozen=True)
class Selection:
    """One selected field; `on` is the type it is limited to by an inline fragment."""

    name: str
    key: str
    arguments: Mapping[str, Any]
    children: tuple[Selection, ...] | None
    on: str | None = None


@dataclass
class _Reader:
    tokens: list[str]
    position: int = 0
    fragments: dict[str, tuple[Selection, ...]] = field(default_factory=dict)

    def peek(self) -> str:
        if self.position >= len(self.tokens):
            raise GraphQLError("syntax error, unexpected end of file")
        return self.tokens[self.position]

    def take(self, expected: str | None = None) -> str:
        token = self.peek()
        if expected is not None and token != expected:
            raise GraphQLError(f"syntax error, unexpected {token!r}, expecting {expected!r}")
        self.position += 1
        return token

    def is_next(self, token: str) -> bool:
        return self.position < len(self.tokens) and self.peek() == token

    def skip_group(self) -> None:
        depth = 0
        while True:
            taken = self.take()
            depth += (taken == "(") - (taken == ")")
            if depth == 0:
                return

    def selections(self, on: str | None = None) -> tuple[Selection, ...]:
        self.take("{")
        found: list[Selection] = []
        while not self.is_next("}"):
            found += self.fragment() if self.is_next("...") else [self.one(on)]
        self.take("}")
        return tuple(found)

    def fragment(self) -> tuple[Selection, ...]:
        self.take("...")
        name = self.take()
        if name == "on":
            return self.selections(self.take())
        if name not in self.fragments:
            raise GraphQLError(f"Fragment {name} was used, but not defined")
        return self.fragments[name]

    def one(self, on: str | None) -> Selection:
        name = key = self.take()
        if self.is_next(":"):
            self.take()
            name = self.take()
        arguments = self.arguments() if self.is_next("(") else {}
        children = self.selections() if self.is_next("{") else None
        return Selection(name, key, arguments, children, on)

    def arguments(self) -> dict[str, Any]:
        self.take("(")
        found: dict[str, Any] = {}
        while not self.is_next(")"):
            name = self.take()
            self.take(":")
            found[name] = self.value()
        self.take(")")
        return found

    def value(self) -> Any:
        token = self.take()
        if token.startswith("$"):
            return Variable(token[1:])
        if token.startswith('"'):
            return token[1:-1].replace('\\"', '"').replace("\\\\", "\\")
        if token.lstrip("-").isdigit():
            return int(token)
        return {"true": True, "false": False, "null": None}.get(token, token)


@lru_cache(maxsize=64)
def parse(document: str) -> tuple[Selection, ...]:
    """The selections of the document's one query or mutation.

    Raises GraphQLError for what does not parse and for anything else.
    """
    reader = _Reader(_TOKEN.findall(_COMMENT.sub("", document)))
    reader.fragments = _fragments(reader.tokens)
    while reader.is_next("fragment"):
        reader.position = _after_block(reader.tokens, reader.position)
    if not reader.is_next("{"):
        operation = reader.take()
        if operation not in ("query", "mutation"):
            raise GraphQLError(f"only queries and mutations are served, not {operation}")
        if not reader.is_next("{") and not reader.is_next("("):
            reader.take()
        if reader.is_next("("):
            reader.skip_group()
    return reader.selections()


def is_mutation(document: str) -> bool:
    """Whether the document's operation is a mutation."""
    return _COMMENT.sub("", document).lstrip().startswith("mutation")


def _fragments(tokens: list[str]) -> dict[str, tuple[Selection, ...]]:
    """Named fragments; one may use those that stand before it."""
    found: dict[str, tuple[Selection, ...]] = {}
    for index, word in enumerate(tokens):
        if word == "fragment" and index + 3 < len(tokens) and tokens[index + 2] == "on":
            found[tokens[index + 1]] = _Reader(tokens, index + 4, found).selections()
    return found


def _after_block(tokens: list[str], start: int) -> int:
    depth = 0
    for index in range(start, len(tokens)):
        depth += (tokens[index] == "{") - (tokens[index] == "}")
        if tokens[index] == "}" and depth == 0:
            return index + 1
    raise GraphQLError("syntax error, unexpected end of file")


def resolve(arguments: Mapping[str, Any], variables: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments with the request's variables filled in; those left null are dropped."""
    filled = {
        name: variables.get(value.name) if isinstance(value, Variable) else value
        for name, value in arguments.items()
    }
    return {name: value for name, value in filled.items() if value is not None}


def unknown_fields(
    selections: tuple[Selection, ...], schema: Mapping[str, Mapping[str, str]], type_name: str
) -> Iterator[tuple[str, str]]:
    """(type, field) for each selected field that the schema does not know."""
    for selection in selections:
        owner = selection.on or type_name
        if selection.name == "__typename":
            continue
        target = schema.get(owner, {}).get(selection.name)
        if target is None:
            yield owner, selection.name
        elif selection.children is not None:
            yield from unknown_fields(selection.children, schema, target)


def project(value: Any, selections: tuple[Selection, ...] | None) -> Any:
    """`value` with the selected fields only; lists are projected item by item."""
    if selections is None or value is None:
        return value
    if isinstance(value, list):
        return [project(item, selections) for item in value]
    kept = {}
    for selection in selections:
        if selection.on is not None and value.get("__typename", selection.on) != selection.on:
            continue
        kept[selection.key] = project(value[selection.name], selection.children)
    return kept
