"""The page that managers open: charts and tables of the published copy, in one HTML file."""
