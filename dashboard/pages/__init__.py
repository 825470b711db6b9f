"""The pages, in the order of their tabs."""

from dashboard.pages import coverage, overview, quality, segments, study, value

PAGES = (overview.PAGE, segments.PAGE, coverage.PAGE, study.PAGE, value.PAGE, quality.PAGE)
