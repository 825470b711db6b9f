-- The bank's data, not our rule: a difference warns, and the mart shows it.
{{ config(severity='warn') }}

select * from {{ ref('ledger_reconciliation') }}
where difference_amount <> 0
