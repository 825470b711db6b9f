{{ checked_extract(
    'loan_servicing',
    'loan_rate',
    references={
        'loan_id': 'base_loan_servicing__loan_contract',
    }
) }}
