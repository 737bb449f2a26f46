package oauth

import (
	"context"
	"fmt"
	"time"
)

// AllowsOrigin reports whether a script of the origin may read the answer to
// this direct request: the origin is on the list of the client that the
// request names, whether or not it authenticates.
func (s *Server) AllowsOrigin(ctx context.Context, authorization string, p Params, origin string) bool {
	id := s.ClientID(authorization, p)
	if id == "" {
		return false
	}
	client, err := s.clients.Client(ctx, id)
	return err == nil && client.AllowsOrigin(origin)
}

// ClientID is the client that a direct request says it comes from, unchecked,
// or "".
func (s *Server) ClientID(authorization string, p Params) string {
	c, err := readCredentials(authorization, p)
	if err != nil {
		return p.Get("client_id")
	}
	return c.clientID
}

// GrantedFor says in words how long what a person allows the client will last
// (ASVS 10.7.2).
func (s *Server) GrantedFor(client *Client) string {
	if client.Allows(GrantRefreshToken) {
		idle := lifetime(client.RefreshTokenIdleTTL, s.RefreshTokenIdleTTL)
		total := lifetime(client.RefreshTokenTTL, s.RefreshTokenTTL)
		if idle < total {
			return "up to " + words(total) + ", and ends after " + words(idle) + " without use"
		}
		return "up to " + words(total)
	}
	return words(lifetime(client.AccessTokenTTL, s.AccessTokenTTL))
}

// words writes a duration as people say it.
func words(d time.Duration) string {
	unit, name := time.Second, "second"
	switch {
	case d%(24*time.Hour) == 0:
		unit, name = 24*time.Hour, "day"
	case d%time.Hour == 0:
		unit, name = time.Hour, "hour"
	case d%time.Minute == 0:
		unit, name = time.Minute, "minute"
	}
	if d != unit {
		name += "s"
	}
	return fmt.Sprintf("%d %s", d/unit, name)
}
