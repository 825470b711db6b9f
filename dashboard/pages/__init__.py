"""The pages, in the order of their tabs."""

from dashboard.pages import coverage, overview, quality, segments, value

PAGES = (overview.PAGE, segments.PAGE, coverage.PAGE, value.PAGE, quality.PAGE)
