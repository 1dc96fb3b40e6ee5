// Package gintest runs tidemark.Gin inside Gin itself. It is a module of its
// own: the client depends on nothing.
package gintest

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/gin-gonic/gin"
	tidemark "tidemark.example/sdk/go"
)

// server keeps the items of the batches that it takes.
type server struct {
	*httptest.Server
	mu    sync.Mutex
	items []map[string]any
}

func newServer(t *testing.T) *server {
	s := new(server)
	s.Server = httptest.NewServer(http.HandlerFunc(s.take))
	t.Cleanup(s.Close)
	return s
}

func (s *server) take(w http.ResponseWriter, r *http.Request) {
	var body struct{ Items []map[string]any }
	raw := io.Reader(r.Body)
	if r.Header.Get("Content-Encoding") == "gzip" {
		raw, _ = gzip.NewReader(r.Body)
	}
	if r.Method != "POST" || json.NewDecoder(raw).Decode(&body) != nil {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	s.mu.Lock()
	s.items = append(s.items, body.Items...)
	s.mu.Unlock()
	w.WriteHeader(http.StatusAccepted)
	fmt.Fprintf(w, `{"accepted":%d}`, len(body.Items))
}

// of returns the items of a type.
func (s *server) of(kind string) (found []map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, x := range s.items {
		if x["type"] == kind {
			found = append(found, x)
		}
	}
	return found
}

// withRequest is the function of the package's README.
func withRequest(c *gin.Context) tidemark.Exchange {
	return tidemark.Exchange{Request: &c.Request, Status: c.Writer.Status}
}

func explode(*gin.Context) { panic("no stock") }

func newRouter(client *tidemark.Client) *gin.Engine {
	gin.SetMode(gin.ReleaseMode)
	router := gin.New()
	router.Use(gin.RecoveryWithWriter(io.Discard), tidemark.Gin(client, withRequest,
		tidemark.WithIdentify(func(r *http.Request, ctx context.Context) context.Context {
			return tidemark.ContextWithUser(ctx, r.Header.Get("X-User"))
		})))
	router.POST("/users/:id", func(c *gin.Context) {
		client.Track(c.Request.Context(), "inside", tidemark.Props{"id": c.Param("id")})
		c.JSON(http.StatusCreated, gin.H{})
	})
	router.GET("/broken", explode)
	router.Group("/admin", func(c *gin.Context) { c.AbortWithStatus(http.StatusForbidden) }).
		GET("/keys", explode)
	return router
}

func ask(router http.Handler, method, path string) int {
	r := httptest.NewRequest(method, path, nil)
	r.Header.Set("X-User", "u_"+method)
	w := httptest.NewRecorder()
	router.ServeHTTP(w, r)
	return w.Code
}

func TestGin(t *testing.T) {
	s := newServer(t)
	client, err := tidemark.New(s.URL, "tm_wk_test", tidemark.WithErrorLog(func(err error) { t.Log(err) }))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	router := newRouter(client)
	var got []int
	for _, x := range [][2]string{{"POST", "/users/7"}, {"GET", "/broken"}, {"GET", "/admin/keys"}, {"GET", "/nowhere"}} {
		got = append(got, ask(router, x[0], x[1]))
	}
	if fmt.Sprint(got) != "[201 500 403 404]" {
		t.Errorf("the app answers %v", got)
	}
	client.Flush(context.Background())

	var traces []string
	for _, x := range s.of("trace") {
		traces = append(traces, fmt.Sprint(x["user_id"], " ", x["props"]))
	}
	want := []string{
		"u_POST map[method:POST route:/users/:id status:201]", "u_GET map[method:GET route:/broken status:500]",
		"u_GET map[method:GET route:/admin/keys status:403]", "u_GET map[method:GET status:404]",
	}
	if strings.Join(traces, "\n") != strings.Join(want, "\n") {
		t.Errorf("traces:\n%s", strings.Join(traces, "\n"))
	}
	events := s.of("event")
	if len(events) != 1 || events[0]["user_id"] != "u_POST" || fmt.Sprint(events[0]["props"]) != "map[id:7]" {
		t.Errorf("events %v", events)
	}
	crashes := s.of("crash")
	if len(crashes) != 1 || crashes[0]["user_id"] != "u_GET" || crashes[0]["fatal"] != false {
		t.Fatalf("crashes %v", crashes)
	}
	exception := crashes[0]["exception"].(map[string]any)
	if exception["message"] != "no stock" ||
		!strings.HasPrefix(exception["stacktrace"].(string), "tidemark.example/sdk/go/gintest.explode(...)\n") {
		t.Errorf("got %v", exception)
	}
}

func TestConcurrent(t *testing.T) {
	s := newServer(t)
	client, err := tidemark.New(s.URL, "tm_wk_test")
	if err != nil {
		t.Fatal(err)
	}
	router := newRouter(client)
	var all sync.WaitGroup
	for i := 0; i < 8; i++ {
		all.Add(1)
		go func() {
			defer all.Done()
			for k := 0; k < 50; k++ {
				ask(router, "POST", fmt.Sprintf("/users/%d", k))
			}
		}()
	}
	all.Wait()
	client.Flush(context.Background())
	client.Close()
	if n, m := len(s.of("event")), len(s.of("trace")); n != 400 || m != 400 {
		t.Errorf("%d events, %d traces of 400 requests", n, m)
	}
}
