"""What may stand in an item; ids, sampling, answers."""
import datetime
import decimal
import enum
import json
import math
import unittest
import uuid

from tidemark.answers import Answer, backoff_ms
from tidemark.ident import uuid7, uuid7_time
from tidemark.sampling import keeps, share
from tidemark.values import clean, cut, encode


class Broken:
    def __str__(self):
        raise RuntimeError("no text")


class Colour(str, enum.Enum):
    RED = "red"


class Values(unittest.TestCase):
    def test_becomes_json(self):
        rows = [
            (math.nan, None), (math.inf, None), (1 << 70, float(1 << 70)), (10 ** 400, None),
            (True, True), (None, None), (Colour.RED, "red"), (b"caf\xc3\xa9", "café"),
            (datetime.date(2026, 1, 2), "2026-01-02"),
            (datetime.datetime(2026, 1, 2, 3, tzinfo=datetime.timezone.utc),
             "2026-01-02T03:00:00+00:00"),
            (decimal.Decimal("1.50"), "1.50"), (uuid.UUID(int=1), str(uuid.UUID(int=1))),
            ((1, {2}), [1, [2]]), ({1: math.nan}, {"1": None}), (Broken(), "[unprintable]"),
        ]
        for value, want in rows:
            self.assertEqual(clean({"v": value}), {"v": want})

    def test_cycles_and_depth_end(self):
        loop = {}
        loop["self"] = [loop]
        self.assertEqual(clean(loop), {"self": ["[circular]"]})
        deep = value = {}
        for _ in range(40):
            value["d"] = {}
            value = value["d"]
        text = json.dumps(clean(deep))
        self.assertEqual(text.count("{"), 16)
        self.assertIn("[deep]", text)
        twice = [1]
        self.assertEqual(clean({"a": twice, "b": [twice, twice]}),
                         {"a": [1], "b": [[1], [1]]})

    def test_cut_at_a_character(self):
        self.assertEqual(cut("aé", 2), "a")
        self.assertEqual(len(clean({"s": "é" * 4000})["s"].encode()), 1024)

    def test_redaction(self):
        self.assertEqual(clean({"Card": 1, "a": [{"CARD": 2}]}, frozenset(["card"])),
                         {"Card": "[redacted]", "a": [{"CARD": "[redacted]"}]})

    def test_halves_of_pairs(self):
        self.assertEqual(json.loads(encode({"a": "x\ud83d"})), {"a": "x\ufffd"})

    def test_ids(self):
        made = {uuid7(1767225600000 + i) for i in range(1000)}
        self.assertEqual(len(made), 1000)
        for text in made:
            self.assertEqual(uuid.UUID(text).variant, uuid.RFC_4122)
            self.assertEqual(text[14], "7")
        self.assertEqual(uuid7_time(uuid7(1767225600123)), 1767225600123)

    def test_sampling_is_even(self):
        kept = sum(keeps("user-%d" % i, 0.25) for i in range(20000))
        self.assertAlmostEqual(kept / 20000, 0.25, delta=0.02)
        self.assertTrue(keeps("x", 1.0))
        self.assertFalse(keeps("x", 0.0))
        self.assertEqual(share("u1"), share("u1"))

    def test_waits(self):
        self.assertEqual([backoff_ms(n, 0.0) for n in (1, 2, 3, 40)], [500, 1000, 2000, 300000])
        self.assertEqual(Answer(503, {"Retry-After": "7"}).retry_after(0), 7000)
        self.assertEqual(Answer(503, {"Retry-After": "9999999"}).retry_after(0), 86400000)
        self.assertEqual(Answer(503, {"Retry-After": "soon"}).retry_after(0), 0)
        self.assertEqual(Answer(429, {}, b'{"details":{"category":"event"}}').lane(), "event")
        self.assertIsNone(Answer(429, {}, b'{"details":{"category":["event","crash"]}}').lane())
        self.assertEqual(Answer(202, {}, b'{"results":[{"index":9,"result":"retry"},3]}')
                         .retries(3), [])
