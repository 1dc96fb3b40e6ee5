// Package host is what the client takes from the machine it runs on: time
// and chance. The conformance driver brings its own.
package host

import (
	"math/rand"
	"time"
)

// Host is all of it; Attach may be nil.
type Host struct {
	// Now is the clock. Values with a monotonic reading are compared by it.
	Now func() time.Time
	// Jitter is the random factor of a wait, in [0.5, 1).
	Jitter func() float64
	// Sleep waits that long, or until stop is closed.
	Sleep func(d time.Duration, stop <-chan struct{})
	// Attach, when set, takes the pump of a new client instead of a goroutine
	// with timers: it is called when something is due. The pump does what is
	// due and says when to call it next; the zero time is never.
	Attach func(pump func() time.Time)
}

// Real is the machine itself.
func Real() Host {
	return Host{Now: time.Now, Jitter: jitter, Sleep: sleep}
}

func sleep(d time.Duration, stop <-chan struct{}) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-stop:
	}
}

// Spreads clients that failed together; nothing secret depends on it.
func jitter() float64 {
	return 0.5 + rand.Float64()/2
}
