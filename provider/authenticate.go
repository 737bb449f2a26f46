package provider

import (
	"context"
	"encoding/base64"
	"errors"
	"net/url"
	"strings"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// credentials are what a request brings to authenticate its client.
type credentials struct {
	clientID, secret string
	basic            bool
}

// authenticate finds the client of a direct request and checks that it is the
// one it says (RFC 6749 §2.3). A public client names itself with client_id
// alone. authorization is the request's Authorization header.
func (s *Provider) authenticate(ctx context.Context, authorization string, p oauth.Params) (*oauth.Client, error) {
	c, err := readCredentials(authorization, p)
	if err != nil {
		return nil, err
	}
	client, err := s.clients.Client(ctx, c.clientID)
	switch {
	case errors.Is(err, oauth.ErrNotFound):
		return nil, errInvalidClient().WithReason(reasonUnknownClient).WithDetail("client_id %q is unknown", beginning(c.clientID))
	case err != nil:
		return nil, err
	}
	switch {
	case client.Type == oauth.Public:
		if c.secret != "" {
			return nil, errInvalidClient().WithReason("unwanted_secret").WithDetail("client %s is public but sent a secret", client.ID)
		}
	case client.Type != oauth.Confidential:
		return nil, errInvalidClient().WithDetail("client %s has the type %q", client.ID, client.Type)
	case c.secret == "":
		return nil, errInvalidClient().WithReason("no_secret").WithDetail("client %s is confidential but sent no secret", client.ID)
	default:
		ok, err := s.checkSecret(ctx, client, c.secret)
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, errInvalidClient().WithReason("wrong_secret").WithDetail("client %s sent a wrong or expired secret (%s)", client.ID, describeSecret(c.secret))
		}
	}
	if client.Disabled {
		return nil, oauth.Errorf(oauth.CodeInvalidClient, "The application is disabled.").WithReason("disabled")
	}
	return client, nil
}

func errInvalidClient() *oauth.Error {
	return oauth.Errorf(oauth.CodeInvalidClient, "Client authentication failed: the application is unknown, or its secret is missing or wrong.")
}

// readCredentials takes the one way in which the client authenticates:
// client_secret_basic, client_secret_post or none (RFC 7591 §2). Two at once
// are refused (RFC 6749 §2.3).
func readCredentials(authorization string, p oauth.Params) (credentials, error) {
	id, secret := p.Get("client_id"), p.Get("client_secret")
	if authorization == "" {
		if id == "" {
			return credentials{}, errInvalidClient().WithReason(reasonUnknownClient).WithDetail("no Authorization header and no client_id")
		}
		return credentials{clientID: id, secret: secret}, nil
	}
	scheme, encoded, _ := strings.Cut(authorization, " ")
	if !strings.EqualFold(scheme, "Basic") { // RFC 9110 §11.1: in any letter case
		return credentials{}, errInvalidClient().WithReason("malformed").WithDetail("Authorization scheme is not Basic")
	}
	c := credentials{basic: true}
	plain, err := base64.StdEncoding.DecodeString(strings.TrimSpace(encoded))
	if err != nil {
		return credentials{}, errInvalidClient().WithReason("malformed").WithDetail("Basic credentials are not base64")
	}
	user, pass, found := strings.Cut(string(plain), ":")
	if !found {
		return credentials{}, errInvalidClient().WithReason("malformed").WithDetail("Basic credentials have no colon")
	}
	// RFC 6749 §2.3.1: both halves are form-encoded before they are joined.
	if c.clientID, err = url.QueryUnescape(user); err != nil {
		return credentials{}, errInvalidClient().WithReason("malformed").WithDetail("Basic client_id is not form-encoded")
	}
	if c.secret, err = url.QueryUnescape(pass); err != nil {
		return credentials{}, errInvalidClient().WithReason("malformed").WithDetail("Basic secret is not form-encoded")
	}
	if !oauth.IsText(c.clientID) {
		return credentials{}, errInvalidClient().WithReason("malformed").WithDetail("Basic client_id holds a NUL or is not UTF-8")
	}
	switch {
	case secret != "":
		return credentials{}, oauth.Errorf(oauth.CodeInvalidRequest, "The client authenticates in two ways at once: with the Authorization header and with client_secret. Use one (RFC 6749 section 2.3).").WithReason("malformed")
	case id != "" && id != c.clientID:
		return credentials{}, oauth.Errorf(oauth.CodeInvalidRequest, "The client_id of the body is not the one of the Authorization header.").WithReason("malformed")
	case c.clientID == "":
		return credentials{}, errInvalidClient().WithReason("malformed").WithDetail("Basic client_id is empty")
	}
	return c, nil
}
