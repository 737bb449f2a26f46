package account

import (
	"context"
	"crypto/sha1" //nolint:gosec // the lists use it as an index, not for security
	"encoding/hex"
	"strings"

	"github.com/seed-e6a88a41/latchkey/validate"
)

// maxBreachRange is the length of the longest response of a breach list.
const maxBreachRange = 1 << 20

// checkBreach returns validate.FieldErrors if the password is in the breach list
// of Settings. Only the first five digits of a hash of the password are sent, so
// the list does not learn which of about a million passwords was checked. If the
// list does not answer, the password is accepted.
func (a *Accounts) checkBreach(ctx context.Context, password string) error {
	if a.BreachList == "" || a.Fetch == nil {
		return nil
	}
	sum := sha1.Sum([]byte(normalizePassword(password))) //nolint:gosec // see above
	digits := strings.ToUpper(hex.EncodeToString(sum[:]))
	lines, err := a.Fetch(ctx, a.BreachList+digits[:5], maxBreachRange)
	if err != nil {
		a.Logger.WarnContext(ctx, "a new password was not checked, because the breach list is unavailable", "error", err.Error())
		return nil
	}
	for line := range strings.Lines(string(lines)) {
		suffix, count, _ := strings.Cut(strings.TrimSpace(line), ":")
		if strings.EqualFold(suffix, digits[5:]) && count != "0" { // 0 is padding
			return validate.Field("password", "This password is in a list of stolen passwords. Choose another one, and change it everywhere you use it.").WithCode("password_stolen")
		}
	}
	return nil
}
