package provider

import (
	"context"
	"errors"
	"slices"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// FrontchannelLogouts returns the URLs that the browser must load to notify the
// applications that a login session has ended (OpenID Connect Front-Channel Logout
// §2). Each has the issuer and the client's sid of the session. After EndSessions,
// no other client can join the session.
func (s *Provider) FrontchannelLogouts(ctx context.Context, sessionID string) ([]string, error) {
	clients, err := s.SessionApplications(ctx, sessionID)
	if err != nil {
		return nil, err
	}
	var urls []string
	for _, client := range clients {
		if client.FrontchannelLogoutURI != "" && !client.Disabled {
			urls = append(urls, withQuery(client.FrontchannelLogoutURI, "iss", s.Issuer, "sid", s.sid(client.ID, sessionID)))
		}
	}
	return urls, nil
}

// SessionApplications returns the clients that the person logged in to during
// this login session.
func (s *Provider) SessionApplications(ctx context.Context, sessionID string) ([]*oauth.Client, error) {
	known, err := s.Store.SessionClients(ctx, []string{sessionID})
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
