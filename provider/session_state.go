package provider

import (
	"crypto/sha256"
	"encoding/base64"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// logsOut reports whether people can log out at this server.
func (s *Provider) logsOut() bool { return s.OwnLogin || s.HostLogout }

// BrowserState returns the value that a browser stores for a login session, where
// the script of the check-session page can read it. It changes when the person
// logs in or out, and does not identify the person. OpenID Connect Session
// Management §3.2 calls it the OP browser state.
func (s *Provider) BrowserState(sessionID string) string {
	return pseudonym(s.sids, "browser state", sessionID)
}

// sessionState returns the session_state of an authorization response (OpenID
// Connect Session Management §2). With it the client can later check whether the
// browser state has changed. It is a hash of the browser state, the client and
// the client's origin (§4.2). Without a session it is empty.
func (s *Provider) sessionState(r *AuthorizationRequest, sessionID string) string {
	origin := oauth.Origin(r.RedirectURI)
	if origin == "" || sessionID == "" || !s.logsOut() {
		return ""
	}
	salt := pseudonym(s.sids, "salt", r.ID.String())
	sum := sha256.Sum256([]byte(r.ClientID + " " + origin + " " + s.BrowserState(sessionID) + " " + salt))
	return base64.RawURLEncoding.EncodeToString(sum[:]) + "." + salt
}
