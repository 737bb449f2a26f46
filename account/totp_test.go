package account

import (
	"encoding/base64"
	"testing"
)

// TestTOTPVectors: the last six digits of the codes of RFC 6238 appendix B.
func TestTOTPVectors(t *testing.T) {
	secret := []byte("12345678901234567890")
	for at, want := range map[int64]string{
		59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130",
	} {
		if got := totpCode(secret, at/totpPeriod); got != want {
			t.Errorf("at %d: %s, want %s", at, got, want)
		}
		if step, found := totpStep(secret, want, at); !found || step != at/totpPeriod {
			t.Errorf("at %d: the step %d, %v", at, step, found)
		}
	}
}

// FuzzSecondStep: no text that a browser sends causes a panic or is accepted.
func FuzzSecondStep(f *testing.F) {
	f.Add("", "123456", "")
	f.Add("QUJD", "abcd-efgh-ijkl", base64.RawURLEncoding.EncodeToString(make([]byte, 32)))
	a := New(Config{Key: make([]byte, 32)})
	f.Fuzz(func(t *testing.T, sealed, code, cookie string) {
		if _, err := a.PendingUser(t.Context(), SecondStep{Sealed: sealed, Secret: "secret"}); err == nil {
			t.Error("a login was accepted")
		}
		if _, err := a.openForm(purposeTOTP, Session{}, &User{}, sealed); err == nil {
			t.Error("a form was accepted")
		}
		if clean := cleanCode(code); len(clean) > 3*64 {
			t.Errorf("the code has %d bytes", len(clean))
		}
		if id, ok := browserID(cookie); ok && id == (FactorID{}) {
			t.Error("no ID")
		}
	})
}
