# build.sh - configure and make out of tree, install under STATE/install.
#
# TIDEMARK_CONFIGURE adds options to configure (the tests' stack is built
# with --enable-werror --enable-crash-points).
BUILD=$VAR/build

# True when a source is newer than the last installation. A removed file
# shows in the time of its directory.
build_is_old()
{
	[ -e "$BUILD/installed" ] && [ -x "$STATE/install/bin/tidemarkctl" ] || return 0
	[ "$(cat "$BUILD/installed")" = "$STATE ${TIDEMARK_CONFIGURE-}" ] || return 0
	[ -n "$(find "$TOP/src" "$TOP/sql" "$TOP/templates" "$TOP/static" "$TOP/nginx" \
		"$TOP/configure.ac" "$TOP/Makefile.am" -newer "$BUILD/installed" \
		! -name '.*' ! -name '*~' -print -quit 2>/dev/null)" ]
}

build_configure()
{
	if [ ! -x "$TOP/configure" ] || [ "$TOP/configure.ac" -nt "$TOP/configure" ] ||
		[ ! -e "$TOP/Makefile.in" ]; then
		say 'autoreconf'
		(cd "$TOP" && autoreconf -i) >>"$VAR/build.log" 2>&1 || build_failed
	fi
	want="$STATE ${TIDEMARK_CONFIGURE-}"
	if [ ! -e "$BUILD/Makefile" ] || [ "$(cat "$BUILD/configured" 2>/dev/null)" != "$want" ]; then
		say 'configure'
		mkdir -p "$BUILD"
		# shellcheck disable=SC2086 -- options
		(cd "$BUILD" && "$TOP/configure" --prefix="$STATE/install" \
			--sysconfdir="$STATE/install/etc" ${TIDEMARK_CONFIGURE-}) \
			>>"$VAR/build.log" 2>&1 || build_failed
		# options are in the flags, not in a header: nothing else would notice
		make -C "$BUILD" clean >>"$VAR/build.log" 2>&1 || build_failed
		printf '%s\n' "$want" >"$BUILD/configured"
	fi
}

build_failed()
{
	tail -n 40 "$VAR/build.log" >&2
	die 70 "the build failed; all of it is in $VAR/build.log"
}

# A stack may run the programs of another: TIDEMARK_BORROW names the STATE that
# it is to take them from, once. They may be new ones each time it is said.
build_borrowed()
{
	if [ -n "${TIDEMARK_BORROW-}" ]; then
		ln -sfn "$TIDEMARK_BORROW/install" "$STATE/install"
		BUILT=yes
	fi
	[ -L "$STATE/install" ]
}

# Sets BUILT=yes when something was built, so that processes are restarted.
build_install()
{
	BUILT=no
	! build_borrowed || return 0
	build_is_old || return 0
	: >"$VAR/build.log"
	build_configure
	say 'make install'
	stamp=$VAR/.stamp
	: >"$stamp"
	make -C "$BUILD" -j2 install >>"$VAR/build.log" 2>&1 || build_failed
	printf '%s\n' "$STATE ${TIDEMARK_CONFIGURE-}" >"$BUILD/installed"
	touch -r "$stamp" "$BUILD/installed"
	rm -f "$stamp"
	BUILT=yes
}
