-- A misspelt file name would count as an absent table, so it warns.
{{ config(severity='warn') }}

select * from {{ ref('data_finding') }}
where finding_code = 'unknown_file'
