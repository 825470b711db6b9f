select * from {{ ref('int_contract__monthly_ftp') }}
