"""Take the README picture: `python -m dashboard.picture published/dashboard.html PNG`."""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from playwright.sync_api import sync_playwright

WIDTH = 1366
STATE = "overview/en"
# The picture ends under this card.
LAST = "#overview-months"


def main() -> None:
    """Command line: PAGE PICTURE."""
    parser = argparse.ArgumentParser(prog="python -m dashboard.picture", description=__doc__)
    parser.add_argument("page", type=Path, help="the dashboard")
    parser.add_argument("picture", type=Path, help="the PNG to write")
    arguments = parser.parse_args()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--headless", "--no-sandbox"]
        )
        tab = browser.new_page(viewport={"width": WIDTH, "height": 2000})
        tab.goto(f"{arguments.page.resolve().as_uri()}#{STATE}")
        tab.wait_for_function(f"document.documentElement.dataset.ready === '{STATE}'")
        card = tab.locator(LAST).bounding_box()
        height = card["y"] + card["height"] + 16
        tab.screenshot(
            path=arguments.picture, clip={"x": 0, "y": 0, "width": WIDTH, "height": height}
        )
        browser.close()


if __name__ == "__main__":
    main()
