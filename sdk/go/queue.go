package tidemark

import (
	"bytes"
	"os"
	"path/filepath"
	"sort"
	"time"
)

const rejectedFile = "rejected.ndjson" // in the folder

// queue is two lanes of segments, oldest first. It is used under the client's
// lock.
type queue struct {
	folder   string // "" in memory
	unlock   func()
	segments [lanes][]*segment
	bytes    int64
	number   uint64 // the highest of a segment
	maxBytes int64
	maxAge   time.Duration
	batch    int   // items of a segment
	body     int64 // bytes of a segment
	context  string
	ledger   *ledger
	complain func(error)
}

// openFolder makes the folder and locks it. A folder that cannot be had is told
// and the queue stays in memory.
func openFolder(folder string, complain func(error)) (string, func()) {
	none := func() {}
	if folder == "" {
		return "", none
	}
	err := os.MkdirAll(folder, 0o700)
	if err == nil {
		var unlock func()
		if unlock, err = lockFile(filepath.Join(folder, "lock")); err == nil {
			return folder, unlock
		}
	}
	complain(&Error{Op: "spool", Err: err})
	return "", none
}

// adopt takes over what an earlier process left in the folder: due after wait,
// or at once when there is a crash.
func (q *queue) adopt(now time.Time, wait time.Duration) {
	entries, err := os.ReadDir(q.folder)
	if q.folder == "" || err != nil {
		return
	}
	reported := uint64(0)
	for _, e := range entries {
		s, ok := readSegment(q.folder, e.Name())
		if s == nil {
			continue
		}
		s.due = now.Add(wait)
		if s.number > q.number {
			q.number = s.number
		}
		if !ok || q.ledger.optOut {
			os.Remove(s.path)
			continue
		}
		q.insert(len(q.segments[s.lane]), s)
		if s.highest > q.ledger.seq {
			q.ledger.seq = s.highest
		}
		if s.reports > reported {
			reported = s.reports
		}
	}
	for _, list := range q.segments {
		sort.Slice(list, func(i, j int) bool { return list[i].number < list[j].number })
		for _, s := range list {
			if len(q.segments[laneCrash]) > 0 {
				s.due = now
			}
		}
	}
	if reported > q.ledger.saved { // the process ended before it could strike them out
		q.ledger.forgetLosses()
	}
}

func (q *queue) insert(at int, s *segment) {
	list := append(q.segments[s.lane], nil)
	copy(list[at+1:], list[at:])
	list[at] = s
	q.segments[s.lane] = list
	q.bytes += s.bytes
}

// append adds a line. opened: the lane had no open segment before; full: it has
// none now, and what it had is due.
func (q *queue) append(l lane, h header, line []byte, now time.Time, wait time.Duration) (opened, full bool) {
	q.makeRoom(int64(len(line)))
	s := q.opened(l)
	if s != nil && s.bytes+int64(len(line)) > q.body {
		q.closeSegment(s, now)
		full, s = true, nil
	}
	if s == nil {
		s = q.begin(q.folder, l)
		s.due = now.Add(wait)
		opened = true
	}
	before := s.bytes
	if err := s.write(line, h, now); err != nil { // the disk is full: go on in memory
		q.complain(&Error{Op: "spool", Err: err})
		q.drop(s, s.items == 0)
		s = q.begin("", l)
		s.due, before, opened = now.Add(wait), 0, true
		s.write(line, h, now)
	}
	q.bytes += s.bytes - before
	if s.items >= q.batch {
		q.closeSegment(s, now)
		full = true
	}
	return opened, full
}

// drop gives up an open segment that takes no more: deleted when it is empty.
func (q *queue) drop(s *segment, empty bool) {
	if empty {
		q.delete(s)
	} else {
		s.close()
	}
}

func (q *queue) begin(folder string, l lane) *segment {
	q.number++
	s, err := newSegment(folder, l, q.number, q.context)
	if err != nil {
		q.complain(&Error{Op: "spool", Err: err})
	}
	q.insert(len(q.segments[l]), s)
	return s
}

func (q *queue) opened(l lane) *segment {
	if n := len(q.segments[l]); n > 0 && q.segments[l][n-1].open {
		return q.segments[l][n-1]
	}
	return nil
}

func (q *queue) closeSegment(s *segment, due time.Time) {
	s.close()
	if due.Before(s.due) {
		s.due = due
	}
}

// makeRoom throws away the oldest segments until n more bytes fit.
func (q *queue) makeRoom(n int64) {
	for q.bytes+n > q.maxBytes {
		s := q.oldest()
		if s == nil {
			return
		}
		q.lose(s, reasonQueueFull)
	}
}

// oldest that may be thrown away: of the event lane first. Not the one under
// way: the server may have it.
func (q *queue) oldest() *segment {
	for _, l := range []lane{laneEvent, laneCrash} {
		for _, s := range q.segments[l] {
			if !s.sending {
				return s
			}
		}
	}
	return nil
}

// expire throws away what is older than the queue may hold.
func (q *queue) expire(now time.Time) {
	for _, list := range q.segments {
		for _, s := range append([]*segment(nil), list...) {
			if !s.sending && now.Sub(s.newest) > q.maxAge {
				q.lose(s, reasonQueueAge)
			}
		}
	}
}

// lose deletes a segment and counts its items. A report among them gives its
// counts back.
func (q *queue) lose(s *segment, reason string) {
	if s.reports > 0 {
		lines, _ := s.lines()
		for _, line := range lines {
			q.ledger.takeBack(line)
		}
	}
	for c, n := range s.count {
		q.ledger.lose(reason, category(c), int64(n))
	}
	q.save()
	q.delete(s)
}

func (q *queue) save() {
	if err := q.ledger.save(); err != nil {
		q.complain(&Error{Op: "spool", Err: err})
	}
}

// delete forgets a segment; the numbers it held stay known.
func (q *queue) delete(s *segment) {
	for i, other := range q.segments[s.lane] {
		if other == s {
			q.segments[s.lane] = append(q.segments[s.lane][:i:i], q.segments[s.lane][i+1:]...)
			q.bytes -= s.bytes
			if s.highest > q.ledger.saved {
				q.save()
			}
			break
		}
	}
	s.remove()
}

// setAside keeps the newest batch that the server refused, for whoever wants to
// know why: rejected.ndjson in the folder.
func (q *queue) setAside(s *segment) {
	if s.path != "" {
		s.close()
		os.Rename(s.path, filepath.Join(q.folder, rejectedFile))
	}
	q.lose(s, reasonRejected)
}

// replace puts segments with these lines in the place of s, each closed. The
// new ones are whole before the old one goes: a repeat is dropped by the server.
func (q *queue) replace(s *segment, parts ...[][]byte) []*segment {
	at := 0
	for i, other := range q.segments[s.lane] {
		if other == s {
			at = i
		}
	}
	var out []*segment
	for _, lines := range parts {
		if len(lines) == 0 {
			continue
		}
		out = append(out, q.copyOf(s, lines))
		q.insert(at+len(out), out[len(out)-1])
	}
	q.delete(s)
	return out
}

func (q *queue) copyOf(s *segment, lines [][]byte) *segment {
	folder := q.folder
	if s.path == "" {
		folder = ""
	}
	q.number++
	part, err := newSegment(folder, s.lane, q.number, s.context)
	for i := 0; i < len(lines) && err == nil; i++ {
		line := append(append([]byte(nil), lines[i]...), '\n')
		h, _ := readHeader(lines[i])
		err = part.write(line, h, s.newest)
	}
	if err != nil && folder != "" { // no room for a second copy: in memory
		q.complain(&Error{Op: "spool", Err: err})
		part.remove()
		inMemory := *s
		inMemory.path = ""
		return q.copyOf(&inMemory, lines)
	}
	part.close()
	part.due, part.asked = s.due, s.asked
	return part
}

// filter deletes the waiting items of the categories that off names.
func (q *queue) filter(off func(category) bool) {
	for _, list := range q.segments {
		for _, s := range append([]*segment(nil), list...) {
			drop := 0
			for c, n := range s.count {
				if off(category(c)) {
					drop += n
				}
			}
			if drop == 0 {
				continue
			}
			lines, _ := s.lines()
			var kept [][]byte
			for _, line := range lines {
				h, _ := readHeader(line)
				if h.Type == typeReport || !off(categoryOf(h.Type)) {
					kept = append(kept, bytes.TrimSpace(line))
				} else {
					q.ledger.lose(reasonConsent, categoryOf(h.Type), 1)
				}
			}
			s.close()
			q.replace(s, kept)
			q.save()
		}
	}
}

// clear deletes everything.
func (q *queue) clear() {
	if q.folder != "" {
		os.Remove(filepath.Join(q.folder, rejectedFile))
	}
	for _, list := range q.segments {
		for _, s := range append([]*segment(nil), list...) {
			q.delete(s)
		}
	}
}

func (q *queue) items() int {
	n := 0
	for _, list := range q.segments {
		for _, s := range list {
			n += s.items
		}
	}
	return n
}

func (q *queue) release() {
	for _, list := range q.segments {
		for _, s := range list {
			s.close()
		}
	}
	q.save()
	q.unlock()
}

// bound takes the server's limits of a batch where they are smaller; r may be nil.
func (q *queue) bound(r *remote, batch int) {
	const envelope = 2048 // what a body has besides its items, generously
	q.batch, q.body = batch, maxSegmentBytes
	if batch < 1 || batch > maxSegmentItems {
		q.batch = maxSegmentItems
	}
	if r == nil {
		return
	}
	if n := r.Limits.MaxEvents; n > 0 && n < q.batch {
		q.batch = n
	}
	if n := r.Limits.MaxBodyBytes - envelope; n > 0 && n < q.body {
		q.body = n
	}
}
