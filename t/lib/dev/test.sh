# test.sh - tests run on a stack of their own, so that yours is left alone.
SUITES='style unit db fuzz conformance e2e chaos'

# A free TCP port at or after $1.
port_free()
{
	port=$1
	while port_taken "$port"; do port=$((port + 1)); done
	printf '%s' "$port"
}

suites_need_stack()
{
	for suite; do
		case $suite in db | conformance | e2e | chaos) return 0 ;; esac
	done
	return 1
}

# Tests of the suites that need a stack run at once, each on its own: most of
# their time they wait. These stacks run the programs of the first, which alone
# has the demo's data.
MORE_STACKS='second third'

test_more()
{
	for name in $MORE_STACKS; do
		TIDEMARK_VAR=$VAR/$name "$TOP/dev" down >&2
		TIDEMARK_VAR=$VAR/$name TIDEMARK_BORROW=$STATE \
			TIDEMARK_HTTP_PORT=$(port_free $((HTTP_PORT + 100))) \
			TIDEMARK_HTTPS_PORT=$(port_free $((HTTPS_PORT + 100))) \
			TIDEMARK_ADMIN_PORT=$(port_free $((ADMIN_PORT + 100))) "$TOP/dev" up --no-demo >&2 ||
			return 1
	done
}

test_down()
{
	for name in $MORE_STACKS; do
		TIDEMARK_VAR=$VAR/$name "$TOP/dev" down || true
	done
	"$TOP/dev" down || true
}

# VAR, URL, RUN and STATE of each stack that is there, a line each.
test_lanes()
{
	printf '%s %s %s %s\n' "$VAR" "$(stack_url)" "$RUN" "$STATE"
	for name in $MORE_STACKS; do
		(
			VAR=$VAR/$name STATE=$VAR RUN=$VAR/run
			unset TIDEMARK_HTTP_PORT TIDEMARK_HTTPS_PORT TIDEMARK_ADMIN_PORT
			state_find || exit 0
			ports_read
			printf '%s %s %s %s\n' "$VAR" "$(stack_url)" "$RUN" "$STATE"
		)
	done
}

# The programs that `make check` builds and runs. What is not C++ or C is
# found by t/run in its folder.
test_build()
{
	say 'building the tests'
	make -C "$BUILD" -j2 check-build >>"$VAR/build.log" 2>&1 || build_failed
	make -C "$BUILD" test-npm test-python test-go >>"$VAR/build.log" 2>&1 || build_failed
}

test_packages()
{
	# shellcheck disable=SC2086 -- lists
	packages_install $PACKAGES_BUILD $PACKAGES_RUN $PACKAGES_TEST
	node_install
}

cmd_test()
{
	for suite; do
		case " $SUITES " in *" $suite "*) ;; *) die 64 "no suite $suite; there are: $SUITES" ;; esac
	done
	[ $# -gt 0 ] || set -- $SUITES
	# the tests' own stack
	VAR=$VAR/test
	STATE=$VAR RUN=$VAR/run BUILD=$VAR/build
	unset TIDEMARK_HTTP_PORT TIDEMARK_HTTPS_PORT TIDEMARK_ADMIN_PORT
	mkdir -p "$VAR"
	export TIDEMARK_VAR="$VAR"
	export TIDEMARK_CONFIGURE='--enable-werror --enable-crash-points'
	test_packages
	trap 'status=$?; test_down; exit $status' EXIT
	trap 'exit 130' INT TERM HUP
	if suites_need_stack "$@"; then
		test_ports
		"$TOP/dev" up >&2 || { echo '0 passed, 1 failed'; exit 1; }
	fi
	state_create
	build_install
	ports_read
	more=
	if suites_need_stack "$@"; then
		test_more & more=$!
	fi
	test_build
	[ -z "$more" ] || wait "$more" || { echo '0 passed, 1 failed'; exit 1; }
	lanes=$(test_lanes)
	# each stack has its ports in a file; these are the first one's
	unset TIDEMARK_HTTP_PORT TIDEMARK_HTTPS_PORT TIDEMARK_ADMIN_PORT
	TIDEMARK_LANES=$lanes TIDEMARK_BUILD=$BUILD TIDEMARK_URL=$(stack_url) TIDEMARK_RUN=$RUN \
		TIDEMARK_STATE=$STATE TIDEMARK_NODE_MODULES=$BUILD/t/npm/node_modules \
		TIDEMARK_PYTHON=$BUILD/t/python/bin/python \
		python3 "$TOP/t/run" "$@"
}

# Other people's eyes over the sources; what they say is in t/lib/lint.
cmd_lint()
{
	var_create
	# shellcheck disable=SC2086 -- lists
	packages_install $PACKAGES_BUILD $PACKAGES_LINT
	state_create
	build_configure
	make -C "$BUILD" -s lint
}

# Ports that are free now; kept for the second run.
test_ports()
{
	state_find && part_alive nginx && return 0
	TIDEMARK_HTTP_PORT=$(port_free 18080)
	TIDEMARK_HTTPS_PORT=$(port_free 18443)
	TIDEMARK_ADMIN_PORT=$(port_free 19080)
	export TIDEMARK_HTTP_PORT TIDEMARK_HTTPS_PORT TIDEMARK_ADMIN_PORT
}

# Each benchmark is t/bench/NAME.py, or bench_NAME.py where the name is one of
# Python's own modules; a missed goal gives exit code 1.
BENCHES='ingest store fresh pages json memory auth'

bench_file()
{
	file=$TOP/t/bench/$1.py
	[ -x "$file" ] || file=$TOP/t/bench/bench_$1.py
	echo "$file"
}

cmd_bench()
{
	[ $# -gt 0 ] || set -- $BENCHES
	status=0
	for name; do
		[ -x "$(bench_file "$name")" ] || die 64 "no benchmark $name; there are: $BENCHES chaos scan sdk package upgrade"
	done
	packages_install $PACKAGES_BUILD $PACKAGES_RUN python3
	# shellcheck disable=SC2086 -- a list
	case " $* " in *' scan '*) packages_install $PACKAGES_SCAN ;; esac
	# shellcheck disable=SC2086 -- a list
	case " $* " in *' sdk '*) packages_install $PACKAGES_SDK_BENCH ;; esac
	for name; do
		TIDEMARK_VAR=$VAR TIDEMARK_BUILD=$BUILD "$(bench_file "$name")" || status=1
	done
	return $status
}
