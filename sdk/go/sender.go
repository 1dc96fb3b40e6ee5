package tidemark

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// sender decides what is sent when, and what an answer means. It is driven by
// pump: a goroutine's loop, or the conformance driver. All fields are under the
// client's lock.
type sender struct {
	failures  int // in a row
	pausedTo  [lanes]time.Time
	keyPaused bool            // by a 401 or 403
	waiting   []chan struct{} // flushes that began
	asked     []chan struct{} // flushes that somebody asked for since
	remote    *remote
	tag       string
	pollAt    time.Time
	full      bool            // a batch has all its items: a flush is due
	ctx       context.Context // ends what is under way when the client closes
}

// pump does what is due and returns when something will be, the zero time for
// never. It is called by one goroutine at a time.
func (c *Client) pump() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		now := c.host.Now()
		asked := len(c.sender.asked) > 0
		c.sender.waiting = append(c.sender.waiting, c.sender.asked...)
		c.sender.asked = nil
		if c.closed || c.ledger.optOut || c.disabled {
			c.released()
			return time.Time{}
		}
		c.queue.expire(now)
		c.take(now, asked)
		s := c.sendable(now)
		if c.opt.remote && !now.Before(c.sender.pollAt) && (s != nil || c.polls()) {
			c.fetch()
			continue
		}
		if c.killed() {
			c.released()
			return c.sender.pollAt
		}
		if !c.askedFor(now) {
			c.released()
		}
		if s == nil {
			return c.nextDue()
		}
		c.deliver(s)
	}
}

// polls tells whether the configuration is asked for although nothing may be
// sent now: something waits, or is to wait until a kill switch ends.
func (c *Client) polls() bool {
	return c.opt.remote && !c.sender.pollAt.IsZero() && (c.killed() || c.queue.items() > 0)
}

func (c *Client) killed() bool {
	return c.sender.remote != nil && c.sender.remote.killed()
}

// released lets the flushes return that have nothing left to wait for.
func (c *Client) released() {
	for _, done := range c.sender.waiting {
		close(done)
	}
	c.sender.waiting = nil
}

// take begins a flush when one was asked for or something is due: what is open
// in the lanes that may send is closed, after the report of what was lost.
func (c *Client) take(now time.Time, asked bool) {
	if c.killed() || !asked && !c.sender.full && !c.anyDue(now) {
		return
	}
	c.sender.full = false
	if !c.paused(laneEvent, now) {
		c.report(now)
	}
	for l := lane(0); l < lanes; l++ {
		if c.paused(l, now) {
			continue
		}
		for _, s := range c.queue.segments[l] {
			c.queue.closeSegment(s, now)
			s.asked = s.asked || asked
		}
	}
}

func (c *Client) paused(l lane, now time.Time) bool {
	return now.Before(c.sender.pausedTo[l])
}

func (c *Client) anyDue(now time.Time) bool {
	for l, list := range c.queue.segments {
		for _, s := range list {
			if !c.paused(lane(l), now) && s.open && !now.Before(s.due) {
				return true
			}
		}
	}
	return false
}

func (c *Client) maySend(s *segment, now time.Time) bool {
	return !s.open && !now.Before(s.due) && !now.Before(s.notBefore) && !c.paused(s.lane, now)
}

// sendable is the segment to send now: crashes first, then the oldest.
func (c *Client) sendable(now time.Time) *segment {
	for _, list := range c.queue.segments {
		for _, s := range list {
			if c.maySend(s, now) {
				return s
			}
		}
	}
	return nil
}

// askedFor tells whether a flush still has something to send.
func (c *Client) askedFor(now time.Time) bool {
	for _, list := range c.queue.segments {
		for _, s := range list {
			if s.asked && c.maySend(s, now) {
				return true
			}
		}
	}
	return false
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// sooner of two times, of which a may be never.
func sooner(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}

// nextDue is when the first segment may go, or the configuration is due.
func (c *Client) nextDue() time.Time {
	var next time.Time
	for l, list := range c.queue.segments {
		for _, s := range list {
			at := later(later(s.due, s.notBefore), c.sender.pausedTo[l])
			next = sooner(next, at)
		}
	}
	if c.polls() {
		next = sooner(next, c.sender.pollAt)
	}
	return next
}

func (c *Client) fetch() {
	key, tag := c.key, c.sender.tag
	c.mu.Unlock()
	a := c.transport.configuration(c.sender.ctx, key, tag)
	c.mu.Lock()
	wait := pollDefault
	if a.config != nil {
		c.sender.remote, c.sender.tag = a.config, a.tag
		c.queue.bound(a.config, c.opt.batchSize)
	}
	if c.sender.remote != nil && (a.config != nil || a.status == http.StatusNotModified) {
		wait = c.sender.remote.poll()
	}
	c.sender.pollAt = c.host.Now().Add(wait)
	c.refreshGate()
}

// deliver sends one segment and does what the answer says.
func (c *Client) deliver(s *segment) {
	lines, err := s.lines()
	if err != nil || len(lines) == 0 { // somebody deleted the file
		c.opt.complain(&Error{Op: "spool", Err: fmt.Errorf("%s: %d items are gone: %w", s.path, s.items, err)})
		c.queue.delete(s)
		return
	}
	key, install := c.key, c.ledger.install
	s.sending = true
	c.mu.Unlock()
	payload := body(install, s.context, c.host.Now(), lines)
	a := c.transport.send(c.sender.ctx, key, payload)
	c.mu.Lock()
	s.sending = false
	if !s.gone && !c.closed {
		c.settle(s, lines, a, key)
	}
}

// settle is the table of sdk/spec, section 6.
func (c *Client) settle(s *segment, lines [][]byte, a answer, key string) {
	switch a.status {
	case http.StatusBadRequest, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity:
		c.opt.complain(&Error{Op: "send", Status: a.status})
		c.queue.setAside(s)
	case http.StatusUnauthorized, http.StatusForbidden:
		c.opt.complain(&Error{Op: "send", Status: a.status})
		if key == c.key {
			c.sender.keyPaused = true
			c.pause(keyPause)
		}
	case http.StatusRequestEntityTooLarge:
		c.halve(s, lines)
	case http.StatusTooManyRequests:
		held := a.lanes
		if len(held) > 0 { // whatever it names, this one was refused
			held = append(held, s.lane)
		}
		c.pause(c.waitAfter(a), held...)
	default:
		if a.status >= 200 && a.status < 300 {
			c.acknowledge(s, lines, a)
			return
		}
		c.opt.complain(&Error{Op: "send", Status: a.status, Err: a.err})
		c.pause(c.waitAfter(a))
	}
}

func (c *Client) waitAfter(a answer) time.Duration {
	c.sender.failures++
	wait := backoff(c.sender.failures, c.host.Jitter())
	if a.retryAfter > wait {
		return a.retryAfter
	}
	return wait
}

// pause holds lanes, or all of them.
func (c *Client) pause(d time.Duration, only ...lane) {
	if len(only) == 0 {
		only = []lane{laneCrash, laneEvent}
	}
	for _, l := range only {
		c.sender.pausedTo[l] = later(c.sender.pausedTo[l], c.host.Now().Add(d))
	}
}

func (c *Client) acknowledge(s *segment, lines [][]byte, a answer) {
	c.sender.failures = 0
	var again [][]byte
	for _, i := range a.retry {
		if i >= 0 && i < len(lines) {
			again = append(again, lines[i])
		}
	}
	if len(again) == 0 {
		c.queue.delete(s)
		return
	}
	wait := retryPause
	if a.retryAfter > 0 {
		wait = a.retryAfter
	}
	for _, part := range c.queue.replace(s, again) {
		part.notBefore = c.host.Now().Add(wait)
		part.asked = false
	}
}

func (c *Client) halve(s *segment, lines [][]byte) {
	if len(lines) == 1 {
		c.queue.lose(s, reasonTooLarge)
		return
	}
	half := len(lines) / 2
	c.queue.replace(s, lines[:half], lines[half:])
}
