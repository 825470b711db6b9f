{{ rows_of_last_training('registry_member', member_columns()) }}
