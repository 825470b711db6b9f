{{ rows_of_last_training('registry_range', range_columns()) }}
