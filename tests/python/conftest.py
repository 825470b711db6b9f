"""Fixtures that more than one test module uses."""

from __future__ import annotations

import csv
import os
import pathlib

import numpy as np
import pytest

from visit import CHROMIUM, FLAGS
from warehouse import ROOT, SHIPPED_POLICY, Build, build

# Its checks are tests of the modules that inherit them.
pytest.register_assert_rewrite("segmentation_oracle")

DEMO_EXTRACTS = ROOT / "demo_bank" / "extracts"


def pytest_configure():
    """One thread for scikit-learn: two workers have the cores already, and its threads spin."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")


# Whole banks first, so that no worker is left alone with them at the end.
LONGEST = (
    "test_history", "test_door", "test_training", "test_segmentation", "test_demo_bank",
    "test_policy", "test_ftp_methods", "test_second_bank", "test_odd_bank", "test_oracle",
    "test_lendingclub", "test_sba", "test_assessed", "test_berka",
)  # fmt: skip


def pytest_collection_modifyitems(items):
    """Modules that take longest come first, the others as they are."""
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.module.__name__, len(LONGEST)))


@pytest.fixture(scope="session")
def demo(tmp_path_factory) -> Build:
    """The warehouse of the demo bank: the one `make test` built just before, or one built here."""
    built = os.environ.get("BANKMART_TEST_DATABASE")
    if built and (ROOT / built).exists():
        return Build(ROOT / built, 0, "")
    made = build(DEMO_EXTRACTS, tmp_path_factory.mktemp("demo"), policy=SHIPPED_POLICY)
    assert made.returncode == 0, made.output
    return made


@pytest.fixture(scope="session")
def shared() -> pathlib.Path:
    """The folder with facts beside the repository; tests that need it are skipped without it."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("no ../shared beside the repository")
    return folder


@pytest.fixture(scope="session")
def study_loans() -> np.ndarray:
    """The study's 7,341 loans in file order: term, amount, rate on the min-max scale."""
    with (ROOT / "demo_bank" / "study_loans.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    names = ("term_days", "amount_wan", "rate_pct")
    values = np.array([[float(row[name]) for name in names] for row in rows])
    return (values - values.min(axis=0)) / np.ptp(values, axis=0)


@pytest.fixture(scope="module")
def browser():
    """The machine's chromium, without any of its own errands."""
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine")
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


def pytest_terminal_summary(terminalreporter):
    """Ends the run with what the candidates made of real data."""
    texts = {
        text
        for reports in terminalreporter.stats.values()
        for report in reports
        for name, text in getattr(report, "user_properties", ())
        if name == "segmentation"
    }
    if texts:
        terminalreporter.section("segmentation of real data")
        terminalreporter.write_line("\n\n".join(sorted(texts)))
