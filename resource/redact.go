package resource

import (
	"net/url"
	"strconv"
	"strings"
)

// redacted returns a URL in quotes, without its password. parsed is nil if it is not a URL. A text
// with an @ that is not at the end of a user is not shown, because what is before it can be a
// password.
func redacted(text string, parsed *url.URL) string {
	switch {
	case parsed != nil && parsed.User != nil:
		text = parsed.Redacted()
	case strings.Contains(text, "@"):
		return "a text that is not shown, because it has an @ and so may contain a password"
	}
	return strconv.Quote(text)
}

// redactedURL is redacted for a text that was not parsed.
func redactedURL(text string) string {
	parsed, err := url.Parse(text)
	if err != nil {
		parsed = nil
	}
	return redacted(text, parsed)
}
