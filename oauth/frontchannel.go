package oauth

import (
	"context"
	"errors"
	"slices"
)

// FrontchannelLogouts are the addresses that the browser must load to tell
// applications that the login session has ended (OpenID Connect Front-Channel
// Logout §2), each with the issuer and the session as the client knows it.
// Ask before the session is ended.
func (s *Server) FrontchannelLogouts(ctx context.Context, sessionID string) ([]string, error) {
	known, err := s.Store.SessionClients(ctx, []string{sessionID}, "")
	if err != nil {
		return nil, err
	}
	var addresses []string
	for _, k := range known {
		client, err := s.clients.Client(ctx, k.ClientID)
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if client.OpenID.FrontchannelLogoutURI == "" || client.Disabled {
			continue
		}
		to := AuthorizationResponse{
			RedirectURI: client.OpenID.FrontchannelLogoutURI, Fields: []string{"iss", s.Issuer, "sid", s.sid(client.ID, sessionID)},
		}
		if address := to.Location(); !slices.Contains(addresses, address) {
			addresses = append(addresses, address)
		}
	}
	return addresses, nil
}
