"""What readers are told of the marts, and who reads them, without a build."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
MODELS = ROOT / "dbt_project" / "models"
MARTS = MODELS / "marts"
LEAST = 12  # letters of a description: "Its name." tells nothing


def entries(kind: str) -> list[dict[str, Any]]:
    """Every entry of one kind in the marts' files."""
    files = (yaml.safe_load(path.read_text(encoding="utf-8")) for path in MARTS.glob("*.yml"))
    return [entry for file in files for entry in file.get(kind, [])]


def test_each_column_of_each_mart_is_described_in_one_place() -> None:
    described = {model["name"]: model for model in entries("models")}
    assert set(described) == {path.stem for path in MARTS.glob("*.sql")}
    columns = [
        (name, column["name"], column.get("description", ""))
        for name, model in described.items()
        for column in model["columns"]
    ]
    assert len(columns) > 400
    own = [one for one in columns if not re.fullmatch(r"{{ doc\('\w+'\) }}", one[2])]
    assert not own


def test_a_description_says_more_than_the_name_does() -> None:
    told = {
        name: " ".join(text.split())
        for path in MODELS.rglob("_*.md")
        for name, text in re.findall(
            r"{% docs (\w+) %}(.*?){% enddocs %}", path.read_text(encoding="utf-8"), re.DOTALL
        )
    }
    assert len(told) > 300
    assert {name: text for name, text in told.items() if len(text) < LEAST} == {}
    own = {
        (entry["name"], part.get("name")): part["description"]
        for path in MODELS.rglob("*.yml")
        for kind in ("models", "exposures")
        for entry in yaml.safe_load(path.read_text(encoding="utf-8")).get(kind) or []
        for part in (entry, *entry.get("columns", []))
        if "description" in part
    }
    assert len(own) > 400
    assert {key: text for key, text in own.items() if len(text) < LEAST} == {}


@pytest.mark.parametrize(
    ("exposure", "code"),
    [("scorecard", ("scorecard.py", "audience_lift.py")), ("explanations", ("explain.py",))],
)
def test_an_exposure_names_the_marts_that_the_code_reads(
    exposure: str, code: tuple[str, ...]
) -> None:
    text = "".join((ROOT / "microlift" / name).read_text(encoding="utf-8") for name in code)
    read = set(re.findall(r"(?:from|join) marts\.(\w+)", text)) - {"publication"}
    (found,) = [one for one in entries("exposures") if one["name"] == exposure]
    assert {ref[5:-2] for ref in found["depends_on"]} == read


def test_whoever_reads_a_mart_reads_one_that_is_there() -> None:
    marts = {path.stem for path in MARTS.glob("*.sql")}
    for exposure in entries("exposures"):
        assert {ref[5:-2] for ref in exposure["depends_on"]} <= marts
