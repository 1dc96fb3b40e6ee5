#!/usr/bin/env python3
"""I2: every limit of the contract, on both of its sides."""
import gzip
import json
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import http1
import lab as labs
import load
import tap

MIB = 1 << 20


class Door:
    def __init__(self, lab):
        self.lab = lab
        self.tenant = lab.tenant("limits")
        self.client = http1.Client(lab.host, lab.port, 15)

    def post(self, body, more=()):
        status, headers, reply = http1.post_patiently(
            self.client, self.tenant.key, body, more)
        answer = http1.parse(reply)
        tap.ok(answer is not None and (status == 202 or answer.get("error")
                                       and answer.get("request_id")),
               "the answer %d is JSON" % status, repr(reply[:300]))
        return status, answer or {}

    def events(self, n=1):
        return [load.item(self.lab.rng, time.time(), True)
                for _ in range(n)]

    def envelope(self, events, pad=0):
        value = load.envelope(self.lab.rng, events, time.time())
        body = json.dumps(value).encode()
        return body + b" " * max(0, pad - len(body))

    def one(self, **properties):
        """The answer to an event with these properties behind a good one
        (a batch without any good item is a 422)."""
        events = self.events(2)
        events[1]["properties"] = properties
        return self.post(self.envelope(events))

    def text(self, value):
        """The same with one property, given as JSON text."""
        events = self.events(2)
        events[1]["properties"] = {"a": "PLACE"}
        return self.post(self.envelope(events).replace(b'"PLACE"',
                                                       value.encode()))


def accepted(answer):
    return answer[0] == 202 and answer[1].get("accepted") == 2 and \
        not answer[1].get("warnings") and not answer[1].get("results")


def dropped(answer):
    return answer[0] == 202 and answer[1].get("accepted") == 1 and \
        answer[1].get("rejected") == 1 and \
        answer[1]["results"][0]["result"] == "drop" and \
        answer[1]["results"][0]["index"] == 1


def warned(answer):
    return answer[0] == 202 and answer[1].get("accepted") == 2 and \
        (answer[1].get("warnings") or
         any(r["result"] == "warning" for r in answer[1]["results"]))


def bodies(door):
    good = door.envelope(door.events())
    tap.equal(door.post(door.envelope(door.events(), MIB))[0], 202,
              "a body of exactly 1 MiB is accepted")
    tap.equal(door.post(door.envelope(door.events(), MIB + 1))[0], 413,
              "one byte more is a 413")
    gz = [("Content-Encoding", "gzip")]
    # white space packs well; noise keeps it under 100 to 1
    tap.equal(door.post(packed(door, 8 * MIB), gz)[0], 202,
              "8 MiB after gzip are accepted")
    tap.equal(door.post(packed(door, 8 * MIB + 1), gz)[0], 413,
              "one byte more is a 413")
    bomb = gzip.compress(good + b" " * (4 * MIB), 9)
    tap.at_least((len(good) + 4 * MIB) / len(bomb), 100, "the bomb's ratio")
    tap.equal(door.post(bomb, gz)[0], 413, "more than 100 to 1 is a 413")
    tap.equal(door.post(gzip.compress(good), gz)[0], 202, "gzip")
    tap.equal(door.post(good, [("Content-Encoding", "br")])[0], 415,
              "an unknown Content-Encoding is a 415")
    tap.equal(door.post(good, [("Content-Encoding", "gzip, gzip")])[0], 415,
              "two encodings are a 415")
    tap.equal(door.post(gzip.compress(good) + b"x", gz)[0], 400,
              "bytes after the gzip stream are a 400")
    tap.equal(door.post(gzip.compress(good)[:-4], gz)[0], 400,
              "a gzip stream cut short is a 400")


def packed(door, size):
    """gzip of a good body of exactly size bytes, less than 100 to 1."""
    rng = door.lab.rng
    events = door.events(900)
    for e in events:
        e["properties"] = {"p%d" % i: "%0250x" % rng.getrandbits(1000)
                           for i in range(4)}
    body = door.envelope(events)
    return gzip.compress(body + b" " * (size - len(body)), 6)


def counts(door):
    tap.equal(door.post(door.envelope(door.events(1000)))[1].get("accepted"),
              1000, "1,000 events are accepted")
    status, answer = door.post(door.envelope(door.events(1001)))
    tap.ok(status == 413 or status == 422, "1,001 events are refused: %d"
           % status, str(answer)[:300])
    many = {"k%d" % i: i for i in range(64)}
    tap.ok(accepted(door.one(**many)), "64 properties are accepted")
    tap.ok(dropped(door.one(more=1, **many)), "65 drop the event")


def nested(depth):
    """A property object that is depth containers deep, itself included."""
    value = 1
    for _ in range(depth - 1):
        value = [value]
    return value


def depths(door):
    tap.ok(accepted(door.one(a=nested(16))), "depth 16 is accepted")
    tap.ok(dropped(door.one(a=nested(17))), "depth 17 drops the event")
    event = door.envelope(door.events())
    deep = event.replace(b'"events"', b'"x":' + b"[" * 60000 + b"]" * 60000
                         + b',"events"')
    status = door.post(deep)[0]
    tap.ok(status in (202, 400, 422), "60,000 brackets in the envelope: %d"
           % status)


def strings(door):
    tap.ok(accepted(door.one(**{"k" * 64: 1})), "a key of 64 bytes")
    tap.ok(dropped(door.one(**{"k" * 65: 1})), "a key of 65 drops the event")
    tap.ok(dropped(door.one(**{"ü" * 33: 1})), "bytes count, not characters")
    tap.ok(accepted(door.one(a="s" * 1024)), "a string of 1 KiB")
    long = door.one(mark="cut", a="ü" * 600)
    tap.ok(warned(long), "a longer one is cut, with a warning", str(long))
    tap.ok(accepted(door.one(a="ok")), "control: a good event has no result")
    door.lab.drain()
    got = door.lab.value(
        "SELECT octet_length(properties->>'a') FROM events WHERE"
        " environment_id = %d AND properties->>'mark' = 'cut'"
        % door.tenant.env)
    tap.equal(got, "1024", "and it is cut at a character")
    for name, value in (("a NUL", '"\\u0000"'), ("a lone surrogate",
                                                 '"\\ud800"')):
        answer = door.text(value)
        tap.ok(warned(answer), "%s becomes U+FFFD with a warning" % name,
               str(answer))
    for number in ("NaN", "Infinity", "01", "1e"):
        tap.equal(door.text(number)[0], 400, "%s is a 400" % number)
    for number in ("1e400", "1e131072", "-1e999"):
        answer = door.text(number)
        tap.ok(answer[0] == 400 or dropped(answer),
               "%s is refused" % number, str(answer))


def fill(total, values=60):
    """Properties of so many bytes, minified; every string is allowed."""
    out = {}
    size = 2
    i = 0
    while size < total and i < values:
        key = "p%02d" % i
        room = total - size - len(key) - 6
        n = max(0, min(1000, room))
        out[key] = "x" * n
        size += len(key) + n + 6
        i += 1
    return out


def sizes(door):
    tap.ok(accepted(door.one(**fill(31000))), "an event of 31 KB")
    tap.ok(dropped(door.one(**fill(34000))), "one of 34 KB is dropped")
    for kind, size, want in (("under", 500000, 1), ("over", 540000, 0)):
        crash = {"type": "crash", "event_id": load.uuid7(door.lab.rng),
                 "timestamp": door.events()[0]["timestamp"], "fatal": True,
                 "exception": {"type": "T", "message": "m",
                               "stacktrace": "x" * size}}
        answer = door.post(door.envelope(door.events() + [crash]))
        tap.ok(accepted(answer) if want else dropped(answer),
               "a crash %s 512 KiB: accepted %d" % (kind, want),
               str(answer)[:300])


def main():
    lab = labs.Lab().start()
    door = Door(lab)
    bodies(door)
    counts(door)
    depths(door)
    strings(door)
    sizes(door)
    tap.must_fail(dropped((202, {"accepted": 2, "rejected": 0})),
                  "an accepted event is not taken for a dropped one")
    lab.drain()


tap.run(main)
