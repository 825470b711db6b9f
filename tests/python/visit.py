"""A page as the machine's chromium shows it."""

from __future__ import annotations

import shutil
from pathlib import Path

CHROMIUM = shutil.which("chromium")
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


class Visit:
    """A page opened at a width; whatever it says or asks for is kept."""

    def __init__(self, browser, page: Path, width: int):
        self.page, self.said, self.asked = page, [], []
        self.tab = browser.new_page(viewport={"width": width, "height": 800})
        self.tab.on("console", lambda message: self.said.append(message.text))
        self.tab.on("pageerror", lambda error: self.said.append(str(error)))
        self.tab.on("request", lambda request: self.asked.append(request.url))

    def show(self, code: str, language: str) -> None:
        """Open one page in one language and wait until it is drawn."""
        state = f"{code}/{language}"
        self.tab.goto(f"{self.page.as_uri()}#{state}")
        self.tab.wait_for_function(
            "state => document.documentElement.dataset.ready === state", arg=state
        )

    def close(self) -> None:
        """Nothing was said, and nothing was asked of anybody."""
        self.tab.close()
        assert self.said == []
        assert {url.split(":")[0] for url in self.asked} <= {"file", "data", "blob"}
