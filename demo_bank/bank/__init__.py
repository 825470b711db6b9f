"""The synthetic bank behind the demo extracts, one module per source system."""
