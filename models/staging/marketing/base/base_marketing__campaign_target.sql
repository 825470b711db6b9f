{{ checked_extract(
    'marketing',
    'campaign_target',
    references={
        'campaign_id': 'base_marketing__campaign',
        'customer_id': 'base_crm__customer',
    }
) }}
