"""Write the page: `python -m dashboard published/bankmart.duckdb published/dashboard.html`."""

from __future__ import annotations

import argparse
import json
import os
import sys
import webbrowser
from functools import cache
from pathlib import Path

import duckdb
import jinja2
import vl_convert
from markupsafe import Markup

from dashboard.card import SHOWN_ROWS, Answer, ask
from dashboard.pages import PAGES
from dashboard.text import LANGUAGES, Text, both
from dashboard.theme import CONFIG

HERE = Path(__file__).parent
# Columns of a table that a phone can show beside each other, the last by a stroke of the finger.
NARROW_COLUMNS = 6
MORE = both("共 {} 行，这里是前 {} 行。", "{} rows; the first {} are shown.")


def read_context(connection: duckdb.DuckDBPyConnection) -> dict[str, object]:
    """What every page needs to know of the copy: what it holds, whose it is, and of what day."""
    marts = {
        f"{schema}.{table}"
        for schema, table in connection.execute(
            "select table_schema, table_name from information_schema.tables"
        ).fetchall()
    }

    def values(mart: str, query: str) -> list[tuple]:
        return connection.execute(query).fetchall() if mart in marts else []

    settings = dict(
        values("quality.setting", "select setting_code, setting_value from quality.setting")
    )
    return {
        "marts": marts,
        "settings": settings,
        "reporting_currency": settings.get("reporting_currency", ""),
        "as_of_date": settings.get("as_of_date"),
        "is_synthetic": bool(
            values(
                "quality.data_finding",
                "select 1 from quality.data_finding where finding_code = 'synthetic_extracts'",
            )
        ),
        "empty_extracts": {
            name
            for (name,) in values(
                "quality.extract_reconciliation",
                "select extract_name from quality.extract_reconciliation where rows_accepted = 0",
            )
        },
    }


def described(answer: Answer) -> dict[str, object]:
    """An answer as the template takes it."""
    card = answer.card
    views = {language: answer.view(language) for language in LANGUAGES}
    tables = {language: answer.cells(language) for language in LANGUAGES}
    count = len(answer.rows)
    table = [
        [joined(zh, en) for zh, en in zip(*rows, strict=True)]
        for rows in zip(tables["zh"], tables["en"], strict=True)
    ]
    is_wide = len(card.columns) > NARROW_COLUMNS or any(
        cell["looks"] == "long" for row in table for cell in row
    )
    return {
        "code": card.code,
        "question": card.question,
        "note": card.note,
        "width": card.width,
        "tiles": card.tiles,
        "has_chart": card.draw is not None,
        "empty": answer.empty,
        "sources": answer.sources,
        "headers": [
            {
                "title": column.header
                if card.tiles
                else Text(*(views[language].title(column.name) for language in LANGUAGES)),
                "name": column.name,
                "is_number": column.number is not None,
            }
            for column in card.columns
            if not column.is_drawn_only
        ],
        "table": table,
        "look": "records" if is_wide else "plain",
        "more": None
        if count <= SHOWN_ROWS
        else Text(*(MORE[language].format(count, SHOWN_ROWS) for language in LANGUAGES)),
    }


def joined(zh: dict, en: dict) -> dict:
    """One cell of both languages."""
    looks = "long" if "long" in (zh["looks"], en["looks"]) else zh["looks"]
    return {**zh, "text": Text(zh["text"], en["text"]), "looks": looks}


@cache
def drawing_library() -> Markup:
    """Vega-Embed with Vega and Vega-Lite, as one script."""
    script = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    return Markup(script.replace("</script", "<\\/script"))


def write_page(published: Path, target: Path) -> int:
    """Ask every card's question of the copy and write the page; returns the number of cards."""
    with duckdb.connect(str(published), read_only=True) as connection:
        context = read_context(connection)
        answers = {
            page.code: [ask(connection, card, context) for card in page.cards] for page in PAGES
        }
    specs = {
        f"{page.code}.{answer.card.code}": {
            language: answer.spec(language) for language in LANGUAGES
        }
        for page in PAGES
        for answer in answers[page.code]
        if answer.card.draw and not answer.empty
    }
    charts = json.dumps(
        {"config": CONFIG, "specs": specs}, ensure_ascii=False, separators=(",", ":")
    )
    charts = charts.replace("<", "\\u003c")
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    html = environment.get_template("page.html").render(
        pages=[
            {"code": page.code, "name": page.name, "answers": map(described, answers[page.code])}
            for page in PAGES
        ],
        is_synthetic=context["is_synthetic"],
        as_of_date=context["as_of_date"],
        currency=context["reporting_currency"],
        style=Markup((HERE / "style.css").read_text(encoding="utf-8")),
        script=Markup((HERE / "script.js").read_text(encoding="utf-8")),
        library=drawing_library(),
        charts=Markup(charts),
    )
    fresh = target.with_name(target.name + ".new")
    fresh.write_text(html, encoding="utf-8")
    fresh.replace(target)
    return sum(map(len, answers.values()))


def show(address: str) -> None:
    """Open an address in the browser, where there is a screen."""
    print(f"Open {address}")
    screens = ("DISPLAY", "WAYLAND_DISPLAY")
    if sys.platform != "linux" or any(map(os.environ.get, screens)):
        webbrowser.open(address)


def main() -> None:
    """Command line: PUBLISHED TARGET."""
    parser = argparse.ArgumentParser(prog="python -m dashboard", description=__doc__)
    parser.add_argument("published", type=Path, help="the copy for readers")
    parser.add_argument("target", type=Path, help="the HTML file to write")
    parser.add_argument("--open", action="store_true", help="open it in the browser")
    arguments = parser.parse_args()
    if not arguments.published.exists():
        parser.exit(2, f"{arguments.published}: no such copy. Run `make build` first\n")
    count = write_page(arguments.published, arguments.target)
    print(f"Wrote {count} cards on {len(PAGES)} pages to {arguments.target}")
    if arguments.open:
        show(arguments.target.resolve().as_uri())


if __name__ == "__main__":
    main()
