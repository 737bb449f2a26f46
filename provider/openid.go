package provider

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// subject is the sub under which the client knows the person: their own, or
// one that only the client's sector sees (OpenID Connect Core §8).
func (s *Provider) subject(c *oauth.Client, subject string) string {
	if c.SubjectType != oauth.SubjectPairwise || subject == "" {
		return subject
	}
	return s.pseudonym(s.pairwise, c.Sector(), subject)
}

// sid names the login session to the client: the same in all its ID tokens and
// logout tokens, and of no use to another (OpenID Connect Back-Channel Logout §2.1).
func (s *Provider) sid(clientID, sessionID string) string {
	if sessionID == "" {
		return ""
	}
	return s.pseudonym(s.sids, clientID, sessionID)
}

func (s *Provider) pseudonym(key []byte, forWhom, name string) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(forWhom))
	mac.Write([]byte{0})
	mac.Write([]byte(name))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:18])
}
