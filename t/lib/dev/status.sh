# status.sh - what runs: name, pid, PSS (shared pages counted once), uptime.

# What the idle stack may take with demo data, in MB (t/e2e/15-memory.py).
MEMORY_ALL=512
MEMORY_OWN=64

# "MEMBER<tab>PID<tab>START" of every process of the stack, in the order of its
# parts. All of /proc is read at once here and below: a program for each file
# would take most of a second.
status_processes()
{
	{
		for part in $PARTS; do
			for member in $(part_members "$part"); do
				leader=$(process_leader "$member") || continue
				printf 'leader %s %s\n' "$leader" "$member"
			done
		done
		process_table
	} | awk '
		$1 == "leader" { leader[++n] = $2; name[n] = $3; next }
		{ parent[$1] = $2; session[$1] = $3; born[$1] = $4 }
		END {
			for (i = 1; i <= n; i++)
				for (p in parent) {
					mine = (session[p] == leader[i])
					for (q = p; !mine && q > 1 && q in parent; q = parent[q])
						mine = (q == leader[i])
					if (mine) printf "%d\t%s\t%d\t%s\n", i, name[i], p, born[p]
				}
		}' | sort -k 1,1n -k 3,3n | cut -f 2-
}

# "NAME<tab>PID<tab>PSS<tab>UPTIME". The role of a process within its part:
# PostgreSQL and nginx write it into their title, the others have their
# program's name.
status_rows()
{
	rows=$(status_processes)
	set --
	for pid in $(printf '%s\n' "$rows" | cut -f 2); do
		set -- "$@" "/proc/$pid/cmdline" "/proc/$pid/comm" "/proc/$pid/smaps_rollup"
	done
	[ $# -gt 0 ] || return 0
	{
		cat /proc/uptime
		# of a title that has several lines the first counts
		grep -aH '' "$@" 2>/dev/null | tr '\0' ' '
		printf 'row\t%s\n' "$rows" | sed '2,$s/^/row	/'
	} | awk -F '\t' -v ticks="$(getconf CLK_TCK)" '
		NR == 1 { split($0, f, " "); uptime = f[1]; next }
		match($0, /^\/proc\/[0-9]+\/[a-z_]+:/) {
			split($0, f, "/"); pid = f[3]
			file = f[4]; sub(/:.*/, "", file)
			text = substr($0, RLENGTH + 1)
			if (file == "smaps_rollup") {
				if (text ~ /^Pss:/) { split(text, f, " "); pss[pid] = f[2] * 1024 }
			} else if (!((pid, file) in seen)) {
				seen[pid, file] = 1
				of[pid, file] = text
			}
			next
		}
		$1 == "row" && ($3, "comm") in of {
			role = of[$3, "comm"]
			title = of[$3, "cmdline"]
			if (title ~ /^(postgres|nginx):/) {
				role = substr(title, index(title, ": ") + 2)
				sub(/ -p .*/, "", role); sub(/ *$/, "", role); gsub(/["\\]/, "", role)
				role = substr(role, 1, 40)
			}
			printf "%s %s\t%d\t%d\t%d\n", $2, role, $3, pss[$3], uptime - $4 / ticks
		}'
}

version_of()
{
	"$@" 2>&1 | grep -o '[0-9][0-9.]*' | head -n 1
}

status_json()
{
	printf '{"url":"%s","https_url":"https://127.0.0.1:%s","admin_url":"http://127.0.0.1:%s",' \
		"$(stack_url)" "$HTTPS_PORT" "$ADMIN_PORT"
	status_rows | awk -F '\t' -v all=$MEMORY_ALL -v most=$MEMORY_OWN '
		BEGIN { printf "\"processes\":[" }
		{ printf "%s{\"name\":\"%s\",\"pid\":%d,\"pss_bytes\":%d,\"uptime_s\":%d}",
			(NR > 1 ? "," : ""), $1, $2, $3, $4; sum += $3
		  if ($1 ~ / tidemark-/) own += $3 }
		END { printf "],\"pss_bytes\":%d,\"own_pss_bytes\":%d,", sum, own
		      printf "\"limits\":{\"pss_bytes\":%d,\"own_pss_bytes\":%d},",
			all * 1048576, most * 1048576 }'
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
	status_rows | awk -F '\t' -v all=$MEMORY_ALL -v most=$MEMORY_OWN '
		BEGIN { printf "%-40s %8s %10s %9s\n", "PROCESS", "PID", "PSS MB", "UP s" }
		{ printf "%-40s %8d %10.1f %9d\n", $1, $2, $3 / 1048576, $4; sum += $3
		  if ($1 ~ / tidemark-/) own += $3 }
		END { printf "%-40s %8d %10.1f of %d\n", "all", NR, sum / 1048576, all
		      printf "%-40s %8s %10.1f of %d\n", "of these Tidemark'\''s own", "",
			own / 1048576, most }'
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
