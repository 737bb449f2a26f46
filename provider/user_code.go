package provider

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"strings"
	"time"
	"unicode"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// A user code has userCodeLength letters of userCodeLetters (RFC 8628 §6.1): no
// vowels, so that it spells no word, and neither digits nor Y. Of the 25.6
// billion codes, few are valid at a time.
const (
	userCodeLetters = "BCDFGHJKLMNPQRSTVWXZ"
	userCodeLength  = 8
	// maxUserCodeInput bounds what a person may enter, in bytes.
	maxUserCodeInput = 64
)

// newUserCode returns a random user code.
func newUserCode() string {
	code := make([]byte, 0, userCodeLength)
	for len(code) < userCodeLength {
		var random [2 * userCodeLength]byte
		_, _ = rand.Read(random[:]) // never fails (crypto/rand)
		for _, b := range random {
			// A multiple of the number of letters, so that each is equally likely.
			if b < 240 && len(code) < userCodeLength {
				code = append(code, userCodeLetters[int(b)%len(userCodeLetters)])
			}
		}
	}
	return string(code)
}

// parseUserCode returns the user code that a person entered, in any letter case,
// with or without separators. It reports false for anything that is not a code.
func parseUserCode(text string) (code string, ok bool) {
	if len(text) > maxUserCodeInput {
		return "", false
	}
	code = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.Is(unicode.Pd, r) || strings.ContainsRune("._:", r) {
			return -1
		}
		return unicode.ToUpper(r)
	}, text)
	other := strings.ContainsFunc(code, func(r rune) bool { return !strings.ContainsRune(userCodeLetters, r) })
	return code, len(code) == userCodeLength && !other
}

// showUserCode returns a user code as people see it: XXXX-XXXX.
func showUserCode(code string) string { return code[:userCodeLength/2] + "-" + code[userCodeLength/2:] }

// FormatUserCode returns a user code as people see it, XXXX-XXXX, or "" if the
// text is not a user code.
func FormatUserCode(text string) string {
	code, ok := parseUserCode(text)
	if !ok {
		return ""
	}
	return showUserCode(code)
}

// userCodeID returns the ID of the ticket of a user code that was issued in the
// same hour as at. A user code has too few bits for a plain hash, so the ID
// depends on a key of the server.
func userCodeID(key []byte, code string, at time.Time) oauth.ID {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(code))
	return oauth.IDFrom(at.Truncate(time.Hour), [10]byte(mac.Sum(nil)))
}
