package provider

import (
	"fmt"

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
func (e *hookError) Is(target error) bool { return target == oauth.ErrUnavailable && !e.broken }
