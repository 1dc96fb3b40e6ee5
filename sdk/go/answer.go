package tidemark

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// answer is what came back for one request.
type answer struct {
	status     int // 0: none, or one that was cut
	retryAfter time.Duration
	retry      []int   // items of a 2xx that have to be sent again
	lanes      []lane  // that a 429 names; none is all
	err        error   // why there is no answer
	tag        string  // ETag
	config     *remote // of a request for the configuration
}

const (
	keyPause   = time.Hour
	retryPause = time.Minute // of items without a Retry-After
	maxBackoff = 600 * time.Second
	maxRetry   = 24 * time.Hour
)

// backoff is the wait after the n-th failure in a row.
func backoff(n int, factor float64) time.Duration {
	wait := maxBackoff
	if n < 11 {
		wait = time.Second << uint(n-1)
	}
	if wait > maxBackoff {
		wait = maxBackoff
	}
	return time.Duration(float64(wait) * factor)
}

// parseRetryAfter reads seconds or an HTTP date; 0 when there is none.
func parseRetryAfter(text string, now time.Time) time.Duration {
	text = strings.TrimSpace(text)
	wait := time.Duration(0)
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		if n > int64(maxRetry/time.Second) {
			n = int64(maxRetry / time.Second)
		}
		wait = time.Duration(n) * time.Second
	} else if at, err := http.ParseTime(text); err == nil {
		wait = at.Sub(now)
	}
	if wait < 0 {
		return 0
	}
	if wait > maxRetry {
		return maxRetry
	}
	return wait
}

// parseResults finds the items that the server wants again.
func parseResults(body []byte) []int {
	var reply struct {
		Results []struct {
			Index  int    `json:"index"`
			Result string `json:"result"`
		} `json:"results"`
	}
	if json.Unmarshal(body, &reply) != nil {
		return nil
	}
	var out []int
	for _, r := range reply.Results {
		if r.Result == "retry" {
			out = append(out, r.Index)
		}
	}
	return out
}

// parseLanes finds what a 429 is about: "event", "crash" or a list of them.
func parseLanes(body []byte) []lane {
	var reply struct {
		Details struct {
			Category any `json:"category"`
		} `json:"details"`
	}
	if json.Unmarshal(body, &reply) != nil {
		return nil
	}
	list, isList := reply.Details.Category.([]any)
	if !isList {
		list = []any{reply.Details.Category}
	}
	var out []lane
	for _, one := range list {
		for l := lane(0); l < lanes; l++ {
			if one == laneNames[l] {
				out = append(out, l)
			}
		}
	}
	return out
}
