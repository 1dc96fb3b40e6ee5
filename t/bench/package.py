#!/usr/bin/env python3
"""package: `make deb`, and what its packages do in a Debian 12 that boots.

Builds the packages from a release tarball and lints them; makes a root folder
with mmdebstrap, boots it with systemd-nspawn (systemd as pid 1, units as they
are shipped, a network of its own) and in there: installs, sets up, ingests one
event through nginx and TLS (debian/tests/ingest-one), upgrades to a package
with one more migration while requests go on, with and without
TIDEMARK_AUTO_MIGRATE, removes and purges. A second boot runs what the container
images run, as their users, without an engine: the script `start` in each of
its roles, by the secrets of secrets.sh. Needs root. Not a benchmark: exit
code 1 when a step fails.
"""
import glob
import os
import re
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(TOP, "t", "lib"))
import tap  # noqa: E402

VAR = os.environ.get("TIDEMARK_VAR", os.path.join(TOP, "var"))
BUILD = os.environ.get("TIDEMARK_BUILD", os.path.join(VAR, "build"))
WORK = os.path.join(VAR, "bench", "package")
ROOT, RUN = os.path.join(WORK, "root"), os.path.join(WORK, "run")
BASE = ("ca-certificates,systemd,systemd-sysv,dbus,procps,postgresql,"
        "postgresql-15-tdigest,redis-server,nginx,curl,jq,openssl,tzdata,"
        "spawn-fcgi,multiwatch,socat")
LIMIT = 600
TOOLS = {"dpkg-buildpackage": "dpkg-dev", "dh": "debhelper",
         "lintian": "lintian", "mmdebstrap": "mmdebstrap",
         "systemd-nspawn": "systemd-container", "fakeroot": "fakeroot"}

UNIT = """[Service]
Type=oneshot
TimeoutStartSec=infinity
StandardOutput=append:/root/job.out
StandardError=append:/root/job.out
ExecStart=/bin/sh -c '/root/job; echo $? >/root/job.rc; systemctl --no-block poweroff'
"""

# upgrade: requests go on all the while; none may fail. A migration waits
# unless it is wanted.
UPGRADE = r"""#!/bin/sh
set -eu
cd /root
say() { echo "STEP $1: ${2:-ok}"; }
DEBIAN_FRONTEND=noninteractive apt-get -y -q install --no-install-recommends \
	./debs/*_0.1.0_*.deb >install.log 2>&1 && say install || { cat install.log; exit 1; }
[ -z "$(systemctl list-units --no-legend --state=active 'tidemark*.service')" ] &&
	say 'nothing runs before setup'
mkdir -p tmp && AUTOPKGTEST_TMP=/root/tmp sh ./ingest-one && say ingest-one
get() { curl -s --cacert tmp/tls.crt --resolve tidemark.test:443:127.0.0.1 "$@"; }
(
	while [ ! -e stop ]; do
		for path in /livez /api/v1/ingest/config; do
			get -o /dev/null -m 10 -w '%{http_code}\n' "https://tidemark.test$path"
		done
		sleep 0.02
	done
) >codes &
load=$!
up() { DEBIAN_FRONTEND=noninteractive apt-get -y -q install --no-install-recommends \
	./debs/*_"$1"_*.deb; }
old=$(systemctl show -P MainPID tidemark-web@1)
up 0.1.1 >up1.log 2>&1 || { cat up1.log; exit 1; }
tidemarkctl migrate status --format json | jq -e '[.[] | select(.state == "pending")] | length == 1' \
	>/dev/null && say 'a migration waits without TIDEMARK_AUTO_MIGRATE'
sed -i 's/^#TIDEMARK_AUTO_MIGRATE/TIDEMARK_AUTO_MIGRATE/' /etc/tidemark/tidemark.conf
up 0.1.2 >up2.log 2>&1 || { cat up2.log; exit 1; }
tidemarkctl migrate status --format json | jq -e '[.[] | select(.state == "pending")] | length == 0' \
	>/dev/null && say 'and is applied with it'
[ "$(systemctl show -P MainPID tidemark-web@1)" != "$old" ] && say 'the pools were restarted'
sleep 1
touch stop && wait $load
echo "CODES $(sort codes | uniq -c | tr '\n' ' ')"
tidemarkctl config check >/dev/null && say 'configuration survives'
key=$(sha256sum /etc/tidemark/masterkey)
DEBIAN_FRONTEND=noninteractive apt-get -y -q purge tidemark tidemark-nginx tidemark-doc >purge.log 2>&1 ||
	{ cat purge.log; exit 1; }
[ -z "$(systemctl list-units --no-legend --state=active 'tidemark*')" ] && say 'purge stops all'
[ ! -e /etc/tidemark/tidemark.conf ] && [ ! -e /usr/bin/tidemarkctl ] && say 'purge takes files away'
[ "$key" = "$(sha256sum /etc/tidemark/masterkey)" ] && say 'purge keeps the master key'
rm -f /etc/nginx/sites-enabled/tidemark
up 0.1.2 >again.log 2>&1 || { cat again.log; exit 1; }
tidemarkctl setup --url https://tidemark.test --format table && say 'set up again over the old database'
"""
# The files of the packages without their scripts, users and folders as in the
# Dockerfile; one unit stands for one container of compose.yaml.
IMAGES = r"""#!/bin/sh
set -eu
cd /root
say() { echo "STEP $1: ${2:-ok}"; }
systemctl stop postgresql redis-server nginx
dpkg --unpack ./debs/tidemark_0.1.0_*.deb ./debs/tidemark-nginx_0.1.0_*.deb >/dev/null 2>&1
mv /etc/tidemark/redis.conf.dpkg-new /etc/tidemark/redis.conf
install -m 755 deploy/start /usr/libexec/tidemark-start
install -m 644 deploy/nginx.conf /etc/nginx/nginx.conf
groupadd --system --gid 971 tidemark
for user in 971:tidemark 972:front 973:queue; do
	useradd --system --uid "${user%:*}" --gid tidemark "${user#*:}"
done
state=/var/lib/tidemark
install -d -o root -g tidemark -m 0770 /run/tidemark
install -d -o tidemark -g tidemark -m 0771 $state $state/symbols $state/outbox
install -d -o queue -g tidemark -m 0700 $state/redis
install -d -o postgres -g postgres -m 0700 $state/postgres
sh deploy/secrets.sh /run/secrets 127.0.0.1
before=$(cat /run/secrets/* | sha256sum)
sh deploy/secrets.sh /run/secrets 127.0.0.1
[ "$before" = "$(cat /run/secrets/* | sha256sum)" ] && say 'secrets are kept'
chmod 0755 /run/secrets
# contain NAME USER GROUP ROLE...
contain()
{
	name=$1 user=$2 group=$3
	shift 3
	systemd-run -q --unit="c-$name" --uid="$user" --gid="$group" 		-p SupplementaryGroups=tidemark -p PrivateTmp=yes -p CapabilityBoundingSet= 		-p NoNewPrivileges=yes -p ProtectSystem=strict 		-p 'ReadWritePaths=/run/tidemark /var/lib/tidemark' -E HOME=/tmp 		-E TIDEMARK_PUBLIC_URL=http://localhost:8080 -E TIDEMARK_COOKIE_SECURE=false 		-E TIDEMARK_WORKERS=2 		/bin/sh -c '/usr/libexec/tidemark-start "$@" | cat' sh "$@"
}
ctl()
{
	setpriv --reuid=971 --regid=971 --clear-groups /usr/libexec/tidemark-start ctl "$@"
}
until_ok()
{
	for _ in $(seq 120); do "$@" >/dev/null 2>&1 && return 0; sleep 0.5; done
	return 1
}
code() { [ "$(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:8080$2")" = "$1" ]; }
contain postgres postgres postgres postgres
contain redis queue tidemark redis
until_ok pg_isready -q -h 127.0.0.1 -d tidemark
until_ok test -S /run/tidemark/redis.sock
until_ok ctl migrate up && say 'migrations over TCP with a password'
contain ingest tidemark tidemark ingest
contain web tidemark tidemark web
contain consumer tidemark tidemark consumer --index 1
contain mail tidemark tidemark mail
contain nginx front tidemark nginx
until_ok code 200 /readyz && say 'every role runs'
code 200 /login && code 200 /static/app.css && say 'pages and files'
echo 'a long password' | ctl user create --email a@b.example --password-stdin --verified >/dev/null
ctl team create --name Acme --owner a@b.example >/dev/null
p=$(ctl project create --team acme --name Shop --platform web | jq -r .id)
k=$(ctl key create --project "$p" --env prod --type write | jq -r .token)
curl -s -o reply.json http://127.0.0.1:8080/api/v1/events -H "Authorization: Bearer $k" 	-H 'Content-Type: application/json' 	-d "{\"name\":\"contained\",\"user_id\":\"me\",\"timestamp\":\"$(date -u +%FT%TZ)\"}"
ctl queue wait --timeout 60 >/dev/null
curl -s http://127.0.0.1:9080/metrics | grep -q '^tidemark_consumer_rows_total 1$' &&
	say 'an event is stored'
redis-server --port 6390 --save '' --daemonize yes >/dev/null
mkdir -p /run/link
TIDEMARK_RUN_DIR=/run/link TIDEMARK_REDIS_TCP=TCP:127.0.0.1:6390 	/usr/libexec/tidemark-start redis-link &
until_ok test -S /run/link/redis.sock
[ "$(redis-cli -s /run/link/redis.sock ping)" = PONG ] && say 'the link to a Redis elsewhere'
/usr/libexec/tidemark-start nonsense 2>/dev/null || [ $? = 64 ] && say 'an unknown role is refused'
[ "$(systemctl list-units --no-legend --state=failed 'c-*' | wc -l)" = 0 ] && say 'none failed'
"""
IMAGE_STEPS = ("secrets are kept", "migrations over TCP with a password",
               "every role runs", "pages and files", "an event is stored",
               "the link to a Redis elsewhere", "an unknown role is refused",
               "none failed")
STEPS = ("install", "nothing runs before setup", "ingest-one",
         "a migration waits without TIDEMARK_AUTO_MIGRATE",
         "and is applied with it", "the pools were restarted",
         "configuration survives", "purge stops all",
         "purge takes files away", "purge keeps the master key",
         "set up again over the old database")


def sh(*argv, **more):
    return subprocess.run(argv, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, **more)


def tools():
    missing = [p for t, p in TOOLS.items() if shutil.which(t) is None]
    if missing:
        sh("apt-get", "-q", "-y", "install", "--no-install-recommends",
           *missing)


def build():
    """The packages, without a network; lintian is part of `make deb`."""
    env = dict(os.environ, DEB_BUILD_OPTIONS="nocheck parallel=2 terse")
    if os.environ.get("TIDEMARK_LONG"):
        env["DEB_BUILD_OPTIONS"] = "parallel=2 terse"
    begin = time.monotonic()
    sh("make", "-C", BUILD, "-j2")  # the fonts come from npm, once
    p = sh("unshare", "-n", "make", "-C", BUILD, "deb", env=env)
    tap.ok(p.returncode == 0, "make deb offline, lintian included (%d s)"
           % (time.monotonic() - begin), p.stdout[-4000:])
    found = [f for f in glob.glob(os.path.join(BUILD, "deb", "tidemark*.deb"))
             if "dbgsym" not in f]
    found.sort(key=lambda f: os.path.basename(f).split("_")[0])
    tap.equal([os.path.basename(f).split("_")[0] for f in found],
              ["tidemark", "tidemark-doc", "tidemark-nginx"], "three packages")
    return found


def depends(deb):
    text = sh("dpkg-deb", "-f", deb, "Depends").stdout
    return [re.split(r"[ (|]", d.strip())[0] for d in text.split(",")]


def image_has(deb):
    """The Dockerfile's image installs what the programs link."""
    with open(os.path.join(TOP, "src/programs/deploy/Dockerfile"),
              encoding="utf-8") as f:
        text = f.read()
    stage = text[text.index(" AS tidemark"):text.index(" AS nginx")]
    have = set(re.findall(r"[a-z0-9][a-z0-9.+-]+", stage))
    libs = [d for d in depends(deb) if d.startswith("lib")
            and d not in ("libc6", "libstdc++6", "libgcc-s1")]
    tap.equal([x for x in libs if x not in have], [],
              "the Dockerfile installs the libraries of the package")


def root(debs):
    """A Debian with everything but Tidemark; kept for the next run."""
    if not os.path.exists(ROOT + "/usr/bin/multiwatch"):
        shutil.rmtree(ROOT, ignore_errors=True)
        sources = [f for f in ("/etc/apt/sources.list.d/debian.sources",
                               "/etc/apt/sources.list") if os.path.exists(f)]
        p = sh("mmdebstrap", "--variant=minbase", "--include=" + BASE,
               "bookworm", ROOT, sources[0])
        if not tap.ok(p.returncode == 0, "a Debian to try it in",
                      p.stdout[-2000:]):
            return False
    need = sorted({d for f in debs for d in depends(f)
                   if not d.startswith("tidemark")})
    p = sh("systemd-nspawn", "-q", "--register=no", "--keep-unit", "-D", ROOT,
           "sh", "-c", "apt-get -q update && DEBIAN_FRONTEND=noninteractive "
           "apt-get -q -y install --no-install-recommends " + " ".join(need))
    return tap.ok(p.returncode == 0, "with the packages that it needs",
                  p.stdout[-2000:])


def newer(deb, version, migration):
    """The same package as a later version, one migration richer."""
    folder = os.path.join(WORK, "newer")
    shutil.rmtree(folder, ignore_errors=True)
    sh("dpkg-deb", "-R", deb, folder)
    path = os.path.join(folder, "DEBIAN/control")
    with open(path, encoding="utf-8") as f:
        text = f.read()
    text = re.sub(r"^Version: .*$", "Version: " + version, text, flags=re.M)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    sql = os.path.join(folder, "usr/share/tidemark/sql")
    if migration and os.path.isdir(sql):
        with open(os.path.join(sql, "9001_package.sql"), "w",
                  encoding="utf-8") as f:
            f.write("CREATE TABLE package_test (a int4);\n")
    out = os.path.basename(deb).replace("_0.1.0_", "_%s_" % version)
    sh("dpkg-deb", "--root-owner-group", "-b", folder,
       os.path.join(RUN, "root/debs", out))


def boot(script):
    """Run script as a unit of the booted system; (exit code, output)."""
    home = RUN + "/root/"
    with open(home + "job", "w", encoding="utf-8") as f:
        f.write(script)
    os.chmod(home + "job", 0o755)
    units = RUN + "/etc/systemd/system/"
    os.makedirs(units + "timers.target.wants", exist_ok=True)
    with open(units + "job.service", "w", encoding="utf-8") as f:
        f.write(UNIT)
    with open(units + "job.timer", "w", encoding="utf-8") as f:
        f.write("[Timer]\nOnActiveSec=1\n")
    link = units + "timers.target.wants/job.timer"
    if not os.path.lexists(link):
        os.symlink("../job.timer", link)
    with open(os.path.join(WORK, "console"), "w", encoding="utf-8") as f:
        subprocess.run(["timeout", str(LIMIT), "systemd-nspawn", "-q",
                        "--register=no", "--keep-unit", "--private-network",
                        "-D", RUN, "-b"], stdout=f, stderr=f,
                       stdin=subprocess.DEVNULL)
    texts = []
    for name in ("job.rc", "job.out"):
        try:
            with open(home + name, encoding="utf-8", errors="replace") as f:
                texts.append(f.read())
        except OSError:
            texts.append("")
    return texts


def fresh(debs):
    """A root of its own with the packages in it."""
    shutil.rmtree(RUN, ignore_errors=True)
    sh("cp", "-a", "--reflink=auto", ROOT, RUN)
    os.makedirs(RUN + "/root/debs")
    for deb in debs:
        shutil.copy(deb, RUN + "/root/debs/")


def steps(script, names):
    begin = time.monotonic()
    code, out = boot(script)
    tap.equal(code.strip(), "0", "the booted system ran all (%d s)"
              % (time.monotonic() - begin))
    for step in names:
        tap.ok("STEP %s: ok" % step in out, step)
    tap.must_fail("STEP no such step: ok" in out, "a step that is none")
    if code.strip() != "0":
        tap.note(out[-6000:])
    return out


def installed(debs):
    fresh(debs)
    for deb in debs:
        newer(deb, "0.1.1", True)
        newer(deb, "0.1.2", True)
    shutil.copy(os.path.join(TOP, "debian/tests/ingest-one"), RUN + "/root/")
    out = steps(UPGRADE, STEPS)
    codes = re.search(r"^CODES (.*)$", out, re.M)
    counts = dict((c, int(n)) for n, c in re.findall(
        r"(\d+) (\d+)", codes.group(1))) if codes else {}
    tap.note("replies while it was upgraded: %s" % counts)
    tap.at_least(sum(counts.values()), 20, "requests while it was upgraded")
    tap.equal(sorted(set(counts) - {"200", "401"}), [],
              "no other answer than before")


def contained(debs):
    fresh(debs)
    shutil.copytree(os.path.join(TOP, "src/programs/deploy"),
                    RUN + "/root/deploy")
    steps(IMAGES, IMAGE_STEPS)


def main():
    os.makedirs(WORK, exist_ok=True)
    tools()
    debs = build()
    if len(debs) != 3:
        return
    image_has(debs[0])
    if root(debs):
        installed(debs)
        contained(debs)


tap.run(main)
