package tidemark

import (
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"sort"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	maxDepth = 16   // containers within each other, the properties themselves included
	maxText  = 1024 // bytes of a string
)

// encoder writes values as JSON, within the bounds of the wire format: it never
// fails, and what it writes is always valid.
type encoder struct {
	buf    []byte
	redact []string  // keys whose value is replaced, compared without case
	path   []uintptr // the containers around the value, for cycles
}

func (e *encoder) raw(s string) {
	e.buf = append(e.buf, s...)
}

// key writes `,"name":`, the comma only where something came before it in the object: an
// empty buffer is the middle of an item.
func (e *encoder) key(name string) {
	if n := len(e.buf); n == 0 || e.buf[n-1] != '{' {
		e.buf = append(e.buf, ',')
	}
	e.buf = appendText(e.buf, name)
	e.buf = append(e.buf, ':')
}

// field writes a text, or nothing when it is empty.
func (e *encoder) field(name, text string, max int) {
	if text != "" {
		e.key(name)
		e.buf = appendText(e.buf, cut(text, max))
	}
}

// object writes a map, or nothing when it is empty.
func (e *encoder) object(name string, m map[string]any) {
	if len(m) > 0 {
		e.key(name)
		e.members(m)
	}
}

func (e *encoder) hidden(key string) bool {
	for _, k := range e.redact {
		if strings.EqualFold(k, key) {
			return true
		}
	}
	return false
}

// enter says what stands in place of a container that may not be entered.
func (e *encoder) enter(p uintptr) string {
	for _, outer := range e.path {
		if p != 0 && outer == p {
			return `"[circular]"`
		}
	}
	if len(e.path) >= maxDepth {
		return `"[deep]"`
	}
	e.path = append(e.path, p)
	return ""
}

func (e *encoder) leave() {
	e.path = e.path[:len(e.path)-1]
}

// members writes m with its keys in order: the same call, the same bytes.
func (e *encoder) members(m map[string]any) {
	if instead := e.enter(reflect.ValueOf(m).Pointer()); instead != "" {
		e.raw(instead)
		return
	}
	var few [16]string
	keys := few[:0]
	for k := range m {
		keys = append(keys, k)
	}
	if len(keys) > 1 {
		sort.Strings(keys)
	}
	e.buf = append(e.buf, '{')
	for _, k := range keys {
		e.key(k)
		if len(e.redact) > 0 && e.hidden(k) {
			e.raw(`"[redacted]"`)
		} else {
			e.value(m[k])
		}
	}
	e.buf = append(e.buf, '}')
	e.leave()
}

func (e *encoder) list(n int, p uintptr, at func(int) any) {
	if instead := e.enter(p); instead != "" {
		e.raw(instead)
		return
	}
	e.buf = append(e.buf, '[')
	for i := 0; i < n; i++ {
		if i > 0 {
			e.buf = append(e.buf, ',')
		}
		e.value(at(i))
	}
	e.buf = append(e.buf, ']')
	e.leave()
}

func (e *encoder) float(f float64, bits int) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		e.raw("null")
		return
	}
	form := byte('f')
	if abs := math.Abs(f); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		form = 'e'
	}
	e.buf = strconv.AppendFloat(e.buf, f, form, -1, bits)
}

func (e *encoder) text(s string) {
	e.buf = appendText(e.buf, cut(s, maxText))
}

// value writes the types that properties are made of; the rest is left to
// reflection.
func (e *encoder) value(v any) {
	switch x := v.(type) {
	case nil:
		e.raw("null")
	case string:
		e.text(x)
	case bool:
		e.buf = strconv.AppendBool(e.buf, x)
	case int:
		e.buf = strconv.AppendInt(e.buf, int64(x), 10)
	case int64:
		e.buf = strconv.AppendInt(e.buf, x, 10)
	case float64:
		e.float(x, 64)
	case map[string]any:
		e.members(x)
	case []any:
		e.list(len(x), reflect.ValueOf(x).Pointer(), func(i int) any { return x[i] })
	case json.Number:
		e.number(x)
	case time.Time:
		e.text(x.UTC().Format(time.RFC3339Nano))
	case time.Duration:
		e.text(x.String())
	case []byte:
		e.text(string(x))
	case json.RawMessage:
		e.marshalled(x, nil, v)
	default:
		e.reflected(reflect.ValueOf(v), v)
	}
}

func (e *encoder) number(n json.Number) {
	_, err := n.Float64()
	switch number := json.Valid([]byte(n)) && (n[0] == '-' || n[0] >= '0' && n[0] <= '9'); {
	case !number:
		e.text(string(n))
	case err != nil: // out of range
		e.raw("null")
	default:
		e.raw(string(n))
	}
}

func (e *encoder) reflected(r reflect.Value, v any) {
	if r.Kind() == reflect.Pointer && r.IsNil() {
		e.raw("null")
		return
	}
	switch x := v.(type) {
	case json.Marshaler, encoding.TextMarshaler:
		text, err := json.Marshal(x)
		e.marshalled(text, err, v)
		return
	case error:
		e.text(x.Error())
		return
	case fmt.Stringer:
		e.text(x.String())
		return
	}
	switch r.Kind() {
	case reflect.Bool:
		e.buf = strconv.AppendBool(e.buf, r.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		e.buf = strconv.AppendInt(e.buf, r.Int(), 10)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		e.buf = strconv.AppendUint(e.buf, r.Uint(), 10)
	case reflect.Float32, reflect.Float64:
		e.float(r.Float(), r.Type().Bits())
	case reflect.String:
		e.text(r.String())
	case reflect.Pointer:
		e.pointer(r)
	case reflect.Slice:
		e.list(r.Len(), r.Pointer(), func(i int) any { return r.Index(i).Interface() })
	case reflect.Array:
		e.list(r.Len(), 0, func(i int) any { return r.Index(i).Interface() })
	case reflect.Map:
		e.mapped(r)
	case reflect.Struct:
		text, err := json.Marshal(v)
		e.marshalled(text, err, v)
	default: // channels, functions, complex numbers
		e.text(fmt.Sprintf("%T", v))
	}
}

func (e *encoder) pointer(r reflect.Value) {
	if instead := e.enter(r.Pointer()); instead != "" {
		e.raw(instead)
		return
	}
	e.value(r.Elem().Interface())
	e.leave()
}

// mapped writes a map of other types than map[string]any; its keys become text.
func (e *encoder) mapped(r reflect.Value) {
	m := make(map[string]any, r.Len())
	for at := r.MapRange(); at.Next(); {
		m[fmt.Sprint(at.Key().Interface())] = at.Value().Interface()
	}
	e.members(m)
}

// marshalled writes what encoding/json made of v, within our bounds. A value it
// cannot write (a cycle, a channel inside) becomes the name of its type.
func (e *encoder) marshalled(text []byte, err error, v any) {
	var plain any
	if err == nil {
		d := json.NewDecoder(bytes.NewReader(text))
		d.UseNumber()
		err = d.Decode(&plain)
	}
	if err != nil {
		e.text(fmt.Sprintf("%T", v))
		return
	}
	e.value(plain)
}

// private is a copy of m that BeforeSend may change: plain values, bounded and
// redacted. Numbers are int64 where they are whole, else float64.
func (e *encoder) private(m Props) Props {
	if m == nil {
		return nil
	}
	copied := &encoder{redact: e.redact}
	copied.members(m)
	var out Props
	d := json.NewDecoder(bytes.NewReader(copied.buf))
	d.UseNumber()
	if d.Decode(&out) != nil {
		return nil
	}
	plainNumbers(out)
	return out
}

// privateItem is a copy that shares nothing with the app's values.
func (e *encoder) privateItem(it *Item) *Item {
	own := *it
	own.Props, own.Context = e.private(it.Props), e.private(it.Context)
	own.Operations = append([]Operation(nil), it.Operations...)
	for i, op := range own.Operations {
		own.Operations[i].Value = e.private(Props{op.Key: op.Value})[op.Key]
	}
	own.Breadcrumbs = append([]Breadcrumb(nil), it.Breadcrumbs...)
	for i, b := range own.Breadcrumbs {
		own.Breadcrumbs[i].Data = e.private(b.Data)
	}
	own.Spans = append([]Span(nil), it.Spans...)
	for i, s := range own.Spans {
		own.Spans[i].Attributes = e.private(s.Attributes)
	}
	if it.Crash != nil {
		crash := *it.Crash
		crash.Props = nil // they are the item's
		own.Crash = &crash
	}
	return &own
}

func plainNumbers(v any) any {
	switch x := v.(type) {
	case map[string]any:
		for k := range x {
			x[k] = plainNumbers(x[k])
		}
	case []any:
		for i := range x {
			x[i] = plainNumbers(x[i])
		}
	case json.Number:
		if n, err := x.Int64(); err == nil {
			return n
		}
		f, _ := x.Float64()
		return f
	}
	return v
}

// cut is s, or as many of its characters as fit into max bytes.
func cut(s string, max int) string {
	if len(s) <= max {
		return s
	}
	for max > 0 && !utf8.RuneStart(s[max]) {
		max--
	}
	return s[:max]
}

const hexDigits = "0123456789abcdef"

// appendText appends s as a JSON string; bytes that are no UTF-8 become U+FFFD.
func appendText(b []byte, s string) []byte {
	b = append(b, '"')
	done := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && n == 1 {
				b = append(append(b, s[done:i]...), "\uFFFD"...)
				done = i + 1
			}
			i += n
			continue
		}
		b = append(b, s[done:i]...)
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		case '\t':
			b = append(b, '\\', 't')
		case '\r':
			b = append(b, '\\', 'r')
		default:
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
		i++
		done = i
	}
	b = append(b, s[done:]...)
	return append(b, '"')
}
