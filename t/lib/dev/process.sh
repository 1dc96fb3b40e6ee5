# process.sh - start, find and stop processes, by pid only.
#
# Every part has a leader (RUN/NAME.pid holds its pid and its start time, so
# that a reused pid is never taken for ours). Its descendants and the members
# of its session belong to it.

# "PID PPID SESSION START" of every process.
process_table()
{
	cat /proc/[0-9]*/stat 2>/dev/null | awk '
		match($0, /^[0-9]+ \(/) {
			pid = $1; rest = $0
			while ((i = index(rest, ") ")) > 0) rest = substr(rest, i + 2)
			split(rest, f, " ")
			if (f[1] != "Z") print pid, f[2], f[4], f[20]
		}'
}

# Start time of a process in ticks since boot; empty when it is gone.
process_start_time()
{
	{ cat "/proc/$1/stat"; } 2>/dev/null | awk '{
		while ((i = index($0, ") ")) > 0) $0 = substr($0, i + 2)
		if ($1 != "Z") print $20 }'
}

# process_spawn NAME COMMAND...: a daemon as the servers' user, with a clean
# environment, its own session, a log file, and no descriptor of the caller.
process_spawn()
{
	name=$1
	shift
	# bash, because dash cannot close descriptors above 9
	setsid env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 HOME="$STATE/tmp" \
		TMPDIR="$STATE/tmp" ${TIDEMARK_CONF:+TIDEMARK_CONF="$TIDEMARK_CONF"} \
		${TIDEMARK_CRASH_AT:+TIDEMARK_CRASH_AT="$TIDEMARK_CRASH_AT"} \
		bash -c 'for fd in /proc/self/fd/*; do
				fd=${fd##*/}; [ "$fd" -le 2 ] || eval "exec $fd>&-"
			done
			cd / && exec "$@"' "$name" $(process_user_switch) "$@" \
		</dev/null >>"$STATE/log/$name.log" 2>&1 &
	pid=$!
	printf '%s %s\n' "$pid" "$(process_start_time $pid)" >"$RUN/$name.pid"
}

process_user_switch()
{
	[ "$(id -u)" -ne 0 ] ||
		printf 'setpriv --reuid=%s --regid=%s --init-groups --' "$SERVER_USER" "$SERVER_USER"
}

# The leader's pid when it runs, else false.
process_leader()
{
	[ -s "$RUN/$1.pid" ] || return 1
	read -r leader born <"$RUN/$1.pid" || return 1
	[ -n "$born" ] && [ "$(process_start_time "$leader")" = "$born" ] || return 1
	printf '%s\n' "$leader"
}

# All pids of a leader: descendants, and its session.
process_family()
{
	process_table | awk -v leader="$1" '
		{ parent[$1] = $2; session[$1] = $3 }
		END {
			for (p in parent) {
				mine = (session[p] == leader)
				for (q = p; !mine && q > 1 && q in parent; q = parent[q])
					mine = (q == leader)
				if (mine) print p
			}
		}' | sort -n
}

# Wait until none of these pids is left; false after $1 tenths of a second.
process_gone()
{
	tenths=$1
	shift
	while [ "$tenths" -gt 0 ]; do
		left=
		for pid; do
			[ -z "$(process_start_time "$pid")" ] || left=yes
		done
		[ -n "$left" ] || return 0
		sleep 0.1
		tenths=$((tenths - 1))
	done
	return 1
}

# process_stop NAME SIGNAL: politely, then by force after 20 s.
process_stop()
{
	leader=$(process_leader "$1") || { rm -f "$RUN/$1.pid"; return 0; }
	family=$(process_family "$leader")
	kill -"$2" "$leader" 2>/dev/null || true
	# shellcheck disable=SC2086 -- a list of pids
	process_gone 200 $family || {
		say "$1 did not stop; killing it"
		kill -9 $family 2>/dev/null || true
		process_gone 50 $family || true
	}
	rm -f "$RUN/$1.pid"
}

# process_kill NAME: kill -9 at once, the leader first so that it starts no
# more children. False when it did not run.
process_kill()
{
	leader=$(process_leader "$1") || return 1
	family=$(process_family "$leader")
	kill -9 "$leader" 2>/dev/null || true
	# shellcheck disable=SC2086 -- lists of pids
	{
		kill -9 $family $(process_family "$leader") 2>/dev/null || true
		process_gone 100 $family || true
	}
	rm -f "$RUN/$1.pid"
}

# wait_for TENTHS NAME COMMAND...: until COMMAND succeeds while NAME lives.
wait_for()
{
	tenths=$1 name=$2
	shift 2
	while ! "$@" >/dev/null 2>&1; do
		tenths=$((tenths - 1))
		if [ $tenths -le 0 ] || ! process_leader "$name" >/dev/null; then
			tail -n 15 "$STATE/log/$name.log" >&2 || true
			die 69 "$name did not become ready; see $STATE/log/$name.log"
		fi
		sleep 0.1
	done
}
