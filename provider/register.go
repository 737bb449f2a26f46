package provider

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// Register is the registration endpoint (RFC 7591 §3, OpenID Connect Registration
// §3). authorization is the request's Authorization header, and body the metadata.
// It returns the metadata of the client as it was registered.
//
// Nothing is stored: the client_id contains the metadata, sealed. A registration that
// nobody uses leaves nothing behind.
func (s *Provider) Register(ctx context.Context, authorization string, body []byte) (map[string]any, error) {
	information, err := s.register(ctx, authorization, body)
	id, _ := information["client_id"].(string)
	s.reportOutcome(ctx, oauth.Event{Name: oauth.EventRegistration, ClientID: id}, err)
	return information, err
}

func (s *Provider) register(ctx context.Context, authorization string, body []byte) (map[string]any, error) {
	if err := s.ReadScopes(ctx); err != nil {
		return nil, err
	}
	now := s.now()
	by, err := s.registrant(ctx, authorization, now)
	if err != nil {
		return nil, err
	}
	if err := s.limits.registrations.take(by.key, now); err != nil {
		return nil, err
	}
	body, statement, err := s.softwareStatement(ctx, body)
	if err != nil {
		return nil, err
	}
	c, err := readMetadata(body)
	if err != nil {
		return nil, err
	}
	c.OwnerID, c.StatementIssuer = by.owner, statement.issuer
	if err := s.sealRegistration(ctx, c, by.policy, now); err != nil {
		return nil, err
	}
	if !by.token.IsZero() {
		if err := s.Store.UseInitialAccessToken(ctx, by.token, now); err != nil {
			if errors.Is(err, oauth.ErrNotFound) {
				err = errInitialAccess("has expired or was used up")
			}
			return nil, err
		}
	}
	information, err := s.clientInformation(c)
	statement.addTo(information)
	return information, err
}

// sealRegistration completes the metadata of a new client, checks it, and sets its
// client_id.
func (s *Provider) sealRegistration(ctx context.Context, c *oauth.Client, policy string, now time.Time) error {
	if err := s.setMetadataDefaults(c, registrableUnder(policy)); err != nil {
		return err
	}
	// The secrets are checked too, so the client gets its id before the check.
	if err := s.registrations.sealClient(c, policy, now); err != nil && !errors.Is(err, errTooLongToSeal) {
		return err
	} else if err != nil {
		return oauth.Errorf(codeInvalidClientMetadata, "The metadata is too long. Publish the keys at a jwks_uri instead of sending them in jwks, and register fewer and shorter URIs.")
	}
	return s.checkRegistered(ctx, nil, c)
}

// checkRegistered checks a client that registers itself. before is the client
// before the change, or nil.
func (s *Provider) checkRegistered(ctx context.Context, before, c *oauth.Client) error {
	secret := s.registrations.secret(c)
	if c.NeedsReadableSecret() && len(c.Secrets) > 0 && c.Secrets[0].ID == secret.ID.String() {
		if err := s.secrets.Keep(c, secret.String()); err != nil {
			return err
		}
	}
	if err := s.checkMetadata(c); err != nil {
		return err
	}
	// The details would reveal which hosts this server can reach.
	if faults := CheckOutbound(ctx, s.Outbound, before, c); len(faults) > 0 {
		return oauth.Errorf(codeInvalidClientMetadata, "%s: the server cannot use this address, or the document there does not list the redirect URIs.", faults[0].Field).
			WithDetail("%s", faults[0].Message)
	}
	return nil
}

// A registrant is the caller of the registration endpoint.
type registrant struct {
	policy string // under which the caller can register
	owner  string // the person, or ""
	// token is the initial access token of an administrator, or zero.
	token oauth.ID
	key   string // under which registrations are counted
}

// registrant finds out who registers a client (RFC 7591 §3).
func (s *Provider) registrant(ctx context.Context, authorization string, now time.Time) (registrant, error) {
	if s.Registration == RegistrationClosed {
		return registrant{}, errRegistrationClosed()
	}
	text, given := bearer(authorization)
	switch {
	case !given && s.Registration == RegistrationOpen:
		return registrant{policy: RegistrationOpen, key: networkOf(ctx)}, nil
	case !given:
		return registrant{}, errNoInitialAccess(s.Registration)
	}
	if token, ok := oauth.ParseToken(text, oauth.KindInitialAccess); ok {
		stored, err := s.Store.InitialAccessToken(ctx, token.ID)
		switch {
		case errors.Is(err, oauth.ErrNotFound) || err == nil && !stored.Hash.Equal(token.Hash()):
			return registrant{}, errInitialAccess("is unknown or was revoked")
		case err != nil:
			return registrant{}, err
		case !stored.Valid(now):
			return registrant{}, errInitialAccess("has expired or was used up")
		}
		return registrant{policy: RegistrationToken, token: token.ID}, nil
	}
	subject, err := s.openPersonToken(ctx, text, now)
	if err != nil {
		return registrant{}, err
	}
	return registrant{policy: RegistrationPerson, owner: subject, key: "person " + subject}, nil
}

func errRegistrationClosed() *oauth.Error {
	return oauth.Errorf(oauth.CodeAccessDenied, "Applications cannot register themselves at this server. Ask its administrator to add the application.").WithReason("registration_closed")
}

// ReasonNoToken is the Reason of an error for a request without a bearer token. The
// WWW-Authenticate header of the response has no error code (RFC 6750 §3.1).
const ReasonNoToken = "no_token"

func errNoInitialAccess(policy string) *oauth.Error {
	if policy == RegistrationPerson {
		return oauth.Errorf(oauth.CodeInvalidToken, "The registration needs a token. Log in at this server to get one at the end of the page Applications of your account, and send it as a bearer token.").WithReason(ReasonNoToken)
	}
	return oauth.Errorf(oauth.CodeInvalidToken, "The registration needs an initial access token. Ask an administrator of this server for one, and send it as a bearer token.").WithReason(ReasonNoToken)
}

// bearer returns the token of an Authorization header (RFC 6750 §2.1).
func bearer(authorization string) (token string, ok bool) {
	scheme, token, _ := strings.Cut(authorization, " ")
	token = strings.TrimSpace(token)
	return token, strings.EqualFold(scheme, "Bearer") && token != ""
}
