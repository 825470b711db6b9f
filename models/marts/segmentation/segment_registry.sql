with

segments as (

    select * from {{ ref('registry_segment') }}
    where grain_code = 'loan'

),

runs as (

    select distinct training_number, window_end_date
    from {{ ref('segmentation_run') }}
    where grain_code = 'loan'

),

recorded as (

    -- A training that was cut short has no run.
    select segments.*, runs.window_end_date
    from segments
    inner join runs
        on segments.training_number = runs.training_number

),

ranked as (

    select
        *,
        min(training_number) over (partition by segment_code) as first_training_number,
        max(training_number) over () as latest_training_number,
        row_number() over (partition by segment_code order by training_number desc) as place
    from recorded

),

final as (

    select
        ----------  keys
        segment_code,

        ----------  attributes
        training_number = latest_training_number as is_open,
        cast(first_training_number as integer) as first_training_number,
        cast(training_number as integer) as last_training_number,
        candidate_code,
        matched_by_code,
        window_end_date,

        ----------  as last trained
        jaccard,
        member_count as loan_count,
        {{ per_named_feature('loan', 'mean_{f} as mean_{name}') }}

    from ranked
    where place = 1

)

select * from final
