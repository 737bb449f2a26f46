// Package admin serves the back office: pages on which administrators manage
// applications, users, keys, and what was issued to whom. Each page or action
// has a handler, which reads the form, checks it, saves it, and continues.
package admin

import (
	"context"
	"embed"
	"encoding/json"
	"html/template"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/internal/acts"
	"github.com/seed-e6a88a41/latchkey/internal/counts"
	"github.com/seed-e6a88a41/latchkey/internal/flows"
	"github.com/seed-e6a88a41/latchkey/internal/loginproviders"
	"github.com/seed-e6a88a41/latchkey/internal/rejections"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/internal/upstream"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
	"github.com/seed-e6a88a41/latchkey/provider"
	"github.com/seed-e6a88a41/latchkey/validate"
)

//go:embed pages/*.html
var pages embed.FS

// Store has the rows that the back office shows and changes.
type Store interface {
	oauth.AdminStore
	audit.Store
	Client(ctx context.Context, id string) (*oauth.Client, error)
	WebhookFailures(ctx context.Context) ([]oauth.WebhookFailure, error)
	WithdrawConsent(ctx context.Context, subject, clientID string, at time.Time) error

	User(ctx context.Context, id string) (*account.User, error)
	UserByName(ctx context.Context, canonical string) (*account.User, error)
	UserMetadata(ctx context.Context, userID string) (json.RawMessage, error)
	Users(ctx context.Context, f account.UserFilter, p paging.Page) ([]*account.User, paging.Cursor, error)
	SessionClients(ctx context.Context, sessionIDs []string) ([]oauth.SessionClient, error)
	CountUsers(ctx context.Context, f account.UserFilter) (paging.Count, error)
	FindUsers(ctx context.Context, text string, limit int) ([]*account.User, error)
	CountSessions(ctx context.Context, f account.SessionFilter) (paging.Count, error)
	Sessions(ctx context.Context, f account.SessionFilter, p paging.Page) ([]account.SessionRow, paging.Cursor, error)
	Group(ctx context.Context, id string) (*account.Group, error)
	Groups(ctx context.Context, f account.GroupFilter, p paging.Page) ([]*account.Group, paging.Cursor, error)
	CountGroups(ctx context.Context, f account.GroupFilter) (paging.Count, error)
	Members(ctx context.Context, f account.MemberFilter, p paging.Page) ([]account.Member, paging.Cursor, error)
	CountMembers(ctx context.Context, f account.MemberFilter) (paging.Count, error)
	Invitations(ctx context.Context, f account.InvitationFilter, p paging.Page) ([]account.InvitationRow, paging.Cursor, error)
	CountInvitations(ctx context.Context, f account.InvitationFilter) (paging.Count, error)
}

// Logins ends login sessions, and notifies the applications.
type Logins interface {
	EndSessions(ctx context.Context, ids ...string) error
	EndSessionsOf(ctx context.Context, subject, except string) error
	SessionsEnded(ctx context.Context)
}

// Tokens revokes tokens as the revocation endpoint does. It also knows the names of the
// people of the host program.
type Tokens interface {
	RevokeTokens(ctx context.Context, access, families []oauth.ID) error
	PersonName(ctx context.Context, subject string) (string, error)
	FindToken(ctx context.Context, text string) (provider.FoundToken, error)
	FindTokenByID(ctx context.Context, id oauth.ID) (provider.FoundToken, error)
	FindTokenByJTI(ctx context.Context, jti provider.JWTID) (provider.FoundToken, error)
	JWTLifetime(c *oauth.Client) time.Duration
	// CancelRequest is that of provider.Provider.
	CancelRequest(ctx context.Context, kind string, id oauth.ID, may func(subject string) error) (provider.CancelledRequest, error)
}

// Keys manages the signing keys.
type Keys interface {
	SigningKeys(ctx context.Context) ([]oauth.SigningKey, error)
	RotateKey(ctx context.Context, alg string, now bool) (oauth.SigningKey, error)
	RetireKey(ctx context.Context, id string, distrust bool) error
}

// Options configures the back office. ConsumerURL, ConsumerCallback and Outbound
// may be zero.
type Options struct {
	Prefix   string    // the path where it is mounted, with slashes at both ends
	Pages    *ui.Pages // from ParsePages
	Store    Store
	Accounts *account.Accounts
	Acts     *acts.Acts
	// Person returns the person who makes a request, or nil if nobody is logged in.
	Person func(*http.Request) (*Person, error)
	// LogIn sends a person to the login page, from where they return to next.
	LogIn func(w http.ResponseWriter, r *http.Request, next string) error
	// Confirm sends a person to the page on which they confirm their identity, unless they
	// did that in the last minutes. It reports whether it has answered the request. After
	// the confirmation, the form is sent again. If that is not possible, the browser opens
	// the page whose path is back.
	Confirm func(w http.ResponseWriter, r *http.Request, back string) (asked bool, err error)
	// LogoutURL is where the form "Log out" is sent; empty if the host program does
	// not let Latchkey log people out.
	LogoutURL string
	// InvitationLink returns the link for the code of an invitation, and CanMail reports
	// whether the server sends emails.
	InvitationLink func(code string) string
	CanMail        bool
	// MailLanguages returns the languages in which emails can be sent, English first.
	MailLanguages func() []ui.LanguageName
	// PersonData returns everything that is stored about a user, for JSON.
	PersonData func(context.Context, *account.User) (any, error)
	// AccountURL is the page of the account of the person who is logged in.
	AccountURL string
	// Scopes returns the scopes that ValidateClient knows.
	Scopes func(context.Context) ([]oauth.ScopeInfo, error)
	// DefaultScopes returns the scopes that are granted to a request without a scope.
	DefaultScopes func(context.Context) (oauth.Scopes, error)
	// Resources returns the resources that applications can request tokens for.
	Resources func(context.Context) ([]oauth.ResourceInfo, error)
	// Definitions returns the scopes and resources of the configuration and of the Store.
	Definitions func(context.Context) (*provider.Definitions, error)
	// HostScopes is set if the host program lists the scopes.
	HostScopes     bool
	TrustedIssuers []oauth.TrustedIssuer
	Webhooks       []oauth.Webhook
	// Settings returns all settings that apply, with their values.
	Settings func() []Setting
	// Findings returns what the command latchkey check finds, or is nil if that is not known.
	Findings *acts.Findings
	Protocol *provider.Settings // the settings of the protocol, with their defaults
	// Embedded is set if a program sets them in its code.
	Embedded bool
	// Grants are the grant types of the host program.
	Grants []oauth.ExtensionGrant
	// SigningAlgorithms returns the algorithms of the keys that sign tokens for an application.
	SigningAlgorithms func(*oauth.Client) []string
	// ValidateClient returns what is wrong with an application.
	ValidateClient func(*oauth.Client) validate.FieldErrors
	Issuer         string
	// Registration is one of provider.RegistrationPolicies, and RegistrationWarnings
	// what administrators should know about it.
	Registration         string
	RegistrationWarnings []provider.Warning
	OwnLogin             bool // the people and the login sessions are those of the Store
	// ConsumerURL is the address of a consumer, and ConsumerCallback its redirect
	// URI.
	ConsumerURL, ConsumerCallback string
	Rejections                    *rejections.Log
	Flows                         *flows.Log
	Counts                        *counts.Counter
	Keys                          Keys
	KeyRotation                   time.Duration // how long a key signs; negative: until an administrator rotates it
	NewerTables                   bool          // a newer release has changed the tables
	Tokens                        Tokens
	// Secrets encrypts the secrets of applications that use HS256.
	Secrets provider.SecretKeeper
	// ProgramClaims is true if a program, and not the accounts, decides which claims about people
	// applications get.
	ProgramClaims bool
	// Outbound fetches documents that applications publish.
	Outbound oauth.Outbound
	// DocumentFetchedAt returns when this process last fetched the metadata document
	// of an application, or zero.
	DocumentFetchedAt func(*oauth.Client) time.Time
	Logins            Logins
	// Providers are other providers at which people log in.
	Providers *loginproviders.Set
	// BeginTrial sends an administrator to a provider for a test login, and FinishTrial returns its
	// result. TryDirectory is for a provider whose people enter a password on a page of this
	// server. The result has no secrets, and nobody is logged in.
	BeginTrial   func(http.ResponseWriter, *http.Request, *upstream.Provider) error
	FinishTrial  func(*http.Request, *upstream.Provider) (loginproviders.Trial, error)
	TryDirectory func(r *http.Request, p *upstream.Provider, username, password string) (loginproviders.Trial, error)
	// OnEvent receives the changes of administrators; it may be nil. Address returns
	// the network address of a request.
	OnEvent func(context.Context, oauth.Event)
	Address func(*http.Request) netip.Addr
	Clock   func() time.Time
	Logger  *slog.Logger
}

// A Person is logged in.
type Person struct {
	// ID is the subject of the person, and Session identifies the login session.
	ID, Name, Session string
	Roles             account.Roles
}

type office struct {
	Options
	origin *http.CrossOriginProtection
	// warnMount warns once about a back office that is mounted in the wrong place.
	warnMount sync.Once
	surveys   surveyor
	exports   exports
}

// New returns a handler that serves the back office.
func New(o Options) (http.Handler, error) {
	origin, err := ui.CrossOriginProtection(oauth.Origin(o.Issuer))
	if err != nil {
		return nil, err
	}
	b := &office{Options: o, origin: origin}
	mux := http.NewServeMux()
	b.routes(mux)
	return mux, nil
}

// path returns the address of a page of the back office.
func (b *office) path(parts ...string) string {
	escaped := make([]string, len(parts))
	for i, part := range parts {
		escaped[i] = template.URLQueryEscaper(part)
	}
	if len(parts) == 0 {
		return b.Prefix
	}
	return b.Prefix + strings.ReplaceAll(strings.Join(escaped, "/"), "+", "%20") + "/"
}
