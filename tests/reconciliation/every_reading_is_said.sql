-- What a var can choose and what the seed says of it are the same.
with

known as (

    select setting_code, setting_value from (
        {{ chosen_readings() }}
    ) as chosen

    union all

    select setting_code, setting_value from (
        {{ alternative_readings() }}
    ) as alternatives

)

select
    known.setting_code as known_code,
    known.setting_value as known_value,
    readings.setting_code,
    readings.setting_value
from known
full outer join {{ ref('reading') }} as readings
    on
        known.setting_code = readings.setting_code
        and known.setting_value = readings.setting_value
where known.setting_code is null or readings.setting_code is null
