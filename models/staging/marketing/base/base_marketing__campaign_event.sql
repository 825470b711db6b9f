{{ checked_extract(
    'marketing',
    'campaign_event',
    references={
        'campaign_id': 'base_marketing__campaign',
        'customer_id': 'base_crm__customer',
        'loan_id': 'base_loan_servicing__loan_contract',
    }
) }}
