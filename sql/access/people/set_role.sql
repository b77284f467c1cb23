-- Another role of person $1: $2.
update ref.person set role = $2 where person = $1
