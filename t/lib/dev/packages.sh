# packages.sh - what Debian must provide. One list for each purpose.
PACKAGES_BUILD='build-essential autoconf automake pkg-config
	libfcgi-dev libpq-dev libhiredis-dev libjson-c-dev libctemplate-dev
	libssl-dev libcmocka-dev libargon2-dev zlib1g-dev libzstd-dev
	libmaxminddb-dev libarchive-dev libsimdjson-dev libcurl4-openssl-dev libcjose-dev
	libjansson-dev liboath-dev libqrencode-dev libgd-dev
	libdw-dev libre2-dev libseccomp-dev'
PACKAGES_RUN='postgresql redis-server nginx spawn-fcgi multiwatch openssl
	curl ca-certificates util-linux zstd gzip tzdata'
PACKAGES_TEST='python3 python3-venv python3-aiosmtpd python3-yaml python3-prometheus-client flawfinder chromium chromium-headless-shell firefox-esr mandoc fonts-liberation strace
	oathtool zbar-tools librsvg2-bin golang-go valgrind libc6-i386
	python3-pip python3-flask python3-django python3-fastapi python3-uvicorn mypy'
PACKAGES_LINT='clang-tidy cppcheck flawfinder' # ./dev lint
PACKAGES_SDK_BENCH='golang-go python3-venv' # ./dev bench sdk: other vendors' SDKs
PACKAGES_SCAN='sqlmap wapiti testssl.sh' # ./dev bench scan

as_root()
{
	if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

package_missing()
{
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" != installed ]
}

apt()
{
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
		-o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 "$@"
}

# The t-digest extension is packaged once for each PostgreSQL version.
package_tdigest()
{
	for dir in /usr/lib/postgresql/*/bin; do
		[ -x "$dir/postgres" ] || continue
		version=${dir#/usr/lib/postgresql/}
		version=${version%/bin}
	done
	[ -z "${version-}" ] || printf 'postgresql-%s-tdigest' "$version"
}

# Install servers without letting their packages start them.
apt_install()
{
	quiet=
	if [ ! -e /usr/sbin/policy-rc.d ]; then
		quiet=/usr/sbin/policy-rc.d
		printf '#!/bin/sh\nexit 101\n' | as_root tee $quiet >/dev/null
		as_root chmod +x $quiet
	fi
	status=0
	apt install --no-install-recommends "$@" >&2 || status=$?
	[ -z "$quiet" ] || as_root rm -f $quiet
	return $status
}

packages_install()
{
	missing=
	for package; do
		! package_missing "$package" || missing="$missing $package"
	done
	case " $* " in *' postgresql '*)
		tdigest=$(package_tdigest)
		if [ -n "$tdigest" ] && package_missing "$tdigest"; then
			missing="$missing $tdigest"
		fi ;;
	esac
	[ -n "$missing" ] || return 0
	say "installing$missing"
	apt update >&2 || say 'apt-get update failed; going on with what is known'
	# shellcheck disable=SC2086 -- a list
	apt_install $missing || die 69 'apt-get could not install the packages above'
	case "$missing " in *' postgresql '*)
		if package_missing "$(package_tdigest)"; then
			apt_install "$(package_tdigest)" || die 69 'the t-digest extension is missing'
		fi ;;
	esac
}

# Node: any npm will do; Debian's conflicts with other vendors' node.
node_install()
{
	command -v npm >/dev/null 2>&1 || packages_install nodejs npm
}
