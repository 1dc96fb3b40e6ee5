package tidemark

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
)

var background = context.Background()

// server keeps what clients send; answer decides, 202 when it is nil.
type server struct {
	*httptest.Server
	mu     sync.Mutex
	items  []map[string]any
	answer func(n, items int) int // of the n-th batch
	n      int
}

func newServer(t *testing.T) *server {
	s := new(server)
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.Close)
	return s
}

func (s *server) serve(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		io.WriteString(w, `{"flags":{"on":true}}`)
		return
	}
	body := r.Body
	if r.Header.Get("Content-Encoding") == "gzip" {
		body, _ = gzip.NewReader(r.Body)
	}
	var batch struct{ Items []map[string]any }
	err := json.NewDecoder(body).Decode(&batch)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.n++
	status := http.StatusAccepted
	if s.answer != nil {
		status = s.answer(s.n, len(batch.Items))
	}
	if err != nil {
		status = http.StatusBadRequest
	}
	if status == http.StatusAccepted {
		s.items = append(s.items, batch.Items...)
	}
	if status == 0 { // the connection breaks
		panic(http.ErrAbortHandler)
	}
	w.WriteHeader(status)
}

func (s *server) took() []map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.items
}

func (s *server) client(t *testing.T, opts ...Option) *Client {
	c, err := New(s.URL, "tm_wk_test", opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func (s *server) only(t *testing.T, itemType string) map[string]any {
	t.Helper()
	var found map[string]any
	n := 0
	for _, it := range s.took() {
		if it["type"] == itemType {
			found = it
			n++
		}
	}
	if n != 1 {
		t.Fatalf("%d items of type %s in %v", n, itemType, s.took())
	}
	return found
}
