with

as_of as (

    select * from {{ ref('int_reporting__as_of') }}

),

controls as (

    select
        ledger.as_of_date,
        ledger.account_class_code,
        ledger.currency_code,
        ledger.amount,
        cast(date_trunc('year', ledger.as_of_date) as date) as year_start_date
    from {{ ref('stg_general_ledger__ledger_control') }} as ledger
    inner join as_of
        on ledger.as_of_date <= as_of.as_of_date

),

balances as (

    select * from {{ ref('int_contract__balance_interval') }}

),

fees as (

    select * from {{ ref('int_customer__fee') }}

),

computed as (

    select
        controls.as_of_date,
        controls.account_class_code,
        controls.currency_code,
        sum(balances.balance) as computed_amount
    from controls
    inner join balances
        on
            controls.account_class_code = balances.contract_kind_code
            and controls.currency_code = balances.currency_code
            and controls.as_of_date >= balances.valid_from
            and controls.as_of_date < balances.valid_before
    group by controls.as_of_date, controls.account_class_code, controls.currency_code

    union all

    select
        controls.as_of_date,
        controls.account_class_code,
        controls.currency_code,
        sum(fees.amount) as computed_amount
    from controls
    inner join fees
        on
            controls.account_class_code = 'fee'
            and controls.currency_code = fees.currency_code
            and fees.booked_date between controls.year_start_date and controls.as_of_date
    group by controls.as_of_date, controls.account_class_code, controls.currency_code

),

final as (

    select
        ----------  keys
        controls.as_of_date,
        controls.account_class_code,
        controls.currency_code,

        ----------  amounts
        controls.amount as ledger_amount,
        cast(coalesce(computed.computed_amount, 0) as decimal(38, 2)) as computed_amount,
        cast(controls.amount - coalesce(computed.computed_amount, 0) as decimal(38, 2)) as difference_amount

    from controls
    left join computed
        on
            controls.as_of_date = computed.as_of_date
            and controls.account_class_code = computed.account_class_code
            and controls.currency_code = computed.currency_code

)

select * from final
