// Command bench measures what one call of track costs its caller, with the
// queue in memory and on disk, next to other vendors' clients doing the same.
// SINK is the address of a server that takes everything. It prints one JSON
// object. It is a module of its own: the client itself
// depends on nothing.
package main

import (
	"context"
	"encoding/json"
	"log"
	"os"
	"runtime"
	"sort"
	"time"

	"github.com/posthog/posthog-go"
	segment "github.com/segmentio/analytics-go/v3"
	tidemark "tidemark.example/sdk/go"
)

const (
	warm  = 2000
	calls = 20000
	pause = 20 * time.Microsecond // as a service would: not a tight loop
)

type figures struct {
	P50 int64 `json:"ns_per_call_p50"`
	P99 int64 `json:"ns_per_call_p99"`
}

// measure calls f and gives the median and the 99th percentile.
func measure(f func()) figures {
	took := make([]int64, 0, calls)
	for i := 0; i < warm+calls; i++ {
		begin := time.Now()
		f()
		if d := time.Since(begin); i >= warm {
			took = append(took, d.Nanoseconds())
		}
		for until := time.Now().Add(pause); time.Now().Before(until); {
		}
	}
	sort.Slice(took, func(i, j int) bool { return took[i] < took[j] })
	return figures{took[calls/2], took[calls*99/100]}
}

func ours(url string, opts ...tidemark.Option) figures {
	client, err := tidemark.New(url, "tm_wk_bench", opts...)
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	ctx := tidemark.ContextWithUser(context.Background(), "user_123")
	return measure(func() {
		client.Track(ctx, "order_paid", tidemark.Props{"amount": 99.5, "currency": "EUR", "items": 3, "new": true})
	})
}

func theirsPostHog(url string) figures {
	client, err := posthog.NewWithConfig("phc_bench", posthog.Config{Endpoint: url})
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	return measure(func() {
		client.Enqueue(posthog.Capture{DistinctId: "user_123", Event: "order_paid",
			Properties: posthog.Properties{"amount": 99.5, "currency": "EUR", "items": 3, "new": true}})
	})
}

func theirsSegment(url string) figures {
	client, err := segment.NewWithConfig("bench", segment.Config{Endpoint: url})
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	return measure(func() {
		client.Enqueue(segment.Track{UserId: "user_123", Event: "order_paid",
			Properties: segment.Properties{"amount": 99.5, "currency": "EUR", "items": 3, "new": true}})
	})
}

func main() {
	log.SetOutput(os.Stderr)
	sink := os.Getenv("SINK")
	if sink == "" {
		log.Fatal("SINK is not set")
	}
	folder, err := os.MkdirTemp("", "tidemark-bench-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(folder)
	memory := ours(sink)
	json.NewEncoder(os.Stdout).Encode(struct {
		SDK     string `json:"sdk"`
		Runtime string `json:"runtime"`
		figures
		Disk   figures            `json:"disk"`
		Vendor map[string]figures `json:"vendor"`
	}{"go", runtime.Version(), memory, ours(sink, tidemark.WithSpool(folder)), map[string]figures{
		"posthog-go 1.2.24":  theirsPostHog(sink),
		"analytics-go 3.3.0": theirsSegment(sink),
	}})
}
