package provider

import (
	"crypto/sha256"
	"encoding/base64"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// BrowserState is what a browser keeps of a login session, readable by the
// check-session page: it changes when the person logs in or out, and says
// nothing of who they are (OpenID Connect Session Management §3.2 calls it
// the OP browser state).
func (s *Provider) BrowserState(sessionID string) string {
	return s.pseudonym(s.sids, "browser state", sessionID)
}

// sessionState lets the client find out later whether the browser state has
// changed (§2, §4.2): a hash of it, for this client and its origin alone.
func (s *Provider) sessionState(r *AuthorizationRequest, sessionID string) string {
	origin := oauth.Origin(r.RedirectURI)
	if origin == "" || sessionID == "" || !s.OwnLogin {
		return ""
	}
	salt := s.pseudonym(s.sids, "salt", r.ID.String())
	sum := sha256.Sum256([]byte(r.ClientID + " " + origin + " " + s.BrowserState(sessionID) + " " + salt))
	return base64.RawURLEncoding.EncodeToString(sum[:]) + "." + salt
}
