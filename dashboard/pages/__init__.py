"""The pages, in the order of their tabs."""

from dashboard.pages import coverage, overview, quality, segments

PAGES = (overview.PAGE, segments.PAGE, coverage.PAGE, quality.PAGE)
