"""Which model may read what: raw, staging, intermediate and marts, in this direction only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ingest.registry import ALL_STREAMS

if TYPE_CHECKING:
    from marts_house import House

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


def test_what_is_built_by_days_knows_the_days_of_all_evidence_that_it_reads(world: House) -> None:
    nodes = world.manifest()["nodes"]

    def behind(name: str) -> set[str]:
        reads = {read for read in nodes[name]["depends_on"]["nodes"] if read in nodes}
        return reads.union(*map(behind, reads))

    built_by_days = {
        name
        for name, node in nodes.items()
        if node["config"].get("materialized") == "incremental" and node["fqn"][1] != "staging"
    }
    assert len(built_by_days) > 0
    # An edited plan makes a full build, and by the clock alone no day changes.
    evidence = {
        nodes[name]["name"]
        for model in built_by_days
        for name in behind(model)
        if nodes[name]["fqn"][1] == "staging" and nodes[name]["fqn"][2] not in {"plan", "raw"}
    }
    listed = world.compiled("{{ days_of_staging() | join(' ') }}")
    assert set(listed.split()) == evidence
