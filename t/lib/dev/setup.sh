# setup.sh - secrets and configuration files of a stack. All of it is made
# again at every `up`, but a secret that exists is kept.

# secret NAME COMMAND...: make a secret once, readable by the servers only.
secret()
{
	file=$STATE/secrets/$1
	shift
	if [ ! -s "$file" ]; then
		(umask 077 && "$@" >"$file.new")
		mv "$file.new" "$file"
	fi
	[ "$(id -u)" -ne 0 ] || chown "$SERVER_USER:" "$file"
}

setup_secrets()
{
	secret master-key openssl rand -hex 32
	secret demo-password openssl rand -hex 8
	for user in admin web ingest consumer ctl; do
		secret "redis-$user" openssl rand -hex 24
	done
	if [ ! -s "$STATE/secrets/tls.crt" ]; then
		openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
			-days 3650 -subj /CN=localhost \
			-addext 'subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1' \
			-keyout "$STATE/secrets/tls.key" -out "$STATE/secrets/tls.crt" 2>/dev/null
		chmod 0600 "$STATE/secrets/tls.key"
		[ "$(id -u)" -ne 0 ] || chown "$SERVER_USER:" "$STATE/secrets/tls.key"
	fi
}

# setup_conf PROGRAM: one file for each program, with its own Redis user.
# VAR/local.conf (if you write one) is added to all of them.
setup_conf()
{
	file=$STATE/conf/$1.conf
	{
		printf '# made by ./dev; put your own lines into %s\n' "$VAR/local.conf"
		for role in owner app consumer; do
			printf "TIDEMARK_DB_%s=host='%s' user=tidemark_%s dbname=tidemark\n" \
				"$(printf %s $role | tr a-z A-Z)" "$RUN" $role
		done
		cat <<END
TIDEMARK_REDIS_SOCKET=$RUN/redis.sock
TIDEMARK_REDIS_USER=$1
TIDEMARK_REDIS_PASSWORD_FILE=$STATE/secrets/redis-$1
TIDEMARK_MASTER_KEY_FILE=$STATE/secrets/master-key
TIDEMARK_PUBLIC_URL=$(stack_url)
TIDEMARK_COOKIE_SECURE=false
TIDEMARK_TEMPLATE_DIR=$STATE/install/share/tidemark/templates
TIDEMARK_STATIC_DIR=$STATE/install/share/tidemark/static
TIDEMARK_SQL_DIR=$STATE/install/share/tidemark/sql
TIDEMARK_OUTBOX_DIR=$STATE/outbox
TIDEMARK_SYMBOL_DIR=$STATE/symbols
TIDEMARK_EXPORT_DIR=$STATE/exports
TIDEMARK_OUTBOX_SHOWN=true
TIDEMARK_DISK_DIRS=$STATE/nginx,$STATE/log
END
		[ ! -r "$VAR/local.conf" ] || cat "$VAR/local.conf"
	} >"$file"
	[ "$(id -u)" -ne 0 ] || chown "$SERVER_USER:" "$file"
	chmod 0640 "$file"
}

# Redis: a user for each program, with the commands and keys it needs.
redis_acl()
{
	grep '^user ' "$TOP/src/programs/units/redis.acl" | sed \
		-e "s/@admin@/>$(cat "$STATE/secrets/redis-admin")/" \
		-e "s/@web@/>$(cat "$STATE/secrets/redis-web")/" \
		-e "s/@ingest@/>$(cat "$STATE/secrets/redis-ingest")/" \
		-e "s/@consumer@/>$(cat "$STATE/secrets/redis-consumer")/" \
		-e "s/@ctl@/>$(cat "$STATE/secrets/redis-ctl")/"
}

setup_redis()
{
	file=$STATE/conf/redis.conf
	(umask 077 && cat >"$file.new" <<END
port 0
unixsocket $RUN/redis.sock
unixsocketperm 770
dir $STATE/redis
daemonize no
logfile ""
maxmemory 320mb
maxmemory-policy noeviction
appendonly yes
appendfsync always
no-appendfsync-on-rewrite no
aof-load-truncated yes
auto-aof-rewrite-min-size 256mb
save ""
databases 1
timeout 0
$(redis_acl)
END
	)
	mv "$file.new" "$file"
	mkdir -p "$STATE/redis"
	chmod 0700 "$STATE/redis"
	[ "$(id -u)" -ne 0 ] || chown "$SERVER_USER:" "$file" "$STATE/redis"
}

# PostgreSQL: small, durable, peer authentication on a private socket.
setup_postgres()
{
	if [ ! -s "$STATE/postgres/PG_VERSION" ]; then
		say 'creating the PostgreSQL cluster'
		rm -rf "$STATE/postgres"
		mkdir -p "$STATE/postgres"
		[ "$(id -u)" -ne 0 ] || chown "$SERVER_USER:" "$STATE/postgres"
		(cd / && as_server env HOME="$STATE/tmp" "$PG_BIN/initdb" -k -U postgres -E UTF8 --locale=C.UTF-8 \
			-A peer -D "$STATE/postgres") >"$VAR/initdb.log" 2>&1 ||
			die 70 "initdb failed; see $VAR/initdb.log"
	fi
	cat >"$STATE/postgres/tidemark.conf" <<END
listen_addresses = ''
unix_socket_directories = '$RUN'
unix_socket_permissions = 0770
max_connections = 40
superuser_reserved_connections = 3
shared_buffers = 128MB
work_mem = 8MB
maintenance_work_mem = 64MB
effective_cache_size = 512MB
wal_buffers = 4MB
wal_level = minimal
max_wal_senders = 0
wal_compression = lz4
max_wal_size = 1GB
min_wal_size = 128MB
checkpoint_timeout = 10min
checkpoint_completion_target = 0.9
fsync = on
full_page_writes = on
synchronous_commit = on
max_locks_per_transaction = 256
max_worker_processes = 4
max_parallel_workers_per_gather = 1
autovacuum_max_workers = 2
autovacuum_naptime = 30s
random_page_cost = 1.1
jit = off
default_toast_compression = lz4
log_line_prefix = '%m [%p] %q%u %a '
log_min_duration_statement = 1000
timezone = 'UTC'
log_timezone = 'UTC'
END
	grep -q "^include 'tidemark.conf'" "$STATE/postgres/postgresql.conf" ||
		printf "include 'tidemark.conf'\n" >>"$STATE/postgres/postgresql.conf"
	printf 'local all all peer map=tidemark\n' >"$STATE/postgres/pg_hba.conf"
	for os_user in "$SERVER_USER" "$(id -un)"; do
		for role in postgres tidemark_owner tidemark_app tidemark_consumer; do
			printf 'tidemark %s %s\n' "$os_user" $role
		done
	done | sort -u >"$STATE/postgres/pg_ident.conf"
	[ "$(id -u)" -ne 0 ] || chown "$SERVER_USER:" "$STATE/postgres/"*.conf
}

# nginx: the same snippets as in production, our ports and paths.
setup_nginx()
{
	mkdir -p "$STATE/nginx" "$STATE/nginx/tmp"
	v6=
	[ ! -e /proc/net/if_inet6 ] || ! grep -q '^0\{31\}1 ' /proc/net/if_inet6 || v6=yes
	for file in dev.conf http.conf fastcgi.conf ingest.conf ingest-door.conf \
		pages.conf errors.conf headers.conf admin.conf; do
		sed -e "s|@rundir@|$RUN|g" -e "s|@staticdir@|$STATE/install/share/tidemark/static|g" \
			-e "s|@confdir@|$STATE/nginx|g" -e "s|@state@|$STATE|g" \
			-e "s|@http@|$HTTP_PORT|g" -e "s|@https@|$HTTPS_PORT|g" -e "s|@admin@|$ADMIN_PORT|g" \
			-e "${v6:+s|^\([[:space:]]*\)#v6 |\1|}" \
			"$TOP/nginx/$file.in" >"$STATE/nginx/$file"
	done
	[ "$(id -u)" -ne 0 ] || chown -R "$SERVER_USER:" "$STATE/nginx"
}

# The mails of a stack: files that the consumer writes and the pages show.
setup_outbox()
{
	mkdir -p "$STATE/outbox"
	chmod 0750 "$STATE/outbox"
	[ "$(id -u)" -ne 0 ] || chown "$SERVER_USER:" "$STATE/outbox"
}

# Symbol files: web and tidemarkctl write them, the consumer reads them.
setup_symbols()
{
	mkdir -p "$STATE/symbols"
	chmod 0750 "$STATE/symbols"
	[ "$(id -u)" -ne 0 ] || chown "$SERVER_USER:" "$STATE/symbols"
}

# Archives for people who ask for their data: the consumer writes, web reads.
setup_exports()
{
	mkdir -p "$STATE/exports"
	chmod 0750 "$STATE/exports"
	[ "$(id -u)" -ne 0 ] || chown "$SERVER_USER:" "$STATE/exports"
}

setup_all()
{
	setup_secrets
	setup_outbox
	setup_symbols
	setup_exports
	for program in web ingest consumer ctl; do setup_conf $program; done
	setup_redis
	setup_postgres
	setup_nginx
}
