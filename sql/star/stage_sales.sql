-- {lines}: the columns of the fact's lines; {sales}: the day's lines in the lake; {keep}: the shard's condition.
select {lines}
from {sales}
where {keep}
