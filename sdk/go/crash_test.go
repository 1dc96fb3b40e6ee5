package tidemark

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func explode(list []int) int { return list[3] }

func exceptionOf(item map[string]any) map[string]any {
	return item["exception"].(map[string]any)
}

func firstFrame(item map[string]any) string {
	stack, _ := exceptionOf(item)["stacktrace"].(string)
	line, _, _ := strings.Cut(stack, "\n")
	return line
}

func TestHandler(t *testing.T) {
	s := newServer(t)
	c := s.client(t)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() { recover() }() // what a server's own recovery does
		c.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			c.Breadcrumb(r.Context(), "log", "here", nil)
			if f, ok := w.(http.Flusher); !ok || r.URL.Path == "/flush" {
				f.Flush()
			}
			if r.URL.Path == "/panic" {
				explode(nil)
			}
			w.WriteHeader(http.StatusTeapot)
			io.WriteString(w, "tea")
		}), WithRoute(func(*http.Request) string { return "/{what}" }),
			WithIdentify(func(r *http.Request, ctx context.Context) context.Context {
				return ContextWithUser(ctx, r.Header.Get("User"))
			})).ServeHTTP(w, r)
	}))
	defer web.Close()
	req, _ := http.NewRequest("GET", web.URL+"/tea?secret=1", nil)
	req.Header.Set("User", "u1")
	if res, err := http.DefaultClient.Do(req); err != nil || res.StatusCode != http.StatusTeapot {
		t.Fatal(res, err)
	}
	c.Flush(background)
	trace := s.only(t, TypeTrace)
	if trace["user_id"] != "u1" || fmt.Sprint(trace["props"]) != "map[method:GET route:/{what} status:418]" {
		t.Errorf("got %v", trace)
	}
	http.Get(web.URL + "/panic")
	c.Flush(background)
	crash := s.only(t, TypeCrash)
	if crash["fatal"] != false || exceptionOf(crash)["type"] != "runtime.boundsError" ||
		!strings.HasSuffix(firstFrame(crash), ".explode(...)") || len(crash["breadcrumbs"].([]any)) != 1 {
		t.Errorf("got %v", crash)
	}
}

func TestReportPanic(t *testing.T) {
	s := newServer(t)
	c := s.client(t)
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic ended")
			}
		}()
		defer c.ReportPanic(background)
		explode(nil)
	}()
	crash := s.only(t, TypeCrash) // without a spool it was sent
	if crash["fatal"] != true || !strings.HasSuffix(firstFrame(crash), ".explode(...)") {
		t.Errorf("got %v", crash)
	}
}

func TestRecoverPanic(t *testing.T) {
	s := newServer(t)
	c := s.client(t)
	func() {
		defer c.RecoverPanic(background)
		panic("plain")
	}()
	c.CaptureError(background, fmt.Errorf("outer: %w", errors.New("inner")), Props{"k": 1})
	c.Close()
	if len(s.took()) != 2 || exceptionOf(s.took()[0])["message"] != "plain" ||
		exceptionOf(s.took()[0])["type"] != "panic" ||
		exceptionOf(s.took()[1])["type"] != "*errors.errorString" ||
		!strings.HasSuffix(firstFrame(s.took()[1]), ".TestRecoverPanic(...)") {
		t.Errorf("got %v", s.took())
	}
}
