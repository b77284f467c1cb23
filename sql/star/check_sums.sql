-- What is staged, where no members have to be looked for. {sums}: the sums that are held against the lake's.
select count(*) as rows, {sums} from {staging} as staged
