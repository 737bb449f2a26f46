package loginproviders

import (
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/upstream"
)

// A Trial is the result of a test login by an administrator, which logs nobody in.
type Trial struct {
	upstream.Report
	// Preview describes the effect of the login of a person. It is only set if Fault is nil.
	Preview account.IdentityPreview
	// Fault is the reason why the person could not log in, or nil.
	Fault error
}
