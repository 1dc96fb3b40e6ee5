# parts.sh - the six parts: how each is started, known to be ready, stopped.
# A part is one or more processes; `consumer` is two, each with a supervisor.
PARTS='postgres redis ingest web consumer nginx' # in starting order
WEB_WORKERS=3
INGEST_WORKERS=12

part_check()
{
	case " $PARTS " in *" ${1:-?} "*) ;; *) die 64 "name one part: $PARTS" ;; esac
}

# The process names of a part.
part_members()
{
	if [ "$1" = consumer ]; then printf 'consumer-1 consumer-2'; else printf %s "$1"; fi
}

# All of its processes run.
part_alive()
{
	for member in $(part_members "$1"); do
		process_leader "$member" >/dev/null || return 1
	done
}

start_postgres()
{
	# a killed postmaster that init has not reaped looks alive to PostgreSQL,
	# which reads its pid from both of these
	for file in "$STATE/postgres/postmaster.pid" "$RUN/.s.PGSQL.5432.lock"; do
		if [ -s "$file" ] && [ -z "$(process_start_time "$(head -n 1 "$file")")" ]; then
			rm -f "$file"
		fi
	done
	process_spawn postgres "$PG_BIN/postgres" -D "$STATE/postgres"
	wait_for 600 postgres "$PG_BIN/pg_isready" -q -h "$RUN" -U postgres -d postgres
}

redis_ping()
{
	[ "$(REDISCLI_AUTH=$(cat "$STATE/secrets/redis-admin") redis-cli -s "$RUN/redis.sock" \
		--user admin --no-auth-warning ping 2>/dev/null)" = PONG ]
}

start_redis()
{
	process_spawn redis redis-server "$STATE/conf/redis.conf"
	wait_for 600 redis redis_ping
}

# A FastCGI pool: spawn-fcgi makes the socket and becomes multiwatch, which
# keeps N workers.
start_pool()
{
	TIDEMARK_CONF=$STATE/conf/$1.conf process_spawn "$1" \
		spawn-fcgi -n -s "$RUN/$1.sock" -M 0660 -b 1024 -- \
		/usr/bin/multiwatch -f "$2" -r 1000000 -t 500 -s TERM -- \
		"$STATE/install/libexec/tidemark-$1"
	wait_for 100 "$1" test -S "$RUN/$1.sock"
}

start_web()
{
	start_pool web $WEB_WORKERS
	! part_alive nginx || wait_for 150 web http_answers /livez 200
}

start_ingest()
{
	start_pool ingest $INGEST_WORKERS
	! part_alive nginx || wait_for 150 ingest http_answers /api/v1/ingest/config 401
}

# One supervisor for each consumer: a consumer that dies is back in 0.3 s.
start_consumer()
{
	for index in 1 2; do
		! process_leader consumer-$index >/dev/null || continue
		TIDEMARK_CONF=$STATE/conf/consumer.conf process_spawn consumer-$index \
			sh -c 'trap "kill \$child; wait \$child; exit 0" TERM INT
				while :; do
					"$@" & child=$!
					wait $child || sleep 0.3
				done' consumer "$STATE/install/libexec/tidemark-consumer" --index $index
		wait_for 100 consumer-$index consumer_runs consumer-$index
	done
}

consumer_runs()
{
	[ "$(process_family "$(process_leader "$1")" | wc -l)" -ge 2 ]
}

# http_answers PATH STATUS: nginx and what is behind it.
http_answers()
{
	[ "$(curl -s -o /dev/null -m 5 -w '%{http_code}' "$(stack_url)$1")" = "$2" ]
}

start_nginx()
{
	process_spawn nginx nginx -p "$STATE/nginx" -c "$STATE/nginx/dev.conf" \
		-e "$STATE/log/nginx-error.log" -g 'daemon off;'
	wait_for 100 nginx curl -s -o /dev/null -m 2 "$(stack_url)/static/"
}

# Start a part unless it runs; returns when it is ready.
part_start()
{
	part_alive "$1" || { [ "$1" = consumer ] || part_stop "$1"; "start_$1"; }
}

part_stop()
{
	case $1 in
	postgres) signal=INT ;; # fast shutdown
	nginx) signal=QUIT ;;
	*) signal=TERM ;;
	esac
	for member in $(part_members "$1"); do
		process_stop "$member" $signal
	done
}

# kill -9; false when the part did not run.
part_kill()
{
	killed=1
	for member in $(part_members "$1"); do
		! process_kill "$member" || killed=0
	done
	return $killed
}

# The children of a part's leader that serve: "PID..." .
part_workers()
{
	for member in $(part_members "$1"); do
		leader=$(process_leader "$member") || continue
		process_table | awk -v leader="$leader" '$2 == leader { print $1 }'
	done
}

# Replace one worker: it finishes what it has in hand, while the socket stays
# open and its supervisor starts the next.
worker_replace()
{
	count=$(part_workers "$1" | wc -l)
	kill -TERM "$2" 2>/dev/null || true
	process_gone 200 "$2" || die 75 "process $2 of $1 does not end"
	tenths=100
	until [ "$(part_workers "$1" | wc -l)" -ge "$count" ]; do
		tenths=$((tenths - 1))
		[ $tenths -gt 0 ] || die 69 "$1 was not started again; see $STATE/log"
		sleep 0.1
	done
}

# New processes without a request that fails. The stores stop and start.
part_restart()
{
	part_alive "$1" || { part_start "$1"; return; }
	case $1 in
	web | ingest | consumer)
		for worker in $(part_workers "$1"); do
			worker_replace "$1" "$worker"
		done ;;
	nginx) # new workers for new connections, old ones for those in hand
		old=$(part_workers nginx)
		kill -HUP "$(process_leader nginx)"
		# shellcheck disable=SC2086 -- a list of pids
		process_gone 50 $old || say 'nginx: old workers still serve what they have in hand' ;;
	*) part_stop "$1" && part_start "$1" ;;
	esac
}

parts_down()
{
	for part in nginx web ingest consumer redis postgres; do
		part_stop $part
	done
}

# The stores, the schema, then the programs.
parts_up()
{
	[ "$BUILT" = no ] || for part in consumer web ingest; do part_stop $part; done
	part_start postgres
	part_start redis
	schema_up
	part_start ingest
	part_start web
	part_start consumer
	if part_alive nginx; then
		kill -HUP "$(process_leader nginx)" # read its files again
	fi
	part_start nginx
}

schema_up()
{
	# installed since, by `./dev test unit` for one
	[ "$BUILT" = yes ] || [ ! -e "$VAR/schema-done" ] ||
		[ "$BUILD/installed" -nt "$VAR/schema-done" ] || return 0
	"$PG_BIN/psql" -q -X -v ON_ERROR_STOP=1 -h "$RUN" -U postgres -d postgres \
		-f "$STATE/install/share/tidemark/sql/bootstrap.sql" >>"$VAR/build.log" 2>&1 ||
		build_failed
	"$0" ctl migrate up >>"$VAR/build.log" 2>&1 || build_failed
	: >"$VAR/schema-done"
}

# The demo account always exists (its login and key are what `up` prints);
# its data is loaded once.
demo_load()
{
	want=demo-account
	[ "$1" = no ] || want=demo-data
	[ ! -e "$VAR/$want" ] && [ ! -e "$VAR/demo-data" ] || return 0
	# twice the default range, so that it has a period before to be read against
	size='--days 60 --events 120000'
	if [ "$1" = no ]; then size='--events 0'; else say 'loading demo data'; fi
	# shellcheck disable=SC2086 -- options and their values
	"$0" ctl demo load --email "$DEMO_EMAIL" --password-stdin --system-admin $size --format json \
		<"$STATE/secrets/demo-password" >"$VAR/demo.json" || die 70 'demo load failed'
	(umask 077 && sed -n 's/.*"write_key": *"\([^"]*\)".*/\1/p' "$VAR/demo.json" \
		>"$STATE/secrets/write-key")
	[ "$1" = no ] || "$0" ctl queue wait --timeout 300 >/dev/null ||
		die 75 'the demo data was queued, but is not stored yet'
	: >"$VAR/$want"
}

ready_wait()
{
	tenths=300
	until http_answers /readyz 200; do
		tenths=$((tenths - 1))
		if [ $tenths -le 0 ]; then
			curl -s -m 5 "http://127.0.0.1:$ADMIN_PORT/readyz?verbose" >&2 || true
			die 69 'the stack is up, but /readyz does not say ready'
		fi
		sleep 0.1
	done
}
