"""A model's SQL on tables of a test's own, without a build."""

from __future__ import annotations

import jinja2

from warehouse import ROOT


def model_sql(path: str, *macros: str) -> str:
    """The SQL of a model below ``models/``, its refs as plain table names.

    ``macros``: the files below ``macros/`` it takes macros from.
    """
    parts = [ROOT / "macros" / macro for macro in macros] + [ROOT / "models" / path]
    text = "\n".join(part.read_text(encoding="utf-8") for part in parts)
    environment = jinja2.Environment(extensions=["jinja2.ext.do"], undefined=jinja2.StrictUndefined)
    return environment.from_string(text).render(ref=lambda name: name)
