// Package admin is the back office: pages for applications, users, consents,
// tokens and keys. Each file holds one action, and every action has the same
// steps: find the row, read the form, validate it, save it, redirect.
package admin

import (
	"context"
	"embed"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
	"github.com/seed-e6a88a41/latchkey/provider"
)

//go:embed pages/*.html
var pages embed.FS

// Store is what the back office reads and writes.
type Store interface {
	oauth.AdminStore
	Client(ctx context.Context, id string) (*oauth.Client, error)
	WithdrawConsent(ctx context.Context, subject, clientID string, at time.Time) error

	User(ctx context.Context, id string) (*account.User, error)
	UserByName(ctx context.Context, canonical string) (*account.User, error)
	Users(ctx context.Context, f account.UserFilter, p paging.Page) ([]*account.User, paging.Cursor, error)
	SessionClients(ctx context.Context, sessionIDs []string, subject string) ([]oauth.SessionClient, error)
	Sessions(ctx context.Context, f account.SessionFilter, p paging.Page) ([]account.SessionRow, paging.Cursor, error)
}

// Logins ends login sessions, and tells the applications.
type Logins interface {
	EndSessions(ctx context.Context, ids ...string) error
	EndSessionsOf(ctx context.Context, subject string) error
}

// Keys are the signing keys.
type Keys interface {
	SigningKeys(ctx context.Context) ([]oauth.SigningKey, error)
	RotateKey(ctx context.Context, alg string, now bool) (oauth.SigningKey, error)
	RetireKey(ctx context.Context, id string, distrust bool) error
}

// Failure is a request that was refused.
type Failure struct {
	ID                                  string
	At                                  time.Time
	ClientID, Code, Description, Detail string
}

// Failures finds refused requests.
type Failures interface {
	Find(id string) (Failure, bool)
	// Recent gives the last n, newest first; of one client, if named.
	Recent(clientID string, n int) []Failure
}

// Options are what the back office needs. ConsumerURL and ConsumerCallback may
// be empty.
type Options struct {
	Prefix   string    // the path it is mounted at, with slashes at both ends
	Pages    *ui.Pages // from ParsePages
	Store    Store
	Accounts *account.Accounts
	// Session returns the login session of a request, and its user. The error is
	// account.ErrNotFound if nobody is logged in.
	Session   func(*http.Request) (*account.User, account.Session, error)
	LoginURL  func(next string) string
	LogoutURL string
	Scopes    []oauth.ScopeInfo
	Issuer    string
	// ConsumerURL is a running consumer, ConsumerCallback its redirect URI.
	ConsumerURL, ConsumerCallback string
	Failures                      Failures
	Keys                          Keys
	// Secrets keeps those readable that sign with HS256.
	Secrets provider.SecretKeeper
	// Outbound fetches what applications publish; may be nil.
	Outbound oauth.Outbound
	Logins   Logins
	Clock    func() time.Time
	Logger   *slog.Logger
}

type office struct {
	Options
	pages  *ui.Pages
	origin *http.CrossOriginProtection
}

// ParsePages parses the pages for a back office that is mounted at prefix. It is
// not part of New, so that the faults of all templates can be reported first.
func ParsePages(u *ui.UI, prefix string) (*ui.Pages, error) {
	files, err := fs.Sub(pages, "pages")
	if err != nil {
		return nil, err
	}
	links := office{Options: Options{Prefix: prefix}}
	return u.Pages("admin", files, template.FuncMap{"path": links.path, "tail": tail, "column": column})
}

// New returns the handler of the back office.
func New(o Options) http.Handler {
	b := &office{Options: o, pages: o.Pages, origin: http.NewCrossOriginProtection()}
	mux := http.NewServeMux()
	b.routes(mux)
	return mux
}

// routes are all the pages and actions.
func (b *office) routes(mux *http.ServeMux) {
	for pattern, serve := range map[string]handler{
		"GET /{$}": b.index,

		"GET /applications/{$}":              b.clientList,
		"GET /applications/add/{$}":          b.clientAdd,
		"POST /applications/add/{$}":         b.clientCreate,
		"GET /applications/{id}/{$}":         b.clientShow,
		"GET /applications/{id}/edit/{$}":    b.clientEdit,
		"POST /applications/{id}/edit/{$}":   b.clientUpdate,
		"GET /applications/{id}/delete/{$}":  b.clientConfirmDelete,
		"POST /applications/{id}/delete/{$}": b.clientDelete,
		"POST /applications/{id}/secret/{$}": b.clientRotateSecret,
		"POST /applications/{id}/switch/{$}": b.clientSwitch,
		"POST /applications/{id}/revoke/{$}": b.clientRevoke,

		"GET /users/{$}":                b.userList,
		"GET /users/add/{$}":            b.userAdd,
		"POST /users/add/{$}":           b.userCreate,
		"GET /users/{id}/{$}":           b.userEdit,
		"POST /users/{id}/{$}":          b.userUpdate,
		"POST /users/{id}/password/{$}": b.userPassword,
		"POST /users/{id}/logout/{$}":   b.userLogout,

		"GET /tokens/{$}":    b.tokenList,
		"POST /tokens/{$}":   b.tokenRevoke,
		"GET /consents/{$}":  b.consentList,
		"POST /consents/{$}": b.consentWithdraw,
		"GET /sessions/{$}":  b.sessionList,
		"POST /sessions/{$}": b.sessionEnd,
		"GET /problems/{$}":  b.problemList,

		"GET /keys/{$}":              b.keyList,
		"POST /keys/{$}":             b.keyRotate,
		"GET /keys/{id}/retire/{$}":  b.keyConfirmRetire,
		"POST /keys/{id}/retire/{$}": b.keyRetire,
	} {
		method, path, _ := strings.Cut(pattern, " /")
		mux.HandleFunc(method+" "+b.Prefix+path, b.page(serve))
	}
	mux.HandleFunc(b.Prefix, b.page(func(*request) error { return errGone }))
}

// path is the address of a page of the back office.
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

// tail is the end of an id, enough to tell two apart.
func tail(id any) string {
	text := id.(interface{ String() string }).String()
	return "…" + text[len(text)-6:]
}
