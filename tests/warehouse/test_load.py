"""Landing to raw: exactly once, verbatim, and a bad fetch never takes the others with it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest
from warehouse_house import (
    KEY,
    START,
    STREAMS,
    Gate,
    contents,
    land,
    load_all,
    order,
    orders,
    videos,
)

from warehouse.accept import accept
from warehouse.errors import CannotAccept
from warehouse.load import load

if TYPE_CHECKING:
    from ingest.landing import Manifest

Con = duckdb.DuckDBPyConnection


def test_every_registered_stream_has_a_table_before_anything_was_fetched(
    con: Con, home: Path
) -> None:
    report = load_all(con, home)
    tables = {name for (name,) in con.execute("select table_name from duckdb_tables()").fetchall()}
    assert {f"{source}__{stream}" for source, stream in STREAMS} <= tables
    assert report.verdict == "passed" and report.rows == 0


def test_rows_keep_payload_context_page_and_position(con: Con, home: Path) -> None:
    manifest = land(home, "youtube", [videos(2), videos(1, first=5)], context={"ids": ["v0"]})
    assert load_all(con, home).rows == 3
    rows = con.execute(
        "select payload ->> 'id', page, row_number, context ->> '$.ids[0]', fetch_id, observed_at"
        " from raw.youtube__videos order by page, row_number"
    ).fetchall()
    assert [row[:4] for row in rows] == [("v0", 0, 1, "v0"), ("v1", 0, 2, "v0"), ("v5", 1, 1, "v0")]
    assert {row[4] for row in rows} == {manifest.fetch_id}
    assert {row[5] for row in rows} == {START}


def test_a_page_that_is_itself_the_row_is_one_row(con: Con, home: Path) -> None:
    land(home, "instagram", [b'{"id": "1784", "followers_count": 7}'])
    load_all(con, home)
    assert con.execute("select payload ->> 'id' from raw.instagram__accounts").fetchall() == [
        ("1784",)
    ]


def test_text_pages_become_one_row_for_each_match(con: Con, home: Path) -> None:
    land(home, "ecb", ['<a>\n<Cube time="1"><c r="1.1"/></Cube>\n<Cube time="2">x</Cube></a>'])
    load_all(con, home)
    rows = con.execute("select payload ->> '$' from raw.ecb__rates order by row_number").fetchall()
    assert rows == [('<Cube time="1"><c r="1.1"/></Cube>',), ('<Cube time="2">x</Cube>',)]


def test_a_text_page_without_a_match_is_quarantined_not_lost(con: Con, home: Path) -> None:
    land(home, "ecb", ["<html>sign in</html>"])
    load_all(con, home)
    reasons = con.execute("select quarantine_reason from raw.ecb__rates").fetchall()
    assert reasons == [("no_rows",)]


@pytest.mark.parametrize(
    "text",
    [
        "9007199254740993",
        "123456789012345678901234567890",
        "-9223372036854775809",
        "1.25",
        "999999999999.99",
        '"12345678901234567.890"',
        "true",
        "null",
    ],
)
def test_numbers_survive_digit_by_digit(con: Con, home: Path, text: str) -> None:
    land(home, "youtube", [f'{{"items": [{{"id": "a", "n": {text}}}]}}'.encode()])
    load_all(con, home)
    found = con.execute("select (payload -> 'n')::varchar from raw.youtube__videos").fetchone()
    assert found == (text,)


def test_text_of_any_kind_is_stored_literally(con: Con, home: Path) -> None:
    nasty = ["'; drop table raw.fetches;--", "../../etc/passwd", "{{ env_var('X') }}", "\u0000é😀"]
    land(home, "youtube", [json.dumps({"items": [{"id": n} for n in nasty]}).encode()])
    load_all(con, home)
    found = con.execute(
        "select payload ->> 'id' from raw.youtube__videos order by row_number limit 3"
    ).fetchall()
    assert [row[0] for row in found] == nasty[:3]


def test_a_row_without_its_key_is_kept_and_marked(con: Con, home: Path) -> None:
    land(home, "youtube", [b'{"items": [{"id": "a"}, {"views": "1"}, {"id": null}, null, 7]}'])
    load_all(con, home)
    rows = con.execute(
        "select quarantine_reason from raw.youtube__videos order by row_number"
    ).fetchall()
    assert [row[0] for row in rows] == [None, *["missing_field:$.id"] * 4]
    counted = con.execute("select row_count, bad_rows from raw.fetch_streams").fetchall()
    assert counted == [(5, 4)]


def test_an_answer_without_the_list_of_rows_is_kept_and_marked(con: Con, home: Path) -> None:
    land(home, "youtube", [b'{"error": {"code": 500}}', b'{"items": []}', b'{"items": null}'])
    load_all(con, home)
    rows = con.execute(
        "select page, quarantine_reason from raw.youtube__videos order by page"
    ).fetchall()
    assert rows == [(0, "missing_field:$.items"), (2, "missing_field:$.items")]


def test_a_customers_id_never_enters_raw(con: Con, home: Path) -> None:
    canary = "gid://shopify/Customer/canary-77"
    odd = {**order(3), "customer": {"id": 9007199254740993}}
    land(
        home,
        "shopify",
        [
            orders(order(1, canary), order(2, None), odd),
            json.dumps({"errors": [{"customer": {"id": canary}}]}).encode(),
        ],
    )
    load_all(con, home)
    assert "canary" not in json.dumps(contents(con))
    ids = con.execute(
        "select payload ->> '$.customer.id' from raw.shopify__orders"
        " where page = 0 order by row_number"
    ).fetchall()
    assert ids == [
        (hash_customer_id(canary, KEY),),
        (None,),
        (hash_customer_id("9007199254740993", KEY),),
    ]
    kept = con.execute("select payload ->> '$.customer.numberOfOrders' from raw.shopify__orders")
    assert kept.fetchall()[0] == ("1",)


def hash_customer_id(customer_id: str, customer_key: bytes) -> str:
    """The keyed, nested SHA-256 in hexadecimal, by other means than the load's."""
    inner, outer = (
        hashlib.sha256(name + customer_key).hexdigest()[:64] for name in (b"inner", b"outer")
    )
    inside = hashlib.sha256((inner + customer_id).encode()).hexdigest()
    return hashlib.sha256((outer + inside).encode()).hexdigest()


def test_another_key_gives_another_hash_and_no_key_is_refused(con: Con, home: Path) -> None:
    assert hash_customer_id("c1", b"a") != hash_customer_id("c1", b"b")
    land(home, "shopify", [orders(order(1))])
    with pytest.raises(ValueError, match="without a key"):
        load(con, home / "landing", STREAMS, Gate(), b"", "run")
    assert con.execute("select count(*) from raw.fetches").fetchall() == [(0,)]


def test_loading_twice_changes_nothing(con: Con, home: Path) -> None:
    for night in range(3):
        land(home, "youtube", [videos(3, night)], night, problems=2)
        land(home, "shopify", [orders(order(night))], night)
    assert len(load_all(con, home).fetch_ids) == 6
    before = contents(con)
    assert load_all(con, home, run_id="again").fetch_ids == ()
    assert contents(con) == before
    assert len(before["raw.fetch_problems"]) == 6


def test_fetches_that_come_later_are_added_to_those_before(con: Con, home: Path) -> None:
    land(home, "youtube", [videos(3)], 1)
    load_all(con, home)
    land(home, "youtube", [videos(3)], 0)
    load_all(con, home)
    counted = con.execute("select fetch_id, row_count from raw.fetch_streams order by 1").fetchall()
    assert [row_count for _, row_count in counted] == [3, 3]


def _flip(manifest: Manifest) -> None:
    path = manifest.folder / "videos.json.zst"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def _cut(manifest: Manifest) -> None:
    path = manifest.folder / "videos.json.zst"
    path.write_bytes(path.read_bytes()[:-3])


def _remove(manifest: Manifest) -> None:
    (manifest.folder / "videos.json.zst").unlink()


def _rewrite(manifest: Manifest, **changes: object) -> None:
    path = manifest.folder / "manifest.json"
    told = json.loads(path.read_bytes())
    told["streams"]["videos"].update(changes)
    path.write_text(json.dumps(told))


def _claim_more_pages(manifest: Manifest) -> None:
    _rewrite(manifest, pages=3)


def _point_elsewhere(manifest: Manifest) -> None:
    _rewrite(manifest, file="videos/../../../../warehouse.duckdb")


def _spoil_manifest(manifest: Manifest) -> None:
    (manifest.folder / "manifest.json").write_text('{"fetch_id": ')


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (_flip, "sha256 of videos.json.zst differs"),
        (_cut, "size of videos.json.zst differs"),
        (_remove, "No such file"),
        (_claim_more_pages, "holds 1 whole pages, the manifest says 3"),
        (_point_elsewhere, "is said to be in"),
        (_spoil_manifest, "Expecting value"),
    ],
    ids=lambda value: value.__name__.strip("_") if callable(value) else "",
)
def test_a_corrupt_fetch_is_refused_and_the_others_load(
    con: Con, home: Path, spoil: object, reason: str
) -> None:
    land(home, "youtube", [videos(3)], 0)
    bad = land(home, "youtube", [videos(4)], 1)
    land(home, "shopify", [orders(order(1))], 1)
    assert callable(spoil)
    spoil(bad)
    report = load_all(con, home)
    assert [one.fetch_id for one in report.refused] == [bad.fetch_id]
    assert reason in report.refused[0].reason
    assert report.verdict == "failed" and report.rows == 4
    told = con.execute(
        "select status, reason from raw.fetch_streams where fetch_id = $id", {"id": bad.fetch_id}
    ).fetchall()
    assert told == [("refused", report.refused[0].reason)]
    before = contents(con)
    load_all(con, home, run_id="again")
    assert contents(con) == before
    with pytest.raises(CannotAccept, match="could be loaded"):
        accept(con, bad.fetch_id, "it is fine", run_id="accept")


def test_pages_that_are_not_json_are_refused_although_their_hash_is_right(
    con: Con, home: Path
) -> None:
    land(home, "youtube", [videos(3)], 0)
    bad = land(home, "youtube", [b'{"items": [{"id": "a"}'], 1)
    land(home, "youtube", [videos(3)], 2)
    report = load_all(con, home)
    assert [one.fetch_id for one in report.refused] == [bad.fetch_id]
    assert "Malformed JSON" in report.refused[0].reason
    assert report.rows == 6


def test_a_mended_fetch_is_loaded_by_the_next_load(con: Con, home: Path) -> None:
    bad = land(home, "youtube", [videos(3)])
    path = bad.folder / "videos.json.zst"
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    load_all(con, home)
    path.write_bytes(whole)
    assert load_all(con, home).rows == 3
    told = con.execute("select stream, status from raw.fetch_streams").fetchall()
    assert told == [("videos", "accepted")]


def test_a_stream_this_release_does_not_know_is_refused_not_forgotten(con: Con, home: Path) -> None:
    land(home, "youtube", [videos(3)])
    streams = {key: value for key, value in STREAMS.items() if key[1] != "videos"}
    streams["youtube", "channels"] = STREAMS["instagram", "accounts"]
    report = load(con, home / "landing", streams, Gate(), KEY, "run")
    assert "has no raw table" in report.refused[0].reason
    assert load_all(con, home).rows == 3


def test_a_failure_inside_the_gate_leaves_nothing_half_loaded(con: Con, home: Path) -> None:
    land(home, "youtube", [videos(3)])

    def fail(frame: object) -> Gate:
        raise RuntimeError("the gate broke")

    with pytest.raises(RuntimeError, match="the gate broke"):
        load(con, home / "landing", STREAMS, fail, KEY, "run")
    assert con.execute("select count(*) from raw.youtube__videos").fetchall() == [(0,)]
    assert load_all(con, home).rows == 3


def test_a_refused_stream_stays_in_raw_until_a_person_lets_it_in(con: Con, home: Path) -> None:
    manifest = land(home, "youtube", [videos(3)])
    key = (manifest.fetch_id, "youtube", "videos")
    report = load_all(con, home, Gate({key: "rows_share_of_median"}))
    assert report.verdict == "failed"
    status = "select status, reason, row_count from raw.fetch_streams"
    assert con.execute(status).fetchall() == [("refused", "rows_share_of_median", 3)]
    assert con.execute("select count(*) from raw.youtube__videos").fetchall() == [(3,)]

    with pytest.raises(CannotAccept, match="needs a reason"):
        accept(con, manifest.fetch_id, " ", run_id="a")
    accept(con, manifest.fetch_id, "the brand left YouTube", run_id="a")
    assert con.execute("select status from raw.fetch_streams").fetchall() == [("accepted",)]
    told = con.execute("select check_name, meaning from quality.gate_results").fetchall()
    assert told[0][0] == "accepted_by_hand"
    assert "the brand left YouTube" in told[0][1] and "rows_share_of_median" in told[0][1]
    with pytest.raises(CannotAccept, match="no refused stream"):
        accept(con, manifest.fetch_id, "again", run_id="a")
    with pytest.raises(CannotAccept, match="no refused stream"):
        accept(con, "nope", "why", run_id="a")


def test_the_gate_sees_each_stream_beside_its_own_past(con: Con, home: Path) -> None:
    for night, count in enumerate([10, 30, 20]):
        land(home, "youtube", [videos(count, night)], night)
    land(home, "youtube", [videos(5), videos(5)], 3)
    gate = Gate()
    load_all(con, home, gate)
    frame = gate.frames[0].set_index("fetch_id").sort_index()
    assert list(frame["trailing_fetches"]) == [0, 1, 2, 3]
    assert list(frame["trailing_rows_median"])[1:] == [10, 20, 20]
    last = frame.iloc[-1]
    assert (last["pages"], last["row_count"], last["duplicate_keys"]) == (2, 10, 5)
    assert last["rows_share_of_median"] == 0.5
    assert last["seconds_ahead"] == 0


def test_what_is_refused_is_no_measure_and_what_is_let_in_is_the_new_normal(
    con: Con, home: Path
) -> None:
    manifests = [land(home, "youtube", [videos(30, night)], night) for night in range(3)]
    load_all(con, home)
    small = land(home, "youtube", [videos(2)], 3)
    load_all(con, home, Gate({(small.fetch_id, "youtube", "videos"): "too few"}))
    land(home, "youtube", [videos(3)], 4)
    gate = Gate()
    load_all(con, home, gate)
    assert gate.frames[0]["trailing_fetches"].item() == len(manifests)
    accept(con, small.fetch_id, "accounts were closed", run_id="a")
    land(home, "youtube", [videos(3)], 5)
    load_all(con, home, gate)
    assert gate.frames[1]["trailing_rows_median"].item() == 2.5
