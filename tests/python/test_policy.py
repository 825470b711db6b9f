"""A bank's own policy: taken when it is whole, refused with one line that says what to mend."""

import shutil

import pytest
import yaml

import policy_check
from warehouse import ROOT, build

SHIPPED = ROOT / "seeds" / "policy"
YAML = ROOT / "seeds" / "reference" / "_seeds.yml"


@pytest.fixture
def folder(tmp_path):
    """A copy of the shipped policy to spoil."""
    return shutil.copytree(SHIPPED, tmp_path / "policy")


def specification() -> dict:
    """What the check_policy macro hands over, read from the same YAML."""
    seeds = {}
    for seed in yaml.safe_load(YAML.read_text(encoding="utf-8"))["seeds"]:
        config = seed["config"]
        if "policy" not in config.get("meta", {}):
            continue
        metas = {c["name"]: c.get("config", {}).get("meta", {}) for c in seed["columns"]}
        columns = {
            name: {**metas.get(name, {}), "type": type_name}
            for name, type_name in config["column_types"].items()
        }
        seeds[seed["name"]] = {**config["meta"]["policy"], "columns": columns}
    return seeds


def test_the_shipped_policy_is_whole():
    assert policy_check.check(SHIPPED, specification()) is None


def test_every_policy_file_has_rules():
    assert sorted(specification()) == sorted(path.stem for path in SHIPPED.glob("*.csv"))


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("tier_threshold", "1000000.00", "1,000,000", "line 2: it has 9 fields"),
        ("tier_threshold", "1000000.00", "a lot", "minimum_contribution_amount 'a lot' is no"),
        ("tier_threshold", "1000000.00", "", "minimum_contribution_amount is empty"),
        ("tier_threshold", "core,", "chore,", "tier_code 'chore' is unknown"),
        (
            "tier_threshold",
            "core,0001-01-01",
            "core,2020-01-01",
            "nothing holds for core from 0001",
        ),
        ("tier_threshold", "core,0001-01-01", "core,2020-13-01", "is no date"),
        ("tax_regime", "2016-04-30", "2016-05-02", "has another row up to 2016-05-02"),
        ("tax_regime", "2016-04-30", "2016-04-29", "nothing holds for the policy from 2016-04-30"),
        ("tax_regime", "9999-12-31", "2030-12-31", "nothing holds for the policy after 2030-12-31"),
        ("tax_regime", "false", "maybe", "is_price_inclusive 'maybe' is no boolean"),
        ("ftp_assignment", "loan,true", "loan,false", "no row for loan"),
        ("ftp_assignment", "month_start", "weekly", "assignment_code 'weekly' is unknown"),
        ("segmentation_choice_policy", "0.005", "7", "smallest_share_floor 7 is out of range"),
        ("segment_name_policy", "name_zh", "nom", "column name_zh is missing"),
    ],
)
def test_a_bad_cell_is_one_line_that_names_it(folder, file, old, new, said):
    path = folder / f"{file}.csv"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    fault = policy_check.check(folder, specification())
    assert said in fault
    assert path.name in fault
    assert "\n" not in fault


def test_a_missing_file_and_a_missing_row_are_said(folder):
    tiers = folder / "tier_threshold.csv"
    tiers.write_text("".join(tiers.read_text().splitlines(keepends=True)[:2]))
    assert "no row for basic" in policy_check.check(folder, specification())
    tiers.unlink()
    assert "the file is missing" in policy_check.check(folder, specification())


def test_dbt_build_stops_before_any_model(folder, tmp_path):
    (folder / "tax_regime.csv").write_text("regime_code\n")
    built = build(tmp_path, tmp_path / "work", policy=folder, as_command=True)
    assert built.returncode == 2
    assert "tax_regime.csv, line 1: column valid_from is missing" in built.output
    assert "Traceback" not in built.output
    assert built.rows("select * from duckdb_tables() where schema_name = 'marts'") == []


def test_a_build_takes_the_policy_and_leaves_its_files_alone(folder, tmp_path):
    """dbt notes what a seed ran; for a file outside the project it would write over the file."""
    path = folder / "tier_threshold.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("1000000.00", "5000000.00"))
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    extracts = tmp_path / "extracts"
    extracts.mkdir()
    built = build(extracts, tmp_path / "work", policy=folder)
    assert built.returncode == 0, built.output
    ((minimum,),) = built.rows(
        "select minimum_contribution_amount from seeds.tier_threshold where tier_code = 'core'"
    )
    assert minimum == 5_000_000
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before
