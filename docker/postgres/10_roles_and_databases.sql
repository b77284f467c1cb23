-- Roles and databases of a new server. The image's entry point runs this with psql, once, as the superuser.
-- The tables come later, by `shelfline migrate`.

\getenv migrate_password SHELFLINE_POSTGRES_MIGRATE_PASSWORD
\getenv app_password SHELFLINE_POSTGRES_APP_PASSWORD
\getenv bi_reader_password SHELFLINE_POSTGRES_BI_READER_PASSWORD
\getenv web_password SHELFLINE_POSTGRES_WEB_PASSWORD
\getenv dashboards_password SHELFLINE_POSTGRES_DASHBOARDS_PASSWORD
\getenv temporal_password SHELFLINE_POSTGRES_TEMPORAL_PASSWORD

create role shelfline_migrate login createrole password :'migrate_password';
create role shelfline_app login password :'app_password';
create role bi_reader login password :'bi_reader_password';
-- `access grant` makes logins of readers; it reads nothing in their name.
grant bi_reader to shelfline_migrate with admin true, inherit false, set false;
-- A function of the owner ends sessions of readers that take too long.
grant pg_read_all_stats, pg_signal_backend to shelfline_migrate;
create role shelfline_web login password :'web_password' in role bi_reader;
-- Grafana: reads, with bounds, so that a dashboard that was left open does not hold up the stores.
create role dashboard_reader login password :'dashboards_password' connection limit 10 in role bi_reader;
alter role dashboard_reader set default_transaction_read_only = on;
alter role dashboard_reader set statement_timeout = '15s';
alter role dashboard_reader set idle_in_transaction_session_timeout = '15s';
-- A role for each worker; `migrate` gives them their rights.
\getenv stream_password SHELFLINE_POSTGRES_STREAM_PASSWORD
\getenv batch_password SHELFLINE_POSTGRES_BATCH_PASSWORD
\getenv receive_password SHELFLINE_POSTGRES_RECEIVE_PASSWORD
\getenv cdc_password SHELFLINE_POSTGRES_CDC_PASSWORD
\getenv predict_password SHELFLINE_POSTGRES_PREDICT_PASSWORD
\getenv files_password SHELFLINE_POSTGRES_FILES_PASSWORD
\getenv avro_password SHELFLINE_POSTGRES_AVRO_PASSWORD
\getenv mqtt_password SHELFLINE_POSTGRES_MQTT_PASSWORD
create role shelfline_stream login password :'stream_password';
create role shelfline_batch login password :'batch_password';
create role shelfline_receive login password :'receive_password';
create role shelfline_cdc login password :'cdc_password';
create role shelfline_predict login password :'predict_password';
create role shelfline_files login password :'files_password';
create role shelfline_avro login password :'avro_password';
create role shelfline_mqtt login password :'mqtt_password';
-- Figures of the server count the sessions of all roles.
grant pg_read_all_stats to shelfline_app, shelfline_batch;
create database shelfline owner shelfline_migrate;

create role temporal login password :'temporal_password';
create database temporal owner temporal;
create database temporal_visibility owner temporal;
