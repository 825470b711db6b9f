{{ checked_extract(
    'core_banking',
    'deposit_balance',
    references={
        'account_id': 'base_core_banking__deposit_account',
    }
) }}
