package tidemark

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
	"time"
)

type node struct {
	Next *node
	Name string `json:"name"`
}

type loud struct{}

func (loud) Error() string { panic("no text") }

func encoded(v any) string {
	e := encoder{redact: []string{"token"}}
	e.value(v)
	return string(e.buf)
}

func nested(depth int) any {
	var v any = 1
	for ; depth > 0; depth-- {
		v = []any{v}
	}
	return v
}

func TestValues(t *testing.T) {
	loop := map[string]any{"a": 1}
	loop["self"] = loop
	ring := &node{Name: "n"}
	ring.Next = ring
	for _, c := range []struct {
		name string
		in   any
		want string
	}{
		{"nothing", nil, "null"},
		{"NaN", math.NaN(), "null"},
		{"infinity", math.Inf(-1), "null"},
		{"float", 0.1, "0.1"},
		{"whole float", 2.0, "2"},
		{"tiny float", 1e-9, "1e-09"},
		{"large integer", int64(math.MaxInt64), "9223372036854775807"},
		{"unsigned", uint8(7), "7"},
		{"date", time.Date(2026, 1, 2, 3, 4, 5, 0, time.FixedZone("", 3600)), `"2026-01-02T02:04:05Z"`},
		{"duration", 1500 * time.Millisecond, `"1.5s"`},
		{"error", errors.New("no"), `"no"`},
		{"function", func() {}, `"func()"`},
		{"bad UTF-8", "a\xffb", `"a` + "\uFFFD" + `b"`},
		{"quotes", "\"\\\n\x01", `"\"\\\n\u0001"`},
		{"keys in order", map[string]int{"b": 2, "a": 1}, `{"a":1,"b":2}`},
		{"number", json.Number("1.50"), "1.50"},
		{"no number", json.Number("x"), `"x"`},
		{"empty number", json.Number(""), `""`},
		{"number out of range", json.Number("1e999"), "null"},
		{"struct", node{Name: "n"}, `{"Next":null,"name":"n"}`},
		{"nil pointer", (*node)(nil), "null"},
		{"bytes", []byte("abc"), `"abc"`},
		{"redacted", map[string]any{"Token": 1, "ok": []any{map[string]any{"TOKEN": 2}}},
			`{"Token":"[redacted]","ok":[{"TOKEN":"[redacted]"}]}`},
		{"cycle", loop, `{"a":1,"self":"[circular]"}`},
		{"cycle of a struct", ring, `"tidemark.node"`},
		{"16 deep", nested(16), strings.Repeat("[", 16) + "1" + strings.Repeat("]", 16)},
		{"17 deep", nested(17), strings.Repeat("[", 16) + `"[deep]"` + strings.Repeat("]", 16)},
		{"long text", strings.Repeat("✓", 400), `"` + strings.Repeat("✓", 341) + `"`},
	} {
		got := encoded(c.in)
		if got != c.want {
			t.Errorf("%s: %s instead of %s", c.name, got, c.want)
		}
		if !json.Valid([]byte(got)) {
			t.Errorf("%s: no JSON: %s", c.name, got)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Duration{
		"": 0, "30": 30 * time.Second, " 7 ": 7 * time.Second, "-5": 0, "x": 0,
		"99999999999":                   24 * time.Hour,
		"Thu, 01 Jan 2026 00:01:00 GMT": time.Minute,
		"Wed, 31 Dec 2025 23:00:00 GMT": 0,
	} {
		if got := parseRetryAfter(text, now); got != want {
			t.Errorf("%q: %v instead of %v", text, got, want)
		}
	}
}

func TestBackoff(t *testing.T) {
	for n, want := range map[int]time.Duration{1: time.Second, 2: 2 * time.Second, 10: 512 * time.Second,
		11: 600 * time.Second, 5000: 600 * time.Second} {
		if got := backoff(n, 1); got != want {
			t.Errorf("failure %d: %v instead of %v", n, got, want)
		}
	}
}
