// Package crash logs a panic of a goroutine before the process exits.
package crash

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"runtime/debug"
)

// exitStatus is that of every Go program that ends with a panic.
const exitStatus = 2

// Log logs a panic of the goroutine, with its stack, as one record, and ends the
// process. Every goroutine that works in the background must defer it directly, and
// so must every function that a package runs in a goroutine (AfterFunc, DoChan): Go
// itself would write the panic as text, also into a log that is JSON. The process does
// not continue, because the fault may have left a lock held or work half done, which
// other requests would wait for. A supervisor starts it again, and nothing that it
// acknowledged is lost. A logger that is nil or discards errors is replaced by the
// default one of package slog.
func Log(logger *slog.Logger) {
	value := recover()
	if value == nil {
		return
	}
	ctx := context.Background()
	if logger == nil || !logger.Enabled(ctx, slog.LevelError) {
		logger = slog.Default()
	}
	logger.ErrorContext(ctx, "a background task failed; the process exits", "error", fmt.Sprintf("panic: %v\n%s", value, debug.Stack()))
	os.Exit(exitStatus)
}
