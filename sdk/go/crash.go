package tidemark

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"strings"
)

// Crash records what the caller already has in its parts.
func (c *Client) Crash(ctx context.Context, crash Crash) {
	if c == nil || !c.allows(TypeCrash) {
		return
	}
	c.record(ctx, &Item{Type: TypeCrash, Crash: &crash, Props: crash.Props, Breadcrumbs: c.trailOf(ctx).list()})
}

// CaptureError records an error that the program lives on with, with the stack
// of the caller. A nil error is none.
func (c *Client) CaptureError(ctx context.Context, err error, props Props) {
	if c == nil || err == nil {
		return
	}
	c.Crash(ctx, Crash{Type: typeName(err), Message: errorText(err), Stack: callers(1), Props: props})
}

// ReportPanic is to be deferred at the top of a goroutine whose panic ends the
// process. It records a fatal crash and panics on:
//
//	func main() {
//		defer client.ReportPanic(ctx)
//
// With a spool the crash is on disk then and is sent by the next process;
// without one the client is closed first, which takes up to WithCloseTimeout.
func (c *Client) ReportPanic(ctx context.Context) {
	r := recover()
	if r == nil {
		return
	}
	if c != nil {
		c.capturePanic(ctx, r, true)
		if c.queue.folder == "" {
			c.Close()
		}
	}
	panic(r)
}

// RecoverPanic is to be deferred in a goroutine that may end without the
// process: it records the panic and ends it.
func (c *Client) RecoverPanic(ctx context.Context) {
	if r := recover(); r != nil {
		c.capturePanic(ctx, r, false)
	}
}

// capturePanic is called by a deferred function, with what recover returned.
func (c *Client) capturePanic(ctx context.Context, r any, fatal bool) {
	if c == nil {
		return
	}
	crash := Crash{Type: "panic", Stack: callers(2), Fatal: fatal}
	if err, ok := r.(error); ok {
		crash.Type, crash.Message = typeName(err), errorText(err)
	} else {
		crash.Message = fmt.Sprint(r)
	}
	c.Crash(ctx, crash)
}

// typeName is of the first error of the chain that has a type of its own.
func typeName(err error) string {
	name := fmt.Sprintf("%T", err)
	for strings.HasPrefix(name, "*fmt.wrapError") {
		if err = errors.Unwrap(err); err == nil {
			break
		}
		name = fmt.Sprintf("%T", err)
	}
	return name
}

// errorText survives an Error method that panics.
func errorText(err error) (text string) {
	defer func() {
		if recover() != nil {
			text = fmt.Sprintf("%T", err)
		}
	}()
	return err.Error()
}

const maxFrames = 128

// callers is the stack as Go prints it, innermost call first. After a panic it
// begins with the call that panicked: what is above it is the runtime and us.
func callers(skip int) string {
	var pc [maxFrames]uintptr
	frames := runtime.CallersFrames(pc[:runtime.Callers(skip+2, pc[:])])
	var list []runtime.Frame
	panicked := 0
	for more := true; more; {
		var f runtime.Frame
		f, more = frames.Next()
		list = append(list, f)
		if f.Function == "runtime.gopanic" {
			panicked = len(list)
		}
	}
	list = list[panicked:]
	for panicked > 0 && len(list) > 1 && strings.HasPrefix(list[0].Function, "runtime.") {
		list = list[1:] // panicIndex, sigpanic …
	}
	var b strings.Builder
	for _, f := range list {
		if f.Function == "" || f.Function == "runtime.goexit" {
			continue
		}
		b.WriteString(f.Function + "(...)\n\t" + f.File + ":" + strconv.Itoa(f.Line) + " +0x" +
			strconv.FormatUint(uint64(f.PC-f.Entry), 16) + "\n")
	}
	return b.String()
}
