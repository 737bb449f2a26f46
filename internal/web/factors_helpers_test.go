package web_test

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // RFC 6238
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
)

// totpCode is a TOTP app: it returns the code at a time (RFC 6238).
func totpCode(t *testing.T, secret string, at time.Time) string {
	t.Helper()
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	if err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha1.New, key)
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(at.Unix())/30)) //nolint:gosec // not before 1970
	sum := mac.Sum(nil)
	return fmt.Sprintf("%06d", (binary.BigEndian.Uint32(sum[sum[19]&15:])&(1<<31-1))%1e6)
}

// addTOTP adds a TOTP to a person, and returns its secret, and the cookie of a session in
// which it was used.
func addTOTP(t *testing.T, p *latchkeytest.Provider, u *account.User, now time.Time) (secret string, added account.Added) {
	t.Helper()
	cookie, _, err := p.Accounts.StartSession(t.Context(), u, account.Browser{}, "")
	if err != nil {
		t.Fatal(err)
	}
	prepared, err := p.Accounts.PrepareTOTP(t.Context(), cookie, "Example")
	if err == nil {
		added, err = p.Accounts.AddTOTP(t.Context(), cookie, prepared.Form, totpCode(t, prepared.Secret, now))
	}
	if err != nil {
		t.Fatal(err)
	}
	return prepared.Secret, added
}

// setSession sets the cookie of a session in a browser.
func setSession(t *testing.T, p *latchkeytest.Provider, b *latchkeytest.Browser, cookie string) {
	t.Helper()
	address, err := url.Parse(p.Issuer)
	if err != nil {
		t.Fatal(err)
	}
	b.Jar.SetCookies(address, []*http.Cookie{{Name: "lk_session", Value: cookie, Path: "/"}})
}
