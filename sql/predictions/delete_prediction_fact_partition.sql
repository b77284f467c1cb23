delete from {table} where {made_on} = {date}
