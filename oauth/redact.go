package oauth

import (
	"regexp"
	"strings"
)

// secretText is what looks like a Token, whatever it is good for, or like a
// JWT, even one whose end was cut off.
var secretText = regexp.MustCompile(`lk_[a-z]+_[0-9A-Za-z]{20,}|eyJ[\w-]+\.[\w.-]+`)

// Redacted is the text without the secrets that can be told by their looks:
// clients put them into the wrong field, and a log that quotes what was wrong
// with the field would keep them. Of each the beginning is left, which says
// what it was. A secret of another form looks like any other word.
func Redacted(text string) string {
	if !strings.Contains(text, "lk_") && !strings.Contains(text, "eyJ") {
		return text
	}
	return secretText.ReplaceAllStringFunc(text, func(secret string) string {
		if strings.HasPrefix(secret, "lk_") {
			return secret[:strings.LastIndexByte(secret, '_')+1] + "…"
		}
		return "eyJ…"
	})
}
