"""Superset opens the published copy, imports the bundle and draws it: `make superset-test`."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
import yaml
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "dashboard" / "superset"
SCREENSHOT = ROOT / "target" / "superset.png"
# The engine of the charts, shown by what it leaves on the page.
DRAWN = "canvas, table, .header-line"
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip

CHARTS = {
    path.stem: yaml.safe_load(path.read_text(encoding="utf-8"))["slice_name"]
    for path in (FOLDER / "bundle" / "charts").glob("*.yaml")
}

# What each chart is given to draw, asked of the copy in other words.
FIGURES = {
    "contribution":
        "select sum(contribution_amount) as contribution from marts.customer_contribution",
    "customers": "select count(*) as customers from marts.customer_tier",
    "core_share":
        "select sum(contribution_amount) filter (where tier_code = 'core')"
        " / sum(contribution_amount)::double as share from marts.customer_tier",
    "coverage":
        "select sum(specialised_loan_count) / sum(loan_count) as coverage"
        " from marts.product_coverage where population_code = 'all' and segment_code <> 'total'",
    "tiers":
        "select tier_code, sum(contribution_amount) as contribution from marts.customer_tier"
        " group by all",
    "concentration":
        "select percentile, cumulative_contribution_share as cumulative_share"
        " from marts.contribution_concentration",
    "changes":
        "select 1000 * epoch(date_trunc('month', month_end_date)) as month_end_date,"
        " volume_effect_amount as volume, rate_effect_amount as rate, ftp_effect_amount as ftp,"
        " tax_effect_amount as tax, fee_effect_amount as fee, mix_effect_amount as mix"
        " from marts.contribution_change where level_code = 'total'",
    "segments":
        "select segment_code, count(*) as loans from marts.loan_segment"
        " where segment_code is not null group by all",
    "segment_table":
        "select segment_code, segment_name_zh, segment_name_en, loan_count as loans,"
        " mean_term_days as term, mean_contract_amount as amount, mean_annual_rate_pct as rate,"
        " silhouette from marts.segment_profile",
    "coverage_by_tier":
        "select population_code, coverage_rate as coverage from marts.product_coverage"
        " where segment_code = 'total' and not contains(population_code, ':')"
        " and not is_suppressed",
    "extracts":
        "select extract_name, rows_read as read, rows_accepted as accepted,"
        " rows_rejected as rejected from quality.extract_reconciliation",
    "findings":
        "select finding_code, count(*) as findings from quality.data_finding group by all",
}  # fmt: skip


@pytest.fixture(scope="module")
def copy(tmp_path_factory) -> Path:
    """The published copy, at a place where it may be replaced."""
    place = tmp_path_factory.mktemp("superset") / "bankmart.duckdb"
    return Path(shutil.copy(ROOT / "published" / "bankmart.duckdb", place))


@pytest.fixture(scope="module")
def server(copy) -> Iterator[dict[str, str]]:
    """Superset as `make superset` starts it: its address, user and password."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [ROOT / os.environ["BANKMART_SUPERSET"], FOLDER / "serve.py", copy, str(port)],
        cwd=copy.parent, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    said: dict[str, str] = {}
    for line in process.stdout:
        print(line, end="", flush=True)
        for name, word in re.findall(r"(user|password) ([^\s,;]+)", line):
            said[name] = word
        if "password" in said:
            break
    # Who does not read what a server says stops it when the pipe is full.
    threading.Thread(target=process.stdout.read, daemon=True).start()
    if "password" in said:
        yield {**said, "address": f"http://127.0.0.1:{port}"}
    process.terminate()
    process.wait(timeout=60)
    assert "password" in said, "Superset did not start"


class Visit:
    """The dashboard, opened once and drawn to the end."""

    def __init__(self, tab: Page, server: dict[str, str]):
        self.tab = tab
        self.address = server["address"]
        self.foreign: list = []
        self.answers: dict[str, dict] = {}
        self.failures: list[str] = []
        # The first page makes Superset read itself in, which takes its time on a busy machine.
        tab.set_default_timeout(180_000)
        tab.on("request", self.note_request)
        tab.goto(f"{self.address}/login/")
        tab.locator("#username").fill(server["user"])
        tab.locator("#password").fill(server["password"])
        tab.locator("button[type=submit]").click()
        tab.wait_for_url("**/superset/welcome/")
        tab.on("response", self.note_response)
        self.open()

    def open(self) -> None:
        """Load the page and wait until no chart is on its way."""
        self.answers, self.failures = {}, []
        self.tab.goto(f"{self.address}/superset/dashboard/bankmart/")
        self.tab.wait_for_function(
            """([count, drawn]) => {
                const charts = [...document.querySelectorAll('[data-test=chart-grid-component]')];
                return charts.length === count && !document.querySelector('.loading')
                    && charts.every(chart => chart.querySelector(drawn)
                        || chart.querySelector('[role=alert], .ant-empty, .ant-alert'));
            }""",
            arg=[len(CHARTS), DRAWN],
        )  # fmt: skip
        # Bars grow for a second.
        self.tab.wait_for_timeout(2_000)

    def note_request(self, request) -> None:
        if not request.url.startswith((self.address, "data:", "blob:")):
            self.foreign.append(request)

    def note_response(self, response) -> None:
        if response.status >= 400:
            self.failures.append(f"{response.status} {response.url}")
        elif "/chart/data" in response.url:
            [answer] = response.json()["result"]
            self.answers[response.url] = answer

    def chart(self, name: str):
        """The part of the page that is one chart."""
        return self.tab.locator(f'[data-test-chart-name="{CHARTS[name]}"]')

    def rows(self, name: str, columns: list[str]) -> list[tuple]:
        """Columns of what a chart was given to draw."""
        number = self.chart(name).get_attribute("data-test-chart-id")
        [answer] = [
            answer for url, answer in self.answers.items()
            if re.search(rf"slice_id(%22%3A|=){number}\b", url)
        ]  # fmt: skip
        assert answer["status"] == "success" and answer["error"] is None
        return [tuple(row[column] for column in columns) for row in answer["data"]]


@pytest.fixture(scope="module")
def visit(server) -> Iterator[Visit]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=FLAGS
        )  # fmt: skip
        visit = Visit(browser.new_page(viewport={"width": 1366, "height": 1900}), server)
        SCREENSHOT.parent.mkdir(exist_ok=True)
        visit.tab.screenshot(path=SCREENSHOT)
        print(f"the page: {SCREENSHOT.relative_to(ROOT)}")
        yield visit
        browser.close()


def plain(rows: list[tuple]) -> list[tuple]:
    """Rows that may be compared, whatever the type of a number."""
    return sorted(
        tuple(
            float(round(value, 9)) if isinstance(value, int | float | Decimal) else value
            for value in row
        )
        for row in rows
    )


@pytest.mark.parametrize("name", sorted(CHARTS))
def test_a_chart_is_drawn(visit, name):
    chart = visit.chart(name)
    assert chart.count() == 1
    assert chart.locator("[role=alert], .ant-alert, .ant-empty").count() == 0, chart.inner_text()
    # A table's head is a table of its own.
    drawn = chart.locator(DRAWN).last
    assert drawn.is_visible()
    if drawn.evaluate("node => node.tagName") == "CANVAS":
        colours = drawn.evaluate("""canvas => new Set(new Uint32Array(canvas.getContext('2d')
            .getImageData(0, 0, canvas.width, canvas.height).data.buffer)).size""")
        assert colours > 20
    else:
        assert re.search(r"\d", drawn.inner_text())


@pytest.mark.parametrize("name", sorted(CHARTS))
def test_a_chart_has_the_figures_of_the_copy(visit, copy, name):
    with duckdb.connect(str(copy), read_only=True) as connection:
        asked = connection.execute(FIGURES[name])
        columns = [column[0] for column in asked.description]
        expected = asked.fetchall()
    assert expected
    assert plain(visit.rows(name, columns)) == plain(expected)


def test_figures_are_shown_to_the_last_digit(visit, copy):
    with duckdb.connect(str(copy), read_only=True) as connection:
        [(amount,)] = connection.execute(FIGURES["contribution"]).fetchall()
        [(customers,)] = connection.execute(FIGURES["customers"]).fetchall()
        [(share,)] = connection.execute(FIGURES["core_share"]).fetchall()
        read = connection.execute(FIGURES["extracts"] + " where rows_read > 0").fetchall()
    for name, shown in (
        ("contribution", f"{amount:,.2f}"),
        ("customers", f"{customers:,}"),
        ("core_share", f"{share:.2%}"),
    ):
        assert visit.chart(name).locator(".header-line").inner_text() == shown
    table = visit.chart("extracts").locator("table").last.inner_text()
    for extract, *counts in read:
        [line] = re.findall(rf"^{extract}\s[\d,\s]+$", table, re.MULTILINE)
        assert line.split() == [extract, *(f"{count:,}" for count in counts)]


def test_nothing_failed_and_nobody_else_was_asked(visit):
    assert visit.failures == []
    # Superset's own report of a visit is stopped by the page's rules.
    assert [request.url for request in visit.foreign if request.failure != "csp"] == []


def test_readers_only_read_and_see_the_next_copy(visit, copy):
    published = (ROOT / "published" / "bankmart.duckdb").read_bytes()
    assert hashlib.sha256(copy.read_bytes()).digest() == hashlib.sha256(published).digest()
    fresh = copy.with_name("fresh.duckdb")
    shutil.copy(copy, fresh)
    with duckdb.connect(str(fresh)) as connection:
        connection.execute("update marts.tier_summary set customer_count = customer_count + 1")
        [(customers,)] = connection.execute(
            "select sum(customer_count) from marts.tier_summary"
        ).fetchall()
    fresh.replace(copy)
    visit.open()
    assert visit.chart("customers").locator(".header-line").inner_text() == f"{customers:,}"
