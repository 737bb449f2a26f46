package provider

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// credentials are the client id and the secret in a request.
type credentials struct {
	clientID, secret string
	assertion        *clientAssertion // instead of the secret
	// decoded reports whether form-decoding changed the credentials of the
	// Authorization header.
	decoded bool
}

// authenticate returns the client of a request to the token endpoint or a similar
// one, after it has authenticated the client (RFC 6749 §2.3). A public client
// only sends its client_id. authorization is the Authorization header of the
// request.
func (s *Provider) authenticate(ctx context.Context, authorization string, p oauth.Params) (*oauth.Client, error) {
	c, err := readCredentials(authorization, p)
	if err != nil {
		return nil, err
	}
	client, err := s.client(ctx, c.clientID)
	switch {
	case errors.Is(err, oauth.ErrNotFound):
		if c.assertion != nil {
			if err := s.checkAssertionClaims(c.clientID, c.assertion.claims); err != nil {
				return nil, err.WithDetail("%s. %s", unknownClient(c.clientID), err.Detail)
			}
		}
		return nil, c.errInvalid().WithReason(reasonUnknownClient).WithDetail("%s", unknownClient(c.clientID))
	case err != nil:
		return nil, err
	}
	if c.assertion != nil {
		err = s.checkAssertion(ctx, client, c.assertion)
	} else {
		err = s.checkCredentials(ctx, client, c)
	}
	switch {
	case err != nil:
		return nil, err
	case client.Disabled:
		return nil, authenticated(client, oauth.Errorf(oauth.CodeInvalidClient, "The application is disabled.").WithReason("disabled"))
	case client.Type == oauth.Confidential: // anybody can send the client_id of a public client
		s.uses.noteClient(client.ID, s.Clock())
	}
	return client, nil
}

// checkCredentials checks the secret of a client, or that a public client has
// none.
func (s *Provider) checkCredentials(ctx context.Context, client *oauth.Client, c credentials) error {
	switch {
	case client.Type == oauth.Public:
		if c.secret != "" {
			return errInvalidClient().WithReason("unwanted_secret").WithDetail("client %s is public but sent a secret", client.ID)
		}
		return nil
	case client.Type != oauth.Confidential:
		return errInvalidClient().WithDetail("client %s has the type %q", client.ID, client.Type)
	case !client.SendsSecret():
		return errNotRegistered(client, "a secret or none")
	case c.secret == "":
		return errInvalidClient().WithReason("no_secret").WithDetail("client %s is confidential but sent no secret", client.ID)
	}
	ok, err := s.checkSecret(ctx, client, c.secret)
	if err == nil && !ok {
		return c.errInvalid().WithReason("wrong_secret").WithDetail("client %s sent a wrong or expired secret (%s)", client.ID, describeSecret(c.secret))
	}
	return err
}

// errNotRegistered is the error for a client that does not authenticate with the method
// that it registered. A secret is then not even compared.
func errNotRegistered(client *oauth.Client, used string) *oauth.Error {
	how := "client_secret_basic. Send its secret and no client_assertion,"
	switch {
	case client.Type == oauth.Public:
		how = "none. Send its client_id and no client_assertion,"
	case !client.SendsSecret():
		how = client.AuthMethod + ". Send a client_assertion (RFC 7523 section 2.2), but no client_secret,"
	}
	return errInvalidClient().WithReason("other_method").
		WithDetail("client %s is registered for %q and used %s. The application is registered for %s or change its token_endpoint_auth_method.", client.ID, client.AuthMethod, used, how)
}

// hidden returns the error for a caller that has not proved that it is the client. It is
// the same whether the client exists or not, and however it is registered. The
// description of err is for the log.
func hidden(err error) error {
	rejected, ok := err.(*oauth.Error) //nolint:errorlint // an error that wraps others stays as it is
	if !ok || rejected.Code != oauth.CodeInvalidClient || rejected.RetryAfter > 0 {
		return err
	}
	return errInvalidClient().WithReason(rejected.Reason).WithDetail("%s %s", rejected.Description, rejected.Detail)
}

// authenticated returns an error of a request after authenticate has checked the
// secret of the client.
func authenticated(client *oauth.Client, err error) error {
	rejected, ok := err.(*oauth.Error) //nolint:errorlint // an error that wraps others stays as it is
	if !ok || client.Type != oauth.Confidential {
		return err
	}
	marked := *rejected
	marked.Authenticated = true
	return &marked
}

func errInvalidClient() *oauth.Error {
	return oauth.Errorf(oauth.CodeInvalidClient, "Client authentication failed: the application is unknown, its secret, key or assertion is missing or wrong, or it is registered for another token_endpoint_auth_method. The log of the server has the reason.")
}

// errNoClientID is the error for a request that does not name its client.
func errNoClientID() *oauth.Error {
	return oauth.Errorf(oauth.CodeInvalidClient, "The client_id is missing. Send it as a parameter of the form-encoded body or, with the client secret, in the Authorization header.").WithReason(reasonUnknownClient)
}

// notEncoded is the message for a client that sent the credentials in the
// Authorization header without encoding them. Many clients do.
const notEncoded = "The client ID or the secret in the Authorization header contains + or %. Both must be form-encoded before base64, so that + becomes %2B and % becomes %25 (RFC 6749 section 2.3.1)."

// errInvalid is errInvalidClient with a hint if the credentials were possibly not
// form-encoded.
func (c credentials) errInvalid() *oauth.Error {
	err := errInvalidClient()
	if c.decoded {
		err.Description += " " + notEncoded
	}
	return err
}

func errNotEncoded(part string) *oauth.Error {
	return oauth.Errorf(oauth.CodeInvalidClient, "Client authentication failed. %s", notEncoded).
		WithReason("malformed").WithDetail("%s in the Basic credentials is not form-encoded", part)
}

// readCredentials returns the credentials in a request. The methods are
// client_secret_basic, client_secret_post, none (RFC 7591 §2) and assertions
// (RFC 7523 §2.2). A request that uses two of them is rejected (RFC 6749 §2.3).
func readCredentials(authorization string, p oauth.Params) (credentials, error) {
	id, secret := p.Get("client_id"), p.Get("client_secret")
	if p.Get("client_assertion") != "" || p.Get("client_assertion_type") != "" {
		id, assertion, err := readAssertion(authorization, p)
		return credentials{clientID: id, assertion: assertion}, err
	}
	if authorization == "" {
		if id == "" {
			return credentials{}, errNoClientID()
		}
		return credentials{clientID: id, secret: secret}, nil
	}
	scheme, encoded, _ := strings.Cut(authorization, " ")
	if !strings.EqualFold(scheme, "Basic") { // RFC 9110 §11.1: in any letter case
		return credentials{}, errInvalidClient().WithReason("malformed").WithDetail("the scheme of the Authorization header is not Basic")
	}
	var c credentials
	plain, err := base64.StdEncoding.DecodeString(strings.TrimSpace(encoded))
	if err != nil {
		return credentials{}, errInvalidClient().WithReason("malformed").WithDetail("the Basic credentials are not base64")
	}
	user, pass, found := strings.Cut(string(plain), ":")
	if !found {
		return credentials{}, errInvalidClient().WithReason("malformed").WithDetail("the Basic credentials have no colon")
	}
	// RFC 6749 §2.3.1: both parts are form-encoded.
	if c.clientID, err = url.QueryUnescape(user); err != nil {
		return credentials{}, errNotEncoded("the client_id")
	}
	if c.secret, err = url.QueryUnescape(pass); err != nil {
		return credentials{}, errNotEncoded("the secret")
	}
	c.decoded = c.clientID != user || c.secret != pass
	if !oauth.IsText(c.clientID) {
		return credentials{}, errInvalidClient().WithReason("malformed").WithDetail("the client_id in the Basic credentials contains a NUL or is not UTF-8")
	}
	switch {
	case secret != "":
		return credentials{}, oauth.Errorf(oauth.CodeInvalidRequest, "The request has both an Authorization header and a client_secret. Use one of them (RFC 6749 section 2.3).").WithReason("malformed")
	case id != "" && id != c.clientID:
		return credentials{}, oauth.Errorf(oauth.CodeInvalidRequest, "The client_id in the body differs from that in the Authorization header.").WithReason("malformed")
	case c.clientID == "":
		return credentials{}, errNoClientID()
	}
	return c, nil
}

// ClaimedClientID returns the client id in a request, or "" if it has none. The
// client is not authenticated, and need not exist.
func (s *Provider) ClaimedClientID(authorization string, p oauth.Params) string {
	c, err := readCredentials(authorization, p)
	if err != nil {
		return p.Get("client_id")
	}
	return c.clientID
}

// checkSecret reports whether the text is a secret of the client that has not
// expired.
func (s *Provider) checkSecret(ctx context.Context, client *oauth.Client, text string) (bool, error) {
	now := s.Clock()
	var short [128]byte // longer than a secret that this server generates, and not on the heap
	fast := oauth.Hash(sha256.Sum256(append(short[:0], text...)))
	for _, secret := range client.Secrets {
		if secret.Expired(now) {
			continue
		}
		if len(secret.Hash) == len(fast) && fast.Equal(oauth.Hash(secret.Hash)) {
			s.uses.note(client.ID, secret.ID, now)
			return true, nil
		}
		if secret.Slow == "" {
			continue
		}
		who := newGuesser(client.ID, addressOf(ctx))
		if ok, err := s.slow.check(ctx, who, secret.Slow, text); ok || err != nil {
			if ok {
				s.uses.note(client.ID, secret.ID, now)
			}
			return ok, err
		}
	}
	return false, nil
}

// describeSecret describes a wrong secret for the log, without quoting it. The
// description helps to find common mistakes.
func describeSecret(text string) string {
	switch _, generated := oauth.ParseToken(text, oauth.KindClientSecret); {
	case strings.HasPrefix(text, "$argon2") || strings.HasPrefix(text, "pbkdf2_"):
		return "it looks like the hash of a secret"
	case generated:
		return "it has the right format"
	case strings.HasPrefix(text, "lk_"):
		return fmt.Sprintf("it is truncated or was changed: %d characters", len(text))
	}
	return fmt.Sprintf("%d characters", len(text))
}
