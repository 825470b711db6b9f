{{ checked_extract(
    'core_banking',
    'fee_income',
    references={
        'customer_id': 'base_crm__customer',
    }
) }}
