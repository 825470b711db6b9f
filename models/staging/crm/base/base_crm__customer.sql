{{ checked_extract(
    'crm',
    'customer'
) }}
