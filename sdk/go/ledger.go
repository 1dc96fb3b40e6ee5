package tidemark

import (
	"encoding/json"
	"os"
	"path/filepath"
	"sort"
)

// Why an item was thrown away.
const (
	reasonSampled    = "sampled"
	reasonBeforeSend = "before_send"
	reasonTooLarge   = "too_large"
	reasonQueueFull  = "queue_full"
	reasonQueueAge   = "queue_age"
	reasonRejected   = "rejected"
	reasonConsent    = "consent" // it waited when consent was taken back
)

type loss struct {
	Reason   string `json:"reason"`
	Category string `json:"category"`
	Quantity int64  `json:"quantity"`
}

// ledger numbers what is recorded, and counts what is thrown away. With a
// folder it survives the process: `state.json` there, replaced as a whole.
type ledger struct {
	install string
	seq     uint64 // the highest number given
	lost    map[loss]int64
	optOut  bool
	path    string // "" in memory
	saved   uint64 // the highest number in the file
}

type ledgerFile struct {
	Install   string `json:"install,omitempty"`
	Seq       uint64 `json:"seq"`
	Discarded []loss `json:"discarded,omitempty"`
	OptOut    bool   `json:"opt_out,omitempty"`
}

// newLedger is what folder holds, else a new one. folder "" is in memory.
func newLedger(folder string, install func() string) *ledger {
	l := &ledger{lost: map[loss]int64{}}
	if folder != "" {
		l.path = filepath.Join(folder, "state.json")
		l.load()
	}
	if l.install == "" && !l.optOut {
		l.install = install()
	}
	return l
}

func (l *ledger) load() {
	text, err := os.ReadFile(l.path)
	var f ledgerFile
	if err != nil || json.Unmarshal(text, &f) != nil {
		return
	}
	l.install, l.seq, l.saved, l.optOut = f.Install, f.Seq, f.Seq, f.OptOut
	for _, one := range f.Discarded {
		n := one.Quantity
		one.Quantity = 0
		l.lost[one] += n
	}
}

// next is a number of its own for an item.
func (l *ledger) next() uint64 {
	l.seq++
	return l.seq
}

// lose counts; save follows when the caller is done counting.
func (l *ledger) lose(reason string, c category, n int64) {
	if n > 0 {
		l.lost[loss{Reason: reason, Category: categoryNames[c]}] += n
	}
}

// losses in the order of the wire format: by reason, then by category.
func (l *ledger) losses() []loss {
	out := make([]loss, 0, len(l.lost))
	for one, n := range l.lost {
		one.Quantity = n
		out = append(out, one)
	}
	sort.Slice(out, func(i, j int) bool {
		if out[i].Reason != out[j].Reason {
			return out[i].Reason < out[j].Reason
		}
		return out[i].Category < out[j].Category
	})
	return out
}

// takeBack adds the counts of a report that is thrown away itself; another item
// has none.
func (l *ledger) takeBack(line []byte) {
	var report struct {
		Type  string `json:"type"`
		Props struct {
			Discarded []loss `json:"discarded_events"`
		} `json:"props"`
	}
	if json.Unmarshal(line, &report) != nil || report.Type != typeReport {
		return
	}
	for _, one := range report.Props.Discarded {
		n := one.Quantity
		one.Quantity = 0
		l.lost[one] += n
	}
}

func (l *ledger) forgetLosses() {
	l.lost = map[loss]int64{}
}

// begin is a new install after an opt-out; end is the opt-out.
func (l *ledger) begin(install string) {
	l.install, l.seq, l.optOut = install, 0, false
	l.forgetLosses()
}

func (l *ledger) end() {
	l.install, l.seq, l.optOut = "", 0, true
	l.forgetLosses()
}

// save writes the file under a new name first: a reader sees the old one or the
// new one. Without a folder it does nothing.
func (l *ledger) save() error {
	if l.path == "" {
		return nil
	}
	text, err := json.Marshal(ledgerFile{l.install, l.seq, l.losses(), l.optOut})
	if err != nil {
		return err
	}
	if err = os.WriteFile(l.path+".new", text, 0o600); err == nil {
		err = os.Rename(l.path+".new", l.path)
	}
	if err == nil {
		l.saved = l.seq
	}
	return err
}
