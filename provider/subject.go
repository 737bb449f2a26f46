package provider

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// subject returns the sub of a person for the client: the subject itself, or for
// a client with pairwise subjects a pseudonym that is the same for all clients of
// one sector (OpenID Connect Core §8).
func (s *Provider) subject(c *oauth.Client, subject string) string {
	if c.SubjectType != oauth.SubjectPairwise || subject == "" {
		return subject
	}
	return pseudonym(s.pairwise, c.Sector(), subject)
}

// subjectFor is subject for a client id.
func (s *Provider) subjectFor(ctx context.Context, clientID, subject string) (string, error) {
	client, err := s.clients.Client(ctx, clientID)
	if err != nil {
		return "", err
	}
	return s.subject(client, subject), nil
}

// knownPerson returns the person of an access token, or "" if the token has only the pseudonym: it is
// a JWT of a client with pairwise subjects.
func (s *Provider) knownPerson(ctx context.Context, t *oauth.AccessToken) (string, error) {
	if !t.Hash.IsZero() || t.Subject == "" {
		return t.Subject, nil
	}
	client, err := s.clients.Client(ctx, t.ClientID)
	if err != nil || client.SubjectType == oauth.SubjectPairwise {
		return "", err
	}
	return t.Subject, nil
}

// sid returns the id of a login session for the client. It is the same in all ID
// tokens and logout tokens for this client, and different for other clients
// (OpenID Connect Back-Channel Logout §2.1).
func (s *Provider) sid(clientID, sessionID string) string {
	if sessionID == "" {
		return ""
	}
	return pseudonym(s.sids, clientID, sessionID)
}

// pseudonym derives a name that replaces another name for one recipient. Without
// the key it cannot be computed or reversed.
func pseudonym(key []byte, recipient, name string) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(recipient))
	mac.Write([]byte{0})
	mac.Write([]byte(name))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:18])
}
