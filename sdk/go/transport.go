package tidemark

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"strconv"
	"time"
)

const (
	sdkName    = "go"
	batchPath  = "/api/v1/ingest/batch"
	configPath = "/api/v1/ingest/config"

	requestTimeout = 30 * time.Second
	gzipFrom       = 1024
	maxReply       = 4 << 20
)

// transport makes requests and reads answers; it knows nothing of the queue.
type transport struct {
	endpoint string
	gzip     bool
	do       func(*http.Request) (*http.Response, error)
	now      func() time.Time
}

// newDo sends through client, or one of our own. Redirects are answers: a
// portal's 302 must not turn a POST into a GET that "succeeds".
func newDo(client *http.Client) func(*http.Request) (*http.Response, error) {
	own := http.Client{}
	if client != nil {
		own = *client
	}
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return own.Do
}

// body is the request for the lines of a segment.
func body(install, context string, sent time.Time, lines [][]byte) []byte {
	size := len(context) + 160
	for _, line := range lines {
		size += len(line) + 1
	}
	b := make([]byte, 0, size)
	b = append(b, `{"schema_version":"1.1","sent":`...)
	b = strconv.AppendInt(b, sent.UnixMilli(), 10)
	b = append(b, `,"install":`...)
	b = appendText(b, install)
	if context != "{}" {
		b = append(append(b, `,"context":`...), context...)
	}
	b = append(b, `,"items":[`...)
	for i, line := range lines {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, line...)
	}
	return append(b, "]}"...)
}

// send posts one batch.
func (t *transport) send(ctx context.Context, key string, payload []byte) answer {
	zipped := t.gzip && len(payload) >= gzipFrom
	if zipped {
		payload = compress(payload)
	}
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.endpoint+batchPath, bytes.NewReader(payload))
	if err != nil {
		return answer{err: err}
	}
	req.Header.Set("Content-Type", "application/json")
	if zipped {
		req.Header.Set("Content-Encoding", "gzip")
	}
	a, reply := t.exchange(req, key)
	switch {
	case a.status >= 200 && a.status < 300:
		a.retry = parseResults(reply)
	case a.status == http.StatusTooManyRequests:
		a.lanes = parseLanes(reply)
	}
	return a
}

// configuration fetches what the server wants; tag is of the last one.
func (t *transport) configuration(ctx context.Context, key, tag string) answer {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, t.endpoint+configPath, nil)
	if err != nil {
		return answer{err: err}
	}
	if tag != "" {
		req.Header.Set("If-None-Match", tag)
	}
	a, reply := t.exchange(req, key)
	if a.status == http.StatusOK {
		a.config = parseRemote(reply)
	}
	return a
}

// exchange reads the whole answer: one that is cut is none.
func (t *transport) exchange(req *http.Request, key string) (answer, []byte) {
	req.Header.Set("Authorization", "Bearer "+key)
	req.Header.Set("X-SDK", sdkName)
	req.Header.Set("X-SDK-Version", Version)
	res, err := t.do(req)
	if err != nil {
		return answer{err: err}, nil
	}
	defer res.Body.Close()
	reply, err := io.ReadAll(io.LimitReader(res.Body, maxReply))
	if err != nil {
		return answer{err: err}, nil
	}
	return answer{
		status:     res.StatusCode,
		retryAfter: parseRetryAfter(res.Header.Get("Retry-After"), t.now()),
		tag:        res.Header.Get("ETag"),
	}, reply
}

func compress(payload []byte) []byte {
	var out bytes.Buffer
	out.Grow(len(payload) / 4)
	w, _ := gzip.NewWriterLevel(&out, gzip.BestSpeed) // the level is one there is
	w.Write(payload)                                  // a buffer takes everything
	w.Close()
	return out.Bytes()
}
