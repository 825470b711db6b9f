{{ checked_extract(
    'core_banking',
    'deposit_rate',
    references={
        'account_id': 'base_core_banking__deposit_account',
    }
) }}
