#!/bin/sh
# Of requirements-dev.lock only what the extra `postgres` adds to requirements.lock, versions and hashes as they are:
#     sh deploy/container/postgres.sh requirements-dev.lock > postgres.lock
exec awk '
    BEGIN { n = split("asgiref croniter packaging procrastinate psycopg psycopg-binary psycopg-pool", a); for (i = 1; i <= n; i++) want[a[i]] = 1 }
    /^[A-Za-z0-9]/ { split($0, part, "=="); wanted = (part[1] in want) }
    wanted { print }
' "$1"
