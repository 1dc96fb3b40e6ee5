package tidemark

import (
	"net/http"
	"time"

	"tidemark.example/sdk/go/internal/host"
)

// Option changes a default of New.
type Option func(*options)

// App is the build that records: context.app of each batch.
type App struct {
	ID      string // for example "com.example.billing"
	Version string
	Build   string
}

// Device is the machine that records: context.device. A service seldom has one
// that means anything to a person's story; nothing is filled in by itself.
type Device struct {
	ID, Platform, OS, Model, Locale string
}

// Consent switches kinds of items; the zero value records nothing.
type Consent struct {
	Analytics bool // events, user properties, identity
	Crashes   bool
	Traces    bool
}

type options struct {
	app           App
	device        Device
	organization  string
	fields        Props
	spool         string
	queueBytes    int64 // 0: by the kind of queue
	queueAge      time.Duration
	flushInterval time.Duration
	batchSize     int
	sampleEvents  float64
	sampleTraces  float64
	redact        []string
	beforeSend    func(*Item) *Item
	consent       Consent
	gzip          bool
	remote        bool
	closeTimeout  time.Duration
	client        *http.Client
	complain      func(error)
	host          *host.Host
}

func defaults() options {
	return options{
		queueBytes:    64 << 20,
		queueAge:      7 * 24 * time.Hour,
		flushInterval: 5 * time.Second,
		batchSize:     maxSegmentItems,
		sampleEvents:  1,
		sampleTraces:  1,
		consent:       Consent{true, true, true},
		gzip:          true,
		remote:        true,
		closeTimeout:  2 * time.Second,
		complain:      func(error) {},
	}
}

// WithApp names the build.
func WithApp(app App) Option { return func(o *options) { o.app = app } }

// WithDevice names the machine.
func WithDevice(device Device) Option { return func(o *options) { o.device = device } }

// WithService names the service and its version in the context of each event.
func WithService(name, version string) Option {
	return func(o *options) { o.fields = Props{"service": name, "version": version} }
}

// WithOrganization sets org_id in the context of each event.
func WithOrganization(orgID string) Option { return func(o *options) { o.organization = orgID } }

// WithSpool keeps the queue in a folder (made when it is not there): an item is
// on disk before the call that recorded it returns, and the next process sends
// what this one could not. The folder belongs to one process at a time; a
// second one keeps its queue in memory.
func WithSpool(folder string) Option { return func(o *options) { o.spool = folder } }

// WithQueueLimit bounds the queue: 64 MiB and 7 days by default. Beyond it the
// oldest batch is thrown away and counted.
func WithQueueLimit(bytes int64, age time.Duration) Option {
	return func(o *options) { o.queueBytes, o.queueAge = bytes, age }
}

// WithFlushInterval is how long the first unsent item waits, 5 s by default.
func WithFlushInterval(d time.Duration) Option { return func(o *options) { o.flushInterval = d } }

// WithBatchSize is the number of items that are sent at once, at most (and by
// default) 100.
func WithBatchSize(n int) Option { return func(o *options) { o.batchSize = n } }

// WithSampling keeps a share, 0 to 1, of the people's events and traces.
// Crashes are always kept.
func WithSampling(events, traces float64) Option {
	return func(o *options) { o.sampleEvents, o.sampleTraces = events, traces }
}

// WithRedactKeys replaces the values of these keys, at any depth and compared
// without case, by "[redacted]".
func WithRedactKeys(keys ...string) Option { return func(o *options) { o.redact = keys } }

// WithBeforeSend lets f see each item before it enters the queue: it returns
// the item, changed or not, or nil to throw it away, as do a panic in f and a
// name that is empty afterwards. The item is f's own copy: plain values, already
// redacted. f is called by the goroutine that records.
func WithBeforeSend(f func(*Item) *Item) Option { return func(o *options) { o.beforeSend = f } }

// WithConsent is what may be recorded from the start; everything by default.
func WithConsent(c Consent) Option { return func(o *options) { o.consent = c } }

// WithGzip compresses bodies of 1 KiB and more, as is the default.
func WithGzip(on bool) Option { return func(o *options) { o.gzip = on } }

// WithRemoteConfig reads sampling, flags and the kill switch from the server,
// as is the default.
func WithRemoteConfig(on bool) Option { return func(o *options) { o.remote = on } }

// WithCloseTimeout is how long Close tries to send what waits, 2 s by default.
func WithCloseTimeout(d time.Duration) Option { return func(o *options) { o.closeTimeout = d } }

// WithHTTPClient sends through client: its transport and its proxies. Redirects
// are never followed and a request ends after 30 s, whatever client says.
func WithHTTPClient(client *http.Client) Option { return func(o *options) { o.client = client } }

// WithErrorLog is told what the client keeps to itself otherwise: an answer
// that refuses the key, a folder that cannot be written. f must not block, nor
// call the client.
func WithErrorLog(f func(error)) Option { return func(o *options) { o.complain = f } }

// WithHost replaces clock and chance, for this module's own tests.
func WithHost(h host.Host) Option { return func(o *options) { o.host = &h } }
