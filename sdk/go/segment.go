package tidemark

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

type lane int

const (
	laneCrash lane = iota // goes first
	laneEvent
	lanes
)

var laneNames = [lanes]string{"crash", "event"}

const (
	maxSegmentItems = 100
	maxSegmentBytes = 256 << 10
)

// segment is a batch that waits: items of one lane recorded under one context.
// Its lines are in a file, or in memory when there is no folder or the disk
// would not take it. Only the newest segment of a lane is open.
type segment struct {
	lane      lane
	number    uint64
	context   string // the context block, JSON
	path      string // "" in memory
	file      *os.File
	data      []byte // the items' lines, in memory
	count     [categories]int
	items     int
	bytes     int64 // what it takes up
	newest    time.Time
	highest   uint64
	reports   uint64    // the number of its client_report, 0 without
	due       time.Time // when a flush takes it
	notBefore time.Time // a wait of its own, after "retry"
	open      bool
	asked     bool // a flush that somebody waits for has taken it
	sending   bool
	gone      bool // deleted while it was being sent
}

func segmentPath(folder string, l lane, number uint64) string {
	return filepath.Join(folder, fmt.Sprintf("%s-%020d.ndjson", laneNames[l], number))
}

// newSegment is open and empty; in memory when the file cannot be made.
func newSegment(folder string, l lane, number uint64, context string) (*segment, error) {
	s := &segment{lane: l, number: number, context: context, open: true}
	if folder == "" {
		return s, nil
	}
	path := segmentPath(folder, l, number)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL|os.O_APPEND, 0o600)
	if err != nil {
		return s, err
	}
	head := append([]byte(context), '\n')
	if _, err = f.Write(head); err != nil {
		f.Close()
		os.Remove(path)
		return s, err
	}
	s.path, s.file, s.bytes = path, f, int64(len(head))
	return s, nil
}

// write appends one line with one call of the system. After an error the
// segment is as it was before.
func (s *segment) write(line []byte, h header, at time.Time) error {
	if s.path != "" {
		if n, err := s.file.Write(line); err != nil {
			if n > 0 {
				s.file.Truncate(s.bytes)
			}
			return err
		}
	} else {
		s.data = append(s.data, line...)
	}
	s.account(h, int64(len(line)), at)
	return nil
}

func (s *segment) account(h header, n int64, at time.Time) {
	s.count[categoryOf(h.Type)]++
	s.items++
	s.bytes += n
	s.newest = at
	if h.Seq > s.highest {
		s.highest = h.Seq
	}
	if h.Type == typeReport {
		s.reports = h.Seq
	}
}

func (s *segment) close() {
	s.open = false
	if s.file != nil {
		s.file.Close()
		s.file = nil
	}
}

func (s *segment) remove() {
	s.close()
	s.gone = true
	s.data = nil
	if s.path != "" {
		os.Remove(s.path)
	}
}

// lines are its items. A last line that was cut short is left out: its call had
// not returned.
func (s *segment) lines() ([][]byte, error) {
	data := s.data
	if s.path != "" {
		var err error
		if data, err = os.ReadFile(s.path); err != nil {
			return nil, err
		}
		data = data[bytes.IndexByte(data, '\n')+1:]
	}
	out := make([][]byte, 0, s.items)
	for {
		end := bytes.IndexByte(data, '\n')
		if end < 0 {
			return out, nil
		}
		if end > 0 {
			out = append(out, data[:end])
		}
		data = data[end+1:]
	}
}

// readSegment is a file that another process left: closed, and nil when it is
// none of ours. ok is false when it holds nothing to send.
func readSegment(folder, name string) (s *segment, ok bool) {
	s = &segment{path: filepath.Join(folder, name)}
	if s.lane, s.number, ok = parseName(name); !ok {
		return nil, false
	}
	data, err := os.ReadFile(s.path)
	end := bytes.IndexByte(data, '\n')
	if err != nil || end < 0 {
		return s, false
	}
	s.context = string(data[:end])
	s.bytes = int64(len(data))
	lines, err := s.lines()
	for _, line := range lines {
		if h, ok := readHeader(line); ok {
			s.account(h, 0, time.UnixMilli(h.TS))
		} else {
			return s, false // not ours
		}
	}
	return s, err == nil && s.items > 0
}

func parseName(name string) (l lane, number uint64, ok bool) {
	for l = 0; l < lanes; l++ {
		rest := strings.TrimPrefix(name, laneNames[l]+"-")
		digits := strings.TrimSuffix(rest, ".ndjson")
		if len(digits) == 20 && len(rest) == 27 && len(rest) < len(name) {
			number, err := strconv.ParseUint(digits, 10, 64)
			return l, number, err == nil
		}
	}
	return 0, 0, false
}
