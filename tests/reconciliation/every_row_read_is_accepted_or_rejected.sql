-- Rows and money, per extract; and the rejected rows are there to be looked at.
with

rejected as (

    select extract_name, count(*) as row_count from {{ ref('rejected_row') }}
    group by extract_name

)

select reconciliation.*
from {{ ref('extract_reconciliation') }} as reconciliation
left join rejected
    on reconciliation.extract_name = rejected.extract_name
where
    reconciliation.rows_read <> reconciliation.rows_accepted + reconciliation.rows_rejected
    or reconciliation.amount_read <> reconciliation.amount_accepted + reconciliation.amount_rejected
    or reconciliation.rows_rejected <> coalesce(rejected.row_count, 0)
