"""Charts that more than one page draws."""

import altair as alt

from dashboard.card import View
from dashboard.text import WITHHELD, fixed, width
from dashboard.theme import BLUE, GROUND, INK, MUTED, ORANGE, SEQUENTIAL, SLATE

# Letters of a legend that stand beside each other on a phone.
WIDE = 30


def waterfall(view: View, name: str, amount: str) -> alt.TopLevelMixin:
    """Bars that start where the one before ended; ends stand on the ground.

    The answer has `is_total`; the amounts before a total add up to it.
    """
    rows, reached = [], 0.0
    for row in view.rows:
        value = row[amount] or 0.0
        is_total = row["is_total"] == "true"
        start = 0.0 if is_total else reached
        reached = start + value
        rows.append(
            {
                **row,
                "start": start,
                "end": reached,
                "top": max(start, reached),
                "label": fixed(value, view.columns[amount].number.places),
                "colour": SLATE if is_total else BLUE if value >= 0 else ORANGE,
            }
        )
    base = view.chart(rows).encode(
        x=alt.X(
            f"{name}:N",
            sort=view.order(name),
            axis=alt.Axis(
                title=None, labelAngle=0, labelOverlap=False, labelExpr="split(datum.label, ' ')"
            ),
        ),
        tooltip=view.tooltip(name, amount),
    )
    bars = base.mark_bar().encode(
        y=alt.Y("start:Q", axis=view.axis(amount), scale=alt.Scale(domain=room(rows), nice=False)),
        y2="end",
        color=alt.Color("colour:N", scale=None),
    )
    labels = base.mark_text(dy=-9, fontWeight="bold").encode(y="top:Q", text="label:N")
    ground = view.chart([{"nought": 0}]).mark_rule(color=MUTED).encode(y="nought:Q")
    return (bars + ground + labels).properties(height=260)


def room(rows: list[dict]) -> list[float]:
    """From the lowest to the highest, with room for a label above."""
    ends = [0.0, *(row[name] for row in rows for name in ("start", "end"))]
    low, high = min(ends), max(ends)
    return [low - 0.04 * (high - low) if low else 0, high + 0.09 * (high - low) or 1]


def colour_of(measures: list[str], colours: list[str]) -> alt.Color:
    """A colour for each measure; long names stand under each other, so that a phone shows them."""
    columns = {"columns": 1} if len(measures) < 4 and width("".join(measures)) > WIDE else {}
    return alt.Color(
        "measure:N",
        title=None,
        scale=alt.Scale(domain=measures, range=colours),
        legend=alt.Legend(**columns),
    )


def side_by_side(
    view: View, key: str, names: tuple[str, ...], colours: list[str], is_labelled: bool = False
) -> alt.TopLevelMixin:
    """For each row bars of some columns under each other, in one unit."""
    measures = [view.say(view.columns[name].header) for name in names]
    first = names[0]
    base = view.chart(view.long(key, *names)).encode(
        y=alt.Y(f"{key}:N", sort=view.order(key), axis=alt.Axis(title=None)),
        yOffset=alt.YOffset("measure:N", sort=measures),
        x=alt.X("value:Q", axis=view.axis(first, title=view.unit(first) or None, tickCount=5)),
        tooltip=view.long_tooltip(key, first),
    )
    chart = base.mark_bar().encode(color=colour_of(measures, colours))
    if is_labelled:
        label = view.columns[first].number.axis.replace("~", "")
        chart += base.mark_text(align="left", dx=4).encode(text=alt.Text("value:Q", format=label))
    return chart.properties(height=56 * len(view.rows))


def stacked(
    view: View,
    key: str,
    names: tuple[str, ...],
    net: str,
    colours: list[str],
    is_upright: bool = True,
) -> alt.TopLevelMixin:
    """For each row its columns stacked from nought both ways, what is left of them as a diamond."""
    measures = [view.say(view.columns[name].header) for name in names]
    axis = view.axis(net, tickCount=6)
    if is_upright:
        place = {"x": alt.X(f"{key}:N", axis=alt.Axis(title=None, labelAngle=0))}
        value, left = {"y": alt.Y("value:Q", axis=axis)}, {"y": f"{net}:Q"}
        height = 260
    else:
        place = {"y": alt.Y(f"{key}:N", sort=view.order(key), axis=alt.Axis(title=None))}
        value, left = {"x": alt.X("value:Q", axis=axis)}, {"x": f"{net}:Q"}
        height = 46 * len(view.rows)
    bars = (
        view.chart(view.long(key, *names))
        .mark_bar(stroke="#fff", strokeWidth=0.5)
        .encode(
            **place,
            **value,
            color=colour_of(measures, colours),
            order=alt.Order("place:Q"),
            tooltip=view.long_tooltip(key, net),
        )
    )
    points = (
        view.chart()
        .mark_point(shape="diamond", size=75, color="#fff", stroke=INK, strokeWidth=1.5, opacity=1)
        .encode(**place, **left, tooltip=view.tooltip(key, net))
    )
    chart = bars + points
    withheld = [row for row, is_so in zip(view.rows, view.withheld, strict=True) if is_so]
    if withheld:
        text = view.say(WITHHELD)
        chart += view.chart(withheld).mark_text(text=text, color=MUTED).encode(**place)
    return chart.properties(height=height)


def matrix(view: View, x: str, y: str, value: str, detail: str | None = None) -> alt.TopLevelMixin:
    """Cells coloured by a value, which is written on them, with a second figure underneath."""
    column = view.columns[value]
    known, blank = [], []
    for row, raw, is_withheld in zip(view.rows, view.answer, view.withheld, strict=True):
        written = column.written(raw[value], view.units[value], view.language)
        row["label"] = view.say(WITHHELD) if is_withheld else written
        if detail:
            shown = view.columns[detail].written(raw[detail], view.units[detail], view.language)
            row["detail"] = "" if is_withheld else shown
        row["is_withheld"] = is_withheld
        (blank if row[value] is None else known).append(row)
    largest = max((row[value] for row in known), default=0) or 1
    places = {
        "x": alt.X(
            f"{x}:N",
            sort=view.order(x),
            scale=alt.Scale(domain=view.order(x), paddingInner=0.02, paddingOuter=0),
            axis=alt.Axis(
                title=None, orient="top", labelAngle=0, domain=False, ticks=False,
                labelOverlap=False,
            ),
        ),
        "y": alt.Y(
            f"{y}:N",
            sort=view.order(y),
            scale=alt.Scale(domain=view.order(y), paddingInner=0.02, paddingOuter=0),
            axis=alt.Axis(title=None, domain=False, ticks=False),
        ),
        "tooltip": view.tooltip(),
    }  # fmt: skip
    layers = []
    if known:
        base = view.chart(known).encode(**places)
        colour = alt.Color(
            f"{value}:Q", scale=alt.Scale(scheme=SEQUENTIAL, domain=[0, largest]), legend=None
        )
        is_dark = f"datum.{value} > {largest * 0.55:.9f}"
        ink = alt.condition(is_dark, alt.value("#fff"), alt.value(INK))
        label = base.mark_text(dy=-8 if detail else 0, fontWeight="bold", fontSize=13)
        layers += [base.mark_rect().encode(color=colour), label.encode(text="label:N", color=ink)]
        if detail:
            text = base.mark_text(dy=10, fontSize=11)
            layers.append(text.encode(text="detail:N", color=ink))
    if blank:
        base = view.chart(blank).encode(**places)
        layers += [
            base.mark_rect(color=GROUND),
            base.mark_text(fontSize=10, limit=alt.expr("bandwidth('x')")).encode(text="label:N"),
        ]
    return alt.layer(*layers).properties(height=(58 if detail else 44) * len(view.order(y)))
