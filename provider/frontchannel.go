package provider

import (
	"context"
	"errors"
	"slices"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// FrontchannelLogouts are the addresses that the browser must load to tell
// applications that the login session has ended (OpenID Connect Front-Channel
// Logout §2), each with the issuer and the session as the client knows it.
// Ask before the session is ended.
func (s *Provider) FrontchannelLogouts(ctx context.Context, sessionID string) ([]string, error) {
	clients, err := s.SessionApplications(ctx, sessionID)
	if err != nil {
		return nil, err
	}
	var addresses []string
	for _, client := range clients {
		if client.FrontchannelLogoutURI == "" || client.Disabled {
			continue
		}
		to := AuthorizationResponse{
			RedirectURI: client.FrontchannelLogoutURI, Fields: []string{"iss", s.Issuer, "sid", s.sid(client.ID, sessionID)},
		}
		addresses = append(addresses, to.Location())
	}
	return addresses, nil
}

// SessionApplications are the clients that the person logged in to in this
// login session.
func (s *Provider) SessionApplications(ctx context.Context, sessionID string) ([]*oauth.Client, error) {
	known, err := s.Store.SessionClients(ctx, []string{sessionID}, "")
	if err != nil {
		return nil, err
	}
	var clients []*oauth.Client
	for _, k := range known {
		client, err := s.clients.Client(ctx, k.ClientID)
		switch {
		case errors.Is(err, oauth.ErrNotFound):
		case err != nil:
			return nil, err
		case !slices.Contains(clients, client):
			clients = append(clients, client)
		}
	}
	return clients, nil
}
