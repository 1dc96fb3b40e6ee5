package tidemark_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	tidemark "tidemark.example/sdk/go"
)

// anywhere stands for your Tidemark server.
func anywhere() *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusAccepted)
	}))
}

func Example() {
	server := anywhere()
	defer server.Close()

	client, err := tidemark.New(server.URL, "tm_wk_…", tidemark.WithService("user-api", "1.2.0"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()

	ctx := tidemark.ContextWithUser(context.Background(), "user_123")
	client.Track(ctx, "order_paid", tidemark.Props{"amount": 99, "currency": "EUR"})
	client.TrackNamespace(ctx, "billing", "usage_recorded", tidemark.Props{"quantity": 1000})
	client.SetUserProperties(ctx, tidemark.Props{"plan": "pro"})

	fmt.Println(client.Stats().Queued, client.Flush(ctx), client.Stats().Queued)
	// Output: 3 <nil> 0
}

func ExampleClient_CaptureError() {
	server := anywhere()
	defer server.Close()
	client, _ := tidemark.New(server.URL, "tm_wk_…")
	defer client.Close()

	ctx := context.Background()
	client.Breadcrumb(ctx, "query", "SELECT … FROM orders", nil)
	client.CaptureError(ctx, errors.New("no such order"), tidemark.Props{"order": 7})
}

func ExampleClient_StartTrace() {
	server := anywhere()
	defer server.Close()
	client, _ := tidemark.New(server.URL, "tm_wk_…")
	defer client.Close()

	timer := client.StartTrace(context.Background(), "rebuild_index")
	time.Sleep(time.Millisecond)
	timer.Stop(tidemark.Props{"rows": 12})
}

func ExampleClient_Handler() {
	server := anywhere()
	defer server.Close()
	client, _ := tidemark.New(server.URL, "tm_wk_…")
	defer client.Close()

	mux := http.NewServeMux()
	mux.HandleFunc("/hello", func(w http.ResponseWriter, r *http.Request) {
		client.Track(r.Context(), "greeted", nil)
		fmt.Fprint(w, "hello")
	})
	handler := client.Handler(mux, tidemark.WithIdentify(
		func(r *http.Request, ctx context.Context) context.Context {
			return tidemark.ContextWithUser(ctx, r.Header.Get("X-User"))
		}))

	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, httptest.NewRequest("GET", "/hello", nil))
	fmt.Println(answer.Body)
	// Output: hello
}
