package account

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
	"time"
)

// attemptWindow is the time during which attempts are counted together.
const attemptWindow = 10 * time.Minute

// Limits on failed logins within attemptWindow.
//
// A browser in which the person has logged in before has its own limit, so that
// nobody else can lock the person out of it. All other attempts are limited per
// address, per account and address, and finally per account: a single attacker
// locks out only themselves, and many attackers together are still limited.
const (
	maxLoginsPerAddress           = 30
	maxLoginsPerAccountAndAddress = 10
	maxLoginsPerAccount           = 50
	maxLoginsPerDevice            = 10
)

// Limits on other operations within attemptWindow. Those per address are above the
// number of people in an office or a school, who share one.
const (
	maxSignUpsPerAddress       = 80
	maxResetsPerAddress        = 80
	maxNamesPerAddress         = 80 // whose ways to log in are shown
	maxResetsPerAccount        = 3
	maxVerificationsPerMailbox = 3
	maxVerificationsPerUser    = 10
	maxPasswordChecksPerUser   = 10
	maxProfileChangesPerUser   = 30
	maxKeptRequests            = 300 // of everybody
	maxInvitedNames            = 30  // that a person with an invitation tries
	maxLogoutTokensPerAddress  = 60  // that are not valid
	maxCallbacksPerAddress     = 60  // of protected hosts, that are not valid
)

// countAttempt returns a *ThrottledError if there were too many attempts, including
// this one. It is for an operation whose total number is limited, not only the
// number of failures. Attempts are counted before they are processed, so that
// parallel attempts count too. An empty key is not limited.
func (a *Accounts) countAttempt(ctx context.Context, limit AttemptLimit) error {
	return a.countAttemptWithin(ctx, attemptWindow, limit)
}

// countAttemptWithin is countAttempt for another window.
func (a *Accounts) countAttemptWithin(ctx context.Context, window time.Duration, limit AttemptLimit) error {
	if limit.Key == "" {
		return nil
	}
	now := a.now()
	count, until, err := a.Store.CountAttempt(ctx, limit.Key, window, now)
	if err != nil {
		return err
	}
	if count > limit.Max {
		return &ThrottledError{RetryAfter: until.Sub(now)}
	}
	return nil
}

// addressKey returns the key of an address, or "" if the address is unknown. All
// addresses of an IPv6 /64 share a key, because one person can use all of them.
func addressKey(addr netip.Addr) string {
	if !addr.IsValid() {
		return ""
	}
	addr = addr.Unmap() // otherwise all IPv4-mapped addresses would share a /64
	if addr.Is6() {
		prefix, err := addr.Prefix(64)
		if err != nil {
			return ""
		}
		return attemptKey("address", prefix.String())
	}
	return attemptKey("address", addr.String())
}

// addressKeyFor returns a separate key of the address for an operation other
// than login, or "" if the address is unknown.
func addressKeyFor(operation string, addr netip.Addr) string {
	key := addressKey(addr)
	if key == "" {
		return ""
	}
	return operation + " " + key
}

// accountKey returns the key of an account together with a device, an address or
// the name of an operation. If with is empty, the key is that of the account
// alone.
func accountKey(canonical, with string) string {
	return attemptKey("account", canonical+"\x00"+with)
}

// attemptKey hashes the text, because people sometimes type their password into
// the username field.
func attemptKey(kind, text string) string {
	sum := sha256.Sum256([]byte(text))
	return kind + " " + hex.EncodeToString(sum[:16])
}
