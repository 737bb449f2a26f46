package provider

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// ReadRegistration returns the metadata of a client that registered itself (RFC
// 7592 §2.1). authorization contains the registration access token.
func (s *Provider) ReadRegistration(ctx context.Context, authorization, clientID string) (map[string]any, error) {
	c, err := s.managedClient(ctx, authorization, clientID)
	if err != nil {
		return nil, err
	}
	return s.clientInformation(c)
}

// UpdateRegistration replaces the metadata of a client that registered itself (RFC
// 7592 §2.2). A client that is not stored yet is stored, because its client_id
// contains the old metadata. It is deleted when the registration expires, unless it
// is used.
func (s *Provider) UpdateRegistration(ctx context.Context, authorization, clientID string, body []byte) (map[string]any, error) {
	if err := s.ReadScopes(ctx); err != nil {
		return nil, err
	}
	c, err := s.managedClient(ctx, authorization, clientID)
	if err != nil {
		return nil, err
	}
	if c.SkipAuthorization || c.ResourceServer {
		return nil, errTrustedRegistration()
	}
	if err := s.checkIdentity(ctx, c, body); err != nil {
		return nil, err
	}
	// Every update can make the server fetch documents and write.
	if err := s.limits.registrations.take(networkOf(ctx), s.now()); err != nil {
		return nil, err
	}
	body, statement, err := s.softwareStatement(ctx, body)
	if err != nil {
		return nil, err
	}
	metadata, err := readMetadata(body)
	if err != nil {
		return nil, err
	}
	if c.Unconfirmed {
		if _, err := s.updated(ctx, c, metadata, statement); err != nil {
			return nil, err
		}
		unused := *c
		unused.Unconfirmed, unused.ExpiresAt = false, c.CreatedAt.Add(s.RegistrationTTL)
		if err := s.Store.ConfirmClient(ctx, &unused); err != nil && !errors.Is(err, oauth.ErrNotFound) {
			return nil, err
		}
	}
	c, err = oauth.ChangeClient(ctx, s.Store, clientID, func(stored *oauth.Client) error {
		if !stored.RegistrationTokenRevokedAt.IsZero() { // since the token was checked
			return errRegistrationToken()
		}
		if stored.SkipAuthorization || stored.ResourceServer {
			return errTrustedRegistration()
		}
		changed, err := s.updated(ctx, stored, metadata, statement)
		if err == nil {
			*stored = *changed
		}
		return err
	})
	switch {
	case errors.Is(err, oauth.ErrNotFound):
		return nil, errRegistrationToken()
	case err != nil:
		return nil, err
	}
	information, err := s.clientInformation(c)
	statement.addTo(information)
	return information, err
}

// updated returns a client with other metadata. It keeps what only an administrator
// can set or has changed, and can keep its grant types and response types. If its
// metadata comes from a software statement, only another statement of the same publisher
// about the same software can change it.
func (s *Provider) updated(ctx context.Context, before, metadata *oauth.Client, statement softwareStatement) (*oauth.Client, error) {
	if before.StatementIssuer != "" && (statement.issuer != before.StatementIssuer || metadata.SoftwareID != before.SoftwareID) {
		return nil, oauth.Errorf(codeInvalidSoftwareStatement, "The application registered itself with a software statement of %s, and its updates need one for the same software. Send it as software_statement.", before.StatementIssuer)
	}
	c := *before
	c.Describe(metadata)
	c.StatementIssuer = statement.issuer
	can := registrableUnder(RegistrationOpen)
	can.grantTypes = append(can.grantTypes, before.GrantTypes...)
	can.responseTypes = append(can.responseTypes, before.ResponseTypes...)
	if err := s.setMetadataDefaults(&c, can); err != nil {
		return nil, err
	}
	switch {
	case !c.NeedsSecret() && len(c.Secrets) > 0: // a later one is another one
		c.Secrets = nil
		c.SecretGeneration++
	case c.NeedsSecret() && len(c.Secrets) == 0:
		c.Secrets = []oauth.ClientSecret{oauth.StoredClientSecret(s.registrations.secret(&c), s.now())}
	}
	c.UpdatedAt = s.now()
	return &c, s.checkRegistered(ctx, before, &c)
}

// checkIdentity checks the members of an update that a client cannot change.
func (s *Provider) checkIdentity(ctx context.Context, c *oauth.Client, body []byte) error {
	var sent struct {
		ClientID string `json:"client_id"`
		Secret   string `json:"client_secret"`
	}
	if err := json.Unmarshal(body, &sent); err != nil || sent.ClientID != c.ID {
		return oauth.Errorf(oauth.CodeInvalidRequest, "The update must be a JSON object with the client_id of the application (RFC 7592 section 2.2).")
	}
	if sent.Secret == "" {
		return nil
	}
	ok, err := s.checkSecret(ctx, c, sent.Secret)
	if err == nil && !ok {
		err = oauth.Errorf(oauth.CodeInvalidRequest, "The client_secret is not that of the application. Omit it, because it cannot be changed here (RFC 7592 section 2.2).")
	}
	return err
}

// DeleteRegistration deletes a client that registered itself, with all that was
// issued to it (RFC 7592 §2.3).
func (s *Provider) DeleteRegistration(ctx context.Context, authorization, clientID string) error {
	c, err := s.managedClient(ctx, authorization, clientID)
	if err != nil {
		return err
	}
	if c.Unconfirmed {
		id, _ := oauth.RegistrationID(clientID)
		if _, _, err := s.Store.Revoke(ctx, oauth.Revocation{JWT: id, JWTExpiresAt: id.Time().Add(oauth.LongestRegistration), At: s.now()}); err != nil {
			return err
		}
	}
	err = s.Store.DeleteClient(ctx, clientID) // it can have been stored in the meantime
	if errors.Is(err, oauth.ErrNotFound) {
		return nil // it was deleted at the same time
	}
	return err
}

// managedClient returns the client that a registration access token manages (RFC
// 7592 §2).
func (s *Provider) managedClient(ctx context.Context, authorization, clientID string) (*oauth.Client, error) {
	id, registered := oauth.RegistrationID(clientID)
	text, given := bearer(authorization)
	if !given {
		return nil, oauth.Errorf(oauth.CodeInvalidToken, "The registration access token is missing. Send it as a bearer token.").WithReason(ReasonNoToken)
	}
	token, ok := oauth.ParseToken(text, oauth.KindRegistration)
	if want := s.registrations.token(clientID, id); !registered || !ok || !token.Hash().Equal(want.Hash()) {
		return nil, errRegistrationToken()
	}
	c, err := s.client(ctx, clientID)
	if err == nil && !c.Unconfirmed {
		c, err = s.Store.Client(ctx, clientID) // the cache can have a token that was just revoked
	}
	switch {
	case errors.Is(err, oauth.ErrNotFound):
		return nil, errRegistrationToken()
	case err != nil:
		return nil, err
	case !c.RegistrationTokenRevokedAt.IsZero():
		return nil, errRegistrationToken()
	case c.Disabled:
		return nil, oauth.Errorf(oauth.CodeAccessDenied, "The application is disabled.").WithReason("disabled")
	}
	return c, nil
}

// errTrustedRegistration is the error for an update of an application that an
// administrator trusts: with other redirect URIs, it could get tokens without the
// consent of anybody, or introspect all tokens in public.
func errTrustedRegistration() *oauth.Error {
	return oauth.Errorf(oauth.CodeAccessDenied, "An administrator gave this application rights that an application cannot register for itself, so only an administrator can change it.").WithReason("forbidden")
}

func errRegistrationToken() *oauth.Error {
	return oauth.Errorf(oauth.CodeInvalidToken, "The registration access token is wrong or was revoked, or the application was deleted.").WithReason("wrong_token")
}

// clientInformation returns the response with the metadata of a client (RFC 7591
// §3.2.1).
func (s *Provider) clientInformation(c *oauth.Client) (map[string]any, error) {
	all, err := metadataOf(c)
	if err != nil {
		return nil, err
	}
	id, _ := oauth.RegistrationID(c.ID)
	all["client_id"] = c.ID
	all["client_id_issued_at"] = id.Time().Unix()
	all["registration_access_token"] = s.registrations.token(c.ID, id).String()
	all["registration_client_uri"] = s.Issuer + "/register/" + c.ID + "/"
	secret := s.registrations.secret(c)
	for _, stored := range c.Secrets {
		if stored.ID == secret.ID.String() && (stored.ExpiresAt.IsZero() || stored.ExpiresAt.After(s.now())) {
			all["client_secret"] = secret.String()
			all["client_secret_expires_at"] = int64(0)
			if !stored.ExpiresAt.IsZero() {
				all["client_secret_expires_at"] = stored.ExpiresAt.Unix()
			}
		}
	}
	return all, nil
}
