"""Whatever the project has is described, so that an auditor finds it in published/docs.html."""

from collections import defaultdict

import jinja2
import pytest
import yaml

from warehouse import ROOT, manifest

PROJECT = "bankmart"
PUBLISHED = ("marts", "quality")


def own(nodes: dict) -> list:
    """What is this project's, not dbt's."""
    return [node for node in nodes.values() if node.package_name == PROJECT]


def of_type(kind: str) -> list:
    return [node for node in own(manifest().nodes) if node.resource_type == kind]


@pytest.mark.parametrize(
    ("what", "described"),
    [
        ("model", lambda: of_type("model")),
        ("seed", lambda: of_type("seed")),
        ("source", lambda: own(manifest().sources)),
        ("macro", lambda: [m for m in own(manifest().macros) if "__" not in m.name]),
        ("unit test", lambda: own(manifest().unit_tests)),
        ("exposure", lambda: own(manifest().exposures)),
        ("test", lambda: [t for t in of_type("test") if not getattr(t, "test_metadata", None)]),
    ],
)
def test_everything_is_described(what, described):
    nodes = described()
    assert len(nodes) > 4
    assert [f"{what} {node.name}" for node in nodes if not node.description.strip()] == []


def test_every_column_that_was_built_is_described_and_no_other(demo):
    """Of every source, seed and model, staging and intermediate ones too."""
    built = defaultdict(set)
    for schema, table, column in demo.rows(
        "select table_schema, table_name, column_name from information_schema.columns"
    ):
        built[schema, table].add(column)
    silent, gone, count = [], [], 0
    for node in [*of_type("model"), *of_type("seed"), *own(manifest().sources)]:
        columns = built[node.schema, getattr(node, "identifier", node.name)]
        assert columns, node.name
        told = {name for name, column in node.columns.items() if column.description.strip()}
        silent += [f"{node.name}.{name}" for name in sorted(columns - told)]
        gone += [f"{node.name}.{name}" for name in sorted(set(node.columns) - columns)]
        count += len(columns)
    assert count > 2500
    assert (silent, gone) == ([], [])


def test_a_column_of_an_extract_says_the_same_in_staging():
    models = {model.name: model for model in of_type("model")}
    different = []
    for source in own(manifest().sources):
        for layer in ("base", "stg") if source.source_name != "door" else ():
            model = models[f"{layer}_{source.source_name}__{source.name}"]
            different += [
                f"{model.name}.{name}"
                for name, column in source.columns.items()
                if name in model.columns and model.columns[name].description != column.description
            ]
    assert different == []


def test_every_argument_of_a_macro_is_described():
    """All of them, in the code's order; an engine's form of a macro has those of the macro."""
    problems = [
        macro.name
        for macro in own(manifest().macros)
        if "__" not in macro.name
        and (
            [argument.name for argument in macro.arguments] != arguments_of(macro)
            or not all(argument.description.strip() for argument in macro.arguments)
        )
    ]
    assert problems == []


def arguments_of(macro) -> list[str]:
    """The names between the brackets of a macro's head."""
    # dbt's own tag for a generic test is a macro with another name.
    source = macro.macro_sql.replace("{% test ", "{% macro ").replace("endtest", "endmacro")
    tree = jinja2.Environment(extensions=["jinja2.ext.do"]).parse(source)
    [found] = [
        node for node in tree.find_all(jinja2.nodes.Macro)
        if node.name == macro.name.removeprefix("test_")
    ]  # fmt: skip
    return [argument.name for argument in found.args]


def test_an_engines_form_of_a_macro_belongs_to_a_described_one():
    macros = {macro.name: macro for macro in own(manifest().macros)}
    orphans = [
        name
        for name in macros
        if "__" in name and not macros.get(name.split("__", 1)[1], macros[name]).description.strip()
    ]
    assert orphans == []


def test_no_text_speaks_of_a_macro_that_is_gone():
    macros = {macro.name.removeprefix("test_") for macro in own(manifest().macros)}
    told = {
        macro["name"]
        for path in (ROOT / "macros").rglob("*.yml")
        for macro in yaml.safe_load(path.read_text(encoding="utf-8")).get("macros", ())
    }
    assert len(told) > 100
    assert {name.removeprefix("test_") for name in told} - macros == set()


def test_a_test_is_described_or_of_a_described_kind():
    kinds = {macro.name: macro for macro in own(manifest().macros)}
    unknown = [
        test.name
        for test in of_type("test")
        if not test.description.strip()
        and not (
            (kind := getattr(test, "test_metadata", None))
            # not_null, unique and the like are dbt's own.
            and (f"test_{kind.name}" not in kinds or kinds[f"test_{kind.name}"].description.strip())
        )
    ]
    assert unknown == []


def test_an_exposure_has_an_owner_and_names_what_it_reads():
    for exposure in own(manifest().exposures):
        assert exposure.owner.name, exposure.name
        read = [manifest().nodes[key] for key in exposure.depends_on.nodes]
        assert read, exposure.name
        assert {node.schema for node in read} <= set(PUBLISHED), exposure.name


def test_everybody_knows_who_answers_for_a_model():
    assert {model.name for model in of_type("model") if not model.group} == set()
    groups = own(manifest().groups)
    assert {model.group for model in of_type("model")} == {group.name for group in groups}
    assert all(group.owner.name for group in groups)


def test_marts_keep_their_promises_and_nothing_else_is_public():
    for model in of_type("model"):
        is_published = model.schema in PUBLISHED
        assert (model.access == "public") == is_published, model.name
        assert model.config.contract.enforced == is_published, model.name
