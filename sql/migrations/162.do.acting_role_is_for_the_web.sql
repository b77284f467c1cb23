-- It runs with its owner's rights: only the web application, whose policies ask it, may call it.
revoke execute on function ref.acting_role() from public;
