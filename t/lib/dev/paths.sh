# paths.sh - where the stack lives, which user runs it, which ports it has.
#
# VAR    what the caller named (TIDEMARK_VAR or ./var): build tree, results
# STATE  what the servers use. VAR itself, or, when the servers' user cannot
#        reach VAR (a root-only home), a directory under /var/tmp that
#        VAR/state points to
# RUN    sockets and pid files; elsewhere when STATE is too long for a Unix
#        socket address (107 bytes)
DEMO_EMAIL=demo@tidemark.local

die()
{
	code=$1
	shift
	printf 'dev: %s\n' "$*" >&2
	exit "$code"
}

say()
{
	printf '==> %s\n' "$*" >&2
}

VAR=${TIDEMARK_VAR:-$TOP/var}
case $VAR in /*) ;; *) VAR=$PWD/$VAR ;; esac
VAR=${VAR%/}
STATE=$VAR
RUN=$VAR/run

if [ "$(id -u)" -eq 0 ]; then
	SERVER_USER=tidemark
else
	SERVER_USER=$(id -un)
fi

# Run a command as the servers' user.
as_server()
{
	if [ "$(id -u)" -eq 0 ]; then
		setpriv --reuid="$SERVER_USER" --regid="$SERVER_USER" --init-groups -- "$@"
	else
		"$@"
	fi
}

# A short name for this stack, the same at every call.
stack_hash()
{
	printf '%s' "$VAR" | cksum | cut -d' ' -f1
}

var_create()
{
	mkdir -p "$VAR" || die 73 "cannot create $VAR"
	[ -e "$VAR/.gitignore" ] || printf '*\n' >"$VAR/.gitignore"
}

# The servers' user and their directories.
state_create()
{
	if [ "$(id -u)" -eq 0 ] && ! id "$SERVER_USER" >/dev/null 2>&1; then
		useradd --system --user-group --no-create-home --home-dir /nonexistent \
			--shell /usr/sbin/nologin "$SERVER_USER"
	fi
	if [ ! -e "$VAR/state" ] && ! as_server test -x "$VAR"; then
		mkdir -p "/var/tmp/tidemark-$(stack_hash)"
		ln -s "/var/tmp/tidemark-$(stack_hash)" "$VAR/state"
	fi
	[ ! -L "$VAR/state" ] || STATE=$(readlink -f "$VAR/state")
	mkdir -p "$STATE/log" "$STATE/conf" "$STATE/secrets" "$STATE/tmp"
	if [ ! -e "$STATE/run" ] && [ ${#STATE} -gt 80 ]; then
		mkdir -p "/tmp/tidemark-$(stack_hash)"
		ln -s "/tmp/tidemark-$(stack_hash)" "$STATE/run"
	fi
	mkdir -p "$(readlink -m "$STATE/run")" # /tmp may have been emptied
	state_find
	if [ "$(id -u)" -eq 0 ]; then
		chown "$SERVER_USER:" "$RUN" "$STATE/log" "$STATE/tmp" "$STATE/secrets" "$STATE/conf"
	fi
	chmod 0700 "$RUN" "$STATE/secrets"
	chmod 0750 "$STATE/log" "$STATE/conf"
}

# Set STATE and RUN of a stack that exists; false when there is none.
state_find()
{
	[ ! -L "$VAR/state" ] || STATE=$(readlink -f "$VAR/state")
	[ -d "$STATE/run" ] || return 1
	RUN=$(readlink -f "$STATE/run")
	pg_find
}

state_need()
{
	state_find && [ -x "$STATE/install/bin/tidemarkctl" ] ||
		die 69 "there is no stack in $VAR yet: run ./dev up"
}

# PostgreSQL's programs are not in PATH on Debian. A cluster keeps its version.
pg_find()
{
	if [ -s "$STATE/postgres/PG_VERSION" ]; then
		PG_BIN=/usr/lib/postgresql/$(cat "$STATE/postgres/PG_VERSION")/bin
	else
		PG_BIN=$(find /usr/lib/postgresql -path '*/bin/postgres' 2>/dev/null |
			sort -V | tail -n 1)
		PG_BIN=${PG_BIN%/postgres}
	fi
}

# Ports: the environment, else what this stack used before, else defaults.
ports_read()
{
	HTTP_PORT=8080 HTTPS_PORT=8443 ADMIN_PORT=
	if [ -s "$VAR/ports" ]; then
		read -r HTTP_PORT HTTPS_PORT ADMIN_PORT <"$VAR/ports"
	fi
	[ -z "${TIDEMARK_HTTP_PORT-}" ] || [ "$TIDEMARK_HTTP_PORT" = "$HTTP_PORT" ] || ADMIN_PORT=
	HTTP_PORT=${TIDEMARK_HTTP_PORT:-$HTTP_PORT}
	HTTPS_PORT=${TIDEMARK_HTTPS_PORT:-$HTTPS_PORT}
	[ -n "$ADMIN_PORT" ] || ADMIN_PORT=$((HTTP_PORT + 1000))
	[ "$ADMIN_PORT" -le 65535 ] || ADMIN_PORT=$((HTTP_PORT - 1000))
	ADMIN_PORT=${TIDEMARK_ADMIN_PORT:-$ADMIN_PORT}
}
ports_read

stack_url()
{
	printf 'http://127.0.0.1:%s' "$HTTP_PORT"
}

# True when something listens on this TCP port of 127.0.0.1 (or of any).
port_taken()
{
	awk -v port="$(printf '%04X' "$1")" '
		$4 == "0A" { n = split($2, a, ":"); if (a[n] == port) found = 1 }
		END { exit !found }' /proc/net/tcp /proc/net/tcp6 2>/dev/null
}

# Refuse early, with a sentence, when a port belongs to somebody else.
ports_check()
{
	if ! part_alive nginx; then
		port_taken "$HTTP_PORT" && die 69 "port $HTTP_PORT is taken: set TIDEMARK_HTTP_PORT"
		port_taken "$HTTPS_PORT" && die 69 "port $HTTPS_PORT is taken: set TIDEMARK_HTTPS_PORT"
		while [ -z "${TIDEMARK_ADMIN_PORT-}" ] && port_taken "$ADMIN_PORT"; do
			ADMIN_PORT=$((ADMIN_PORT + 1))
		done
	fi
	printf '%s %s %s\n' "$HTTP_PORT" "$HTTPS_PORT" "$ADMIN_PORT" >"$VAR/ports"
}

# One change of the stack at a time; daemons do not inherit the lock.
lock_stack()
{
	exec 9>"$VAR/.lock"
	flock -w 900 9 || die 75 "another ./dev is at work in $VAR"
}

# `env -u NAME` for each TIDEMARK_ variable: the stack's files decide. Only
# the named crash point of a test build passes.
env_without_tidemark()
{
	env | sed -n 's/^\(TIDEMARK_[A-Z_]*\)=.*/\1/p' | while read -r name; do
		case $name in TIDEMARK_CRASH_AT | TIDEMARK_CONF) ;; *) printf ' -u %s' "$name" ;; esac
	done
}
