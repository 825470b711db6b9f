{{ checked_extract(
    'loan_servicing',
    'loan_performance',
    references={
        'loan_id': 'base_loan_servicing__loan_contract',
    }
) }}
