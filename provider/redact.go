package provider

import (
	"context"
	"fmt"
	"unicode/utf8"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// LogName returns the client_id of a rejected request in a form that is safe to
// log. For a client that exists, it is the ID. Otherwise, it is only the
// beginning of the text that was sent, which may be a secret or a password in the
// wrong field.
func (s *Provider) LogName(ctx context.Context, id string, why *oauth.Error) string {
	if id == "" || (why.Reason != reasonUnknownClient && s.clients.known(ctx, id)) {
		return id
	}
	return beginning(id)
}

// beginning returns enough of an unknown client_id to find its sender: at most
// eight characters, and at most half of them.
func beginning(id string) string {
	characters := []rune(id[:min(len(id), 64)])
	return string(characters[:min(8, len(characters)/2)]) + "…"
}

// unknownClient describes a client_id that no client has, for the log. The length helps to find a
// typo.
func unknownClient(id string) string {
	return fmt.Sprintf("client_id %q of %d characters is unknown", beginning(id), utf8.RuneCountInString(id))
}

// reasonUnknownClient is the Reason of an error because no client has the
// client_id of the request.
const reasonUnknownClient = "unknown_client"
