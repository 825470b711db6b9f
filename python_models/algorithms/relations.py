"""Small relations of the warehouse as plain Python values."""


def records(relation) -> list[dict]:
    """The rows of a small DuckDB relation as dicts, in its order."""
    return [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]
