-- Made by `npm run schema` from a freshly migrated database; a test fails when it is out of date.
-- What stands in sql/views, sql/jobs, sql/alerts or sql/comments is not repeated here.

-- Schemas

create schema staging;

-- Grants

grant create, usage on schema staging to shelfline_app;

-- Comments

comment on schema staging is 'Tables of loads that are under way; anything here may be dropped when no load runs.';
