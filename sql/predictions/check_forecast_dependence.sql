select count(*) as rows, coalesce(sum(error), 0)::text as error from {staging} as staged
