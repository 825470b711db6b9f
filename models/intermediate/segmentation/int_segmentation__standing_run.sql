with

runs as (

    {{ standing_rows('segmentation_run', {
        'grain_code': 'varchar', 'training_number': 'integer', 'candidate_code': 'varchar', 'policy_hash': 'varchar',
        'space_code': 'varchar', 'window_start_date': 'date', 'window_end_date': 'date', 'is_champion': 'boolean',
    }) }}

),

latest as (

    select grain_code, max(training_number) as training_number
    from runs
    group by grain_code

),

final as (

    select runs.*
    from runs
    inner join latest
        on
            runs.grain_code = latest.grain_code
            and runs.training_number = latest.training_number

)

select * from final
