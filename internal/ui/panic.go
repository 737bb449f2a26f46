package ui

import (
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
)

// A PanicError is a panic of a handler. Its text contains the stack.
type PanicError struct {
	value any
	stack []byte
}

func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v\n%s", e.value, e.stack) }

// Recovered returns the error for a value that recover returned, or nil without a
// panic. It panics again with http.ErrAbortHandler, and if a part of the response
// was sent, so that net/http closes the connection. A ResponseWriter with a method
// Begun, as the one that OnRequest uses, reports the latter.
func Recovered(w http.ResponseWriter, value any) error {
	if value == nil {
		return nil
	}
	begun, ok := w.(interface{ Begun() bool })
	err, _ := value.(error)
	if errors.Is(err, http.ErrAbortHandler) || ok && begun.Begun() {
		panic(value)
	}
	return &PanicError{value, debug.Stack()}
}
