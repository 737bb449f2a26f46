package provider

import (
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// hookError is the failure of a hook. It does not unwrap the error of the hook: a
// client never sees that as an error of its own.
type hookError struct {
	hook string
	err  error
	// broken reports that the hook returned something that is not allowed. The request
	// would fail again.
	broken bool
}

func (e *hookError) Error() string { return fmt.Sprintf("hook %s: %v", e.hook, e.err) }

// Is reports that the server is unavailable while the hook fails.
func (e *hookError) Is(target error) bool { return target == oauth.ErrUnavailable && !e.Broken() }

// Broken reports that the request would fail again. Package resource calls it.
func (e *hookError) Broken() bool { return e.broken || isPanic(e.err) }

// A panicError is a panic of a hook. Its text contains the stack.
type panicError struct {
	value any
	stack []byte
}

func (e *panicError) Error() string {
	return oauth.Redacted(fmt.Sprintf("panic: %v\n%s", e.value, e.stack))
}

func isPanic(err error) bool { return errors.As(err, new(*panicError)) }

// recovered sets err to the panic of the function that defers it, if it panics.
func recovered(err *error) {
	if value := recover(); value != nil {
		*err = &panicError{value, debug.Stack()}
	}
}
