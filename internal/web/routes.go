// Package web serves the public URLs: the protocol's endpoints and the pages
// for people. A handler parses the request, calls one method of package
// provider or account, and writes the response.
package web

import (
	"context"
	"embed"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

//go:embed pages
var pages embed.FS

// Options are what the faces of the protocol need. All but TrustedProxies,
// InsecureAllowAnyOrigin, HomeLinks and Who must be given.
type Options struct {
	OAuth    *provider.Provider
	Accounts *account.Accounts
	UI       *ui.UI
	Failures *Failures
	// TrustedProxies may say in X-Forwarded-For where a request came from.
	TrustedProxies []netip.Prefix
	// InsecureAllowAnyOrigin answers browsers of every origin, whatever the
	// client's own list says.
	InsecureAllowAnyOrigin bool
	// HomeLinks are shown on the page at "/".
	HomeLinks []ui.Link
	// Consents is what people see and withdraw on their own page.
	Consents Consents
	// SignUp lets people make accounts.
	SignUp bool
	// Mail sends a mail; nil means that none can be sent.
	Mail func(context.Context, Mail) error
	// CatchMails keeps mails and shows them on a page instead of sending them.
	CatchMails bool
	// Who, if set, replaces Latchkey's own log-in: it tells who is logged in,
	// and LoginURL where to send who is not.
	Who      func(*http.Request) (oauth.Authentication, string, bool)
	LoginURL func(next string) string

	// OnEvent is told what people do; may be nil.
	OnEvent func(context.Context, oauth.Event)

	Clock  func() time.Time
	Logger *slog.Logger
}

// Handler serves the public URLs.
type Handler struct {
	Options
	mux      *http.ServeMux
	exact    map[string]http.HandlerFunc // by path
	pages    *ui.Pages
	base     string // the issuer's path, e.g. "/o"
	secure   bool   // the issuer is https
	metadata provider.Document
	foreign  *http.CrossOriginProtection
	mails    mailbox
	// distrusted: somebody who is no trusted proxy spoke for another address.
	distrusted sync.Once
}

// New makes the handler. Mount it so that it sees the whole path.
func New(o Options) (*Handler, error) {
	issuer, err := url.Parse(o.OAuth.Issuer)
	if err != nil {
		return nil, err
	}
	h := &Handler{
		Options: o, mux: http.NewServeMux(), exact: make(map[string]http.HandlerFunc), foreign: http.NewCrossOriginProtection(),
		base: issuer.EscapedPath(), secure: issuer.Scheme == "https",
	}
	files, err := fs.Sub(pages, "pages")
	if err != nil {
		return nil, err
	}
	if h.pages, err = o.UI.Pages("web", files, template.FuncMap{
		"split": func(text string) []string { return strings.Split(text, "\n") },
		"link":  func(text string) bool { return strings.HasPrefix(text, o.OAuth.Issuer) },
		"label": claimLabel,
	}); err != nil {
		return nil, err
	}
	if h.metadata, err = o.OAuth.Metadata(); err != nil {
		return nil, err
	}
	if o.CatchMails {
		h.Mail = h.mails.keep
	}
	h.routes()
	return h, nil
}

func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// To look a path up costs a fraction of what the mux needs to match it.
	if serve, known := h.exact[r.URL.Path]; known && r.URL.RawPath == "" {
		serve(w, r)
		return
	}
	h.mux.ServeHTTP(w, r)
}

// routes are all the public URLs. Each endpoint answers the same with and
// without its trailing slash, never with a redirect.
func (h *Handler) routes() {
	// For clients.
	h.endpoint("token", h.direct(h.token))
	h.endpoint("revoke_token", h.direct(h.revoke))
	h.endpoint("introspect", h.direct(h.introspect))
	h.endpoint("userinfo", h.userinfo)
	for _, path := range h.metadataPaths() {
		h.at(path, h.document(h.metadataDocument))
	}
	h.at(h.base+"/.well-known/jwks.json", h.document(h.jwks))

	// For people.
	h.endpoint("authorize", h.authorize)
	h.mux.Handle(h.base+"/static/", h.UI.Assets())
	if h.Who == nil {
		h.endpoint("login", h.guarded(h.login))
		h.endpoint("logout", h.logout)
		h.endpoint("check_session", h.checkSession)
		h.endpoint("account", h.guarded(h.account))
		h.endpoint("authorized_tokens", h.guarded(h.account))
		if h.SignUp {
			h.endpoint("signup", h.guarded(h.signUp))
		}
		if h.Mail != nil {
			h.endpoint("reset", h.guarded(h.reset))
			h.endpoint("verify", h.guarded(h.verify))
		}
		if h.CatchMails {
			h.endpoint("mails", h.mailList)
		}
	}
	h.mux.HandleFunc("/", h.elsewhere)
}

func (h *Handler) endpoint(name string, serve http.HandlerFunc) {
	h.at(h.base+"/"+name, serve)
	h.at(h.base+"/"+name+"/", serve)
}

// at serves this one path. Whoever watches the request finds the route in its
// Pattern, as from any ServeMux; the slash at the end makes no difference there.
func (h *Handler) at(path string, handle http.HandlerFunc) {
	pattern := strings.TrimSuffix(path, "/")
	serve := func(w http.ResponseWriter, r *http.Request) {
		r.Pattern = pattern
		handle(w, r)
	}
	if plain, err := url.PathUnescape(path); err == nil {
		h.exact[plain] = serve
	}
	if strings.HasSuffix(path, "/") {
		path += "{$}"
	}
	h.mux.HandleFunc(path, serve)
}

// metadataPaths are the places where clients look: RFC 8414 §3.1 puts the
// well-known part before the issuer's path, OpenID Connect Discovery §4 and
// many clients behind it. All serve one document with one issuer.
func (h *Handler) metadataPaths() []string {
	const as, openid = "/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"
	paths := []string{h.base + as, h.base + openid}
	if h.base != "" {
		paths = append(paths, as+h.base, openid+h.base, as)
	}
	return paths
}

// loginURL is where a person logs in and then goes on to next, a path of this
// server.
func (h *Handler) loginURL(next string) string {
	if h.LoginURL != nil {
		return h.LoginURL(next)
	}
	return h.base + "/login/?next=" + url.QueryEscape(next)
}

// guarded refuses requests that another site's page makes in the person's
// name.
func (h *Handler) guarded(serve http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := h.foreign.Check(r); err != nil {
			h.refusePerson(w, r, http.StatusForbidden, &refusal{
				heading: "This form came from another site",
				text:    "For safety, only this server's own pages may send it.",
				advice:  "Open the page again and repeat what you did.",
				detail:  err.Error(),
			})
			return
		}
		serve(w, r)
	}
}

// localPath holds a next to a path of this server: anything else, as another
// site might put into a link, becomes the fallback.
func localPath(next, fallback string) string {
	if !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n\t\x00") {
		return fallback
	}
	if u, err := url.Parse(next); err != nil || u.Scheme != "" || u.Host != "" {
		return fallback
	}
	return next
}
