package tidemark

import "net/http"

// Ctx is what Gin needs of a framework's context; *gin.Context has it.
type Ctx interface {
	Next()
	FullPath() string
}

// Exchange shows Gin the request of a context: a pointer to where the framework
// keeps it, and the status of the response so far.
type Exchange struct {
	Request **http.Request
	Status  func() int
}

// Gin is Handler for frameworks in the style of Gin, without importing one.
// The route is FullPath:
//
//	router.Use(tidemark.Gin(client, func(c *gin.Context) tidemark.Exchange {
//		return tidemark.Exchange{Request: &c.Request, Status: c.Writer.Status}
//	}))
//
// Place it after gin.Recovery, which then answers a panic that was recorded here.
func Gin[C Ctx](client *Client, look func(C) Exchange, opts ...HandlerOption) func(C) {
	h := handlingOf(opts)
	return func(c C) {
		if client == nil {
			c.Next()
			return
		}
		x := look(c)
		ctx := h.context(*x.Request)
		r := (*x.Request).WithContext(ctx)
		*x.Request = r
		start := client.host.Now()
		defer func() {
			p := recover()
			status := x.Status()
			if p != nil && p != http.ErrAbortHandler {
				client.capturePanic(ctx, p, false)
				status = http.StatusInternalServerError
			}
			client.traceRequest(ctx, r, c.FullPath(), status, start)
			if p != nil {
				panic(p)
			}
		}()
		c.Next()
	}
}
