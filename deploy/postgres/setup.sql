-- Once, as the server's administrator:  sudo -u postgres psql -f deploy/postgres/setup.sql
-- The account owns its database and nothing else. Without a password: it signs in by the socket, as the system's user
-- of the same name (pg_hba.conf.example). For another machine: \password tungnha, then scram-sha-256 and TLS.
CREATE ROLE tungnha LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS CONNECTION LIMIT 60;
CREATE DATABASE tungnha OWNER tungnha ENCODING 'UTF8' LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8' TEMPLATE template0;
REVOKE ALL ON DATABASE tungnha FROM PUBLIC;
GRANT CONNECT, CREATE, TEMPORARY ON DATABASE tungnha TO tungnha;
\connect tungnha
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO tungnha;
ALTER ROLE tungnha IN DATABASE tungnha SET timezone TO 'UTC';
ALTER ROLE tungnha IN DATABASE tungnha SET idle_in_transaction_session_timeout TO '10min';
-- Whoever only backs up by pg_dump: reads everything, writes nothing.
CREATE ROLE tungnha_dump LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE CONNECTION LIMIT 2;
GRANT CONNECT ON DATABASE tungnha TO tungnha_dump;
GRANT pg_read_all_data TO tungnha_dump;
