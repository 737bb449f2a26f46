package provider

import (
	"context"
	"strconv"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// ExtendReplayWindows does once what Run does every second.
func ExtendReplayWindows(ctx context.Context, s *Provider) { s.extendReplayWindows(ctx) }

// WriteSecretUses does once what Run does every minute.
func WriteSecretUses(ctx context.Context, s *Provider) { s.writeUses(ctx) }

// SealClient registers a client under a policy without the registration endpoint.
func SealClient(s *Provider, c *oauth.Client, policy string) error {
	return s.registrations.sealClient(c, policy, s.now())
}

// RegistrationSecret returns the client secret of a registration.
func RegistrationSecret(s *Provider, clientID string) string {
	return s.registrations.secret(&oauth.Client{ID: clientID}).String()
}

// FirstUse reports whether an assertion is used for the first time.
func FirstUse(ctx context.Context, s *Provider, clientID, issuer, jti string, expires time.Time) (bool, error) {
	return s.firstUse(ctx, clientID, issuer, jti, expires)
}

// VerifyForeign verifies a JWT of a trusted issuer and returns its sub.
func VerifyForeign(ctx context.Context, s *Provider, use oauth.TrustedUse, text string) (string, error) {
	f, err := s.verifyForeign(ctx, foreignUse{use: use, code: oauth.CodeInvalidGrant, name: "assertion", types: []string{"at+jwt"}}, text)
	if err != nil {
		return "", err
	}
	return f.subject, nil
}

// PollsRemembered returns how many of n devices that poll are remembered at most.
func PollsRemembered(n int) (most int) {
	var polls devicePolls
	polls.init(time.Second)
	now := time.Unix(0, 0)
	for i := range n {
		polls.answered(oauth.Fold(ticketDevice, strconv.Itoa(i)), now, now.Add(time.Minute))
		most = max(most, len(polls.polls))
	}
	return most
}

// CallersRemembered returns how many of n callers a limiter remembers at most.
func CallersRemembered(n int, apart time.Duration) (most int) {
	var l limiter
	now := time.Unix(0, 0)
	l.init("", 1000)
	for i := range n {
		_ = l.take(strconv.Itoa(i), now.Add(time.Duration(i)*apart))
		most = max(most, len(l.full))
	}
	return most
}

// ReadDocument reads the metadata document of a client.
func ReadDocument(s *Provider, clientID string, text []byte) (*oauth.Client, error) {
	if s.catalog() == nil {
		s.scopes.present.Store(new(catalog))
	}
	return s.readDocument(clientID, text)
}

// DocumentMemory returns how many documents and failures of clients that are not
// stored are remembered, and how many bytes the documents occupy.
func DocumentMemory(s *Provider) (documents, failures int, size int64) {
	c := &s.unconfirmedDocuments
	return len(c.documents), len(c.failures), c.size
}

// LimitDocumentMemory changes the bound on the memory of documents.
func LimitDocumentMemory(s *Provider, size int64) { s.unconfirmedDocuments.maxSize = size }

// MaxDocumentFailures is how many failures are remembered.
const MaxDocumentFailures = maxDocumentFailures

// LimitKeySets changes how many key sets of clients are cached, of each kind.
func LimitKeySets(s *Provider, n int) { s.keySets.MaxSets, s.unconfirmedKeys.MaxSets = n, n }

// DemandsTwoFactors reports whether a client, or one of the scopes, requires two factors.
func DemandsTwoFactors(s *Provider, c *oauth.Client, scopes oauth.Scopes) bool {
	return s.clientDemandsTwo(c, scopes)
}
