package tidemark

import (
	"encoding/json"
	"time"
)

const (
	pollDefault = 300 * time.Second // also after an answer that is none
	pollLeast   = time.Second
)

// remote is what the server wants of its SDKs: GET /api/v1/ingest/config.
type remote struct {
	Sampling struct {
		Events *float64 `json:"events"`
		Traces *float64 `json:"traces"`
	} `json:"sampling"`
	Flags map[string]any `json:"flags"`
	Kill  struct {
		All  bool     `json:"all"`
		SDKs []string `json:"sdks"`
	} `json:"kill_switch"`
	Limits struct {
		MaxEvents    int   `json:"max_events"`
		MaxBodyBytes int64 `json:"max_body_bytes"`
	} `json:"limits"`
	PollSeconds float64 `json:"poll_seconds"`
}

func parseRemote(body []byte) *remote {
	r := new(remote)
	if json.Unmarshal(body, r) != nil {
		return nil
	}
	return r
}

func (r *remote) killed() bool {
	for _, name := range r.Kill.SDKs {
		if name == sdkName {
			return true
		}
	}
	return r.Kill.All
}

func (r *remote) poll() time.Duration {
	every := time.Duration(r.PollSeconds * float64(time.Second))
	if every < pollLeast {
		return pollDefault
	}
	return every
}

// rate is the smaller of the app's share and the server's.
func (r *remote) rate(itemType string, o *options) float64 {
	own, theirs := o.sampleEvents, (*float64)(nil)
	if r != nil {
		theirs = r.Sampling.Events
	}
	if itemType == TypeTrace {
		own = o.sampleTraces
		if r != nil {
			theirs = r.Sampling.Traces
		}
	}
	if theirs != nil && *theirs < own {
		return *theirs
	}
	return own
}
