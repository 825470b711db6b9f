"""Learning algorithms shared by the Python models: plain numpy, no dbt."""
