package provider

import (
	"context"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// Called is how a log may call the client that a refused request says it comes
// from: by its id, or, if there is no such client, by the beginning of what was
// sent. That may be a secret, or a person's password.
func (s *Provider) Called(ctx context.Context, id string, why *oauth.Error) string {
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
