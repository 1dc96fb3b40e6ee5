# test.sh - tests run on a stack of their own, so that yours is left alone.
SUITES='style unit db fuzz e2e chaos'

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
		case $suite in db | e2e | chaos) return 0 ;; esac
	done
	return 1
}

# The programs that `make check` builds and runs. What is not C++ or C is
# found by t/run in its folder.
test_build()
{
	say 'building the tests'
	make -C "$BUILD" -j2 check-build >>"$VAR/build.log" 2>&1 || build_failed
	make -C "$BUILD" test-npm >>"$VAR/build.log" 2>&1 || build_failed
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
	trap 'status=$?; "$TOP/dev" down || true; exit $status' EXIT
	trap 'exit 130' INT TERM HUP
	if suites_need_stack "$@"; then
		test_ports
		"$TOP/dev" up >&2 || { echo '0 passed, 1 failed'; exit 1; }
	fi
	state_create
	build_install
	test_build
	ports_read
	TIDEMARK_BUILD=$BUILD TIDEMARK_URL=$(stack_url) TIDEMARK_RUN=$RUN \
		TIDEMARK_STATE=$STATE TIDEMARK_NODE_MODULES=$BUILD/t/npm/node_modules \
		python3 "$TOP/t/run" "$@"
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
		[ -x "$(bench_file "$name")" ] || die 64 "no benchmark $name; there are: $BENCHES chaos scan"
	done
	packages_install $PACKAGES_BUILD $PACKAGES_RUN python3
	# shellcheck disable=SC2086 -- a list
	case " $* " in *' scan '*) packages_install $PACKAGES_SCAN ;; esac
	for name; do
		TIDEMARK_VAR=$VAR TIDEMARK_BUILD=$BUILD "$(bench_file "$name")" || status=1
	done
	return $status
}
