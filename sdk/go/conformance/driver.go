package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	tidemark "tidemark.example/sdk/go"
)

type props = tidemark.Props

// command holds what any command may have.
type command struct {
	Do          string
	Kind        string
	Endpoint    string
	Key         string
	Dir         string
	Now         int64
	Jitter      float64
	Options     settings
	Name        string
	Props       props
	NS          string
	UserID      string `json:"user_id"`
	AnonymousID string `json:"anonymous_id"`
	SessionID   string `json:"session_id"`
	AliasID     string `json:"alias_id"`
	Traits      props
	Values      props
	Keys        []string
	Type        string
	Message     string
	Stacktrace  string
	Fatal       *bool
	Fingerprint string
	Data        props
	DurationMS  float64 `json:"duration_ms"`
	TraceID     string  `json:"trace_id"`
	Trace       int
	MS          int64
	Analytics   bool
	Crashes     bool
	Traces      bool
	Default     bool
	N           int
	Prefix      string
}

// settings are the options of init.
type settings struct {
	App             tidemark.App
	Device          tidemark.Device
	Sampling        *struct{ Events, Traces *float64 }
	RedactKeys      []string
	QueueBytes      int64
	QueueAgeMs      int64
	FlushIntervalMs int64
	BatchSize       int
	Gzip            bool
	Config          bool
	BeforeSend      string
	Consent         *tidemark.Consent
	Service         props
}

type driver struct {
	client *tidemark.Client
	clock  clock
	made   *command // what init was told
	timers []*tidemark.Timer
}

func (c *command) context() context.Context {
	ctx := context.Background()
	if c.UserID != "" {
		ctx = tidemark.ContextWithUser(ctx, c.UserID)
	}
	if c.AnonymousID != "" {
		ctx = tidemark.ContextWithAnonymous(ctx, c.AnonymousID)
	}
	if c.SessionID != "" {
		ctx = tidemark.ContextWithSession(ctx, c.SessionID)
	}
	return ctx
}

func (s *settings) options() []tidemark.Option {
	day := 24 * time.Hour
	bytes, age := int64(64<<20), 7*day
	if s.QueueBytes > 0 {
		bytes = s.QueueBytes
	}
	if s.QueueAgeMs > 0 {
		age = time.Duration(s.QueueAgeMs) * time.Millisecond
	}
	out := []tidemark.Option{
		tidemark.WithApp(s.App), tidemark.WithDevice(s.Device), tidemark.WithRedactKeys(s.RedactKeys...),
		tidemark.WithQueueLimit(bytes, age), tidemark.WithGzip(s.Gzip), tidemark.WithRemoteConfig(s.Config),
		tidemark.WithErrorLog(func(err error) { fmt.Fprintln(os.Stderr, err) }),
	}
	if s.FlushIntervalMs > 0 {
		out = append(out, tidemark.WithFlushInterval(time.Duration(s.FlushIntervalMs)*time.Millisecond))
	}
	if s.BatchSize > 0 {
		out = append(out, tidemark.WithBatchSize(s.BatchSize))
	}
	if s.Consent != nil {
		out = append(out, tidemark.WithConsent(*s.Consent))
	}
	if s.Sampling != nil {
		out = append(out, tidemark.WithSampling(share(s.Sampling.Events), share(s.Sampling.Traces)))
	}
	if s.BeforeSend != "" {
		out = append(out, tidemark.WithBeforeSend(beforeSend(s.BeforeSend)))
	}
	return out
}

func share(f *float64) float64 {
	if f == nil {
		return 1
	}
	return *f
}

// beforeSend is "drop:NAME", "rename:A:B" or "throw:NAME".
func beforeSend(text string) func(*tidemark.Item) *tidemark.Item {
	word := strings.Split(text, ":")
	return func(it *tidemark.Item) *tidemark.Item {
		if it.Name != word[1] {
			return it
		}
		switch word[0] {
		case "drop":
			return nil
		case "rename":
			it.Name = word[2]
		case "throw":
			panic("as the case wants it")
		}
		return it
	}
}

func (d *driver) open(c *command) any {
	opts := c.Options.options()
	if c.Dir != "" {
		opts = append(opts, tidemark.WithSpool(c.Dir))
	}
	if d.made == nil {
		d.clock.set(time.UnixMilli(c.Now))
		opts = append(opts, tidemark.WithHost(d.clock.host(c.Jitter)),
			// net/http repeats a request that a kept connection cut
			tidemark.WithHTTPClient(&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}))
	}
	client, err := tidemark.New(c.Endpoint, c.Key, opts...)
	if err != nil {
		panic(err)
	}
	d.client = client
	if c.Options.Service != nil {
		client.SetContext(c.Options.Service)
	}
	if d.made == nil {
		d.clock.pump()
	}
	d.made = c
	return nil
}

// goReal is a client with the real clock and a goroutine, in place of the other.
func (d *driver) goReal(*command) any {
	d.client.Close()
	return d.open(d.made)
}

func (d *driver) state() any {
	s := d.client.Stats()
	type loss struct {
		Reason   string `json:"reason"`
		Category string `json:"category"`
		Quantity int64  `json:"quantity"`
	}
	lost := []loss{}
	for _, l := range s.Discarded {
		lost = append(lost, loss(l))
	}
	return map[string]any{"queued": s.Queued, "paused_ms": s.Paused.Milliseconds(),
		"discarded": lost, "enabled": s.Enabled}
}

func (d *driver) burst(c *command) any {
	for i := 0; i < c.N; i++ {
		name := fmt.Sprintf("%s-%d", c.Prefix, i)
		d.client.Track(c.context(), name, nil)
		os.Stderr.WriteString(name + "\n")
	}
	return nil
}
