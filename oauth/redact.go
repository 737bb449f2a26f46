package oauth

import (
	"regexp"
	"strings"
)

// secretText matches everything that looks like a Token of any kind or like a
// JWT, even if its end was cut off.
var secretText = regexp.MustCompile(`lk_[a-z]+_[0-9A-Za-z]{20,}|eyJ[\w-]+\.[\w.-]+`)

// Redacted returns the text without the secrets that can be recognized by their
// form. Some clients send secrets in the wrong field, and a log that quotes the field
// would keep them. The beginning of each is kept, to show what it was. A secret
// of another form cannot be recognized.
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
