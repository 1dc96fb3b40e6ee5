package tidemark

import "fmt"

// Error is what WithErrorLog and New are told.
type Error struct {
	Op     string // "send", "spool", "record" or "new"
	Status int    // of the server's answer, 0 without one
	Err    error
}

func (e *Error) Error() string {
	switch {
	case e.Status != 0 && e.Err != nil:
		return fmt.Sprintf("tidemark: %s: status %d: %v", e.Op, e.Status, e.Err)
	case e.Status != 0:
		return fmt.Sprintf("tidemark: %s: status %d", e.Op, e.Status)
	}
	return fmt.Sprintf("tidemark: %s: %v", e.Op, e.Err)
}

func (e *Error) Unwrap() error { return e.Err }
