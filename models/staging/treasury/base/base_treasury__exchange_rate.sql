{{ checked_extract(
    'treasury',
    'exchange_rate'
) }}
