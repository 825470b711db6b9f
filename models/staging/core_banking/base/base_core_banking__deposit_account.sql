{{ checked_extract(
    'core_banking',
    'deposit_account',
    references={
        'customer_id': 'base_crm__customer',
    }
) }}
