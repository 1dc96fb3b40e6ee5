#!/usr/bin/env python3
"""auth: what signing in costs at the argon2id parameters in use, what the
check of an access token costs, and what a session adds to a page."""
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "lib")]
import bench
from browser import Browser

PASSWORD = "correct horse battery"
SIGN_INS = 200 if bench.LONG else 40
PAGES = 2000 if bench.LONG else 400


def user(lab):
    email = "bench-auth-%d@example.org" % lab.rng.randrange(10 ** 9)
    lab.ctl("user", "create", "--email", email, "--verified", "--password-stdin",
            data=PASSWORD.encode() + b"\n")
    return email


def sign_ins(lab, email):
    """Milliseconds of complete sign-ins; right tries fill no budget."""
    took = []
    for _ in range(SIGN_INS):
        r = Browser(lab.url).sign_in(email, PASSWORD, next="/account")
        if r.status != 303:
            sys.exit("bench: a sign-in was refused (%d)" % r.status)
        took.append(r.seconds * 1000)
    return took


def fetch(b, path, want):
    r = b.get(path, follow=False)
    if r.status != want:
        sys.exit("bench: %s answered %d" % (path, r.status))
    return r.seconds * 1000


def added(public, path, inside, inside_path, want):
    """What the second page takes more than the first, in turns."""
    a, b = [], []
    for _ in range(PAGES):
        a.append(fetch(public, path, want))
        b.append(fetch(inside, inside_path, want))
    return bench.median(a), bench.median(b)


def main():
    b = bench.Bench("auth", "sign-in, access tokens, sessions")
    lab = b.lab
    folder = bench.build(lab, "jwt")
    email = user(lab)
    team = lab.ctl("team", "create", "--name", "Bench auth", "--owner", email)
    project = lab.ctl("project", "create", "--team", team["slug"], "--name", "bench",
                      "--platform", "flutter")
    b.say("%d sign-ins" % SIGN_INS)
    took = sorted(sign_ins(lab, email))
    b.at_most("sign_in_p50_ms", bench.median(took), 200.0, "sign-in, p50", "ms")
    b.figure("sign_in_p95_ms", took[len(took) * 95 // 100], "ms", "sign-in, p95")
    micro = json.loads(subprocess.run([os.path.join(folder, "jwt")], check=True,
                                      stdout=subprocess.PIPE).stdout)
    b.figure("argon2id_p50_ms", micro["hash_p50_ms"], "ms", "of it one argon2id hash")
    b.at_most("jwt_p50_ms", micro["jwt_p50_us"] / 1000, 1.0, "check of a JWT, p50", "ms")
    b.figure("jwt_p99_ms", micro["jwt_p99_us"] / 1000, "ms", "check of a JWT, p99")
    inside = Browser(lab.url)
    inside.sign_in(email, PASSWORD)
    lab.sql("UPDATE user_sessions SET confirmed_at = now() - interval '1 hour' WHERE user_id ="
            " (SELECT id FROM users WHERE email = '%s')" % email)
    b.say("%d pages of each kind" % PAGES)
    public, page = added(Browser(lab.url), "/login", inside, "/confirm?next=%2F", 200)
    b.figure("public_page_ms", public, "ms", "a small public page, p50")
    b.at_most("session_adds_ms", page - public, 2.0, "the same with a session adds", "ms")
    place = "/t/%s/p/%s/prod" % (team["slug"], project["slug"])
    plain, full = added(Browser(lab.url), "/two-factor", inside, place, 303)
    b.at_most("project_adds_ms", full - plain, 2.0,
              "session, team, role, project, environment add", "ms")
    b.finish()


main()
