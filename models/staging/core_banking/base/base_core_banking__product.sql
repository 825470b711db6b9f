{{ checked_extract(
    'core_banking',
    'product'
) }}
