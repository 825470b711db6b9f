{{ checked_extract(
    'loan_servicing',
    'loan_contract',
    references={
        'customer_id': 'base_crm__customer',
    },
    optional_references={
        'campaign_id': 'base_marketing__campaign',
    }
) }}
