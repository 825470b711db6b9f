with

members as (

    {{ standing_rows('registry_member', {
        'grain_code': 'varchar', 'training_number': 'integer', 'member_id': 'varchar',
    }) }}

),

runs as (

    select distinct grain_code, training_number
    from {{ ref('int_segmentation__standing_run') }}

),

final as (

    select members.*
    from members
    inner join runs
        on
            members.grain_code = runs.grain_code
            and members.training_number = runs.training_number

)

select * from final
