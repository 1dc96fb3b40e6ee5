"""mutate.py - hostile bodies: hand-made ones and seeded mutations."""
import gzip
import json
import time
import zlib

import load

NEST = b"[" * 5000


def _wrap(properties):
    """A batch of one event whose properties are these bytes."""
    return (b'{"schema_version":"1.0","sent_at":"2026-02-23T09:45:12.120Z",'
            b'"app":{"bundle_id":"b"},"device":{"device_id":"d"},'
            b'"user":{"anonymous_id":"a"},"events":[{"type":"event",'
            b'"event_id":"018d7a9b-1b4b-7d5b-9a45-0a2f3d8c0f14","name":"n",'
            b'"timestamp":"2026-02-23T09:45:09.012Z","properties":'
            + properties + b'}]}')


# (bytes, content type, content encoding)
def handmade():
    plain = [
        b"", b" ", b"\0", b"\xef\xbb\xbf{}", b"{", b"}", b"[", b"]", b"{]",
        b"null", b"true", b"1", b'"x"', b"[]", b"[[]]", b"{}", b"{}{}",
        b"{} x", b"{'a':1}", b"{\"a\":1,}", b"[1,]", b"{\"a\"}", b"{\"a\":}",
        b"NaN", b"{\"a\":NaN}", b"{\"a\":Infinity}", b"{\"a\":-Infinity}",
        b"{\"a\":01}", b"{\"a\":.5}", b"{\"a\":1.}", b"{\"a\":+1}",
        b"{\"a\":0x10}", b"{\"a\":1e}", b"{\"a\":\"\x01\"}", b"{\"a\":\"\n\"}",
        b"{\"a\":\"\\x\"}", b"{\"a\":\"\\u12\"}", b"{\"a\":\"\\ud800\"}",
        b"{\"a\":\"\xff\"}", b"{\"a\":\"\xc0\x80\"}", b"{\"\xed\xa0\x80\":1}",
        b"{\"a\":\"\xf4\x90\x80\x80\"}", b"/* c */{}", b"{}//", b"// {}",
        b'{"events":null}', b'{"events":{}}', b'{"events":""}',
        b'{"events":[]}', b'{"events":[null]}', b'{"events":[[]]}',
        b'{"events":[1,"a",true]}', b'{"events":[{}]}',
        b'{"schema_version":"1.0"}', b'{"schema_version":9,"events":[{}]}',
        b'{"schema_version":"9.9","events":[{"type":"event"}]}',
        b'{"events":[],"events":[]}', NEST, b'{"a":' * 4000,
        b'{"events":' + NEST, b"[" * 300000, b'"' + b"a" * 400000,
        b"-" * 1000, b"1" * 100000, b'{"a":' + b"9" * 50000 + b"}",
        b"A" * 1000000, b"\xff" * 4096,
        _wrap(b'"x"'), _wrap(b"[]"), _wrap(b"null"), _wrap(b"1"),
        _wrap(b'{"a":1e131072}'), _wrap(b'{"a":1e400}'),
        _wrap(b'{"a":-1e400}'), _wrap(b'{"a":NaN}'),
        _wrap(b'{"a":"\\u0000"}'), _wrap(b'{"a\\u0000b":1}'),
        _wrap(b'{"a":"\\ud800"}'), _wrap(b'{"a":"\\udc00\\ud800"}'),
        _wrap(b'{"a":1,"a":2}'), _wrap(b'{"a":' * 40 + b"1" + b"}" * 40),
        _wrap(b'{"a":' + b"[" * 20000 + b"]" * 20000 + b"}"),
        _wrap(b'{"' + b"k" * 5000 + b'":1}'),
        _wrap(b'{"a":99999999999999999999999999}'),
        _wrap(b'{"__proto__":{"a":1}}'), _wrap(b'{"":""}'),
        _wrap(b"{" + b",".join(b'"k%d":1' % i for i in range(5000)) + b"}"),
    ]
    out = [(b, "application/json", None) for b in plain]
    ok = _wrap(b"{}")
    packed = gzip.compress(ok)
    bomb = gzip.compress(b"\0" * (64 << 20), 9)
    out += [
        (ok, "text/html", None), (ok, "application/xml", None),
        (ok, "", None), (ok, "application/json; charset=utf-16", None),
        (ok, "application/json", "gzip"), (ok, "application/json", "zstd"),
        (ok, "application/json", "br"), (ok, "application/json", "gzip, gzip"),
        (packed[:-5], "application/json", "gzip"),
        (packed + b"x", "application/json", "gzip"),
        (packed[:10] + b"\0\0" + packed[12:], "application/json", "gzip"),
        (packed[:-8] + b"\0" * 8, "application/json", "gzip"),
        (bomb, "application/json", "gzip"),
        (gzip.compress(b"") * 3000, "application/json", "gzip"),
        (zlib.compress(ok), "application/json", "gzip"),
        (b"\x28\xb5\x2f\xfd" + b"\xff" * 60, "application/json", "zstd"),
        (b"\x28\xb5\x2f\xfd", "application/json", "zstd"),
        (b"", "application/json", "gzip"), (b"\x1f\x8b", "application/json",
                                            "gzip"),
        (b"\n\n\n", "application/x-ndjson", None),
        (b"{}\n{]\n", "application/x-ndjson", None),
        (b'{"schema_version":"1.0"}\nnot json\n', "application/x-ndjson",
         None),
    ]
    return out


TOKENS = [b"{", b"}", b"[", b"]", b'"', b":", b",", b"\\", b"\\u0000",
          b"\\ud800", b"null", b"NaN", b"-", b"1e999", b"\0", b"\xff",
          b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\r\n", b"/*", b"1e131072"]


def every_type(rng):
    """A good batch with an item of each type."""
    at = load.stamp(time.time() - 60)
    items = [load.item(rng, time.time(), True)]
    for more in (
            {"type": "user_properties", "operations": [
                {"op": "set", "key": "plan", "value": "trial"},
                {"op": "increment", "key": "n", "value": 1.5},
                {"op": "unset", "key": "old"}]},
            {"type": "identify", "user_id": "u1", "anonymous_id": "a1"},
            {"type": "alias", "user_id": "u1", "previous_id": "a0"},
            {"type": "crash", "fatal": False, "fingerprint": "x",
             "exception": {"type": "T", "message": "m", "stacktrace": "s"},
             "breadcrumbs": [{"ts": at, "type": "ui", "message": "tap"}]},
            {"type": "trace", "trace": {
                "trace_id": "tr", "name": "cold_start", "duration_ms": 842,
                "attributes": {"network": "wifi"}}},
            {"type": "session_start"}, {"type": "session_end"},
            {"type": "client_report", "discarded": [
                {"reason": "queue_full", "quantity": 3}]}):
        items.append(dict(more, event_id=load.uuid7(rng), timestamp=at,
                          session_id="s1"))
    return json.dumps(load.envelope(rng, items, time.time())).encode()


class Mutator:
    def __init__(self, rng):
        self.rng = rng
        self.seeds = [load.batch(rng, n)[1] for n in (1, 2)]
        self.seeds += [every_type(rng) for _ in range(3)]
        self.fixed = handmade()

    def next(self):
        rng = self.rng
        if rng.random() < 0.06:
            return rng.choice(self.fixed)
        body = bytearray(rng.choice(self.seeds))
        for _ in range(rng.choice((1, 1, 1, 2, 4, 12))):
            self._hurt(body)
        body = bytes(body)
        if rng.random() < 0.1:
            packed = bytearray(gzip.compress(body, 1))
            if rng.random() < 0.8:
                self._flip(packed)
            return bytes(packed), "application/json", "gzip"
        return body, "application/json", None

    def _flip(self, body):
        for _ in range(self.rng.randrange(1, 4)):
            i = self.rng.randrange(len(body))
            body[i] = self.rng.randrange(256)

    def _hurt(self, body):
        rng = self.rng
        if not body:
            return
        i = rng.randrange(len(body))
        j = min(len(body), i + rng.choice((1, 1, 2, 5, 20, 100)))
        kind = rng.randrange(7)
        if kind == 0:
            self._flip(body)
        elif kind == 1:
            del body[i:j]
        elif kind == 2:
            body[i:i] = rng.choice(TOKENS)
        elif kind == 3:
            body[i:j] = rng.choice(TOKENS)
        elif kind == 4:
            body[i:i] = body[i:j] * rng.choice((2, 10, 60))
        elif kind == 5:
            del body[i:]
        else:
            self._swap(body)

    def _swap(self, body):
        """A value of another type, or a known word broken."""
        rng = self.rng
        words = (b'"event"', b'"1.0"', b"1.0", b'"name"', b'"timestamp"',
                 b'"properties"', b'"events"', b'"type"', b'"event_id"',
                 b"2.3.1", b"true", b"-")
        word = rng.choice(words)
        at = body.find(word)
        if at >= 0:
            body[at:at + len(word)] = rng.choice(
                (b"null", b"{}", b"[]", b"0", b'""', b"-1", b'"\\u0000"',
                 b"1e999", b'"' + b"z" * 3000 + b'"'))
