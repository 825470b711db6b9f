"""Fixtures that more than one test module uses."""

from __future__ import annotations

import os
import pathlib

import pytest

from warehouse import ROOT, Build, build

DEMO_EXTRACTS = ROOT / "demo_bank" / "extracts"


@pytest.fixture(scope="session")
def demo(tmp_path_factory) -> Build:
    """The warehouse of the demo bank: the one `make test` built just before, or one built here."""
    built = os.environ.get("BANKMART_TEST_DATABASE")
    if built and (ROOT / built).exists():
        return Build(ROOT / built, 0, "")
    made = build(DEMO_EXTRACTS, tmp_path_factory.mktemp("demo"))
    assert made.returncode == 0, made.output
    return made


@pytest.fixture(scope="session")
def shared() -> pathlib.Path:
    """The folder with facts beside the repository; tests that need it are skipped without it."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("no ../shared beside the repository")
    return folder
