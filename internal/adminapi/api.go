package adminapi

import (
	"context"
	"encoding/json"
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
	"github.com/seed-e6a88a41/latchkey/internal/declared"
	"github.com/seed-e6a88a41/latchkey/internal/endpoint"
	"github.com/seed-e6a88a41/latchkey/internal/flows"
	"github.com/seed-e6a88a41/latchkey/internal/loginproviders"
	"github.com/seed-e6a88a41/latchkey/internal/rejections"
	"github.com/seed-e6a88a41/latchkey/internal/seal"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
	"github.com/seed-e6a88a41/latchkey/provider"
	"github.com/seed-e6a88a41/latchkey/resource"
	"github.com/seed-e6a88a41/latchkey/validate"
)

// Path is the path of the API below that of the back office.
const Path = "api/v1/"

// Store has the rows that the API reads and changes.
type Store interface {
	declared.Store
	audit.Store
	Client(ctx context.Context, id string) (*oauth.Client, error)
	WebhookFailures(ctx context.Context) ([]oauth.WebhookFailure, error)
	WithdrawConsent(ctx context.Context, subject, clientID string, at time.Time) error
	SessionClients(ctx context.Context, sessionIDs []string) ([]oauth.SessionClient, error)
	Ticket(ctx context.Context, kind oauth.TicketKind, id oauth.ID) (oauth.Ticket, oauth.Standing, error)
	Put(ctx context.Context, tickets ...oauth.Ticket) error
	Change(ctx context.Context, r oauth.ChangeRequest) (oauth.SpendResult, error)

	User(ctx context.Context, id string) (*account.User, error)
	UserMetadata(ctx context.Context, userID string) (json.RawMessage, error)
	Users(ctx context.Context, f account.UserFilter, p paging.Page) ([]*account.User, paging.Cursor, error)
	Session(ctx context.Context, id string) (account.Session, *account.User, error)
	Sessions(ctx context.Context, f account.SessionFilter, p paging.Page) ([]account.SessionRow, paging.Cursor, error)
	Group(ctx context.Context, id string) (*account.Group, error)
	Groups(ctx context.Context, f account.GroupFilter, p paging.Page) ([]*account.Group, paging.Cursor, error)
	Members(ctx context.Context, f account.MemberFilter, p paging.Page) ([]account.Member, paging.Cursor, error)
	Invitations(ctx context.Context, f account.InvitationFilter, p paging.Page) ([]account.InvitationRow, paging.Cursor, error)
}

// Logins ends login sessions, and notifies the applications.
type Logins interface {
	EndSessions(ctx context.Context, ids ...string) error
	EndSessionsOf(ctx context.Context, subject, except string) error
	RevokeSubject(ctx context.Context, subject string) error
	SessionsEnded(ctx context.Context)
}

// Tokens revokes tokens as the revocation endpoint does.
type Tokens interface {
	RevokeTokens(ctx context.Context, access, families []oauth.ID) error
	FindToken(ctx context.Context, text string) (provider.FoundToken, error)
	FindTokenByID(ctx context.Context, id oauth.ID) (provider.FoundToken, error)
	FindTokenByJTI(ctx context.Context, jti provider.JWTID) (provider.FoundToken, error)
	// CancelRequest is that of provider.Provider.
	CancelRequest(ctx context.Context, kind string, id oauth.ID, may func(subject string) error) (provider.CancelledRequest, error)
}

// Keys manages the signing keys.
type Keys interface {
	SigningKeys(ctx context.Context) ([]oauth.SigningKey, error)
	RotateKey(ctx context.Context, alg string, now bool) (oauth.SigningKey, error)
	RetireKey(ctx context.Context, id string, distrust bool) error
	// Rotation returns when the next key replaces a key, or zero.
	Rotation(k *oauth.SigningKey) time.Time
}

// Options configures the API. All fields are required, apart from Findings and OnEvent.
type Options struct {
	Prefix string // the path where it is mounted: that of the back office and Path
	URI    string // the URL of Prefix without the slash at the end, which is the aud of tokens
	Issuer string
	// Guard verifies access tokens. New sets its WriteRefusal.
	Guard    *resource.Guard
	Store    Store
	Accounts *account.Accounts
	Acts     *acts.Acts
	// Among returns functions like Validate and IsResource of Acts that use the given definitions.
	Among  func(*provider.Definitions) (func(*oauth.Client) validate.FieldErrors, func(uri string) bool)
	Logins Logins
	Tokens Tokens
	Keys   Keys
	// Findings are those of the command latchkey check, or nil if they are not known.
	Findings *acts.Findings
	// Rejections are the rejected requests.
	Rejections *rejections.Log
	// PersonData returns everything that is stored about a user, for JSON.
	PersonData func(context.Context, *account.User) (any, error)
	// InvitationLink returns the link for the code of an invitation.
	InvitationLink func(code string) string
	// Providers are the providers at which people log in.
	Providers      *loginproviders.Set
	Counts         *counts.Counter
	Flows          *flows.Log
	Webhooks       []oauth.Webhook
	TrustedIssuers []oauth.TrustedIssuer
	// Definitions returns the scopes and resources of the configuration and of the Store.
	Definitions func(context.Context) (*provider.Definitions, error)
	// Settings returns the settings of the server, without secrets.
	Settings func() []Setting
	OwnLogin bool // the people and the login sessions are those of the Store
	// Key authenticates cursors, and seals the responses that are kept for repeated requests.
	Key     []byte
	OnEvent func(context.Context, oauth.Event)
	Address func(*http.Request) netip.Addr
	Version string // of Latchkey
	Clock   func() time.Time
	Logger  *slog.Logger
}

type api struct {
	Options
	sealer     seal.Sealer
	operations []operation
	// openAPI returns the OpenAPI document, which the first request for it makes.
	openAPI func() ([]byte, error)
	// declaring is locked while a file is compared or applied, which can take much memory and time.
	declaring sync.Mutex
}

// New returns a handler that serves the API.
func New(o Options) http.Handler {
	a := &api{Options: o, sealer: seal.Sealer{Key: o.Key}}
	guard := *o.Guard
	guard.WriteRefusal = a.refuse
	mux := http.NewServeMux()
	for _, op := range a.all() {
		if !o.OwnLogin && op.accounts {
			continue
		}
		a.operations = append(a.operations, op)
	}
	a.openAPI = sync.OnceValues(a.document)
	for path, methods := range a.paths() {
		a.both(mux, "", path, a.wrongMethod(strings.Join(methods, ", ")))
	}
	for i := range a.operations {
		op := &a.operations[i]
		a.both(mux, op.method+" ", op.path, guard.RequirePolicy(resource.AnyScope(scopesOf(op.permission)...))(a.serve(op)))
	}
	a.both(mux, "GET ", "openapi.json", http.HandlerFunc(a.serveDocument))
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		a.write(w, r, notFound("The API has no operation at this address."))
	})
	return mux
}

// both registers a handler with and without the slash at the end.
func (a *api) both(mux *http.ServeMux, method, path string, h http.Handler) {
	mux.Handle(method+a.Prefix+path, h)
	mux.Handle(method+a.Prefix+path+"/{$}", h)
}

// paths returns the methods of each path.
func (a *api) paths() map[string][]string {
	paths := map[string][]string{"openapi.json": {http.MethodGet}}
	for _, op := range a.operations {
		paths[op.path] = append(paths[op.path], op.method)
	}
	return paths
}

func (a *api) wrongMethod(allowed string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Allow", allowed)
		a.write(w, r, &Problem{Type: "method", Title: "Method not allowed", Status: http.StatusMethodNotAllowed, Detail: "This address supports " + allowed + "."})
	})
}

func (a *api) serveDocument(w http.ResponseWriter, r *http.Request) {
	document, err := a.openAPI()
	if err != nil {
		a.fail(w, r, err, false)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-cache")
	_, _ = w.Write(document) // the client has closed the connection
}

// Endpoints returns all operations, with the default path, for the reference.
func Endpoints() (all []endpoint.Endpoint) {
	all = append(all, endpoint.Endpoint{Methods: "GET", Path: "/admin/" + Path + "openapi.json", Purpose: "description of the admin API (OpenAPI 3.1)", Authentication: endpoint.None})
	for _, op := range (&api{}).all() {
		all = append(all, endpoint.Endpoint{Methods: op.method, Path: "/admin/" + Path + op.path, Purpose: op.summary, Authentication: "`" + string(op.permission) + "`"})
	}
	return all
}
