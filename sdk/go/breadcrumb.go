package tidemark

import (
	"context"
	"sync"
)

// trail keeps the newest breadcrumbs.
type trail struct {
	mu    sync.Mutex
	crumb []Breadcrumb
	next  int // where the oldest is, once it is full
}

func (t *trail) add(b Breadcrumb) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.crumb) < maxCrumbs {
		t.crumb = append(t.crumb, b)
		return
	}
	t.crumb[t.next] = b
	t.next = (t.next + 1) % maxCrumbs
}

func (t *trail) list() []Breadcrumb {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := make([]Breadcrumb, 0, len(t.crumb))
	out = append(out, t.crumb[t.next:]...)
	return append(out, t.crumb[:t.next]...)
}

func (t *trail) clear() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.crumb, t.next = nil, 0
}

// Breadcrumb remembers something for the next crash under ctx: in the trail of
// ctx when it has one, else in the client's. The newest 100 are kept.
func (c *Client) Breadcrumb(ctx context.Context, kind, message string, data Props) {
	if c == nil || !c.allows(TypeCrash) {
		return
	}
	c.trailOf(ctx).add(Breadcrumb{c.host.Now(), kind, message, data})
}

func (c *Client) trailOf(ctx context.Context) *trail {
	if t := whoOf(ctx).trail; t != nil {
		return t
	}
	return &c.trail
}
