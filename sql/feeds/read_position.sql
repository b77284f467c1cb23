-- Where a feed of an API continues. $1 feed.
select position
from ops.api_position
where feed_id = $1
