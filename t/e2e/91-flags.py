#!/usr/bin/env python3
"""Feature flags: each of the four opens and closes what it is for, at once;
the most specific rule counts; shares are stable; SDKs are told, and so are
sampling and the switch that stops an SDK."""
import json
import time

import e2e
from e2e import tap
from shop import Shop

KEYS = ("sdk.react_native.enabled", "dashboard.performance.enabled",
        "exports.enabled", "retention.advanced.enabled")


class World(Shop):
    def __init__(self, lab):
        super().__init__(lab, "flags")

    def flag(self, key, value, *of):
        return self.lab.ctl("flag", "set", *(list(of) + [key, value]))

    def unset(self, key, *of):
        return self.lab.ctl("flag", "unset", *(list(of) + [key]))

    def mine(self):
        return ("--team", self.slug)

    def status(self, path):
        return e2e.call(self.lab, "GET", path, self.token)[0]

    def flags(self, **query):
        path = "/api/v1/flags" + ("?project=" + query["project"]
                                  if query else "")
        body = e2e.call_json(self.lab, "GET", path, self.token)[2]
        return {f["key"]: (f["enabled"], f["set_by"]) for f in body["flags"]}

    def told(self, *of):
        """The same by tidemarkctl."""
        rows = self.lab.ctl("flag", "list", *of)
        return {r["key"]: (r["enabled"], r["set_by"]) for r in rows}

    def config(self, etag=None):
        head = {"If-None-Match": etag} if etag else {}
        code, h, body = e2e.call(self.lab, "GET", "/api/v1/ingest/config",
                                 self.key, headers=head)
        return code, h.get("etag"), json.loads(body) if body else None


def as_it_comes(w):
    tap.equal(w.flags(), {k: (True, "default") for k in KEYS},
              "four flags, all on without a rule")
    tap.equal(w.told(*w.mine()), w.flags(), "tidemarkctl says the same of the team")
    code, etag, config = w.config()
    tap.equal((code, config["flags"], config["sampling"],
               config["kill_switch"]),
              (200, {k: True for k in KEYS}, {"events": 1, "traces": 1},
               {"all": False, "sdks": []}), "SDKs are told so")
    tap.equal(w.config(etag)[0], 304, "the same answer has the same ETag")
    page = w.owner.get(w.t + "/flags")
    tap.ok(all(k in page.text for k in KEYS) and "how Tidemark comes" in
           page.text, "the team's page tells what is on, and why")
    tap.equal(w.status("/api/v1/flags?project=" +
                       "00000000-0000-0000-0000-000000000001"), 404,
              "a foreign project is not there")


def performance(w):
    key, paths = "dashboard.performance.enabled", (
        w.api + "/traces", w.api + "/traces/names")
    tap.equal(w.owner.get(w.p + "/performance").status, 200,
              "the performance page is there")
    etag = w.config()[1]
    w.flag(key, "off", *w.mine())
    page = w.owner.get(w.p + "/performance")
    tap.ok(page.status == 404 and "This is not enabled" in page.text and
           key in page.text, "switched off it is 404 at once, and says why",
           page.text[:300])
    tap.ok(w.p + "/performance" not in w.owner.get(w.p + "/overview").html,
           "the side bar has it no more")
    tap.equal([w.status(p) for p in paths], [404, 404],
              "nor has the API its traces")
    tap.equal(e2e.call_json(w.lab, "GET", paths[0], w.token)[2]["error"],
              "not_enabled", "with a code of its own")
    code, now, config = w.config(etag)
    tap.equal((code, config["flags"][key]), (200, False),
              "SDKs see it with another ETag")
    tap.ok(now != etag, "which differs")
    w.flag(key, "on", "--project", "%s/shop" % w.slug)
    tap.equal((w.owner.get(w.p + "/performance").status, w.status(paths[0]),
               w.config()[2]["flags"][key]), (200, 200, True),
              "a project's rule is stronger than its team's")
    tap.equal((w.flags()[key], w.flags(project=w.project)[key]),
              ((False, "team"), (True, "project")), "the API says whose it is")
    page = w.owner.get(w.t + "/flags")
    tap.ok("set for this team" in page.text and "set for the project" in
           page.text, "and so does the page", page.text)
    w.flag(key, "0", "--user", w.owner_mail)
    tap.equal((w.owner.get(w.p + "/performance").status,
               w.system.get(w.t + "/flags").status), (404, 404),
              "a user's own rule is the strongest; a stranger sees nothing")
    w.unset(key, "--user", w.owner_mail)
    w.unset(key, "--project", w.project)
    w.unset(key, *w.mine())
    tap.equal((w.owner.get(w.p + "/performance").status, w.config()[1]),
              (200, etag), "without rules all is as it was")


def exports(w):
    key = "exports.enabled"
    csv = w.p + "/events.csv"
    tap.equal((w.owner.get(csv).status,
               w.status(w.api + "/sessions?format=csv")), (200, 200),
              "rows can be downloaded")
    w.flag(key, "off", *w.mine())
    tap.equal((w.owner.get(csv).status,
               w.status(w.api + "/sessions?format=csv"),
               w.status(w.api + "/sessions?format=ndjson"),
               w.status(w.api + "/sessions")), (404, 404, 404, 200),
              "switched off no file is to be had, the list is")
    tap.ok("events.csv" not in w.owner.get(w.p + "/events").html and
           "crashes.csv" not in w.owner.get(w.p + "/crashes").html,
           "and the pages offer none")
    w.unset(key, *w.mine())
    tap.equal(w.owner.get(csv).status, 200, "and back")


def retention(w):
    key, lab = "retention.advanced.enabled", w.lab
    w.flag(key, "off", *w.mine())
    page = w.owner.submit(w.owner.get(w.p + "/storage"), "/storage",
                          retention_raw_days="45")
    tap.ok("Advanced retention (retention.advanced.enabled) is not" in page.text,
           "other days are refused by the page", page.text[:400])
    set_ = ("environment", "set", "--project", w.project, "--env", "prod")
    code = lab.dev_status("ctl", *(set_ + ("--retention-crash-days", "10")))
    tap.equal(code, 66, "by tidemarkctl for crashes")
    tap.equal(lab.ctl(*(set_ + ("--retention-raw-days", "30")))
              ["retention_raw_days"], 30, "30 and 90 days are always there")
    w.unset(key, *w.mine())
    tap.equal(lab.ctl(*(set_ + ("--retention-raw-days", "45")))
              ["retention_raw_days"], 45, "switched on, any number is")


def react_native(w):
    key, lab = "sdk.react_native.enabled", w.lab
    w.flag(key, "off", *w.mine())
    page = w.owner.get(w.t + "/projects/new")
    tap.ok("react-native" not in page.form("/projects/new")
           .options["platform"], "React Native is no platform any more")
    status, _, body = e2e.call_json(lab, "POST", "/api/v1/projects", w.token,
                                    {"name": "RN", "platform":
                                     "react-native"})
    tap.equal((status, body["error"]), (404, "not_enabled"),
              "the API refuses it")
    tap.equal(w.config()[2]["flags"][key], False, "SDKs are told")
    w.unset(key, *w.mine())
    status = e2e.call_json(lab, "POST", "/api/v1/projects", w.token,
                           {"name": "RN", "platform": "react-native"})[0]
    tap.equal(status, 201, "switched on it is one")


def shares(w):
    """50 percent: about half of 200 teams, the same ones each time."""
    lab, key = w.lab, "exports.enabled"
    tap.equal(w.flag(key, "50", *w.mine())["percent"], 50, "a share is set")
    team = w.flags()[key]
    one = w.flags(project=w.project)[key]
    tap.equal((team, one[1]), ((False, "team"), "team"),
              "of a whole team only 100 is on")
    tap.equal((w.told(*w.mine())[key], w.told("--project", w.project)[key]), (team, one),
              "as tidemarkctl has it")
    tap.equal(w.told()[key], (True, "default"), "control: the server has no rule")
    tap.ok(all(w.flags(project=w.project)[key] == one for _ in range(10)),
           "a project's side stays")
    tap.equal(w.config()[2]["flags"][key], one[0],
              "the door finds the same side without a database")
    w.flag(key, "100", *w.mine())
    tap.equal(w.flags(project=w.project)[key][0], True, "100 is on")
    w.unset(key, *w.mine())


def by_page(w):
    page = w.system.get("/system/flags")
    done = w.system.submit(page, "/system/flags/set", flag="exports.enabled",
                           scope="team", subject=w.slug, percent="0")
    tap.ok("The rule is set" in done.text and w.slug in done.text,
           "a system administrator sets a rule", done.text[:300])
    tap.equal(w.flags()["exports.enabled"], (False, "team"), "and it holds")
    entries = w.lab.sql(
        "SELECT actor, detail FROM audit_entries WHERE team_id = '%s' AND"
        " action = 'flag.set' ORDER BY id" % w.team["id"])
    tap.ok(entries[-1][0].startswith("user:") and
           json.loads(entries[-1][1]) == {"flag": "exports.enabled",
                                          "percent": "0"},
           "in the team's audit", entries[-1])
    for fields, says in (
            ({"flag": "no.such"}, "no such flag"),
            ({"subject": "nobody-here"}, "There is no team"),
            ({"subject": ""}, "Say whose rule"),
            ({"scope": "galaxy"}, "system, a team, a project or a user"),
            ({"percent": "101"}, "from 0"), ({"percent": "x"}, "from 0")):
        bad = w.system.submit(page, "/system/flags/set", **dict(
            {"flag": "exports.enabled", "scope": "team", "subject": w.slug,
             "percent": "0"}, **fields))
        tap.ok(bad.status == 422, "%s is refused" % fields, bad.text[:300])
    page = w.system.get("/system/flags")
    form = [f for f in page.forms if f.action == "/system/flags/remove" and
            dict(f.fields)["subject"] == w.team["id"]]
    gone = w.system.request("POST", "/system/flags/remove", form[0].fields)
    tap.ok(gone.status in (200, 302, 303), "it is removed", gone.status)
    tap.equal(w.flags()["exports.enabled"], (True, "default"), "and gone")
    tap.equal(w.owner.get("/system/flags").status, 404,
              "an owner does not see that page")


def sdks(w):
    lab = w.lab
    send = lambda sdk: e2e.call_json(  # noqa: E731
        lab, "POST", "/api/v1/ingest/batch", w.key,
        e2e.envelope([e2e.event(), e2e.event()]), {"X-SDK": sdk})[2]
    etag = w.config()[1]
    tap.equal(send("bad-sdk")["accepted"], 2, "an SDK sends")
    page = w.owner.submit(w.owner.get(w.p + "/sdk"), "/sdk",
                          sample_events="25", sample_traces="12.5",
                          killed_sdks="bad-sdk\nworse-sdk")
    tap.ok("Saved" in page.text, "an owner sets shares and stops one",
           page.text[:300])
    time.sleep(1)
    code, now, config = w.config(etag)
    tap.equal((code, config["sampling"], config["kill_switch"]),
              (200, {"events": 0.25, "traces": 0.125},
               {"all": False, "sdks": ["bad-sdk", "worse-sdk"]}),
              "within a second SDKs are told")
    body = send("bad-sdk")
    tap.equal((body["accepted"], body["rejected"],
               [r["code"] for r in body["results"]]),
              (0, 2, ["sdk_disabled"] * 2), "what it still sends is dropped")
    tap.equal(send("good-sdk")["accepted"], 2, "others go on")
    lab.drain()
    told = e2e.call_json(lab, "GET", "/api/v1/ingest/batches/" +
                         body["batch_id"], w.key)[2]
    tap.equal(told["dropped_by"], {"sdk_disabled": 2}, "the ledger has it")
    bad = w.owner.submit(w.owner.get(w.p + "/sdk"), "/sdk",
                         sample_events="101", sample_traces="x",
                         killed_sdks="a b")
    tap.ok(bad.status == 422 and "from 0 to 100" in bad.text and
           "no name of an SDK" in bad.text, "mistakes are told",
           bad.text[:400])
    lab.ctl("environment", "set", "--project", w.project, "--env", "prod",
            "--kill-sdks", "*", "--sample-events", "100")
    time.sleep(1)
    config = w.config()[2]
    tap.equal((config["kill_switch"], config["sampling"]["events"],
               send("good-sdk")["accepted"]),
              ({"all": True, "sdks": []}, 1, 0), "* stops every one")
    lab.ctl("environment", "set", "--project", w.project, "--env", "prod",
            "--kill-sdks", "", "--sample-traces", "100")
    time.sleep(1)
    tap.equal((w.config()[1], send("bad-sdk")["accepted"]), (etag, 2),
              "and back: the same ETag as at first")


def words(w):
    lab = w.lab
    for args, code in ((("flag", "set", "no.such", "on"), 66),
                       (("flag", "set", KEYS[0], "maybe"), 64),
                       (("flag", "set", KEYS[0]), 64),
                       (("flag", "set", "--team", "no-such", KEYS[0], "on"),
                        66),
                       (("flag", "set", "--team", w.slug, "--user", "a@b.c",
                         KEYS[0], "on"), 64),
                       (("flag", "show", "no.such"), 66)):
        tap.equal(lab.dev_status("ctl", *args), code,
                  "tidemarkctl %s: exit %d" % (" ".join(args[:3]), code))
    rules = lab.ctl("flag", "show", KEYS[2])
    tap.ok(all(r["flag"] == KEYS[2] for r in rules), "one flag's rules")


def lost(w):
    """Redis has forgotten the rules: the job of plans writes them again."""
    lab, key = w.lab, "exports.enabled"
    w.flag(key, "off", *w.mine())
    with lab.held("usage"):
        lab.redis("DEL", "tm:flags")
        tap.equal(w.config()[2]["flags"][key], True, "without its copy the door"
                  " has no rule (the negative control)")
    took = e2e.until(30, lambda: w.config()[2]["flags"][key] is False)
    tap.ok(took is not None, "the job brings it back", took)
    w.unset(key, *w.mine())


def main():
    lab = e2e.start()
    w = World(lab)
    as_it_comes(w)
    performance(w)
    exports(w)
    retention(w)
    react_native(w)
    shares(w)
    by_page(w)
    sdks(w)
    words(w)
    lost(w)


tap.run(main)
