#!/bin/sh
# pg-start.sh - a private PostgreSQL for tests, and its end.
#
#   eval "$(t/lib/pg-start.sh start [DIR])"    new cluster in DIR (a temporary
#       folder when not given), roles and database from sql/bootstrap.sql; or the
#       one that was halted there;
#       prints PG_DIR, PG_PORT, TIDEMARK_DB_OWNER, _APP, _CONSUMER as shell
#   t/lib/pg-start.sh halt DIR                 stop it and keep DIR
#   t/lib/pg-start.sh stop DIR                 stop it and delete DIR
#
# It listens on a Unix socket inside DIR only, so any number run side by side.
# initdb refuses root: as root, the servers run as the user postgres.
set -eu

top=$(cd "$(dirname "$0")/../.." && pwd)
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
[ -n "$bin" ] || { echo "pg-start: PostgreSQL is not installed" >&2; exit 69; }

as_pg() {
	if [ "$(id -u)" = 0 ]; then
		setpriv --reuid=postgres --regid=postgres --init-groups -- "$@"
	else
		"$@"
	fi
}

# The server outlives its caller's locks and pipes: it must hold none of them.
let_go() {
	for fd in 3 4 5 6 7 8 9; do
		eval "exec $fd>&-"
	done
}

start() {
	let_go
	dir=${1:-}
	if [ -z "$dir" ]; then
		dir=$(mktemp -d "${TMPDIR:-/tmp}/tidemark-pg.XXXXXX")
	else
		mkdir -p "$dir"
	fi
	[ "$(id -u)" != 0 ] || chown postgres:postgres "$dir"
	chmod 755 "$dir"
	cd /
	[ -e "$dir/data/PG_VERSION" ] || create "$dir"
	as_pg "$bin/pg_ctl" -D "$dir/data" status >/dev/null 2>&1 ||
		as_pg "$bin/pg_ctl" -D "$dir/data" -l "$dir/postgres.log" -w -t 60 start \
			>/dev/null 2>&1 || { cat "$dir/postgres.log" >&2; exit 69; }
	[ -e "$dir/bootstrap.log" ] ||
		psql -q -X -v ON_ERROR_STOP=1 -h "$dir" -U postgres -d postgres \
			-f "$top/sql/bootstrap.sql" >"$dir/bootstrap.log" 2>&1 ||
		{ cat "$dir/bootstrap.log" >&2; exit 69; }
	echo "PG_DIR='$dir'; PG_PORT=5432; export PG_DIR PG_PORT"
	for role in owner app consumer; do
		name=TIDEMARK_DB_$(echo $role | tr a-z A-Z)
		echo "$name='host=$dir port=5432 dbname=tidemark user=tidemark_$role'; export $name"
	done
}

create() {
	dir=$1
	as_pg "$bin/initdb" -D "$dir/data" -A trust -U postgres -E UTF8 \
		--locale=C.UTF-8 -N >"$dir/initdb.log" 2>&1 ||
		{ cat "$dir/initdb.log" >&2; exit 69; }
	as_pg sh -c "cat >>'$dir/data/postgresql.conf'" <<-EOF
		listen_addresses = ''
		port = 5432
		unix_socket_directories = '$dir'
		fsync = off
		synchronous_commit = off
		full_page_writes = off
		shared_buffers = 64MB
		max_connections = 80
		log_line_prefix = '%m %a '
	EOF
}

halt() {
	cd /
	as_pg "$bin/pg_ctl" -D "$1/data" -m fast -w -t 300 stop >/dev/null
}

stop() {
	dir=$1
	cd /
	as_pg "$bin/pg_ctl" -D "$dir/data" -m immediate -w stop >/dev/null 2>&1 || :
	rm -rf "$dir"
}

case ${1:-} in
start) start "${2:-}" ;;
halt) [ $# -eq 2 ] || exit 64; halt "$2" ;;
stop) [ $# -eq 2 ] || exit 64; stop "$2" ;;
*) echo "usage: pg-start.sh start [DIR] | halt DIR | stop DIR" >&2; exit 64 ;;
esac
