package provider

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// LogoutRequest is a request to log out, as a relying party makes it (OpenID
// Connect RP-Initiated Logout 1.0 §2), checked.
type LogoutRequest struct {
	// Client is who asks, or nil if nobody says.
	Client *oauth.Client
	// Location is where to send the browser afterwards, or empty.
	Location string
	subject  string // the sub of the hint, as the client knows it
}

// Logout checks a logout request. Its errors are for the person alone: an
// address to go to is only ever one that the client has registered (§3).
func (s *Provider) Logout(ctx context.Context, p oauth.Params) (*LogoutRequest, error) {
	r := new(LogoutRequest)
	clientID := p.Get("client_id")
	if hint := p.Get("id_token_hint"); hint != "" {
		claims, err := s.openIDToken(ctx, hint)
		switch {
		case errors.Is(err, errNotOurs):
			return nil, oauth.Errorf(oauth.CodeInvalidRequest, "The id_token_hint is not an ID token of this server.")
		case err != nil:
			return nil, err
		case clientID != "" && clientID != claims.Audience:
			return nil, oauth.Errorf(oauth.CodeInvalidRequest, "The id_token_hint was given to another application than the client_id names.")
		}
		clientID, r.subject = claims.Audience, claims.Subject
	}
	target := p.Get("post_logout_redirect_uri")
	if clientID == "" {
		if target != "" {
			return nil, oauth.Errorf(oauth.CodeInvalidRequest, "The link names an address to go to afterwards, but neither an id_token_hint nor a client_id: nobody can tell whether it may be trusted.")
		}
		return r, nil
	}
	var err error
	if r.Client, err = s.requestingClient(ctx, clientID); err != nil || target == "" {
		return r, err
	}
	if !slices.Contains(r.Client.PostLogoutRedirectURIs, target) {
		return nil, oauth.Errorf(oauth.CodeInvalidRequest, "The post_logout_redirect_uri of the link is not one of those registered for the application.").
			WithDetail("post_logout_redirect_uri %q, registered %q", target, r.Client.PostLogoutRedirectURIs)
	}
	r.Location = withState(target, p.Get("state"))
	return r, nil
}

// Names reports whether the request comes from a client that knows this
// person, so that nobody needs to be asked.
func (s *Provider) Names(r *LogoutRequest, who oauth.Authentication) bool {
	return r.Client != nil && r.subject != "" && r.subject == s.subject(r.Client, who.Subject)
}

// withState adds the state to a registered address (§3).
func withState(address, state string) string {
	if state == "" || len(state) > maxStateLength {
		return address
	}
	a := AuthorizationResponse{RedirectURI: address, Fields: []string{"state", state}}
	if base, fragment, found := strings.Cut(address, "#"); found {
		a.RedirectURI = base
		return a.Location() + "#" + fragment
	}
	return a.Location()
}
