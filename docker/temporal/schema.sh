#!/bin/sh
# Brings Temporal's two databases to the schema of this version of its server. May run again at any time.
# SQL_HOST, SQL_PORT, SQL_USER, SQL_PASSWORD and SQL_PLUGIN set where they are.
set -eu

schema=/etc/temporal/schema/postgresql/v12

for part in temporal:temporal temporal_visibility:visibility; do
  database=${part%:*}
  temporal-sql-tool --database "$database" setup-schema --version 0.0
  temporal-sql-tool --database "$database" update-schema --schema-dir "$schema/${part#*:}/versioned"
done
