package main

import (
	"sync"
	"time"

	"tidemark.example/sdk/go/internal/host"
)

// clock is the runner's: it stands still until it is moved, and calls the pump
// when something falls due on the way.
type clock struct {
	mu   sync.Mutex
	now  time.Time
	pump func() time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t
}

func (c *clock) advance(d time.Duration) {
	end := c.Now().Add(d)
	for {
		next := c.pump()
		if next.IsZero() || next.After(end) {
			break
		}
		c.set(next)
	}
	c.set(end)
	c.pump()
}

// host is the clock with a fixed jitter.
func (c *clock) host(jitter float64) host.Host {
	return host.Host{
		Now:    c.Now,
		Jitter: func() float64 { return jitter },
		Sleep:  func(d time.Duration, _ <-chan struct{}) { c.set(c.Now().Add(d)) },
		Attach: func(pump func() time.Time) { c.pump = pump },
	}
}
