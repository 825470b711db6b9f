{{ checked_extract(
    'general_ledger',
    'ledger_control'
) }}
