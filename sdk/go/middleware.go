package tidemark

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"time"
)

// HandlerOption changes what Handler and Gin record.
type HandlerOption func(*handling)

type handling struct {
	identify func(*http.Request, context.Context) context.Context
	route    func(*http.Request) string
}

// WithIdentify says whose a request is, for example from a session cookie: f
// returns ctx with ContextWithUser and its neighbours.
func WithIdentify(f func(r *http.Request, ctx context.Context) context.Context) HandlerOption {
	return func(h *handling) { h.identify = f }
}

// WithRoute names the route of a request, for example "/users/{id}". Without it
// the trace says the method and the status only: paths hold ids.
func WithRoute(f func(*http.Request) string) HandlerOption {
	return func(h *handling) { h.route = f }
}

// Handler is middleware for net/http. Each request is a trace "http_request"
// with its method, route and status; its context carries breadcrumbs of its own.
// A panic is recorded as a crash and goes on, so that the server, or the
// middleware outside, treats it as it would without us.
func (c *Client) Handler(next http.Handler, opts ...HandlerOption) http.Handler {
	if c == nil {
		return next
	}
	h := handlingOf(opts)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := h.context(r)
		r = r.WithContext(ctx)
		out := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		start := c.host.Now()
		defer func() {
			if p := recover(); p != nil {
				if p != http.ErrAbortHandler { // the documented way to hang up
					c.capturePanic(ctx, p, false)
				}
				if !out.wrote {
					out.status = http.StatusInternalServerError
				}
				c.traceRequest(ctx, r, h.named(r), out.status, start)
				panic(p)
			}
			c.traceRequest(ctx, r, h.named(r), out.status, start)
		}()
		next.ServeHTTP(out, r)
	})
}

func handlingOf(opts []HandlerOption) *handling {
	h := new(handling)
	for _, set := range opts {
		set(h)
	}
	return h
}

func (h *handling) context(r *http.Request) context.Context {
	ctx := ContextWithTrail(r.Context())
	if h.identify != nil {
		ctx = h.identify(r, ctx)
	}
	return ctx
}

func (h *handling) named(r *http.Request) string {
	if h.route == nil {
		return ""
	}
	return h.route(r)
}

func (c *Client) traceRequest(ctx context.Context, r *http.Request, route string, status int, start time.Time) {
	props := Props{"method": r.Method, "status": status}
	if route != "" {
		props["route"] = route
	}
	c.Trace(ctx, Trace{Name: "http_request", Start: start, Duration: c.host.Now().Sub(start), Props: props})
}

// statusWriter remembers the status; what else the writer can do stays possible.
type statusWriter struct {
	http.ResponseWriter
	status int
	wrote  bool
}

func (w *statusWriter) WriteHeader(status int) {
	if !w.wrote && (status >= 200 || status == http.StatusSwitchingProtocols) {
		w.status, w.wrote = status, true
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(b []byte) (int, error) {
	w.wrote = true
	return w.ResponseWriter.Write(b)
}

// ReadFrom keeps sendfile.
func (w *statusWriter) ReadFrom(r io.Reader) (int64, error) {
	w.wrote = true
	return io.Copy(w.ResponseWriter, r)
}

// Flush does nothing when the writer cannot.
func (w *statusWriter) Flush() {
	if f, ok := w.ResponseWriter.(http.Flusher); ok {
		w.wrote = true
		f.Flush()
	}
}

// Hijack hands the connection over, as for WebSockets.
func (w *statusWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	if h, ok := w.ResponseWriter.(http.Hijacker); ok {
		w.status, w.wrote = http.StatusSwitchingProtocols, true
		return h.Hijack()
	}
	return nil, nil, errors.New("the connection cannot be taken over")
}

// Unwrap is for http.ResponseController.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
