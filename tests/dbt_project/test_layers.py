"""Which model may read what: raw, staging, intermediate and marts, in this direction only."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Any

from compiled import module_of
from marts_house import PROJECT

from ingest.registry import ALL_STREAMS, SOURCES
from microlift.plan.rows import PLATFORMS

if TYPE_CHECKING:
    from marts_house import House

# Read by a model that is built by days, and no reason for a day to change.
WHOLE = {
    # its posts are held against each other anew each time
    "fct_account_anomalies": {"fct_post_engagement"},
    # which deals were boosted is the plan's word
    "fct_engagement_daily": {"int_cost_lines"},
    # where a post stood before the touched days
    "fct_post_engagement_daily": {"int_post_totals"},
}
# The quarantine lists what staging does not let in, so it looks behind staging.
READERS_OF_SOURCES = {"staging", "quality"}


def _reads(world: House) -> list[tuple[str, str, str, str]]:
    """(layer, model, layer read, name read) of every model; a source's layer is `source`."""
    manifest = world.manifest()
    nodes: dict[str, Any] = manifest["nodes"] | manifest["sources"]

    def layer(node: dict[str, Any]) -> str:
        kind = node["resource_type"]
        return str(node["fqn"][1]) if kind == "model" else str(kind)

    return [
        (layer(node), node["name"], layer(nodes[read]), nodes[read]["name"])
        for node in nodes.values()
        if node["resource_type"] == "model"
        for read in node["depends_on"]["nodes"]
    ]


def test_no_model_below_the_marts_reads_a_mart(world: House) -> None:
    reads = _reads(world)
    assert {layer for layer, *_ in reads} == {"staging", "intermediate", "marts", "quality"}
    lower = [read for read in reads if read[0] in {"staging", "intermediate"}]
    assert [read for read in lower if read[2] in {"marts", "quality"}] == []


def test_no_fact_or_dimension_reads_a_report(world: House) -> None:
    reads = [(name, read) for layer, name, _, read in _reads(world) if layer == "marts"]
    facts = [one for one in reads if one[0].startswith(("fct_", "dim_"))]
    assert len(facts) > 50
    assert [one for one in facts if one[1].startswith("rpt_")] == []


def test_staging_reads_sources_alone_and_is_the_only_layer_that_does(world: House) -> None:
    reads = _reads(world)
    assert {read[2] for read in reads if read[0] == "staging"} == {"source"}
    readers = {read[0] for read in reads if read[2] == "source"}
    assert readers == READERS_OF_SOURCES


def test_the_models_know_every_stream_of_the_registry_and_no_other(world: House) -> None:
    registered = {pair for pair in ALL_STREAMS() if pair[0] != "plan"}
    sources = {
        (node["source_name"], node["name"])
        for node in world.manifest()["sources"].values()
        if node["source_name"] not in {"raw", "plan"}
    }
    assert sources == registered
    listed = world.compiled(
        "{% for s, t in vendor_streams() %}{{ s }}.{{ t }}{{ ' ' if not loop.last }}{% endfor %}"
    )
    assert {tuple(name.split(".")) for name in listed.split()} == registered


def test_the_models_count_the_platforms_that_the_plan_knows(world: House) -> None:
    listed = world.compiled("{{ platforms() | join(' ') }}")
    assert set(listed.split()) == set(PLATFORMS)


def test_the_models_know_how_long_a_vendor_lets_what_it_says_be_kept(world: House) -> None:
    told = world.compiled("{{ kept_days_unauthorised() }}")
    assert ast.literal_eval(told) == {
        name: source.keep_days_unauthorised
        for name, source in SOURCES.items()
        if source.keep_days_unauthorised is not None
    }


def test_the_lift_and_its_reasons_need_the_same_history(world: House) -> None:
    model = module_of(PROJECT / "models" / "intermediate" / "int_audience_lifts.py")
    assert int(world.compiled("{{ least_lift_history() }}")) == model.LEAST_HISTORY


def test_what_is_built_by_days_knows_the_days_of_all_evidence_that_it_reads(world: House) -> None:
    nodes = world.manifest()["nodes"]
    built_by_days: dict[str, set[str]] = {}
    for name, node in nodes.items():
        for kinds in re.findall(r"touched\w*\(.*?(\[.*?\])", node.get("raw_code", "")):
            built_by_days.setdefault(name, set()).update(ast.literal_eval(kinds))
    assert len(built_by_days) > 0
    compares = re.compile(r"keep_last_build\(\)|list_touched_posts\(\)")
    kept = {name for name, node in nodes.items() if compares.search(node.get("raw_code", ""))}

    def behind(name: str) -> set[str]:
        # What is compared with its last build tells its changed rows; no days are needed of it.
        reads = set(nodes[name]["depends_on"].get("nodes", ())) & nodes.keys() - kept
        reads -= {"model.microlift.int_touched_days"}  # which stands behind all evidence
        reads -= {f"model.microlift.{read}" for read in WHOLE.get(nodes[name]["name"], ())}
        return reads.union(*map(behind, reads))

    listed: dict[str, dict[str, str]] = ast.literal_eval(world.compiled("{{ days_of_staging() }}"))
    for model, kinds in built_by_days.items():
        # An edited plan makes a full build, and by the clock alone no day changes.
        evidence = {
            nodes[name]["name"]
            for name in behind(model)
            if nodes[name]["fqn"][1] == "staging" and nodes[name]["fqn"][2] not in {"plan", "raw"}
        }
        known = {name for kind in kinds for name in listed[kind]}
        assert evidence <= known, model
    assert {kind for kinds in built_by_days.values() for kind in kinds} == set(listed)


def test_touched_days_are_known_when_all_of_their_evidence_is_staged(world: House) -> None:
    # A day known late would be deleted and not made again.
    nodes = world.manifest()["nodes"]
    listed = ast.literal_eval(world.compiled("{{ days_of_staging() }}"))
    read = nodes["model.microlift.int_touched_days"]["depends_on"]["nodes"]
    evidence = {name for kind in listed.values() for name in kind}
    assert {nodes[name]["name"] for name in read} == evidence
