package tidemark

import (
	"context"
	"encoding/json"
	"fmt"
	"sort"
	"sync"
	"time"
)

var encoders = sync.Pool{New: func() any { return new(encoder) }}

// record is the way of every item, in the order of sdk/spec, section 3.
func (c *Client) record(ctx context.Context, it *Item) {
	if c == nil || !c.allows(it.Type) {
		return
	}
	defer c.calm()
	if (it.Type == TypeEvent || it.Type == TypeTrace) && it.Name == "" {
		c.opt.complain(&Error{Op: "record", Err: fmt.Errorf("%s without a name", it.Type)})
		return
	}
	g := c.gate.Load()
	g.identify(ctx, it)
	if it.at.IsZero() {
		it.at = c.host.Now()
	}
	var text [idText]byte
	id := c.ids.appendID(text[:0], it.at.UnixMilli())
	if !g.keeps(it, id) {
		c.discard(it, reasonSampled)
		return
	}
	e := encoders.Get().(*encoder)
	defer encoders.Put(e)
	e.buf, e.path, e.redact = e.buf[:0], e.path[:0], c.opt.redact
	itemType := it.Type
	if c.opt.beforeSend != nil {
		if it = c.ask(e, it); it == nil {
			c.discard(&Item{Type: itemType}, reasonBeforeSend)
			return
		}
		it.Type = itemType
	}
	e.rest(it)
	c.append(it, id, e.buf)
}

// calm ends a panic of our own, or of a value's Error, String or MarshalJSON.
func (c *Client) calm() {
	if r := recover(); r != nil {
		c.opt.complain(&Error{Op: "record", Err: fmt.Errorf("panic: %v", r)})
	}
}

// identify fills in whose the item is.
func (g *gate) identify(ctx context.Context, it *Item) {
	w := whoOf(ctx)
	if it.UserID == "" {
		it.UserID = w.user
	}
	if it.AnonymousID == "" {
		it.AnonymousID = w.anonymous
	}
	if it.UserID == "" && it.AnonymousID == "" {
		it.UserID = g.who.user
	}
	if it.SessionID == "" {
		it.SessionID = w.session
	}
	if it.Type != TypeEvent {
		return
	}
	it.Context = g.context
	if w.organization != "" || len(w.fields) > 0 {
		it.Context = mergedContext(&g.who, w)
	}
}

func (g *gate) keeps(it *Item, id []byte) bool {
	rate := 1.0
	switch it.Type {
	case TypeEvent:
		rate = g.sampleEvents
	case TypeTrace:
		rate = g.sampleTraces
	}
	return rate >= 1 || sampled(it.subject(string(id)), rate)
}

// ask lets the app see its own copy of the item.
func (c *Client) ask(e *encoder, it *Item) (out *Item) {
	defer func() {
		if recover() != nil {
			out = nil
		}
	}()
	out = c.opt.beforeSend(e.privateItem(it))
	if out != nil && out.Name == "" && it.Name != "" {
		return nil
	}
	return out
}

func (c *Client) discard(it *Item, reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.allows(it.Type) {
		return
	}
	c.ledger.next()
	c.ledger.lose(reason, categoryOf(it.Type), 1)
}

// append gives the item its number and puts it into the queue.
func (c *Client) append(it *Item, id, rest []byte) {
	c.mu.Lock()
	if !c.allows(it.Type) {
		c.mu.Unlock()
		return
	}
	seq := c.ledger.next()
	c.line = appendHead(c.line[:0], it.Type, string(id), it.at.UnixMilli(), seq)
	c.line = append(append(c.line, rest...), '\n')
	look := false
	if len(c.line)-1 > it.limit() {
		c.ledger.lose(reasonTooLarge, categoryOf(it.Type), 1)
	} else {
		look = c.enqueue(it, header{Type: it.Type, Seq: seq}, c.line)
	}
	if cap(c.line) > maxItem {
		c.line = nil // one large crash must not stay for ever
	}
	c.mu.Unlock()
	if look {
		c.kick()
	}
}

// enqueue tells whether the pump should look.
func (c *Client) enqueue(it *Item, h header, line []byte) bool {
	wait := c.opt.flushInterval
	if it.Crash != nil && !(it.Crash.Fatal && c.queue.folder != "") {
		wait = 0 // a fatal one on disk goes out at the next start
	}
	opened, full := c.queue.append(laneOf(it.Type), h, line, c.host.Now(), wait)
	if wait == 0 {
		if s := c.queue.opened(laneCrash); s != nil {
			s.due = c.host.Now()
		}
	}
	c.sender.full = c.sender.full || full
	return opened || full || wait == 0
}

// report appends what was thrown away since the last one. Called by a flush,
// under the lock.
func (c *Client) report(now time.Time) {
	losses := c.ledger.losses()
	if len(losses) == 0 {
		return
	}
	props, err := json.Marshal(map[string]any{"discarded_events": losses})
	if err != nil {
		return
	}
	seq, ms := c.ledger.next(), now.UnixMilli()
	line := appendHead(nil, typeReport, c.ids.newID(ms), ms, seq)
	line = append(append(append(line, `,"props":`...), props...), "}\n"...)
	c.ledger.forgetLosses()
	c.queue.append(laneEvent, header{Type: typeReport, Seq: seq}, line, now, 0)
	c.queue.save()
}

// Track records an event of the namespace "product". name has 1 to 200 bytes, a
// longer one is cut. props may be nil and belongs to the caller again when the
// call returns.
func (c *Client) Track(ctx context.Context, name string, props Props) {
	c.record(ctx, &Item{Type: TypeEvent, Name: name, Props: props})
}

// TrackNamespace is Track for another namespace, for example "billing".
func (c *Client) TrackNamespace(ctx context.Context, namespace, name string, props Props) {
	c.record(ctx, &Item{Type: TypeEvent, Namespace: namespace, Name: name, Props: props})
}

// Screen records that a screen or page was shown: the event "screen_view".
func (c *Client) Screen(ctx context.Context, name string, props Props) {
	all := make(Props, len(props)+1)
	for k, v := range props {
		all[k] = v
	}
	all["screen"] = name
	c.Track(ctx, "screen_view", all)
}

// Identify says who a user is: traits of the person, and that the anonymous id
// of ctx, when it has one, is the same person.
func (c *Client) Identify(ctx context.Context, userID string, traits Props) {
	c.record(ctx, &Item{Type: TypeIdentify, UserID: userID, Props: traits})
}

// Alias says that two ids are the same person.
func (c *Client) Alias(ctx context.Context, userID, alias string) {
	c.record(ctx, &Item{Type: TypeAlias, UserID: userID, Alias: alias})
}

// SetUserProperties sets properties of the user of ctx.
func (c *Client) SetUserProperties(ctx context.Context, values Props) {
	c.operate(ctx, "set", values)
}

// SetOnce sets those that the user does not have yet.
func (c *Client) SetOnce(ctx context.Context, values Props) {
	c.operate(ctx, "set_once", values)
}

// Increment adds to numbers of the user; one that is not there is 0.
func (c *Client) Increment(ctx context.Context, by map[string]float64) {
	values := make(Props, len(by))
	for k, v := range by {
		values[k] = v
	}
	c.operate(ctx, "increment", values)
}

// Unset removes properties of the user.
func (c *Client) Unset(ctx context.Context, keys ...string) {
	ops := make([]Operation, len(keys))
	for i, k := range keys {
		ops[i] = Operation{Op: "unset", Key: k}
	}
	c.recordOperations(ctx, ops)
}

func (c *Client) operate(ctx context.Context, op string, values Props) {
	ops := make([]Operation, 0, len(values))
	for k, v := range values {
		ops = append(ops, Operation{op, k, v})
	}
	sort.Slice(ops, func(i, j int) bool { return ops[i].Key < ops[j].Key })
	c.recordOperations(ctx, ops)
}

// recordOperations makes one item of 64 operations, which is all that fits.
func (c *Client) recordOperations(ctx context.Context, ops []Operation) {
	for len(ops) > 0 {
		n := len(ops)
		if n > maxOps {
			n = maxOps
		}
		c.record(ctx, &Item{Type: TypeUserProperties, Operations: ops[:n]})
		ops = ops[n:]
	}
}
