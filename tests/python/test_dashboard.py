"""The dashboard shows what the published copy has, of any bank, and asks nobody else."""

import html
import re
import shutil
import zipfile
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import duckdb
import pytest
import yaml

import publish
from dashboard.__main__ import write_page
from dashboard.card import sources_of
from dashboard.pages import PAGES
from dashboard.superset import bundle
from dashboard.text import fixed, label, labels, money_unit
from visit import Visit
from warehouse import ROOT

SYNTHETIC = re.compile("synthetic|虚构", re.IGNORECASE)

# Figures of the page, asked of the copy in other words than the page's.
FIGURES = {
    ("overview.headline", "contribution_amount"):
        "select sum(deposit_contribution_amount + loan_contribution_amount + fee_income_amount)"
        " from marts.customer_contribution",
    ("overview.headline", "customer_count"): "select count(*) from marts.customer_tier",
    ("overview.headline", "core_count"):
        "select customer_count from marts.tier_summary where tier_code = 'core'",
    ("segments.headline", "silhouette"):
        "select silhouette from marts.segmentation_candidate where quality_rank = 1",
    ("coverage.headline", "specialised_loan_count"):
        "select sum(specialised_loan_count) from marts.product_coverage"
        " where population_code = 'all' and segment_code <> 'total'",
    ("study.headline", "agreeing_count"):
        "select count(*) from marts.paper_figure where agrees",
    ("value.headline", "eva_amount"):
        "select sum(contribution_amount - operating_cost_amount - expected_loss_amount"
        " - income_tax_amount - capital_charge_amount) from marts.customer_profitability",
    ("quality.headline", "rows_rejected"): "select count(*) from quality.rejected_row",
}  # fmt: skip


@pytest.fixture(scope="module")
def copy(demo, tmp_path_factory) -> Path:
    """The demo bank's published copy."""
    published = tmp_path_factory.mktemp("published") / "bankmart.duckdb"
    publish.publish(demo.database, published, "a key of the tests")
    return published


@pytest.fixture(scope="module")
def page(copy) -> Path:
    """The demo bank's page."""
    target = copy.with_name("dashboard.html")
    write_page(copy, target)
    return target


def changed(copy: Path, folder: Path, *statements: str) -> Path:
    """The page of another bank: the demo bank's copy after some SQL."""
    other = folder / "other.duckdb"
    shutil.copy(copy, other)
    with duckdb.connect(str(other)) as connection:
        for statement in statements:
            connection.execute(statement)
    target = folder / "other.html"
    write_page(other, target)
    return target


@pytest.fixture(scope="module")
def empty_page(copy, tmp_path_factory) -> Path:
    """The page of a bank that delivered nothing: only marts that always have rows have any."""
    with duckdb.connect(str(copy), read_only=True) as connection:
        tables = connection.execute(
            "select table_schema || '.' || table_name from information_schema.tables order by all"
        ).fetchall()
    kept = {"marts.tier_summary", "quality.extract_reconciliation", "quality.setting"}
    return changed(
        copy,
        tmp_path_factory.mktemp("empty"),
        *(f"delete from {table}" for (table,) in tables if table not in kept),
        "update marts.tier_summary"
        " set customer_count = 0, contribution_amount = 0, contribution_share = null",
        "update quality.extract_reconciliation set rows_read = 0, rows_accepted = 0,"
        " rows_rejected = 0, amount_read = 0, amount_accepted = 0, amount_rejected = 0,"
        " latest_date = null",
        "update quality.setting set setting_value = null where setting_code like '%_date'",
    )


def cards(page: Path) -> dict[str, str]:
    """The markup of every card."""
    text = page.read_text(encoding="utf-8")
    pieces = re.split(r'<section [^>]*data-card="([^"]+)">', text.split("<footer>")[0])
    return dict(zip(pieces[1::2], pieces[2::2], strict=True))


def values(card: str, column: str) -> list[str]:
    """The exact values of a column, as the page carries them."""
    return [
        html.unescape(value)
        for value in re.findall(rf'data-column="{column}" data-value="([^"]*)"', card)
    ]


def test_every_question_of_the_demo_bank_has_an_answer(page):
    empty = {code for code, card in cards(page).items() if "data-empty" in card}
    assert empty == {"quality.unpriced"}, "the demo bank has a price for every balance"
    assert len(cards(page)) == sum(len(page.cards) for page in PAGES)


def test_figures_are_the_copys(copy, page):
    shown = cards(page)
    with duckdb.connect(str(copy), read_only=True) as connection:
        for (card, column), query in FIGURES.items():
            [(expected,)] = connection.execute(query).fetchall()
            assert values(shown[card], column) == [str(expected)], (card, column)
        tiers = connection.execute(
            "select tier_code, customer_count::varchar, contribution_amount::varchar"
            " from marts.tier_summary"
        ).fetchall()
    columns = ("tier_code", "customer_count", "contribution_amount")
    rows = zip(*(values(shown["overview.tiers"], column) for column in columns), strict=True)
    assert sorted(rows) == sorted(tiers)
    with duckdb.connect(str(copy), read_only=True) as connection:
        readings = connection.execute(
            "select reading_code, customer_count::varchar, core_contribution_share::varchar"
            " from marts.definition_sensitivity"
        ).fetchall()
    columns = ("reading_code", "customer_count", "core_contribution_share")
    rows = zip(*(values(shown["value.readings"], column) for column in columns), strict=True)
    assert sorted(rows) == sorted(readings)


def test_the_same_copy_gives_the_same_bytes(copy, page, tmp_path):
    again = tmp_path / "again.html"
    write_page(copy, again)
    assert again.read_bytes() == page.read_bytes()


def test_exposures_name_the_marts_that_their_page_reads():
    text = (ROOT / "models" / "_dashboard__exposures.yml").read_text(encoding="utf-8")
    exposures = {entry["name"]: entry for entry in yaml.safe_load(text)["exposures"]}
    assert list(exposures) == [f"dashboard_{page.code}" for page in PAGES]
    for page in PAGES:
        read = {source.split(".")[1] for card in page.cards for source in sources_of(card.sql)}
        named = exposures[f"dashboard_{page.code}"]["depends_on"]
        assert named == [f"ref('{mart}')" for mart in sorted(read)], page.code


def test_superset_is_given_what_the_copy_has(copy, tmp_path):
    """What `make superset-test` sees in a browser breaks when a mart loses a column: seen here."""
    bundle.write(copy, tmp_path / "bundle.zip")
    with zipfile.ZipFile(tmp_path / "bundle.zip") as archive:
        parts = [yaml.safe_load(archive.read(name)) for name in archive.namelist()]
    [database] = [part for part in parts if "sqlalchemy_uri" in part]
    assert database["sqlalchemy_uri"] == f"duckdb:///{copy}"
    assert database["extra"]["engine_params"] == {"connect_args": {"read_only": True}}
    datasets = {part["uuid"]: part for part in parts if "table_name" in part}
    with duckdb.connect(str(copy), read_only=True) as connection:
        for dataset in datasets.values():
            assert dataset["database_uuid"] == database["uuid"]
            table = f"{dataset['schema']}.{dataset['table_name']}"
            for metric in dataset["metrics"]:
                connection.execute(f"select {metric['expression']} from {table}")
    charts = [part for part in parts if "slice_name" in part]
    for chart in charts:
        asked, dataset = chart["params"], datasets[chart["dataset_uuid"]]
        metrics = {metric["metric_name"] for metric in dataset["metrics"]}
        columns = {column["column_name"] for column in dataset["columns"]}
        filters = [one["subject"] for one in asked["adhoc_filters"] if "subject" in one]
        measured = asked.get("metrics") or [asked["metric"]]
        attributes = asked.get("groupby", []) + filters + [asked.get("x_axis")]
        assert set(measured) <= metrics, chart["slice_name"]
        assert set(attributes) - {None} <= columns, chart["slice_name"]
    [dashboard] = [part for part in parts if "position" in part]
    placed = [
        part["meta"]["uuid"]
        for part in dashboard["position"].values()
        if isinstance(part, dict) and part["type"] == "CHART"
    ]
    assert sorted(placed) == sorted(chart["uuid"] for chart in charts)
    text = (ROOT / "models" / "_superset__exposures.yml").read_text(encoding="utf-8")
    [exposure] = yaml.safe_load(text)["exposures"]
    named = sorted(dataset["table_name"] for dataset in datasets.values())
    assert exposure["depends_on"] == [f"ref('{mart}')" for mart in named]


def test_every_chart_asks_a_question_in_both_languages_and_names_its_marts(page):
    shown = cards(page)
    for code, card in shown.items():
        chinese, english = re.search(
            r'<h2><span lang="zh">(.+?)</span><span lang="en">(.+?)</span></h2>', card
        ).groups()
        assert chinese.endswith("？"), code
        assert english.endswith("?"), code
        assert re.search(r"<code>(marts|quality)\.\w+</code>", card), code


BAD_TEXT = "</script><script>alert(1)</script>"


@pytest.fixture(scope="module")
def other_page(copy, tmp_path_factory) -> Path:
    """Another bank's page: nothing says its rows are invented, marts are missing, cells are
    withheld, and its texts are odd."""
    return changed(
        copy,
        tmp_path_factory.mktemp("other"),
        "delete from quality.data_finding where finding_code = 'synthetic_extracts'",
        *(f"drop table {mart}" for mart in ("marts.kohonen_unit", "marts.tier_summary")),
        "update marts.product_coverage"
        " set loan_count = null, specialised_loan_count = null, coverage_rate = null"
        " where population_code = 'core' and segment_code = 'S3'",
        f"update marts.segment_profile set segment_name_en = '{BAD_TEXT}'",
        f"update quality.data_finding set row_key = '{BAD_TEXT}'",
        "alter table quality.setting drop column decided_by",
    )


def test_only_a_bank_of_invented_rows_is_called_synthetic(page, other_page):
    head = page.read_text(encoding="utf-8").split("<main")[0]
    assert "Synthetic data" in head
    assert "虚构数据" in head
    assert not SYNTHETIC.search(other_page.read_text(encoding="utf-8"))


def test_a_mart_or_column_that_is_not_there_leaves_a_note(other_page):
    shown = cards(other_page)
    assert "This copy has no marts.tier_summary." in shown["overview.tiers"]
    assert "这份数据没有 marts.kohonen_unit。" in shown["segments.u_matrix"]
    assert "This copy has no column decided_by." in shown["quality.settings"]
    assert "data-empty" not in shown["overview.bridge"]


def test_what_the_copy_withholds_is_no_nought(other_page):
    shown = cards(other_page)["coverage.heat_map"]
    row = next(row for row in shown.split("<tr>") if 'data-value="core"' in row and "S3" in row)
    assert re.findall('<span lang="en">([^<]*)</span>', row)[2:] == ["suppressed"] * 3
    assert re.findall('<span lang="zh">([^<]*)</span>', row)[2:] == ["不公布"] * 3


def test_text_of_the_bank_is_text_on_the_page(other_page):
    assert "<script>alert" not in other_page.read_text(encoding="utf-8")
    assert "&lt;script&gt;alert" in cards(other_page)["quality.findings"]


@pytest.mark.parametrize(
    ("amount", "currency", "chinese", "english"),
    [
        ("2721905663.43", "CNY", "27.22 亿元", "CNY 2.72 bn"),
        ("100000000", "CNY", "1.00 亿元", "CNY 100.00 m"),
        ("99999999.99", "CNY", "10,000.00 万元", "CNY 100.00 m"),
        ("10000", "CNY", "1.00 万元", "CNY 10.00 k"),
        ("-9999.99", "CNY", "−9,999.99 元", "CNY −10.00 k"),
        ("999.995", "EUR", "1,000.00 EUR", "EUR 1,000.00"),
        ("-1250000", "EUR", "−125.00 万 EUR", "EUR −1.25 m"),
        ("-0.001", "CNY", "0.00 元", "CNY 0.00"),
    ],
)
def test_amounts_as_bankers_write_them(amount, currency, chinese, english):
    for language, expected in (("zh", chinese), ("en", english)):
        unit = money_unit([Decimal(amount)], currency, language)
        assert unit.pattern.format(fixed(Decimal(amount) / unit.divisor, 2)) == expected


def test_a_code_without_a_label_is_shown_as_it_is():
    assert label("tier", "core", "zh") == "核心客户"
    assert label("tier", "platinum", "en") == "platinum"
    assert label("tier", None, "en") == "–"
    assert all(text.zh and text.en for text in labels().values())


# ------------------------------------------------------------------------------- in a browser


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("width", [1366, 390])
def test_every_page_opens_at_every_width(browser, page, width, language):
    visit = Visit(browser, page, width)
    for code in (page.code for page in PAGES):
        visit.show(code, language)
        look = visit.tab.evaluate(
            """code => ({
                width: document.documentElement.scrollWidth,
                shown: [...document.querySelectorAll("main:not([hidden])")].map(main => main.id),
                charts: document.querySelectorAll(`#page-${code} [data-chart]`).length,
                drawn: document.querySelectorAll(`#page-${code} [data-chart] svg`).length,
                wide: [...document.querySelectorAll(`#page-${code} svg`)]
                    .filter(svg => svg.getBoundingClientRect().right > innerWidth).length,
                both: [...document.querySelectorAll(`#page-${code} h2 span`)]
                    .filter(span => span.offsetParent)
                    .filter(span => span.lang !== document.documentElement.dataset.language).length,
            })""",
            code,
        )
        assert look["width"] <= width, code
        assert look["shown"] == [f"page-{code}"]
        assert look["charts"] == look["drawn"], code
        assert (look["wide"], look["both"]) == (0, 0), code
    visit.close()


def test_what_is_read_is_what_the_copy_says(browser, copy, page):
    """The text before the reader's eyes, in tiles and in charts."""
    with duckdb.connect(str(copy), read_only=True) as connection:
        [(total,)] = connection.execute(
            "select sum(contribution_amount) from marts.customer_contribution"
        ).fetchall()
        coverages = connection.execute(
            "select coverage_rate from marts.product_coverage"
            " where population_code in ('all', 'core', 'basic', 'potential', 'out_of_scope')"
            " and coverage_rate is not null"
        ).fetchall()
        segments = connection.execute(
            "select segment_name_zh from marts.segment_profile"
        ).fetchall()
    visit = Visit(browser, page, 1366)

    def text(selector: str) -> str:
        return visit.tab.locator(selector).first.inner_text()

    def marks(card: str) -> set[str]:
        return set(visit.tab.locator(f'[data-chart="{card}"] svg text').all_text_contents())

    for language, divisor, pattern in (("zh", 10**8, "{} 亿元"), ("en", 10**9, "CNY {} bn")):
        amount = str((total / divisor).quantize(Decimal("0.01"), ROUND_HALF_UP))
        visit.show("overview", language)
        shown = text('[data-card="overview.headline"] dd[data-column="contribution_amount"]')
        assert shown == pattern.format(amount)
        assert amount in marks("overview.bridge")
        visit.show("coverage", language)
        percents = {f"{100 * rate:.1f}%" for (rate,) in coverages}
        assert percents <= marks("coverage.heat_map")
    visit.show("segments", "zh")
    assert {name for (name,) in segments} <= {
        shown.split(" ")[-1] for shown in marks("segments.term_amount")
    }
    visit.close()


def test_what_the_copy_withholds_is_drawn_as_such(browser, other_page):
    visit = Visit(browser, other_page, 1366)
    visit.show("coverage", "en")
    cells = visit.tab.locator('[data-chart="coverage.heat_map"] svg text').all_text_contents()
    counts = values(cards(other_page)["coverage.heat_map"], "loan_count")
    assert cells.count("suppressed") == counts.count("") > 0
    assert "0.0%" not in cells
    visit.close()


def test_the_language_is_switched_on_the_page(browser, page):
    visit = Visit(browser, page, 1366)
    visit.show("overview", "zh")
    visit.tab.get_by_role("button", name="English").click()
    visit.tab.wait_for_function("document.documentElement.dataset.ready === 'overview/en'")
    assert visit.tab.locator('nav a[aria-current="page"]').inner_text() == "Overview"
    visit.tab.get_by_role("link", name="Data quality").click()
    visit.tab.wait_for_function("document.documentElement.dataset.ready === 'quality/en'")
    assert visit.tab.locator("main:visible").count() == 1
    visit.close()


def test_the_page_of_an_empty_bank_says_what_is_missing(browser, empty_page):
    assert not SYNTHETIC.search(empty_page.read_text(encoding="utf-8"))
    shown = cards(empty_page)
    for code in ("segments.candidates", "segments.term_amount", "coverage.heat_map"):
        assert "There are no loans in the extracts." in shown[code]
        assert "抽取数据中没有贷款。" in shown[code]
    assert values(shown["quality.headline"], "rows_read") == ["0"]
    for width in (1366, 390):
        visit = Visit(browser, empty_page, width)
        for code in (page.code for page in PAGES):
            visit.show(code, "en")
            assert visit.tab.evaluate("document.documentElement.scrollWidth") <= width
        visit.close()
