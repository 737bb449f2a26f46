// Package web serves the public URLs: the protocol's endpoints for applications,
// and the pages for people. Each handler reads the request, calls package provider
// or account, and writes the answer. This package contains all code for HTTP and
// HTML, and no rules of the protocol.
package web

import (
	"context"
	"embed"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/developers"
	"github.com/seed-e6a88a41/latchkey/internal/flows"
	"github.com/seed-e6a88a41/latchkey/internal/loginproviders"
	"github.com/seed-e6a88a41/latchkey/internal/rejections"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

//go:embed all:pages
var pages embed.FS

// Options configures a Handler. OAuth, Accounts, UI, Pages, Rejections,
// Consents, Clock and Logger are required.
type Options struct {
	OAuth    *provider.Provider
	Accounts *account.Accounts
	UI       *ui.UI
	Pages    *ui.Pages // from ParsePages
	// CookieSuffix ends the names of all cookies; may be empty.
	CookieSuffix string
	// Rejections receives rejected requests.
	Rejections *rejections.Log
	// Flows receives the steps of authorization requests.
	Flows *flows.Log
	// TrustedProxies are the networks of proxies whose X-Forwarded-For and
	// Forwarded headers are used to find a client's address.
	TrustedProxies []netip.Prefix
	// Place returns roughly where a network address is, or "". It may be nil.
	Place func(netip.Addr) string
	// InsecureAllowAnyOrigin lets scripts of every origin read the answers of
	// the endpoints, regardless of the client's own list.
	InsecureAllowAnyOrigin bool
	// HomeLinks are shown on the page at "/".
	HomeLinks []ui.Link
	// Consents lists what people have allowed, and withdraws it.
	Consents Consents
	// SetupKey is the secret key of the links with which the first administrator is
	// created. AdminURL is the address of the back office.
	SetupKey []byte
	AdminURL string
	// SignUp lets people create accounts.
	SignUp bool
	// Mail sends an email. If it is nil, no email can be sent.
	Mail func(context.Context, Mail) error
	// CatchMails shows emails on a page instead of sending them.
	CatchMails bool
	// Providers are other providers at which people can log in. StateKey is the secret key
	// of the state of these logins.
	Providers *loginproviders.Set
	StateKey  []byte
	// Host, if set, is the login of the host program. It replaces Latchkey's own.
	Host *Host
	// Developers are the applications that people manage themselves.
	Developers *developers.Apps
	// FetchLogo fetches the logo of an application. If it is nil, no logos are shown.
	FetchLogo func(ctx context.Context, url string, maxBytes int64) ([]byte, error)
	// OnEvent receives what people did; it may be nil.
	OnEvent func(context.Context, oauth.Event)
	// TokenTook receives the duration of each token request.
	TokenTook func(time.Duration)

	Clock  func() time.Time
	Logger *slog.Logger
}

// Handler serves the public URLs.
type Handler struct {
	Options
	mux      *http.ServeMux
	exact    map[string]http.HandlerFunc // by path
	base     string                      // the path of the issuer, such as "/o"
	secure   bool                        // the issuer's scheme is https
	metadata atomic.Pointer[documents]
	// resources is the metadata of the protected resources at the start, first that of this server.
	resources []provider.ResourceDocument
	origin    *http.CrossOriginProtection
	mails     mailbox
	logos     logoCache // of applications that are stored
	// unconfirmedLogos are those of applications that are not stored. Anyone can fill it.
	unconfirmedLogos logoCache
	// warnProxy warns once about a proxy that is not in TrustedProxies.
	warnProxy sync.Once
	// warnHop warns once about a trusted proxy that does not name the client.
	warnHop sync.Once
	// warnMount warns once about a Server that is mounted in the wrong place.
	warnMount sync.Once
}

// New returns a Handler for o. Mount it so that it receives the whole path.
func New(o Options) (*Handler, error) {
	issuer, err := url.Parse(o.OAuth.Issuer)
	if err != nil {
		return nil, err
	}
	h := &Handler{
		Options: o, mux: http.NewServeMux(), exact: make(map[string]http.HandlerFunc),
		base: issuer.EscapedPath(), secure: issuer.Scheme == "https",
	}
	if h.origin, err = ui.CrossOriginProtection(oauth.Origin(o.OAuth.Issuer)); err != nil {
		return nil, err
	}
	if _, err = o.OAuth.Metadata(); err != nil {
		return nil, err
	}
	if h.resources, err = o.OAuth.ResourceMetadata(); err != nil {
		return nil, err
	}
	for _, logos := range []*logoCache{&h.logos, &h.unconfirmedLogos} {
		logos.fetch, logos.clock, logos.log = o.FetchLogo, o.Clock, o.Logger
	}
	if o.CatchMails {
		h.Mail = h.mails.keep
	}
	h.routes()
	return h, nil
}

// ServeHTTP finds most routes in a map, which takes a fraction of the time that
// a ServeMux needs.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if serve, ok := h.exact[r.URL.Path]; ok && r.URL.RawPath == "" {
		serve(w, r)
		return
	}
	h.mux.ServeHTTP(w, r)
}
