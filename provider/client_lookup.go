package provider

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// client returns the client with a client_id, which need not be stored: one that
// registered itself is described by its client_id until confirm stores it, and the
// document at a URL describes the client whose client_id it is. The result can be
// shared, and must not be changed. ErrNotFound: it does not exist.
//
// It is the only place that decides what a client_id means.
func (s *Provider) client(ctx context.Context, id string) (*oauth.Client, error) {
	client, err := s.clients.Client(ctx, id)
	switch {
	case err == nil && !client.DocumentFetchedAt.IsZero():
		return s.documentClient(ctx, id, client)
	case err == nil && isUnusedRegistration(client):
		if _, err := s.admittedClient(id); err != nil {
			return nil, err
		}
		return client, nil
	case !errors.Is(err, oauth.ErrNotFound):
		return client, err
	case strings.HasPrefix(id, oauth.RegistrationPrefix):
		return s.registeredClient(ctx, id)
	case oauth.IsClientURL(id):
		return s.documentClient(ctx, id, nil)
	}
	return nil, err
}

// registeredClient returns a client that registered itself and is not stored.
func (s *Provider) registeredClient(ctx context.Context, id string) (*oauth.Client, error) {
	client, err := s.admittedClient(id)
	if err != nil {
		return nil, err
	}
	registration, _ := oauth.RegistrationID(id)
	standing, err := s.Store.JWTStanding(ctx, registration, oauth.ID{}, id, client.OwnerID)
	switch {
	case err != nil:
		return nil, err
	case standing.TokenRevoked || standing.SubjectBlocked:
		return nil, oauth.ErrNotFound // it was deleted, or its owner is disabled
	case client.NeedsReadableSecret():
		err = s.secrets.Keep(client, s.registrations.secret(client).String())
	}
	return client, err
}

// admittedClient returns the client that is sealed in a client_id. ErrNotFound: it has
// expired, or the present policy does not admit it.
func (s *Provider) admittedClient(id string) (*oauth.Client, error) {
	client, policy, err := s.registrations.openClient(id, s.now())
	if err == nil && !admits(s.Registration, policy) {
		err = oauth.ErrNotFound
	}
	return client, err
}

// isUnusedRegistration reports whether a client is stored only because it updated its
// registration (RFC 7592 §2.2) before it was used.
func isUnusedRegistration(c *oauth.Client) bool {
	_, registered := oauth.RegistrationID(c.ID)
	return registered && !c.ExpiresAt.IsZero()
}

// confirm stores a client that is not stored yet, because a person approves
// it or, for a grant without a person, because it gets its first token. It
// returns the client as it is stored. ErrNotFound: it was deleted or disabled.
func (s *Provider) confirm(ctx context.Context, c *oauth.Client) (*oauth.Client, error) {
	if c.Unconfirmed {
		stored, err := s.store(ctx, c)
		if err != nil {
			return nil, err
		}
		c = stored
	} else if err := s.keepDocument(ctx, c); err != nil {
		return nil, err
	}
	if !isUnusedRegistration(c) {
		return c, nil
	}
	return oauth.ChangeClient(ctx, s.Store, c.ID, func(stored *oauth.Client) error {
		stored.ExpiresAt = time.Time{}
		return nil
	})
}

// store stores a client that its client_id describes, and returns it as it is stored.
func (s *Provider) store(ctx context.Context, c *oauth.Client) (*oauth.Client, error) {
	confirmed := *c
	confirmed.Unconfirmed = false
	if !c.DocumentFetchedAt.IsZero() {
		keptWhileUsed(&confirmed)
	}
	if err := s.Store.ConfirmClient(ctx, &confirmed); err != nil {
		return nil, fmt.Errorf("the application could not be stored: %w", err)
	}
	stored, err := s.clients.Client(ctx, c.ID)
	if err == nil && stored.Disabled {
		return nil, oauth.ErrNotFound
	}
	return stored, err
}
