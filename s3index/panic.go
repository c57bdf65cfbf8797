package s3index

import (
	"errors"
	"fmt"
	"runtime/debug"
	"sync/atomic"
)

// A PanicError is a fault of the portal's own that came up while it worked on data. It wraps nothing: whatever the data
// were, the fault is not theirs.
type PanicError struct {
	Value any
	Stack []byte // for the log; no part of the text, which may be logged with each request that met the fault
}

func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v", e.Value) }

// faults are where panics are told of.
type faults struct {
	report atomic.Pointer[func(*PanicError)]
}

// OnPanic has report told of each panic that the library recovers from, once: others may only see that something could
// not be read. report may be called by several goroutines. Of several calls the last counts.
func (l *Library) OnPanic(report func(*PanicError)) { l.faults.report.Store(&report) }

// caught turns a panic into *err and tells of it. It is to be deferred.
func (f *faults) caught(err *error) {
	p := recover()
	if p == nil {
		return
	}
	e := &PanicError{p, debug.Stack()}
	if report := f.report.Load(); report != nil {
		(*report)(e)
	}
	*err = e
}

// isPanic reports whether err is a fault of the portal's own.
func isPanic(err error) bool {
	_, ok := errors.AsType[*PanicError](err)
	return ok
}
