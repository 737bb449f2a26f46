package provider

import (
	"context"
	"errors"
	"slices"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// LogoutRequest is a checked logout request from a client (OpenID Connect
// RP-Initiated Logout 1.0 §2).
type LogoutRequest struct {
	// Client is the client that sent the person here, or nil if the request
	// does not name one.
	Client *oauth.Client
	// Location is the URL to redirect the browser to afterwards, or empty.
	Location string
	// subject and session are the sub and sid of an id_token_hint that this server
	// signed with its own key.
	subject, session string
}

// Logout checks a logout request. Its errors are shown to the person and never
// sent to a URL. The browser is only redirected to a URL that the client has
// registered (§3).
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
			return nil, oauth.Errorf(oauth.CodeInvalidRequest, "The id_token_hint was issued to an application other than that of the client_id.")
		}
		clientID = claims.Audience
		if !claims.signedByClient {
			r.subject, r.session = claims.Subject, claims.Session
		}
	}
	uri := p.Get("post_logout_redirect_uri")
	if clientID == "" {
		if uri != "" {
			return nil, oauth.Errorf(oauth.CodeInvalidRequest, "The request has a post_logout_redirect_uri, but neither an id_token_hint nor a client_id. Without one of them the address cannot be checked.")
		}
		return r, nil
	}
	var err error
	if r.Client, err = s.requestingClient(ctx, clientID); err != nil || uri == "" {
		return r, err
	}
	if !slices.Contains(r.Client.PostLogoutRedirectURIs, uri) {
		return nil, oauth.Errorf(oauth.CodeInvalidRequest, "The post_logout_redirect_uri in this request is not one of those registered for the application.").WithReason("wrong_logout_uri").
			WithDetail("post_logout_redirect_uri %q, registered %q", uri, r.Client.PostLogoutRedirectURIs)
	}
	r.Location = uri
	if state := p.Get("state"); state != "" && len(state) <= maxStateLength {
		r.Location = withQuery(uri, "state", state)
	}
	return r, nil
}

// HintMatches reports whether the id_token_hint of the request was issued to the
// person who is logged in, in this login session. That person need not confirm the
// logout. In all other cases the request is suspect (§2): an ID token of another
// session can be old and stolen, and the client itself can create one with HS256.
func (s *Provider) HintMatches(r *LogoutRequest, who oauth.Authentication) bool {
	return r.Client != nil && r.subject != "" && r.subject == s.subject(r.Client, who.Subject) &&
		r.session != "" && r.session == s.sid(r.Client.ID, who.SessionID)
}
