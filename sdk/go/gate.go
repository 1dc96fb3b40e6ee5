package tidemark

import (
	"context"
	"time"
)

// gate is what a call needs to know before it takes the lock: never changed,
// replaced as a whole.
type gate struct {
	allowed      uint8 // a bit for each of consent's switches
	sampleEvents float64
	sampleTraces float64
	who          who
	context      Props // of events without a context of their own
}

const (
	bitAnalytics = 1 << iota
	bitCrashes
	bitTraces
)

func bitOf(itemType string) uint8 {
	switch itemType {
	case TypeCrash:
		return bitCrashes
	case TypeTrace:
		return bitTraces
	}
	return bitAnalytics
}

func (c *Client) allows(itemType string) bool {
	return c.gate.Load().allowed&bitOf(itemType) != 0
}

// refreshGate follows every change of what it holds, under the lock.
func (c *Client) refreshGate() {
	g := &gate{
		sampleEvents: c.sender.remote.rate(TypeEvent, &c.opt),
		sampleTraces: c.sender.remote.rate(TypeTrace, &c.opt),
		who:          c.who,
		context:      mergedContext(&c.who, &nobody),
	}
	if c.enabled() {
		for bit, on := range map[uint8]bool{
			bitAnalytics: c.consent.Analytics, bitCrashes: c.consent.Crashes, bitTraces: c.consent.Traces,
		} {
			if on {
				g.allowed |= bit
			}
		}
	}
	c.gate.Store(g)
}

func (c *Client) enabled() bool {
	return !c.closed && !c.disabled && !c.ledger.optOut && !c.killed()
}

// mergedContext is the context of an event: the client's, with what the call's
// own says.
func mergedContext(client, call *who) Props {
	org := call.organization
	if org == "" {
		org = client.organization
	}
	out := make(Props, len(client.fields)+len(call.fields)+1)
	for _, fields := range []Props{client.fields, call.fields} {
		for k, v := range fields {
			if v != "" {
				out[k] = v
			}
		}
	}
	if org != "" {
		out["org_id"] = org
	}
	return out
}

// SetUser records an identify item and makes userID the user of all calls whose
// context names nobody: for programs that work for one person.
func (c *Client) SetUser(userID string, traits Props) {
	if c == nil {
		return
	}
	c.change(func() { c.who.user = userID })
	c.record(context.Background(), &Item{Type: TypeIdentify, UserID: userID, Props: traits})
}

// SetOrganization sets org_id in the context of all later events.
func (c *Client) SetOrganization(orgID string) {
	if c != nil {
		c.change(func() { c.who.organization = orgID })
	}
}

// SetContext adds fields to the context of all later events.
func (c *Client) SetContext(fields Props) {
	if c == nil {
		return
	}
	c.change(func() {
		all := make(Props, len(c.who.fields)+len(fields))
		for _, part := range []Props{c.who.fields, fields} {
			for k, v := range part {
				all[k] = v
			}
		}
		c.who.fields = all
	})
}

// SetConsent says what may be recorded from now on. What waits of a kind that is
// switched off is deleted.
func (c *Client) SetConsent(consent Consent) {
	if c == nil {
		return
	}
	c.change(func() {
		c.consent = consent
		c.queue.filter(func(k category) bool {
			switch k {
			case categoryCrash:
				return !consent.Crashes
			case categoryTrace:
				return !consent.Traces
			}
			return !consent.Analytics
		})
	})
	if !consent.Crashes {
		c.trail.clear()
	}
}

// OptOut records nothing more, deletes what waits and forgets the install; with
// a spool it holds for later processes, too, until OptIn.
func (c *Client) OptOut() {
	if c == nil {
		return
	}
	c.change(func() {
		c.ledger.end()
		c.queue.clear()
		c.queue.save()
	})
	c.trail.clear()
}

// OptIn begins again as a new install.
func (c *Client) OptIn() {
	if c == nil {
		return
	}
	c.change(func() {
		if c.ledger.optOut {
			c.ledger.begin(c.ids.newID(c.host.Now().UnixMilli()))
			c.queue.save()
		}
	})
}

// Disable records and sends nothing until Enable; what waits stays.
func (c *Client) Disable() {
	if c != nil {
		c.change(func() { c.disabled = true })
	}
}

// Enable ends Disable.
func (c *Client) Enable() {
	if c != nil {
		c.change(func() { c.disabled = false })
	}
}

func (c *Client) change(f func()) {
	c.mu.Lock()
	if !c.closed {
		f()
		c.refreshGate()
	}
	c.mu.Unlock()
	c.kick()
}

// shortestPause is the wait of the lane that may send first, of those that have
// something.
func (c *Client) shortestPause() time.Duration {
	now := c.host.Now()
	shortest, some := time.Duration(0), false
	for l, list := range c.queue.segments {
		for _, s := range list {
			wait := later(s.notBefore, c.sender.pausedTo[l]).Sub(now)
			if wait < 0 {
				wait = 0
			}
			if !some || wait < shortest {
				shortest, some = wait, true
			}
		}
	}
	return shortest
}
