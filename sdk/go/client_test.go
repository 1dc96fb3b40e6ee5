package tidemark

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// Eight goroutines at once, with flushes between: each event once, each number
// once.
func TestGoroutines(t *testing.T) {
	for _, spool := range []string{"", t.TempDir()} {
		s := newServer(t)
		s.answer = func(n, items int) int {
			if n%3 == 0 && items > 1 { // one item that is too large would rightly be gone
				return http.StatusRequestEntityTooLarge
			}
			return http.StatusAccepted
		}
		c := s.client(t, WithSpool(spool))
		var wait sync.WaitGroup
		for g := 0; g < 8; g++ {
			wait.Add(1)
			go func(g int) {
				defer wait.Done()
				ctx := ContextWithUser(background, fmt.Sprint("u", g))
				for i := 0; i < 500; i++ {
					c.Track(ctx, fmt.Sprintf("%d-%d", g, i), Props{"i": i})
					if i%100 == 0 {
						c.Flush(ctx)
						c.SetContext(Props{"g": g})
					}
				}
			}(g)
		}
		wait.Wait()
		for end := time.Now().Add(20 * time.Second); c.Stats().Queued > 0 && time.Now().Before(end); {
			c.Flush(background)
			time.Sleep(20 * time.Millisecond)
		}
		names, numbers := map[any]int{}, map[any]int{}
		for _, it := range s.took() {
			names[it["name"]]++
			numbers[it["seq"]]++
		}
		if len(names) != 4000 || len(numbers) != 4000 || len(s.took()) != 4000 {
			t.Errorf("spool %q: %d items, %d names, %d numbers of 4000; %+v", spool, len(s.took()), len(names),
				len(numbers), c.Stats())
		}
	}
}

func TestWhose(t *testing.T) {
	s := newServer(t)
	c := s.client(t, WithService("api", "1"), WithOrganization("o1"))
	ctx := ContextWithOrganization(ContextWithField(ContextWithAnonymous(background, "an"), "req", 7), "o2")
	c.SetUser("everybody", nil)
	c.TrackNamespace(ctx, "billing", "paid", nil)
	c.Close()
	c.Track(ctx, "late", nil)
	got := s.only(t, TypeEvent)
	if got["anonymous_id"] != "an" || got["user_id"] != nil || got["ns"] != "billing" ||
		fmt.Sprint(got["context"]) != "map[org_id:o2 req:7 service:api version:1]" {
		t.Errorf("got %v", got)
	}
	if s.only(t, TypeIdentify)["user_id"] != "everybody" {
		t.Errorf("got %v", s.took())
	}
}

func TestNilAndClosed(t *testing.T) {
	var c *Client
	c.Track(background, "a", nil)
	c.SetUser("u", nil)
	c.CaptureError(background, fmt.Errorf("x"), nil)
	c.StartTrace(background, "t").Stop(nil)
	c.Breadcrumb(background, "log", "m", nil)
	c.Disable()
	c.SetConsent(Consent{})
	if c.Flush(background) != nil || c.Close() != nil || c.Flag("x", true) != true || c.Stats().Enabled {
		t.Error("a nil client does something")
	}
	s := newServer(t)
	c = s.client(t)
	if c.Close() != nil || c.Close() != nil || c.Stats().Enabled {
		t.Error("closing twice")
	}
	c.Track(background, "late", nil)
	if c.Stats().Queued != 0 {
		t.Error("a closed client records")
	}
}

func TestNewRefuses(t *testing.T) {
	for _, c := range [][2]string{{"", "k"}, {"example.com", "k"}, {"ftp://x", "k"}, {"http://x", " "}} {
		if got, err := New(c[0], c[1]); err == nil || got != nil || !strings.HasPrefix(err.Error(), "tidemark: new: ") {
			t.Errorf("%q: %v", c, err)
		}
	}
}

// A server that takes the connection and says nothing: calls go on, and Close
// keeps to its time.
func TestSilence(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	folder := t.TempDir()
	c, _ := New("http://"+l.Addr().String(), "k", WithSpool(folder), WithCloseTimeout(200*time.Millisecond))
	begin := time.Now()
	for i := 0; i < 1000; i++ {
		c.Track(background, "a", nil)
	}
	if took := time.Since(begin); took > 2*time.Second {
		t.Errorf("1000 calls took %v", took)
	}
	begin = time.Now()
	if err := c.Close(); err != context.DeadlineExceeded {
		t.Errorf("Close: %v", err)
	}
	if took := time.Since(begin); took > time.Second {
		t.Errorf("Close took %v", took)
	}
	s := newServer(t)
	next := s.client(t, WithSpool(folder))
	if next.Flush(background); len(s.took()) != 1000 {
		t.Errorf("the next process sent %d", len(s.took()))
	}
}

// What fails while the client closes is tried again, but for a pause that is
// longer than it has.
func TestCloseTriesAgain(t *testing.T) {
	for _, row := range []struct {
		status, failures, sent int
		timeout                time.Duration
	}{
		{0, 1, 1, time.Minute}, {503, 1, 1, time.Minute},
		{0, 99, 0, 2 * time.Second}, {401, 1, 0, time.Minute},
	} {
		s := newServer(t)
		s.answer = func(n, _ int) int {
			if n <= row.failures {
				return row.status
			}
			return 202
		}
		c := s.client(t, WithRemoteConfig(false), WithCloseTimeout(row.timeout))
		c.Track(background, "a", nil)
		begin := time.Now()
		c.Close()
		if got := len(s.took()); got != row.sent {
			t.Errorf("%d times %d: %d items", row.failures, row.status, got)
		}
		if took := time.Since(begin); took > 10*time.Second {
			t.Errorf("%d times %d: Close took %v", row.failures, row.status, took)
		}
	}
}

// A program whose server is away ends within the time that it gave.
func TestCloseWithoutServer(t *testing.T) {
	c, _ := New("http://127.0.0.1:9", "k", WithCloseTimeout(1200*time.Millisecond))
	c.Track(background, "a", nil)
	begin := time.Now()
	c.Close()
	if took := time.Since(begin); took < 400*time.Millisecond || took > 5*time.Second {
		t.Errorf("Close took %v", took)
	}
}

func TestFolderOfTwo(t *testing.T) {
	s, folder := newServer(t), t.TempDir()
	var told []error
	first := s.client(t, WithSpool(folder))
	second := s.client(t, WithSpool(folder), WithErrorLog(func(err error) { told = append(told, err) }))
	first.Track(background, "first", nil)
	second.Track(background, "second", nil)
	files, _ := filepath.Glob(filepath.Join(folder, "event-*.ndjson"))
	if len(files) != 1 || len(told) != 1 || second.Stats().Queued != 1 {
		t.Errorf("%v %v", files, told)
	}
}

// The disk refuses the file: the queue goes on in memory.
func TestNoDisk(t *testing.T) {
	s, folder := newServer(t), t.TempDir()
	c := s.client(t, WithSpool(folder))
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	c.Track(background, "a", nil)
	c.Flush(background)
	if s.only(t, TypeEvent)["name"] != "a" {
		t.Errorf("got %v", s.took())
	}
}

func TestKeyPauseEndsWithAKey(t *testing.T) {
	s := newServer(t)
	s.answer = func(n, _ int) int {
		if n == 1 {
			return http.StatusUnauthorized
		}
		return http.StatusAccepted
	}
	c := s.client(t)
	c.Track(background, "a", nil)
	c.Flush(background)
	c.Flush(background)
	if st := c.Stats(); st.Queued != 1 || st.Paused < 59*time.Minute {
		t.Errorf("%+v", st)
	}
	c.SetKey("tm_wk_new")
	c.Flush(background)
	if c.Stats().Queued != 0 {
		t.Errorf("%+v", c.Stats())
	}
}

func TestConsentTakenBack(t *testing.T) {
	s := newServer(t)
	c := s.client(t)
	c.Track(background, "a", nil)
	c.Trace(background, Trace{Name: "t", Duration: time.Second})
	c.SetConsent(Consent{Traces: true})
	c.Track(background, "b", nil)
	c.Close()
	if s.only(t, TypeTrace)["duration_ms"] != 1000.0 || len(s.took()) != 2 {
		t.Errorf("got %v", s.took())
	}
}

// BeforeSend may do what it likes with its item: the app's values stay.
func TestBeforeSendOwnsItsItem(t *testing.T) {
	s := newServer(t)
	inner := map[string]any{"secret": "x", "n": 1}
	c := s.client(t, WithRedactKeys("secret"), WithBeforeSend(func(it *Item) *Item {
		if it.Type == TypeTrace {
			it.Name = ""
			return it
		}
		values := it.Props
		if it.Type == TypeUserProperties {
			values = it.Operations[0].Value.(map[string]any)
		}
		if values["secret"] != "[redacted]" || values["n"] != int64(1) {
			t.Errorf("%s sees %v", it.Type, values)
		}
		values["secret"], values["n"] = "y", 2
		return it
	}))
	c.Track(background, "a", inner)
	c.SetUserProperties(ContextWithUser(background, "u"), Props{"inner": inner})
	c.Trace(background, Trace{Name: "t"})
	if inner["secret"] != "x" || inner["n"] != 1 {
		t.Errorf("the app's values are %v", inner)
	}
	if st := c.Stats(); len(st.Discarded) != 1 || st.Discarded[0] != (Discarded{"before_send", "trace", 1}) {
		t.Errorf("%+v", st)
	}
	c.Close()
	if got := fmt.Sprint(s.only(t, TypeEvent)["props"]); got != "map[n:2 secret:[redacted]]" {
		t.Errorf("got %s", got)
	}
}

func TestSixtyFourOperations(t *testing.T) {
	s := newServer(t)
	c := s.client(t)
	values := Props{}
	for i := 0; i < 65; i++ {
		values[fmt.Sprint(i)] = i
	}
	c.SetUserProperties(ContextWithUser(background, "u"), values)
	if c.Stats().Queued != 2 {
		t.Errorf("%+v", c.Stats())
	}
}

// A value whose own code panics costs its item, not the app.
func TestLoudValue(t *testing.T) {
	s := newServer(t)
	c := s.client(t)
	c.Track(background, "a", Props{"e": loud{}})
	c.CaptureError(background, loud{}, nil)
	c.Close()
	if s.only(t, TypeCrash) == nil || len(s.took()) != 1 {
		t.Errorf("got %v", s.took())
	}
}
