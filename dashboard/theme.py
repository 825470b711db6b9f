"""Colours that colour-blind eyes and grey prints can tell apart, and how charts look."""

# Okabe and Ito's palette, ordered so that neighbours differ in lightness too.
BLUE, ORANGE, GREEN, PURPLE, SKY, RED, YELLOW = (
    "#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442",
)  # fmt: skip
INK, MUTED, SLATE, PALE, GROUND = "#1b2733", "#5a6672", "#33414f", "#b8c2cc", "#eef1f4"
SERIES = [BLUE, ORANGE, SLATE, SKY, RED, GREEN, PURPLE, YELLOW]
SHAPES = ["circle", "triangle-up", "square", "diamond", "cross", "triangle-down", "triangle-left"]
# Lightness alone carries these, so they stay readable in grey.
SEQUENTIAL = "blues"

FONT = (
    "system-ui, 'Segoe UI', 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC',"
    " 'Noto Sans SC', Arial, sans-serif"
)

CONFIG = {
    "background": None,
    "font": FONT,
    "padding": 2,
    "view": {"stroke": None},
    "axis": {
        "labelColor": INK,
        "labelFontSize": 12,
        "labelLimit": 190,
        "titleColor": MUTED,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "titlePadding": 8,
        "gridColor": "#e8ecf0",
        "domainColor": "#9aa5b1",
        "tickColor": "#9aa5b1",
        "labelOverlap": True,
        "labelSeparation": 4,
    },
    "axisY": {
        "titleAlign": "left",
        "titleAngle": 0,
        "titleAnchor": "end",
        "titleX": 0,
        "titleY": -14,
    },
    "legend": {
        "orient": "bottom",
        "direction": "horizontal",
        "labelColor": INK,
        "labelFontSize": 12,
        "titleColor": MUTED,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "symbolStrokeWidth": 2,
        "columnPadding": 14,
        "offset": 8,
        "columns": 3,
        "symbolLimit": 40,
    },
    "text": {"fontSize": 12, "color": INK},
    "bar": {"color": BLUE},
    "line": {"color": BLUE, "strokeWidth": 2.5},
    "point": {"color": BLUE, "filled": True, "size": 80},
    "rule": {"color": MUTED},
    "scale": {"bandPaddingInner": 0.25},
    "range": {"category": SERIES, "symbol": SHAPES},
}
