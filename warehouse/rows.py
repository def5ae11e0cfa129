"""Pages to rows of raw, in DuckDB: one statement a stream, however many files there are.

Integers of any size survive digit by digit. A JSON number with a fraction is kept to the 15
significant digits that every JSON reader agrees on; vendors send money as text, which is verbatim.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from warehouse.landed import LandedFetch, pages_sql
from warehouse.raw import StreamShape, raw_table

if TYPE_CHECKING:
    import duckdb

_PLAIN_PATH = re.compile(r"\$(\.[A-Za-z_][A-Za-z0-9_]*)+")
_BLOCK_BYTES = 64


def insert_rows(
    con: duckdb.DuckDBPyConnection,
    source: str,
    stream: StreamShape,
    fetches: Sequence[LandedFetch],
    customer_key: bytes,
    *,
    is_careful: bool = False,
) -> None:
    """Append all rows of those fetches' pages of the stream to its raw table.

    A row without one of the stream's keys, and a page without the place where its rows should be,
    become rows with a `quarantine_reason`. Unless `is_careful`, pages are read in one pass as what
    they should be, which is several times faster, and a page that is not raises duckdb.Error.
    ValueError for paths we cannot hash safely.
    """
    parameters: dict[str, object] = {
        "files": [path for fetch in fetches for path in fetch.files[stream.name]]
    }
    is_any = is_careful or stream.row_pattern is not None or stream.rows_at in {None, "$"}
    columns, rows, missing_rows = (
        _any_page(stream, parameters) if is_any else _expected_page(stream)
    )
    pages = pages_sql(
        "{page: 'INTEGER', observed_at: 'TIMESTAMPTZ', context: 'JSON', body: '" + columns + "'}",
        max(fetch.longest for fetch in fetches),
    )
    whole = "null::json" if stream.hashed else "body"
    # A page without rows raised an error, unless any page is taken: that one is a row itself.
    payloads = f"coalesce(found, [{whole}])" if is_any else "found"
    con.execute(
        f"""
        insert into {raw_table(source, stream.name)}
        with pages as (
            select
                body, context, observed_at, page, split_part(filename, '/', -2) as fetch_id,
                {rows} as found
            from {pages}
        ),

        rows as (
            select
                unnest({payloads}) as payload,
                context, observed_at, fetch_id, page,
                generate_subscripts({payloads}, 1) as row_number,
                case when found is null then {missing_rows} end as page_reason
            from pages
        )

        select
            {_hashed(stream, customer_key, parameters)}, context, observed_at, fetch_id, page,
            row_number, coalesce(page_reason, {_missing_key(stream, parameters)})
        from rows
        """,  # noqa: S608 - names are checked identifiers, paths and values are bound
        parameters,
    )


def _expected_page(stream: StreamShape) -> tuple[str, str, str]:
    """As `_any_page`, for pages that hold a list of rows just where it should be."""
    path = str(stream.rows_at)
    if not _PLAIN_PATH.fullmatch(path):
        raise ValueError(f"{stream.name}: {path!r} is not a plain path, so its rows cannot be read")
    names = path.split(".")[1:]
    columns = "JSON[]"
    for name in reversed(names):
        columns = f'STRUCT("{name}" {columns})'
    rows = ".".join(["body", *(f'"{name}"' for name in names)])
    # Told apart from an empty list: the careful reading then says what the page is instead.
    return columns, f"coalesce({rows}, error('a page without its rows')::json[])", "null"


def _any_page(stream: StreamShape, parameters: dict[str, object]) -> tuple[str, str, str]:
    """The type of a page's body; SQL of its list of rows (null when there is no place for rows),
    and of the reason."""
    if stream.row_pattern is not None:
        parameters["pattern"] = stream.row_pattern
        matches = "regexp_extract_all(body ->> '$', $pattern)"
        return (
            "JSON",
            f"case when len({matches}) > 0"
            f" then list_transform({matches}, lambda match: to_json(match)) end",
            "'no_rows'",
        )
    if stream.rows_at in (None, "$"):
        return "JSON", "case when body is not null then [body] end", "'missing_field:$'"
    parameters |= {"rows_at": stream.rows_at, "each_row": f"{stream.rows_at}[*]"}
    return (
        "JSON",
        """case json_type(body, $rows_at)
            when 'ARRAY' then json_extract(body, $each_row)
            when 'OBJECT' then [json_extract(body, $rows_at)]
        end""",
        "'missing_field:' || $rows_at",
    )


def _missing_key(stream: StreamShape, parameters: dict[str, object]) -> str:
    tests = []
    for number, path in enumerate(stream.key):
        parameters[f"key_{number}"] = path
        tests.append(
            f"case when coalesce(json_type(payload, $key_{number}), 'NULL') = 'NULL'"
            f" then 'missing_field:' || $key_{number} end"
        )
    return f"coalesce({', '.join([*tests, 'null'])})"


def _hashed(stream: StreamShape, customer_key: bytes, parameters: dict[str, object]) -> str:
    if not stream.hashed:
        return "payload"
    parameters["inner"], parameters["outer"] = _key_blocks(customer_key)
    hashed = "payload"
    for number, path in enumerate(stream.hashed):
        if not _PLAIN_PATH.fullmatch(path):
            raise ValueError(f"{stream.name}: {path!r} is not a plain path, so it cannot be hashed")
        parameters[f"hashed_{number}"] = path
        patch = f"sha256($outer || sha256($inner || (payload ->> $hashed_{number})))"
        for part in reversed(path.split(".")[1:]):
            patch = f"json_object('{part}', {patch})"
        hashed = (
            f"case when coalesce(json_type(payload, $hashed_{number}), 'NULL') = 'NULL'"
            f" then {hashed} else json_merge_patch({hashed}, {patch}) end"
        )
    return hashed


def _key_blocks(customer_key: bytes) -> tuple[str, str]:
    """The two blocks, each exactly one block of SHA-256, that start the inner and outer hash."""
    if not customer_key:
        raise ValueError("a stream with customers' ids cannot be loaded without a key")
    inner = hashlib.sha256(b"inner" + customer_key).hexdigest()
    outer = hashlib.sha256(b"outer" + customer_key).hexdigest()
    return inner[:_BLOCK_BYTES], outer[:_BLOCK_BYTES]
