{{ checked_extract(
    'loan_servicing',
    'loan_balance',
    references={
        'loan_id': 'base_loan_servicing__loan_contract',
    }
) }}
