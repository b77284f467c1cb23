-- What we sign in with at the API of a feed, sealed. $1 feed.
select secret
from ref.file_feed
where feed_id = $1
