package latchkey_test

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/needs"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
	"github.com/seed-e6a88a41/latchkey/sqlstore/postgres"
	"github.com/seed-e6a88a41/latchkey/sqlstore/sqlite"
)

// This file contains the code of docs/how-to/use-your-own-users.md,
// docs/how-to/share-a-database.md, docs/how-to/scopes-from-a-database.md and
// docs/how-to/invite-people.md.

// users are the users of a host program. They have one session.
type users struct{ current *userSession }

type userSession struct {
	ID, UserID, UserName string
	LoggedInAt           time.Time
	IsAdmin              bool
}

func (u *users) session(*http.Request) (*userSession, error) { return u.current, nil }

func (u *users) deleteSession(http.ResponseWriter, *http.Request) error {
	u.current = nil
	return nil
}

func (u *users) nameAndState(context.Context, string) (string, bool, error) { return "Ada", true, nil }

func (u *users) Current(r *http.Request) (*latchkey.Person, error) {
	s, err := u.session(r) // your own function
	if err != nil || s == nil {
		return nil, err // nil, nil: nobody is logged in
	}
	return &latchkey.Person{
		Authentication: oauth.Authentication{Subject: s.UserID, SessionID: s.ID, AuthTime: s.LoggedInAt},
		Name:           s.UserName,
		Admin:          s.IsAdmin,
	}, nil
}

func (u *users) LogIn(w http.ResponseWriter, r *http.Request, why latchkey.Interaction) {
	http.Redirect(w, r, "/login?next="+url.QueryEscape(why.Next), http.StatusFound)
}

func (u *users) LogOut(w http.ResponseWriter, r *http.Request) error {
	return u.deleteSession(w, r) // deletes the session and its cookie; writes no page
}

func (u *users) Lookup(ctx context.Context, subject string) (name string, active bool, err error) {
	return u.nameAndState(ctx, subject) // your own function
}

//nolint:ineffassign,staticcheck // the page omits the checks of errors
func keepData(ctx context.Context, options *latchkey.Options) (err error) {
	options.Store, err = sqlite.Open(ctx, "latchkey.db", sqlite.Options{})
	options.MasterKey, err = os.ReadFile("master.key") // (umask 077; openssl rand -out master.key 32)
	options.Logger = slog.Default()                    // logs the reasons for all error pages
	options.Scopes = []oauth.ScopeInfo{{Name: "orders", Description: "See your orders", Weight: oauth.WeightRead}}
	return err
}

func registerApplication(ctx context.Context, server *latchkey.Server) error {
	app := &oauth.Client{ID: "mobile", Name: "Shop for phones", Type: oauth.Public, RedirectURIs: []string{"https://shop.example/app"}}
	_, err := server.CreateApplication(ctx, app)
	if errors.Is(err, oauth.ErrConflict) {
		err = nil // registered at an earlier start
	}
	return err
}

func registerApplicationWithLogout(ctx context.Context, server *latchkey.Server) error {
	app := &oauth.Client{
		Name: "Shop for phones", RedirectURIs: []string{"https://shop.example/app"},
		ClientOpenID: oauth.ClientOpenID{BackchannelLogoutURI: "https://shop.example/logged-out"},
	}
	_, err := server.CreateApplication(ctx, app)
	return err
}

//nolint:ineffassign,staticcheck // the page omits the checks of errors
func sharePostgreSQL(ctx context.Context) (*sqlstore.Store, error) {
	pool, err := pgxpool.New(ctx, "postgres://shop@db.example/shop")
	store, err := postgres.Use(ctx, pool, postgres.Options{Migrate: true})
	return store, err
}

//nolint:ineffassign,staticcheck // the page omits the checks of errors
func shareSQLite(ctx context.Context) (*sqlstore.Store, error) {
	db, err := sql.Open("sqlite", "file:shop.db?_pragma=journal_mode(WAL)&_pragma=busy_timeout(5000)")
	store, err := sqlite.Use(ctx, db, sqlite.Options{})
	return store, err
}

func scopesFromDatabase(options *latchkey.Options, db *sql.DB) {
	options.ScopeSource = func(ctx context.Context) ([]oauth.ScopeInfo, error) {
		rows, err := db.QueryContext(ctx, "SELECT name, description FROM permission WHERE public")
		if err != nil {
			return nil, err
		}
		defer rows.Close()
		var scopes []oauth.ScopeInfo
		for rows.Next() {
			var s oauth.ScopeInfo
			if err := rows.Scan(&s.Name, &s.Description); err != nil {
				return nil, err
			}
			scopes = append(scopes, s)
		}
		return scopes, rows.Err()
	}
}

func invitePerson(ctx context.Context, server *latchkey.Server) (account.Invitation, string, error) {
	i, link, err := server.Invite(ctx, account.NewInvitation{Email: "ada@example.com", TTL: 24 * time.Hour})
	return i, link, err
}

// localPath returns next if it is a path of this site, or else "/". A browser treats a backslash
// as a slash, and ignores tabs and line breaks, which url.Parse rejects.
func localPath(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.Host != "" || !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.Contains(next, `\`) {
		return "/"
	}
	return next
}

func TestLoginPageOfTheHowToLeadsOnlyToPathsOfTheSite(t *testing.T) {
	for _, next := range append(needs.OtherSites(), "/o/account/") {
		if got := localPath(next); got != "/" && got != "/o/account/" {
			t.Errorf("%q leads to %q", next, got)
		}
	}
}

// exclude is the exclusion of Latchkey's paths from a protection against CSRF.
func exclude(mux *http.ServeMux) http.Handler {
	protection := http.NewCrossOriginProtection()
	// The patterns at which you mount Latchkey, and those of your APIs that require an access token.
	for _, path := range []string{"/o/", "/.well-known/", "/admin/", "/api/"} {
		protection.AddInsecureBypassPattern(path)
	}
	handler := protection.Handler(mux)
	return handler
}

var _ = exclude
