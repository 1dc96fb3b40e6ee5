# status.sh - what runs: name, pid, PSS (shared pages counted once), uptime.

# "NAME<tab>PID<tab>PSS<tab>UPTIME" of every process of the stack.
status_rows()
{
	ticks=$(getconf CLK_TCK)
	for part in $PARTS; do
		for member in $(part_members "$part"); do
			leader=$(process_leader "$member") || continue
			for pid in $(process_family "$leader"); do
				status_row "$member" "$pid"
			done
		done
	done
}

# The role of a process within its part: PostgreSQL and nginx write it into
# their title, the others have their program's name.
status_row()
{
	born=$(process_start_time "$2")
	[ -n "$born" ] || return 0
	title=$({ tr '\0' ' ' <"/proc/$2/cmdline"; } 2>/dev/null) || return 0
	case $title in
	postgres:* | nginx:*)
		role=${title#*: }
		role=$(printf %s "$role" | sed -e 's/ *$//' -e 's/ -p .*//' -e 's/["\\]//g' | cut -c1-40) ;;
	*)
		role=$({ cat "/proc/$2/comm"; } 2>/dev/null) ;;
	esac
	pss=$({ awk '/^Pss:/ { print $2 * 1024 }' "/proc/$2/smaps_rollup"; } 2>/dev/null) || pss=0
	awk -v born="$born" -v ticks="$ticks" -v name="$1 $role" -v pid="$2" -v pss="${pss:-0}" \
		'{ printf "%s\t%d\t%d\t%d\n", name, pid, pss, $1 - born / ticks; exit }' /proc/uptime
}

version_of()
{
	"$@" 2>&1 | grep -o '[0-9][0-9.]*' | head -n 1
}

status_json()
{
	printf '{"url":"%s","https_url":"https://127.0.0.1:%s","admin_url":"http://127.0.0.1:%s",' \
		"$(stack_url)" "$HTTPS_PORT" "$ADMIN_PORT"
	status_rows | awk -F '\t' '
		BEGIN { printf "\"processes\":[" }
		{ printf "%s{\"name\":\"%s\",\"pid\":%d,\"pss_bytes\":%d,\"uptime_s\":%d}",
			(NR > 1 ? "," : ""), $1, $2, $3, $4; sum += $3 }
		END { printf "],\"pss_bytes\":%d,", sum }'
	printf '"parts":{'
	comma=
	for part in $PARTS; do
		if part_alive "$part"; then up=true; else up=false; fi
		printf '%s"%s":%s' "$comma" "$part" $up
		comma=,
	done
	printf '},"versions":{"tidemark":"%s","postgres":"%s","redis":"%s","nginx":"%s"}}\n' \
		"$(sed -n 's/^AC_INIT(\[tidemark\], \[\([^]]*\)\].*/\1/p' "$TOP/configure.ac")" \
		"$(version_of "$PG_BIN/postgres" --version)" \
		"$(version_of redis-server --version)" "$(version_of nginx -v)"
}

status_table()
{
	printf 'URL %s   HTTPS %s   admin %s\n' "$(stack_url)" "$HTTPS_PORT" "$ADMIN_PORT"
	status_rows | awk -F '\t' '
		BEGIN { printf "%-40s %8s %10s %9s\n", "PROCESS", "PID", "PSS MB", "UP s" }
		{ printf "%-40s %8d %10.1f %9d\n", $1, $2, $3 / 1048576, $4; sum += $3
		  if ($1 ~ / tidemark-/) own += $3 }
		END { printf "%-40s %8d %10.1f\n", "all", NR, sum / 1048576
		      printf "%-40s %8s %10.1f\n", "of these Tidemark'\''s own", "", own / 1048576 }'
	for part in $PARTS; do
		part_alive "$part" || printf '%s is down\n' "$part"
	done
}

cmd_status()
{
	if ! state_find; then
		case ${1-} in
		--json) printf '{"url":"%s","processes":[],"versions":{}}\n' "$(stack_url)" ;;
		*) printf 'there is no stack in %s\n' "$VAR" ;;
		esac
		return 0
	fi
	case ${1-} in
	--json) status_json ;;
	'') status_table ;;
	*) die 64 'usage: ./dev status [--json]' ;;
	esac
}
