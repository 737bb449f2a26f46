package resource

import (
	"errors"
	"net/http"
	"strings"
)

// sendsCredentials reports whether a request has client credentials.
func sendsCredentials(r *http.Request) bool {
	scheme, _, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return strings.EqualFold(scheme, "Basic")
}

// authenticateClient returns a token for the client that sent its credentials.
func (g *Guard) authenticateClient(r *http.Request, p *Policy) (*Token, *Refusal) {
	if refusal := g.fromOtherSite(r); refusal != nil { // browsers remember the credentials of a dialog
		return nil, refusal
	}
	token, err := g.AuthenticateClient(r)
	if err == nil && (token == nil || token.ClientID == "" || !token.ClientOnly) {
		err = errors.New("resource: AuthenticateClient returned neither an error nor a token for the client itself")
	}
	if limit, ok := errors.AsType[*LimitError](err); ok {
		return nil, tooMany(limit)
	}
	token, refusal := g.admit(r.Context(), token, err, p)
	if err != nil && refusal.Kind == RefusedToken { // RFC 6749 §5.2
		refusal.Text, refusal.Challenge = "The client credentials are not valid here.", `Basic realm="`+g.realm()+`"`
	}
	return token, refusal
}
