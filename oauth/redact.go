package oauth

import (
	"context"
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

// Called is how a log may call the client that a refused request says it comes
// from: by its id, or, if there is no such client, by the beginning of what was
// sent. That may be a secret, or a person's password.
func (s *Server) Called(ctx context.Context, id string, why *Error) string {
	if id == "" || (why.Reason != reasonUnknownClient && s.clients.known(ctx, id)) {
		return id
	}
	return beginning(id)
}

// beginning is enough of an unknown id to find who sent it: at most eight
// characters, and at most half of them.
func beginning(id string) string {
	characters := []rune(id[:min(len(id), 64)])
	return string(characters[:min(8, len(characters)/2)]) + "…"
}

// reasonUnknownClient says that nobody has the client_id of the request.
const reasonUnknownClient = "unknown_client"
