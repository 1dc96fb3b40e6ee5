package tidemark

import (
	"context"
	"time"
)

// Trace is a finished piece of work.
type Trace struct {
	Name     string
	ID       string    // shared by traces of one request; "" without
	Start    time.Time // zero: now
	Duration time.Duration
	Props    Props
	Spans    []Span
}

// Trace records a finished trace.
func (c *Client) Trace(ctx context.Context, t Trace) {
	c.record(ctx, &Item{Type: TypeTrace, Name: t.Name, TraceID: t.ID, DurationMS: milliseconds(t.Duration),
		Props: t.Props, Spans: t.Spans, at: t.Start})
}

// Timer is a trace that has begun. A nil one does nothing.
type Timer struct {
	client *Client
	ctx    context.Context
	name   string
	id     string
	start  time.Time
}

// StartTrace begins a trace; Stop records it.
//
//	defer client.StartTrace(ctx, "rebuild_index").Stop(nil)
func (c *Client) StartTrace(ctx context.Context, name string) *Timer {
	if c == nil {
		return nil
	}
	now := c.host.Now()
	return &Timer{c, ctx, name, c.ids.newID(now.UnixMilli()), now}
}

// Stop records the trace with the time since it began.
func (t *Timer) Stop(props Props) {
	if t == nil {
		return
	}
	t.client.Trace(t.ctx, Trace{Name: t.name, ID: t.id, Start: t.start,
		Duration: t.client.host.Now().Sub(t.start), Props: props})
}
