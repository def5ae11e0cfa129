"""Files of the plan -> rows with their line numbers, and every fault a single row can have.

Decisions: UTF-8, with or without the mark that spreadsheets put in front; a line that begins with
`#` is a comment; a field never holds a line break, so a line of the file is a row and a forgotten
quote is found where it stands, not at the end of the file.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from pydantic import BaseModel, ValidationError

from microlift.plan.brand import Brand
from microlift.plan.problems import Problem
from microlift.plan.rows import FILES, Row, split_error

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

BRAND_FILE = "brand.yml"


@dataclass(frozen=True)
class Line:
    """A valid row (of one of the models of `rows.py`) and where it stands."""

    number: int
    row: Any


def read_brand(folder: Path) -> tuple[Brand | None, list[Problem]]:
    """brand.yml and its faults; None when it has any."""
    text, problems = _read_text(folder / BRAND_FILE)
    if text is None:
        return None, problems
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        values = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        return None, [
            Problem(BRAND_FILE, line, "", f"is not YAML ({error.problem})", "mend the line")
        ]
    if not isinstance(node, yaml.MappingNode):
        return None, [
            Problem(BRAND_FILE, 0, "", "is empty", "write `name: ...` and the other settings")
        ]
    lines: dict[tuple[str, ...], int] = {}
    problems = _locate(node, (), lines)
    try:
        return (None if problems else Brand.model_validate(values)), problems
    except ValidationError as error:
        for detail in error.errors():
            path = tuple(str(part) for part in detail["loc"])
            known = next(p for p in (path[:n] for n in range(len(path), -1, -1)) if p in lines)
            fault, mend = _describe(detail, Brand)
            problems.append(Problem(BRAND_FILE, lines[known], ".".join(path), fault, mend))
        return None, problems


def read_table(folder: Path, name: str) -> tuple[list[Line], list[Problem]]:
    """The valid rows of `<name>.csv` and the faults of the others."""
    model = FILES[name]
    path = folder / f"{name}.csv"
    columns = list(model.model_fields)
    if model.is_optional and not path.exists():
        return [], []
    text, problems = _read_text(path)
    if text is None:
        return [], [
            Problem(p.file, p.line, p.field, p.fault, f"{p.mend} ({','.join(columns)})")
            if p.fault == _MISSING
            else p
            for p in problems
        ]
    lines = [
        (number, line)
        for number, line in enumerate(text.splitlines(), start=1)
        if line.strip() and not line.startswith("#")
    ]
    if not lines:
        return [], [Problem(path.name, 0, "", "has no header", f"begin with {','.join(columns)}")]
    (first, header), *body = lines
    needed = [name for name, field in model.model_fields.items() if field.is_required()]
    problems = _check_header(path.name, first, header, columns, needed)
    if problems:
        return [], problems
    good = []
    for number, line in body:
        row, faults = _parse_row(path.name, number, line, _cells(header) or [], model)
        problems += faults
        if row is not None:
            good.append(Line(number, row))
    return good, problems


_MISSING = "is missing"


def _read_text(path: Path) -> tuple[str | None, list[Problem]]:
    def refuse(fault: str, mend: str, line: int = 0) -> tuple[None, list[Problem]]:
        return None, [Problem(path.name, line, "", fault, mend)]

    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return refuse(_MISSING, "create it")
    except OSError as error:
        return refuse(f"cannot be read ({error.strerror})", "check the file and its permissions")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return refuse("is written in UTF-16", "save it as UTF-8")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return refuse("is not written in UTF-8", "save it as UTF-8", line)
    if not text.strip():
        return refuse("is empty", "write at least its first line")
    return text, []


def _cells(line: str) -> list[str] | None:
    """The fields of one line; None when a quote is left open or stands in the middle of a field."""
    try:
        cells = next(csv.reader([line], strict=True))
    except (csv.Error, StopIteration):
        return None
    return [cell.strip() for cell in cells]


def _check_header(
    file: str, number: int, line: str, columns: list[str], needed: list[str]
) -> list[Problem]:
    header = _cells(line)
    if header is None or (len(header) == 1 and (";" in line or "\t" in line)):
        return [Problem(file, number, "", "is not separated by commas", "save it as comma csv")]
    problems = [
        Problem(file, number, name, "is not a column of this file", "remove or rename it")
        for name in dict.fromkeys(header)
        if name not in columns
    ]
    problems += [
        Problem(file, number, name, "is no column here", "add it to the header")
        for name in needed
        if name not in header
    ]
    problems += [
        Problem(file, number, name, "stands twice in the header", "keep one of them")
        for name in columns
        if header.count(name) > 1
    ]
    return problems


def _parse_row(
    file: str, number: int, line: str, header: list[str], model: type[Row]
) -> tuple[Row | None, list[Problem]]:
    cells = _cells(line)
    if cells is None:
        mend = 'close the quote on this line (a quote inside a field is written "")'
        return None, [Problem(file, number, "", "has a quote that does not close", mend)]
    if len(cells) != len(header):
        return None, [
            Problem(
                file,
                number,
                "",
                f"has {len(cells)} fields, the header {len(header)}",
                "add or remove commas, or quote a field that holds one",
            )
        ]
    try:
        return model.model_validate(dict(zip(header, cells, strict=True))), []
    except ValidationError as error:
        return None, [
            Problem(file, number, str(detail["loc"][0]), *_describe(detail, model))
            for detail in error.errors()
        ]


def _describe(detail: ErrorDetails, model: type[BaseModel]) -> tuple[str, str]:
    kind = detail["type"]
    if kind == "plan":
        return split_error(detail["msg"])
    if kind == "missing":
        return "is missing", "add it"
    if kind == "extra_forbidden":
        *parents, name = detail["loc"]
        known = [*_nested(model, parents).model_fields]
        near = get_close_matches(str(name), known, n=1)
        return "is not a setting", f"use one of {', '.join(dict.fromkeys([*near, *known]))}"
    return f"{detail['input']!r} does not fit", detail["msg"].lower().removeprefix("input ")


def _nested(model: type[BaseModel], path: Sequence[int | str]) -> type[BaseModel]:
    """The model whose settings stand at `path` of `model`."""
    for name in path:
        part = model.model_fields[str(name)].annotation
        if isinstance(part, type) and issubclass(part, BaseModel):
            model = part
    return model


def _locate(
    node: yaml.MappingNode, path: tuple[str, ...], lines: dict[tuple[str, ...], int]
) -> list[Problem]:
    """Fill `lines` with the line of each setting; report settings that stand twice."""
    problems = []
    lines.setdefault(path, node.start_mark.line + 1)
    seen: set[str] = set()
    for key, value in node.value:
        name, line = str(key.value), key.start_mark.line + 1
        if name in seen:
            dotted = ".".join((*path, name))
            problems.append(Problem(BRAND_FILE, line, dotted, "stands twice", "keep one of them"))
        seen.add(name)
        lines[(*path, name)] = line
        if isinstance(value, yaml.MappingNode):
            problems += _locate(value, (*path, name), lines)
    return problems
