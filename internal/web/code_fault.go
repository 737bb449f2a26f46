package web

import (
	"errors"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
)

// codeFault returns the message for a code that was wrong or was used before. recovery
// reports whether the field is for recovery codes.
func codeFault(err error, code string, recovery bool) ui.Text {
	used, isRecovery := errors.Is(err, account.ErrFactorUsed), account.IsRecoveryCode(code)
	switch {
	case used && isRecovery:
		return ui.Text{"factor.used_recovery_code"}
	case used:
		return ui.Text{"factor.used_code"}
	case recovery || isRecovery:
		return ui.Text{"factor.wrong_recovery_code"}
	}
	return ui.Text{"factor.wrong_code"}
}
