{{ checked_extract(
    'marketing',
    'campaign'
) }}
