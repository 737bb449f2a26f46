package provider

import (
	"context"
	"time"
)

// UseOnce records the use of a random text, such as the state of a login at another
// provider, and reports whether it is the first use. Of any number of concurrent calls, at
// all processes, one gets true. The purpose distinguishes the texts of different uses; the
// text has 1 to 256 bytes and expires within a day.
func (s *Provider) UseOnce(ctx context.Context, purpose, text string, expires time.Time) (bool, error) {
	return s.firstUse(ctx, "", "once "+purpose, text, expires) // no issuer has a space
}
