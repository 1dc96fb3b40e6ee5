package tidemark

import (
	"encoding/json"
	"math"
	"strconv"
	"time"
)

// Props are the properties of an event, a trace or a crash, or the traits of a
// user. Values are JSON: strings (cut at 1,024 bytes), numbers, booleans, nil,
// times, slices and maps up to 16 levels deep. Anything else is written as
// encoding/json would, or as its text.
type Props = map[string]any

// The types of item that a server SDK sends.
const (
	TypeEvent          = "event"
	TypeUserProperties = "user_properties"
	TypeIdentify       = "identify"
	TypeAlias          = "alias"
	TypeCrash          = "crash"
	TypeTrace          = "trace"

	typeReport = "client_report"
)

// Item is what BeforeSend sees of an item before it enters the queue. It may
// change every field but Type; limits and redaction are applied again after it.
type Item struct {
	Type        string
	Name        string // of an event or a trace, 1 to 200 bytes
	Namespace   string // of an event; "" and "product" are the same
	UserID      string
	AnonymousID string
	SessionID   string
	Props       Props
	Context     Props // of an event: org_id, service, version and your own
	Operations  []Operation
	Alias       string // of an alias: the id that is the same person
	Crash       *Crash
	Breadcrumbs []Breadcrumb // of a crash, oldest first
	TraceID     string
	DurationMS  float64 // of a trace
	Spans       []Span

	at time.Time
}

// Operation is a change of one user property.
type Operation struct {
	Op    string // "set", "set_once", "increment" or "unset"
	Key   string
	Value any
}

// Crash is an error worth a look, or the end of the process.
type Crash struct {
	Type        string // for example "*fs.PathError"
	Message     string // cut at 8 KiB
	Stack       string // as Go prints it: a call a line, its place on the next
	Fatal       bool   // the process ends
	Fingerprint string // crashes with the same one are one group; "" lets the server decide
	Props       Props
}

// Breadcrumb is something that happened before a crash.
type Breadcrumb struct {
	Time    time.Time
	Type    string // "http", "log", "query", …
	Message string
	Data    Props
}

// Span is a part of a trace.
type Span struct {
	Name       string
	Start      time.Duration // after the start of the trace
	Duration   time.Duration
	Attributes Props
}

const (
	maxName    = 200
	maxID      = 256
	maxMessage = 8 << 10
	maxStack   = 256 << 10
	maxOps     = 64
	maxItem    = 32 << 10
	maxCrash   = 512 << 10
	maxCrumbs  = 100
)

// category is what the report of thrown away items calls a type.
type category int

const (
	categoryEvent category = iota
	categoryCrash
	categoryTrace
	categoryUser
	categorySession
	categories
)

var categoryNames = [categories]string{"event", "crash", "trace", "user", "session"}

func categoryOf(itemType string) category {
	switch itemType {
	case TypeCrash:
		return categoryCrash
	case TypeTrace:
		return categoryTrace
	case TypeUserProperties, TypeIdentify, TypeAlias:
		return categoryUser
	case "session_start", "session_end":
		return categorySession
	}
	return categoryEvent
}

func laneOf(itemType string) lane {
	if itemType == TypeCrash {
		return laneCrash
	}
	return laneEvent
}

// subject is whom sampling decides about.
func (it *Item) subject(id string) string {
	if it.AnonymousID != "" {
		return it.AnonymousID
	}
	if it.UserID != "" {
		return it.UserID
	}
	return id
}

func (it *Item) limit() int {
	if it.Type == TypeCrash {
		return maxCrash
	}
	return maxItem
}

// appendHead begins the line of an item: what is known only when it enters the
// queue. The rest of the line is made before, outside the lock.
func appendHead(b []byte, itemType, id string, ms int64, seq uint64) []byte {
	b = append(b, `{"type":"`...)
	b = append(b, itemType...)
	b = append(b, `","id":"`...)
	b = append(b, id...)
	b = append(b, `","ts":`...)
	b = strconv.AppendInt(b, ms, 10)
	b = append(b, `,"seq":`...)
	return strconv.AppendUint(b, seq, 10)
}

// rest writes everything after the number, with the closing brace.
func (e *encoder) rest(it *Item) {
	e.field("user_id", it.UserID, maxID)
	e.field("anonymous_id", it.AnonymousID, maxID)
	e.field("session", it.SessionID, maxID)
	e.field("name", it.Name, maxName)
	if it.Namespace != "product" {
		e.field("ns", it.Namespace, maxName)
	}
	e.object("props", it.Props)
	e.object("context", it.Context)
	e.operations(it.Operations)
	e.field("alias", it.Alias, maxID)
	if it.Crash != nil {
		e.crash(it)
	}
	if it.Type == TypeTrace {
		e.field("trace_id", it.TraceID, maxID)
		e.key("duration_ms")
		e.float(math.Max(it.DurationMS, 0), 64)
		e.spans(it.Spans)
	}
	e.buf = append(e.buf, '}')
}

func (e *encoder) operations(ops []Operation) {
	objects(e, "operations", ops, func(op Operation) {
		e.key("op")
		e.text(op.Op)
		e.key("key")
		e.text(op.Key)
		if op.Op == "unset" {
			return
		}
		e.key("value")
		if e.hidden(op.Key) {
			e.raw(`"[redacted]"`)
		} else {
			e.value(op.Value)
		}
	})
}

func (e *encoder) crash(it *Item) {
	c := it.Crash
	e.key("fatal")
	e.buf = strconv.AppendBool(e.buf, c.Fatal)
	e.key("exception")
	e.buf = append(e.buf, '{')
	e.field("type", c.Type, maxName)
	e.field("message", c.Message, maxMessage)
	e.field("stacktrace", c.Stack, maxStack)
	e.buf = append(e.buf, '}')
	e.field("fingerprint", c.Fingerprint, maxName)
	e.breadcrumbs(it.Breadcrumbs)
}

func (e *encoder) breadcrumbs(crumbs []Breadcrumb) {
	objects(e, "breadcrumbs", crumbs, func(b Breadcrumb) {
		e.key("ts")
		e.buf = strconv.AppendInt(e.buf, b.Time.UnixMilli(), 10)
		e.field("type", b.Type, maxName)
		e.field("message", b.Message, maxText)
		e.object("data", b.Data)
	})
}

func (e *encoder) spans(spans []Span) {
	objects(e, "spans", spans, func(s Span) {
		e.field("name", s.Name, maxName)
		e.key("start_ms")
		e.float(milliseconds(s.Start), 64)
		e.key("duration_ms")
		e.float(milliseconds(s.Duration), 64)
		e.object("attributes", s.Attributes)
	})
}

// objects writes a list of objects, if there are any; each writes the fields
// of one.
func objects[T any](e *encoder, key string, all []T, each func(T)) {
	if len(all) == 0 {
		return
	}
	e.key(key)
	e.buf = append(e.buf, '[')
	for i, one := range all {
		if i > 0 {
			e.buf = append(e.buf, ',')
		}
		e.buf = append(e.buf, '{')
		each(one)
		e.buf = append(e.buf, '}')
	}
	e.buf = append(e.buf, ']')
}

func milliseconds(d time.Duration) float64 {
	return float64(d) / float64(time.Millisecond)
}

// header is what a queue that was left behind is known by.
type header struct {
	Type string `json:"type"`
	Seq  uint64 `json:"seq"`
	TS   int64  `json:"ts"`
}

func readHeader(line []byte) (h header, ok bool) {
	return h, json.Unmarshal(line, &h) == nil && h.Type != ""
}
