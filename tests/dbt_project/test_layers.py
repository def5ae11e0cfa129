"""Which model may read what: raw, staging, intermediate and marts, in this direction only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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


def test_staging_reads_sources_alone_and_is_the_only_layer_that_does(world: House) -> None:
    reads = _reads(world)
    assert {read[2] for read in reads if read[0] == "staging"} == {"source"}
    readers = {read[0] for read in reads if read[2] == "source"}
    assert readers == READERS_OF_SOURCES
