// Package tidemark records events, user properties, crashes and traces of a Go
// service and sends them to a Tidemark server.
//
//	client, err := tidemark.New("https://tidemark.example.com", "tm_wk_…",
//		tidemark.WithService("user-api", "1.2.0"))
//	if err != nil { … }
//	defer client.Close()
//
//	ctx = tidemark.ContextWithUser(ctx, "user_123")
//	client.Track(ctx, "order_paid", tidemark.Props{"amount": 99})
//
// No call blocks on the network, returns an error or panics: what cannot be
// recorded is counted and reported to the server. All methods may be called by
// many goroutines, and on a nil *Client, which records nothing.
package tidemark

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"tidemark.example/sdk/go/internal/host"
)

// Version of this package, sent with each request.
const Version = "0.1.0"

// Client is one queue and the goroutine that sends it. A process needs one.
type Client struct {
	opt       options
	host      host.Host
	transport transport
	ids       ids
	trail     trail
	gate      atomic.Pointer[gate]
	wakeup    chan struct{}
	stop      chan struct{}
	stopped   chan struct{}
	cancel    context.CancelFunc
	kick      func() // makes the goroutine look at what is due
	closing   sync.Once

	mu       sync.Mutex
	key      string
	consent  Consent
	disabled bool
	closed   bool
	who      who // what calls without a context of their own belong to
	queue    *queue
	ledger   *ledger
	sender   sender
	line     []byte // the item being appended
}

// New is a client for the write key of one environment. endpoint is the
// server's address, for example "https://tidemark.example.com". It returns an
// error only for an endpoint that is no address or an empty key; a folder that
// cannot be used is told to WithErrorLog and the queue is kept in memory.
func New(endpoint, key string, opts ...Option) (*Client, error) {
	o := defaults()
	for _, set := range opts {
		set(&o)
	}
	u, err := url.Parse(endpoint)
	if err == nil && (u.Host == "" || u.Scheme != "http" && u.Scheme != "https") {
		err = errors.New("the endpoint must be an http or https address")
	}
	if err == nil && strings.TrimSpace(key) == "" {
		err = errors.New("the write key is empty")
	}
	if err != nil {
		return nil, &Error{Op: "new", Err: err}
	}
	c := newClient(strings.TrimRight(endpoint, "/"), strings.TrimSpace(key), o)
	if c.host.Attach != nil {
		c.kick = func() {}
		c.host.Attach(c.pump)
	} else {
		go c.run()
	}
	return c, nil
}

func newClient(endpoint, key string, o options) *Client {
	c := &Client{opt: o, key: key, consent: o.consent,
		wakeup: make(chan struct{}, 1), stop: make(chan struct{}), stopped: make(chan struct{})}
	c.host = host.Real()
	if o.host != nil {
		c.host = *o.host
	}
	c.kick = c.wake
	c.transport = transport{endpoint, o.gzip, newDo(o.client), c.host.Now}
	c.sender.ctx, c.cancel = context.WithCancel(context.Background())
	c.who.organization, c.who.fields = o.organization, o.fields
	folder, unlock := openFolder(o.spool, o.complain)
	c.ledger = newLedger(folder, func() string { return c.ids.newID(c.host.Now().UnixMilli()) })
	c.queue = &queue{folder: folder, unlock: unlock, maxBytes: o.queueBytes, maxAge: o.queueAge,
		context: contextBlock(o), ledger: c.ledger, complain: o.complain}
	c.queue.bound(nil, o.batchSize)
	c.queue.adopt(c.host.Now(), o.flushInterval)
	c.queue.save()
	c.refreshGate()
	return c
}

// contextBlock is the context of the batches: app and device, without what is
// empty.
func contextBlock(o options) string {
	e := encoder{buf: []byte{'{'}}
	block := func(name string, fields ...string) {
		inner := encoder{buf: []byte{'{'}}
		for i := 0; i < len(fields); i += 2 {
			inner.field(fields[i], fields[i+1], maxID)
		}
		if len(inner.buf) > 1 {
			e.key(name)
			e.buf = append(append(e.buf, inner.buf...), '}')
		}
	}
	block("app", "id", o.app.ID, "version", o.app.Version, "build", o.app.Build)
	d := o.device
	block("device", "id", d.ID, "platform", d.Platform, "os", d.OS, "model", d.Model, "locale", d.Locale)
	return string(append(e.buf, '}'))
}

// run is the client's goroutine.
func (c *Client) run() {
	defer close(c.stopped)
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		next := c.pump()
		if !timer.Stop() {
			select {
			case <-timer.C:
			default:
			}
		}
		wait := 24 * time.Hour
		if !next.IsZero() {
			wait = next.Sub(c.host.Now())
		}
		timer.Reset(wait)
		select {
		case <-timer.C:
		case <-c.wakeup:
		case <-c.stop:
			return
		}
	}
}

func (c *Client) wake() {
	select {
	case c.wakeup <- struct{}{}:
	default: // it has not looked yet
	}
}

// Flush sends what waits and returns when that is done, when the server asked
// to wait, or when ctx ends (then with its error). What could not be sent stays.
func (c *Client) Flush(ctx context.Context) error {
	if c == nil {
		return nil
	}
	done := make(chan struct{})
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return nil
	}
	c.sender.asked = append(c.sender.asked, done)
	c.mu.Unlock()
	c.kick()
	if c.host.Attach != nil {
		c.pump()
	}
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// finish is a flush, and another one after each pause that ends before end.
func (c *Client) finish(ctx context.Context, end time.Time) error {
	for {
		if err := c.Flush(ctx); err != nil {
			return err
		}
		c.mu.Lock()
		now := c.host.Now()
		again := now.Add(c.shortestPause())
		left := c.queue.items() > 0 && !c.closed && !c.disabled && !c.ledger.optOut && !c.killed()
		c.mu.Unlock()
		if !left || !again.Before(end) || !now.Before(end) {
			return nil
		}
		c.host.Sleep(again.Sub(now), ctx.Done())
	}
}

// Close sends what waits for at most WithCloseTimeout (2 s), and ends the
// client: calls after it record nothing. What fails is tried again, as long as
// the pause before that ends in time. With a spool, what is left goes out when
// the next process starts; without, it is lost.
func (c *Client) Close() error {
	if c == nil {
		return nil
	}
	var err error
	c.closing.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), c.opt.closeTimeout)
		defer cancel()
		err = c.finish(ctx, c.host.Now().Add(c.opt.closeTimeout))
		c.mu.Lock()
		c.closed = true
		c.refreshGate()
		c.queue.release()
		c.released()
		c.mu.Unlock()
		c.cancel()
		close(c.stop)
		if c.host.Attach == nil {
			select {
			case <-c.stopped:
			case <-time.After(100 * time.Millisecond): // a transport that does not heed its context
			}
		}
	})
	return err
}

// SetKey replaces the write key, for example after it was rotated. It ends the
// hour's pause that an unknown key causes.
func (c *Client) SetKey(key string) {
	if c == nil {
		return
	}
	c.mu.Lock()
	c.key = strings.TrimSpace(key)
	if c.sender.keyPaused {
		c.sender.keyPaused = false
		c.sender.pausedTo = [lanes]time.Time{}
	}
	c.mu.Unlock()
	c.kick()
}

// Flag is a switch of the server for this project, or otherwise while it is not
// known.
func (c *Client) Flag(name string, otherwise bool) bool {
	if c == nil {
		return otherwise
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.sender.remote != nil {
		if on, ok := c.sender.remote.Flags[name].(bool); ok {
			return on
		}
	}
	return otherwise
}

// Stats is what the client knows of itself.
type Stats struct {
	Queued    int           // items that wait
	Paused    time.Duration // until something that waits may be sent; 0 is now
	Discarded []Discarded   // since the last report to the server
	Enabled   bool          // false after Disable, OptOut, Close, or a kill switch
}

// Discarded counts items that were thrown away.
type Discarded struct {
	Reason   string // "sampled", "before_send", "too_large", "queue_full", "queue_age", "rejected", "consent"
	Category string // "event", "crash", "trace", "user", "session"
	Quantity int64
}

// Stats of this moment, for a health page or a test.
func (c *Client) Stats() Stats {
	if c == nil {
		return Stats{}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	s := Stats{Queued: c.queue.items(), Enabled: c.enabled()}
	for _, l := range c.ledger.losses() {
		s.Discarded = append(s.Discarded, Discarded(l))
	}
	s.Paused = c.shortestPause()
	return s
}
