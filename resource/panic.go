package resource

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"
)

// A panicError is a panic of a function of the program, such as a Verifier. Its text is for the log.
type panicError struct{ text string }

func (e *panicError) Error() string { return e.text }

// Broken reports that the API has a fault: a client need not try again.
func (*panicError) Broken() bool { return true }

// recovered sets err to the panic of the function that defers it, if it panics. The text has the
// stack, and does not have the token. A panic in a goroutine of this package would end the process,
// and so would one in a call of gRPC.
func recovered(err *error, name, token string) {
	value := recover()
	if value == nil {
		return
	}
	text := fmt.Sprint(value)
	if token != "" {
		text = strings.ReplaceAll(text, token, "…")
	}
	*err = &panicError{fmt.Sprintf("%s: panic: %s\n%s", name, text, debug.Stack())}
}

// logPanic logs a panic of a function that only observes, with its stack, and recovers from it: the
// response does not change. A server of gRPC would exit.
func logPanic(ctx context.Context, name string) {
	if value := recover(); value != nil {
		slog.ErrorContext(ctx, "resource: a function of the program panicked; the response does not change", "function", name, "error", fmt.Sprintf("panic: %v\n%s", value, debug.Stack()))
	}
}
