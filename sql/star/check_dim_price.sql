select count(*) as rows, coalesce(sum(price), 0)::text as price
from {staging} as staged
