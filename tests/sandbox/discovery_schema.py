"""Google's own discovery documents as a check: every field known, every type right.

The documents come with `google-api-python-client`, which carries them for all of Google's APIs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from importlib.resources import files
from typing import Any

_INTEGER_TEXT = {"int64": re.compile(r"-?\d+"), "uint64": re.compile(r"\d+")}
_BOUNDS = {"int32": (-(2**31), 2**31), "uint32": (0, 2**32)}


class Discovery:
    """One API's document, such as `Discovery("youtube", "v3")`."""

    def __init__(self, api: str, version: str) -> None:
        documents = files("googleapiclient") / "discovery_cache" / "documents"
        self.document = json.loads((documents / f"{api}.{version}.json").read_text("utf-8"))

    def faults(self, schema: str, body: Any) -> list[str]:
        """What is wrong with a body that should be of that schema, by path; empty when nothing."""
        return list(self._check({"$ref": schema}, body, "$"))

    def method_path(self, *names: str) -> str:
        """The path of a method, such as `method_path("videos", "list")`."""
        *resources, method = names
        node = self.document
        for name in resources:
            node = node["resources"][name]
        return f"/{node['methods'][method]['path']}"

    def question_faults(
        self, verb: str, path: str, query: Mapping[str, str], body: Any
    ) -> list[str]:
        """What is wrong with a call: no such method, or what it does not take or lacks."""
        method = self._method(self.document["resources"], verb, path)
        if method is None:
            return [f"{verb} {path}: no such method"]
        known = self.document["parameters"] | method.get("parameters", {})
        found = [
            f"{name} is missing"
            for name, told in method.get("parameters", {}).items()
            if told.get("required") and told["location"] == "query" and name not in query
        ]
        for name, value in query.items():
            if name not in known:
                found.append(f"{name}: no such parameter")
            else:
                parts = value.split(",") if known[name].get("repeated") else [value]
                found += [
                    fault for part in parts for fault in _check_parameter(known[name], part, name)
                ]
        if (body is None) is ("request" in method):
            found.append("a body where none is taken, or none where one is")
        elif body is not None:
            found += self._check(method["request"], body, "$")
        return found

    def answer_faults(self, verb: str, path: str, body: Any) -> list[str]:
        """What is wrong with the answer to such a call."""
        method = self._method(self.document["resources"], verb, path)
        if method is None:
            return [f"{verb} {path}: no such method"]
        return list(self._check(method["response"], body, "$"))

    def _method(self, resources: Mapping[str, Any], verb: str, path: str) -> Any:
        for node in resources.values():
            for method in node.get("methods", {}).values():
                taken = {name: p.get("pattern") for name, p in method.get("parameters", {}).items()}
                pattern = re.sub(
                    r"\{\+?(\w+)\}",
                    lambda part, taken=taken: (taken.get(part[1]) or "[^/]+").strip("^$"),
                    method["path"],
                )
                if method["httpMethod"] == verb and re.fullmatch(f"/{pattern}", path):
                    return method
            if found := self._method(node.get("resources", {}), verb, path):
                return found
        return None

    def _check(self, schema: dict[str, Any], value: Any, path: str) -> Iterator[str]:
        if "$ref" in schema:
            schema = self.document["schemas"][schema["$ref"]]
        kind = schema.get("type")
        if kind == "object":
            yield from self._check_object(schema, value, path)
        elif kind == "array":
            if not isinstance(value, list):
                yield f"{path}: {value!r} is not a list"
                return
            for number, item in enumerate(value):
                yield from self._check(schema["items"], item, f"{path}[{number}]")
        elif kind == "string":
            yield from _check_text(schema, value, path)
        elif not _is_a(kind, schema.get("format"), value):
            yield f"{path}: {value!r} is not of type {kind} {schema.get('format', '')}"

    def _check_object(self, schema: dict[str, Any], value: Any, path: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"{path}: {value!r} is not an object"
            return
        known, others = schema.get("properties", {}), schema.get("additionalProperties")
        for name, item in value.items():
            inner = known.get(name, others)
            if inner is None:
                yield f"{path}.{name}: no such field"
            else:
                yield from self._check(inner, item, f"{path}.{name}")


def _check_parameter(known: Mapping[str, Any], text: str, name: str) -> Iterator[str]:
    if known["type"] == "integer":
        low, high = (
            int(known.get(bound, none)) for bound, none in (("minimum", 0), ("maximum", 2**31))
        )
        if not text.isdecimal() or not low <= int(text) <= high:
            yield f"{name}: {text!r} is not a whole number from {low} to {high}"
    elif known["type"] == "string":
        yield from _check_text(known, text, name)
        if known.get("pattern") and not re.fullmatch(known["pattern"], text):
            yield f"{name}: {text!r} does not fit {known['pattern']}"


def _check_text(schema: dict[str, Any], value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, str):
        yield f"{path}: {value!r} is not a string"
    elif schema.get("enum") and value not in schema["enum"]:
        yield f"{path}: {value!r} is none of {schema['enum']}"
    elif (pattern := _INTEGER_TEXT.get(schema.get("format", ""))) and not pattern.fullmatch(value):
        yield f"{path}: {value!r} is not a whole number as text"
    elif schema.get("format") in {"date-time", "google-datetime"}:
        try:
            is_aware = datetime.fromisoformat(value).tzinfo is not None
        except ValueError:
            is_aware = False
        if not is_aware:
            yield f"{path}: {value!r} is not an instant"
    elif schema.get("format") == "google-duration" and not re.fullmatch(r"\d+(\.\d+)?s", value):
        yield f"{path}: {value!r} is not a duration"


def _is_a(kind: str | None, form: str | None, value: Any) -> bool:
    if kind == "any":
        return True
    if kind == "boolean":
        return isinstance(value, bool)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if kind == "integer":
        low, high = _BOUNDS.get(form or "", (-(2**53), 2**53))
        return is_number and isinstance(value, int) and low <= value < high
    return kind == "number" and is_number
