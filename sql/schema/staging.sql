-- Made by `npm run schema` from a freshly migrated database; a test fails when it is out of date.
-- The contents of sql/views, sql/functions, sql/jobs, sql/alerts and sql/comments, and the rights of processes (docs/rights.md), are not repeated here.

-- Schemas

create schema staging;

-- Grants

grant create, usage on schema staging to shelfline_app;

-- Comments

comment on schema staging is 'Tables of loads that are under way; anything here may be dropped when no load runs.';
