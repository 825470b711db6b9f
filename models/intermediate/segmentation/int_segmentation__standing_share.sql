{{ rows_of_last_training('registry_share', share_columns()) }}
