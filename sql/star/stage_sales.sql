-- {columns}: those of the fact's lines; {sales}: the day's lines in the lake; {keep}: the shard's condition.
with line as (
  select
    * replace (line_no::integer as line_no, original_line_no::integer as original_line_no),
    event_at as sold_at
  from {sales}
  where {keep}
)
select {columns} from line
