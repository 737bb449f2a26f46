package hosts

import (
	"context"
	"net/http"
	"strings"

	"github.com/alexedwards/scs/v2"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// SCS is a latchkey.People with sessions of scs. Its middleware LoadAndSave must wrap
// the handlers of Latchkey.
type SCS struct {
	Sessions *scs.SessionManager
	// LoginPage is the path of the login page, which calls Start.
	LoginPage string
}

// Start logs a person in. The session gets another token, so that a token that
// another person planted in the browser is useless.
func (s SCS) Start(ctx context.Context, p latchkey.Person) error {
	if err := s.Sessions.RenewToken(ctx); err != nil {
		return err
	}
	s.Sessions.Put(ctx, "subject", p.Subject)
	s.Sessions.Put(ctx, "name", p.Name)
	s.Sessions.Put(ctx, "admin", p.Admin)
	s.Sessions.Put(ctx, "roles", rolesText(p.Roles))
	s.Sessions.Put(ctx, "acr", p.ACR)
	s.Sessions.Put(ctx, "amr", strings.Join(p.AMR, " "))
	s.Sessions.Put(ctx, "auth_time", milliseconds(p.AuthTime))
	return nil
}

// Current returns the person of the session.
func (s SCS) Current(r *http.Request) (*latchkey.Person, error) {
	ctx := r.Context()
	subject := s.Sessions.GetString(ctx, "subject")
	if subject == "" {
		return nil, nil
	}
	return &latchkey.Person{
		Authentication: oauth.Authentication{
			Subject: subject, SessionID: s.Sessions.Token(ctx), ACR: s.Sessions.GetString(ctx, "acr"),
			AMR: strings.Fields(s.Sessions.GetString(ctx, "amr")), AuthTime: fromMilliseconds(s.Sessions.GetInt64(ctx, "auth_time")),
		},
		Name: s.Sessions.GetString(ctx, "name"), Admin: s.Sessions.GetBool(ctx, "admin"), Roles: rolesOf(s.Sessions.GetString(ctx, "roles")),
	}, nil
}

// LogIn redirects to the login page.
func (s SCS) LogIn(w http.ResponseWriter, r *http.Request, why latchkey.Interaction) {
	redirectToLogin(w, r, s.LoginPage, why)
}

// LogOut ends the session.
func (s SCS) LogOut(_ http.ResponseWriter, r *http.Request) error {
	return s.Sessions.Destroy(r.Context())
}
