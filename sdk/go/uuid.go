package tidemark

import (
	"crypto/rand"
	"encoding/hex"
	"sync"
)

// ids makes UUIDv7 (RFC 9562). Random bytes are drawn a page at a time: a
// system call for each id would be most of what a call costs.
type ids struct {
	mu   sync.Mutex
	page [4096]byte
	used int
	full bool
}

const idText = 36

// appendID appends the text of a new id whose first 48 bits are ms.
func (g *ids) appendID(b []byte, ms int64) []byte {
	var u [16]byte
	g.random(u[6:])
	for i := 0; i < 6; i++ {
		u[i] = byte(ms >> (40 - 8*i))
	}
	u[6] = u[6]&0x0f | 0x70
	u[8] = u[8]&0x3f | 0x80
	var text [idText]byte
	hex.Encode(text[0:8], u[0:4])
	hex.Encode(text[9:13], u[4:6])
	hex.Encode(text[14:18], u[6:8])
	hex.Encode(text[19:23], u[8:10])
	hex.Encode(text[24:36], u[10:16])
	text[8], text[13], text[18], text[23] = '-', '-', '-', '-'
	return append(b, text[:]...)
}

func (g *ids) newID(ms int64) string {
	return string(g.appendID(nil, ms))
}

func (g *ids) random(out []byte) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.full || g.used+len(out) > len(g.page) {
		// Documented to fail only where the system has no randomness at all;
		// ids of zeros would then be refused as repeats, not mixed up.
		_, err := rand.Read(g.page[:])
		g.full, g.used = err == nil, 0
	}
	copy(out, g.page[g.used:])
	g.used += len(out)
}
