-- What is staged, where no members have to be looked for. {sums}: the sums that are compared with the lake's.
select count(*) as rows, {sums} from {staging} as staged
