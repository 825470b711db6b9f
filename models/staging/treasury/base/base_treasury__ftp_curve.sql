{{ checked_extract(
    'treasury',
    'ftp_curve'
) }}
