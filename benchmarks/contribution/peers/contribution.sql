-- Contribution by contract and month and by customer, written by hand for speed on DuckDB.
-- Variables: folder (of extracts), as_of (date).

create macro round_div(number, divisor) as
    case when number >= 0 then (2 * number + divisor) // (2 * divisor) else -((divisor - 2 * number) // (2 * divisor)) end;

create temp table contract as
select row_number() over ()::integer as contract, *
from (
    select
        'deposit' as kind, account_id as id, customer_id, coalesce(currency_code, 'CNY') as currency,
        open_date as start_date, maturity_date, (annual_rate_pct * 1000000)::bigint as rate
    from read_parquet(getvariable('folder') || '/deposit_account.parquet')
    union all
    select
        'loan', loan_id, customer_id, coalesce(currency_code, 'CNY'),
        start_date, maturity_date, (annual_rate_pct * 1000000)::bigint
    from read_parquet(getvariable('folder') || '/loan_contract.parquet')
);

-- One scan and one sort of the balances: each row valid until the account's next.
create temp table validity as
select contract.contract, contract.currency, b.day, last_day(b.day) as last_day, b.balance,
    lead(b.day, 1, getvariable('as_of') + 1) over (partition by contract.contract order by b.day) as before
from (
    select 'deposit' as kind, account_id as id, balance_date as day, balance
    from read_parquet(getvariable('folder') || '/deposit_balance/*.parquet')
    where balance_date <= getvariable('as_of')
    union all
    select 'loan', loan_id, balance_date, principal_balance
    from read_parquet(getvariable('folder') || '/loan_balance/*.parquet')
    where balance_date <= getvariable('as_of')
) as b
inner join contract on b.id = contract.id and b.kind = contract.kind;

create temp table month as
select month_start::date as first_day, last_day(month_start) as last_day,
    least(last_day(month_start), getvariable('as_of')) + 1 as before
from (select unnest(generate_series(
    (select date_trunc('month', min(day)) from validity), getvariable('as_of')::timestamp, interval 1 month
)) as month_start);

-- Rates in millionths of a percent, each valid from a day until the next.
create temp table rate as
select contract, day as from_day, lead(day, 1, date '9999-12-31') over (partition by contract order by day) as before, rate
from (
    select contract, date '0001-01-01' as day, rate from contract
    union all
    select contract.contract, r.effective_date, (r.annual_rate_pct * 1000000)::bigint
    from (
        select 'deposit' as kind, account_id as id, effective_date, annual_rate_pct
        from read_parquet(getvariable('folder') || '/deposit_rate/*.parquet')
        union all
        select 'loan', loan_id, effective_date, annual_rate_pct
        from read_parquet(getvariable('folder') || '/loan_rate/*.parquet')
    ) as r
    inner join contract on r.id = contract.id and r.kind = contract.kind
    where r.effective_date <= getvariable('as_of')
);

-- Exchange rates by currency and month, so that a piece of balance meets a month's few and not all.
create temp table exchange as
with valid as (
    select currency_code as currency, rate_date as from_day, rate_to_reporting as rate,
        lead(rate_date, 1, date '9999-12-31') over (partition by currency_code order by rate_date) as before
    from read_parquet(getvariable('folder') || '/exchange_rate/*.parquet')
    where rate_date <= getvariable('as_of')
)
select valid.currency, month.last_day,
    greatest(valid.from_day, month.first_day) as from_day, least(valid.before, month.before) as before, valid.rate
from valid
inner join month on valid.from_day < month.before and valid.before > month.first_day;

-- Transfer prices in 10 decimals of a fraction: numerator over width at a tenor, from the day's curve.
create temp table transfer_price as
with curve as (
    select curve_code, curve_date, tenor_days, (annual_rate_pct * 1000000)::bigint as rate,
        lead(tenor_days) over w as next_tenor, lead((annual_rate_pct * 1000000)::bigint) over w as next_rate,
        row_number() over w = 1 as is_first
    from read_parquet(getvariable('folder') || '/ftp_curve/*.parquet')
    where curve_date <= getvariable('as_of')
    window w as (partition by curve_code, curve_date order by tenor_days)
),
bracket as (
    select curve_code, curve_date, tenor_days as from_tenor, coalesce(next_tenor, 2147483647) as before_tenor,
        coalesce(next_tenor - tenor_days, 1) as width, rate, coalesce(next_rate - rate, 0) as rise
    from curve
    union all
    select curve_code, curve_date, 0, tenor_days, 1, rate, 0 from curve where is_first
),
curve_day as (
    select curve_code, curve_date,
        case when lag(curve_date) over w is null then date '0001-01-01' else curve_date end as from_day,
        lead(curve_date, 1, date '9999-12-31') over w as before
    from (select distinct curve_code, curve_date from curve)
    window w as (partition by curve_code order by curve_date)
),
request as (
    select distinct currency, start_date as day, coalesce(maturity_date - start_date, 365) as tenor, false as is_demand
    from contract where kind = 'loan' or maturity_date is not null
    union all
    select distinct currency, first_day, 365, true
    from contract cross join month where kind = 'deposit' and maturity_date is null
)
select request.*,
    round_div(case when is_demand
        then 7 * (one.rate * one.width + one.rise * (365 - one.from_tenor))::hugeint * night.width
            + 3 * (night.rate * night.width + night.rise * (1 - night.from_tenor))::hugeint * one.width
        else 10 * (one.rate * one.width + one.rise * (tenor - one.from_tenor))::hugeint * night.width
    end * 10, one.width * night.width) as ftp
from request
asof join curve_day on request.currency = curve_day.curve_code and request.day >= curve_day.from_day
inner join bracket as one on one.curve_code = curve_day.curve_code and one.curve_date = curve_day.curve_date
    and request.tenor >= one.from_tenor and request.tenor < one.before_tenor
inner join bracket as night on night.curve_code = curve_day.curve_code and night.curve_date = curve_day.curve_date
    and 1 >= night.from_tenor and 1 < night.before_tenor;

-- All but demand deposits have one price for life, demand deposits one by currency and month.
create temp table priced as
select contract.contract, contract.kind, contract.currency, price.ftp
from contract
left join transfer_price as price on not price.is_demand
    and (contract.kind = 'loan' or contract.maturity_date is not null)
    and price.currency = contract.currency and price.day = contract.start_date
    and price.tenor = coalesce(contract.maturity_date - contract.start_date, 365);

create temp table demand_price as
select price.currency, month.last_day, price.ftp
from transfer_price as price
inner join month on price.day = month.first_day
where price.is_demand;

create temp table contract_month as
with piece as (
    -- What a balance covers of its own month,
    select contract, currency, last_day, day as from_day, least(before, last_day + 1) as before, balance
    from validity
    union all
    -- and of the months after.
    select contract, currency, month.last_day, month.first_day, least(carried.before, month.before), balance
    from (
        select *, unnest(generate_series(last_day + 1, before - 1, interval 1 month))::date as first_day
        from validity where before > last_day + 1
    ) as carried
    inner join month using (first_day)
),
converted as (
    select contract, last_day, from_day, before, balance from piece where currency = 'CNY'
    union all
    select piece.contract, piece.last_day, greatest(piece.from_day, exchange.from_day),
        least(piece.before, exchange.before), round(piece.balance::decimal(19, 2) * exchange.rate, 2)::decimal(18, 2)
    from piece
    inner join exchange on exchange.currency = piece.currency and exchange.last_day = piece.last_day
        and piece.from_day < exchange.before and piece.before > exchange.from_day
    where piece.currency <> 'CNY'
),
by_rate as (
    select converted.contract, last_day, rate.rate,
        sum(balance::decimal(16, 2) * (
            least(converted.before, rate.before) - greatest(converted.from_day, rate.from_day)
        )::decimal(2, 0)) as balance_days
    from converted
    inner join rate on converted.contract = rate.contract
        and converted.from_day < rate.before and converted.before > rate.from_day
    group by all
),
factor as (
    -- 1 - 5 % x 1.10 to April 2016, then 1 - 6/106 x 1.12.
    select last_day, first_day, case when last_day < date '2016-05-01' then 9450000000 else 9366037736 end as factor
    from month
),
spread as (
    select by_rate.contract, by_rate.last_day, by_rate.balance_days,
        case when priced.kind = 'deposit' then coalesce(priced.ftp, demand.ftp) - by_rate.rate * 100
            else round_div(by_rate.rate::hugeint * factor.factor, 100000000) - priced.ftp
        end as spread
    from by_rate
    inner join factor using (last_day)
    inner join priced using (contract)
    left join demand_price as demand on demand.currency = priced.currency and demand.last_day = by_rate.last_day
),
summed as (
    select contract, last_day, sum((balance_days * 100)::hugeint * spread) as total
    from spread group by contract, last_day
)
-- In 10 decimals, over 360 days.
select contract, last_day, round_div(total, 36000)::decimal(28, 0) * 0.0000000001::decimal(10, 10) as contribution
from summed;

copy (
    select kind as contract_kind_code, id as contract_id, last_day as month_end_date,
        contribution::decimal(38, 10) as contribution_amount
    from contract_month inner join contract using (contract)
) to '$OUT/contract_month.parquet';

copy (
    with part as (
        select customer_id,
            sum(contribution) filter (where kind = 'deposit') as deposit, sum(contribution) filter (where kind = 'loan') as loan
        from contract_month inner join contract using (contract)
        where last_day >= date_trunc('year', getvariable('as_of'))
        group by customer_id
    ),
    fee as (
        select fee.customer_id, fee.booked_date,
            case when coalesce(fee.currency_code, 'CNY') = 'CNY' then fee.amount
                else round(fee.amount::decimal(19, 2) * exchange.rate, 2)
            end as amount
        from read_parquet(getvariable('folder') || '/fee_income/*.parquet') as fee
        left join exchange on fee.currency_code = exchange.currency
            and fee.booked_date >= exchange.from_day and fee.booked_date < exchange.before
            and exchange.last_day = last_day(fee.booked_date)
        where fee.booked_date <= getvariable('as_of')
    ),
    fee_part as (
        select customer_id, sum(amount) as fee from fee
        where booked_date >= date_trunc('year', getvariable('as_of')) group by customer_id
    ),
    known as (
        select customer_id from read_parquet(getvariable('folder') || '/customer.parquet')
        union select customer_id from contract
        union select customer_id from fee
    )
    select customer_id,
        round(coalesce(deposit, 0), 2)::decimal(18, 2) as deposit_contribution_amount,
        round(coalesce(loan, 0), 2)::decimal(18, 2) as loan_contribution_amount,
        coalesce(fee, 0)::decimal(18, 2) as fee_income_amount,
        (deposit_contribution_amount + loan_contribution_amount + fee_income_amount)::decimal(18, 2) as contribution_amount
    from known left join part using (customer_id) left join fee_part using (customer_id)
) to '$OUT/customer.parquet';
