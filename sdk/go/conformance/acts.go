package main

import (
	"context"
	"time"

	tidemark "tidemark.example/sdk/go"
)

// acts is the table of sdk/spec/driver.md, without what is for clients only.
var acts = map[string]func(*driver, *command) any{
	"init": (*driver).open,
	"real": (*driver).goReal,
	"track": func(d *driver, c *command) any {
		if c.NS == "" {
			d.client.Track(c.context(), c.Name, c.Props)
		} else {
			d.client.TrackNamespace(c.context(), c.NS, c.Name, c.Props)
		}
		return nil
	},
	"screen": func(d *driver, c *command) any {
		d.client.Screen(c.context(), c.Name, c.Props)
		return nil
	},
	"identify": func(d *driver, c *command) any {
		d.client.Identify(c.context(), c.UserID, c.Traits)
		return nil
	},
	"alias": func(d *driver, c *command) any {
		d.client.Alias(c.context(), c.UserID, c.AliasID)
		return nil
	},
	"set": func(d *driver, c *command) any {
		d.client.SetUserProperties(c.context(), c.Values)
		return nil
	},
	"set_once": func(d *driver, c *command) any {
		d.client.SetOnce(c.context(), c.Values)
		return nil
	},
	"increment": func(d *driver, c *command) any {
		by := map[string]float64{}
		for k, v := range c.Values {
			by[k], _ = v.(float64)
		}
		d.client.Increment(c.context(), by)
		return nil
	},
	"unset": func(d *driver, c *command) any {
		d.client.Unset(c.context(), c.Keys...)
		return nil
	},
	"crash": func(d *driver, c *command) any {
		d.client.Crash(c.context(), tidemark.Crash{Type: c.Type, Message: c.Message, Stack: c.Stacktrace,
			Fatal: c.Fatal == nil || *c.Fatal, Fingerprint: c.Fingerprint, Props: c.Props})
		return nil
	},
	"breadcrumb": func(d *driver, c *command) any {
		d.client.Breadcrumb(c.context(), c.Type, c.Message, c.Data)
		return nil
	},
	"trace": func(d *driver, c *command) any {
		d.client.Trace(c.context(), tidemark.Trace{Name: c.Name, ID: c.TraceID, Props: c.Props,
			Duration: time.Duration(c.DurationMS * float64(time.Millisecond))})
		return nil
	},
	"trace_start": func(d *driver, c *command) any {
		d.timers = append(d.timers, d.client.StartTrace(c.context(), c.Name))
		return map[string]int{"trace": len(d.timers)}
	},
	"trace_stop": func(d *driver, c *command) any {
		d.timers[c.Trace-1].Stop(c.Props)
		return nil
	},
	"consent": func(d *driver, c *command) any {
		d.client.SetConsent(tidemark.Consent{Analytics: c.Analytics, Crashes: c.Crashes, Traces: c.Traces})
		return nil
	},
	"opt_out": func(d *driver, c *command) any {
		d.client.OptOut()
		return nil
	},
	"opt_in": func(d *driver, c *command) any {
		d.client.OptIn()
		return nil
	},
	"flush": func(d *driver, c *command) any {
		if err := d.client.Flush(context.Background()); err != nil {
			panic(err)
		}
		return nil
	},
	"close": func(d *driver, c *command) any {
		begin := d.clock.Now()
		d.client.Close()
		return map[string]int64{"ms": d.clock.Now().Sub(begin).Milliseconds()}
	},
	"advance": func(d *driver, c *command) any {
		d.clock.advance(time.Duration(c.MS) * time.Millisecond)
		return nil
	},
	"state": func(d *driver, c *command) any { return d.state() },
	"flag": func(d *driver, c *command) any {
		return map[string]bool{"value": d.client.Flag(c.Name, c.Default)}
	},
	"burst": (*driver).burst,
	"leave": func(d *driver, c *command) any {
		*d = driver{}
		return nil
	},
}
