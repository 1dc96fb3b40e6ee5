#!/usr/bin/env python3
"""Diagnostics: from the page, the file and tidemarkctl. Secrets are planted
wherever a user or a sender can put a word, and those of the stack itself are
collected; none is in any bundle. Negative control: the same search finds a
secret in a bundle it was put into."""
import json
import os
import re
import uuid

import e2e
import site_http as site
from e2e import tap


class World:
    def __init__(self, lab):
        self.lab = lab
        self.mark = lab.rng.randrange(10 ** 9)
        self.secrets = {}
        self.mail = {}
        self.owner = self.person("owner")
        self.root = self.person("root", "--system-admin")
        team = lab.ctl("team", "create", "--name", self.plant("team"),
                       "--owner", self.mail["owner"])
        self.slug, self.team = team["slug"], team["id"]
        self.secrets["slug"] = self.slug
        for name, role in (("root", "admin"), ("analyst", "analyst")):
            if name == "analyst":
                self.analyst = self.person(name)
            lab.ctl("member", "set", "--team", self.slug, "--email", self.mail[name],
                    "--role", role)
        made = lab.ctl("project", "create", "--team", self.slug, "--name", "Shop")
        self.project = made["id"]
        self.env = int([e["id"] for e in made["environments"] if e["name"] == "prod"][0])
        self.p = "/t/%s/p/shop/prod" % self.slug
        self.key = self.new_key("write")
        self.secrets["read key"] = self.new_key("read")
        self.secrets["write key"] = self.key

    def plant(self, what):
        self.secrets[what] = "plant%s%d" % (what.replace(" ", ""), self.mark)
        return self.secrets[what]

    def person(self, name, *flags):
        email = self.plant("mail of " + name) + "@example.org"
        self.mail[name] = email
        site.account(self.lab, email, *flags)
        self.secrets["id of " + name] = self.lab.value(
            "SELECT id FROM users WHERE email = '%s'" % email)
        return site.signed_in(self.lab, email)

    def new_key(self, kind):
        return self.lab.ctl("key", "create", "--project", self.project, "--env", "prod",
                            "--type", kind)["token"]

    def found(self, text):
        """Names of the secrets that the text holds."""
        return sorted(n for n, s in self.secrets.items() if s and s.lower() in text.lower())

    def milestones(self):
        return [tuple(r) for r in self.lab.sql(
            "SELECT metadata ->> 'scope', metadata ->> 'download', user_id FROM"
            " product_usage_events WHERE team_id = '%s' AND event ="
            " 'support_diagnostics_opened' ORDER BY id" % self.team)]


def plant(w):
    lab, p = w.lab, w.plant
    item = e2e.event(p("event name"), properties={p("property"): p("value")},
                     session_id=p("session"))
    bad = dict(e2e.event("x"), timestamp=p("bad timestamp"))
    bad_property = e2e.event("x", properties={p("bad property"): {"a": {"b": "c" * 20}},
                                              "k" * 70 + p("long key"): 1})
    body = e2e.envelope(
        [item, bad, bad_property], user={"user_id": p("user id"), "anonymous_id": p("anonymous id")},
        app={"bundle_id": p("bundle"), "version_name": p("version"), "build_number": "1"},
        device={"device_id": p("device"), "platform": "android", "model": p("model")})
    status, _, reply = e2e.call_json(lab, "POST", "/api/v1/ingest/batch", w.key, body,
                                     {"X-SDK": p("sdk"), "X-SDK-Version": p("sdk version")})
    tap.ok(status == 202 and reply["rejected"] >= 1, "items with secrets, one refused",
           (status, reply))
    report = {"type": "client_report", "event_id": str(uuid.uuid4()),
              "timestamp": e2e.stamp(1), "discarded": [{"reason": p("reason"), "quantity": 3}],
              "discarded_events": [{"reason": p("reason"), "quantity": 3}]}
    e2e.call_json(lab, "POST", "/api/v1/ingest/batch", w.key, e2e.envelope([report]))
    lab.drain()
    lab.sql("INSERT INTO dead_letters (environment_id, batch_id, item_index, reason, sqlstate,"
            " detail, wire) VALUES (%d, 'b', 0, '%s', '22000', '%s', '\\x%s')" % (
                w.env, p("letter reason"), p("letter detail"), p("letter wire").encode().hex()))
    lab.ctl("environment", "set", "--project", w.project, "--env", "prod",
            "--allowed-origins", "https://%s.example" % p("origin"))
    state = os.path.realpath(os.path.join(lab.var, "state"))
    conf = os.path.join(state if os.path.isdir(state) else lab.var, "conf")
    n = 0
    for name in os.listdir(conf):
        if not name.endswith(".conf"):
            continue
        with open(os.path.join(conf, name), encoding="utf-8", errors="replace") as f:
            for key, value in re.findall(r"^TIDEMARK_(DB_\w+|MASTER_KEY|\w*SECRET"
                                         r"|\w*PASSWORD)=(\S.{7,})$", f.read(), re.M):
                w.secrets["conf %s %s" % (name, key)] = value.strip()
                n += 1
    tap.at_least(n, 4, "secrets of the stack are looked for as well")


def bundles(w):
    lab = w.lab
    page = w.owner.get(w.p + "/diagnostics")
    tap.equal(page.status, 200, "an owner opens the page")
    file = w.owner.get(w.p + "/diagnostics.json")
    tap.ok(file.headers["content-type"] == "application/json" and "attachment" in
           file.headers["content-disposition"], "and takes the file")
    one = json.loads(file.body)
    env = one["environment"]
    tap.ok("server" not in one, "which has nothing of the server")
    tap.ok({"stored", "rejected"} <= {i["outcome"] for i in env["items_7d"]},
           "but what became of items", env["items_7d"])
    tap.ok(env["refusals"] and all(set(r) == {"at", "code", "path"} for r in env["refusals"]),
           "refusals by path and code", env["refusals"])
    tap.equal((env["dead_letters_by_sqlstate"], len(env["keys"]), env["allowed_origins"]),
              ({"22000": 1}, 2, 1), "dead letters by code, keys and origins by number")
    root = w.root.get(w.p + "/diagnostics.json")
    both = json.loads(root.body)
    tap.ok({"configuration", "queue", "jobs", "alarms", "migrations"} <= set(both["server"]),
           "who runs the server gets its part", sorted(both["server"]))
    ctl = lab.ctl("support", "bundle", "--project", w.project, "--env", "prod")
    tap.ok(set(ctl) == set(both) and ctl["server"]["jobs"], "so does tidemarkctl")
    tap.equal(set(lab.ctl("support", "bundle")), {"tidemark", "made_at", "server"},
              "without an environment the server alone")
    tap.equal([lab.dev_status("ctl", "support", "bundle", "--env", e) for e in
               ("2000000000", "no-such")], [66, 64], "an unknown environment is refused")
    texts = {"page": "".join(re.findall(r"(?s)<pre.*?</pre>", page.html)), "file": file.html or
             file.body.decode(), "administrator's": root.body.decode(), "ctl": json.dumps(ctl)}
    for name, text in texts.items():
        tap.equal(w.found(text), [], "no secret of %d in the %s bundle" % (len(w.secrets), name))
        tap.ok("@" not in text, "and no mail address")
    for what in ("value", "write key", "mail of owner"):
        tap.must_fail(w.found(texts["file"].replace("UTC", w.secrets[what], 1)) == [],
                      "a bundle with the %s planted" % what)


def rights(w):
    tap.equal([w.analyst.get(w.p + x).status for x in ("/diagnostics", "/diagnostics.json")],
              [403, 403], "an analyst does not see them")
    ids = {n: w.secrets["id of " + n] for n in ("owner", "root")}
    tap.equal(w.milestones(), [("project", "false", ids["owner"]),
                               ("project", "true", ids["owner"]),
                               ("project", "true", ids["root"])],
              "each opening by a user is a milestone; tidemarkctl is none")
    got = [r[0] for r in w.lab.sql("SELECT action FROM audit_entries WHERE team_id = '%s' AND"
                                   " action LIKE 'support.%%' ORDER BY id" % w.team)]
    tap.equal(got, ["support.read"] + ["support.export"] * 3, "and all are in the audit")


def main():
    lab = e2e.start()
    w = World(lab)
    plant(w)
    bundles(w)
    rights(w)
    lab.sql("DELETE FROM dead_letters WHERE environment_id = %d" % w.env)


tap.run(main)
