// Package consumer is a web application for trying out an OAuth 2 provider. It
// shows each step of the authorization code flow. It uses only the provider's
// public URLs, so it works with any provider.
package consumer

import (
	"crypto/rand"
	"embed"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/bodylimit"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
)

//go:embed all:pages
var pages embed.FS

// Options configures a consumer. Only BaseURL is required.
type Options struct {
	// BaseURL is the consumer's own origin, such as "http://localhost:8001".
	BaseURL string
	// Issuer, Scope and APIURL are default values for the forms.
	Issuer, Scope, APIURL string
	// AddURL is the page on which a person adds an application at the provider of the
	// Issuer, or empty.
	AddURL string
	// Templates can have catalogues of texts in other languages, such as "texts/de.json".
	// Other files are ignored.
	Templates fs.FS
	Client    *http.Client     // nil means a timeout of 5 seconds and no redirects
	Clock     func() time.Time // nil means time.Now
	Logger    *slog.Logger     // nil means no logging
}

type consumer struct {
	Options
	pages *ui.Pages
	key   [32]byte // encrypts the cookies of pending requests
}

// New returns a consumer. Mount it at "/" of its own origin.
func New(o Options) (http.Handler, error) {
	if o.Client == nil {
		o.Client = &http.Client{Timeout: 5 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	shared, err := ui.New(ui.Options{Brand: "OAuth 2 consumer", Templates: ui.TextsOf(o.Templates)})
	if err != nil {
		return nil, err
	}
	files, err := fs.Sub(pages, "pages")
	if err != nil {
		return nil, err
	}
	c := &consumer{Options: o}
	_, _ = rand.Read(c.key[:]) // never fails (crypto/rand)
	if c.pages, err = shared.Pages(ui.Part{Name: "consumer", Files: files, Texts: "consumer.", Funcs: template.FuncMap{"openLink": openLink}}); err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	c.routes(mux)
	mux.Handle("/static/", shared.Assets())
	protection, err := ui.CrossOriginProtection(o.BaseURL)
	if err != nil {
		return nil, err
	}
	return c.atOwnHost(bodylimit.Handler(protection.Handler(mux))), nil
}

func (c *consumer) routes(mux *http.ServeMux) {
	mux.HandleFunc("GET /{$}", c.home)
	mux.HandleFunc("GET /consumer/{$}", c.form)
	mux.HandleFunc("POST /consumer/{$}", c.build)
	mux.HandleFunc("POST /consumer/provider/{$}", c.metadata)
	mux.HandleFunc("POST /consumer/relay/{$}", c.relay)
	mux.HandleFunc("GET /consumer/push/{$}", c.pushForm)
	mux.HandleFunc("POST /consumer/push/{$}", c.pushRequest)
	mux.HandleFunc("GET /consumer/exchange/{$}", c.exchange)
	mux.HandleFunc("GET /consumer/done/{$}", c.scripted("done", ui.Text{"consumer.done.title"}, "done.js"))
	mux.HandleFunc("GET /consumer/id-token/{$}", c.scripted("id_token", ui.Text{"consumer.id_token.title"}, "id_token.js"))
	mux.HandleFunc("POST /consumer/id-token/check/{$}", c.checkIDToken)
	mux.HandleFunc("POST /consumer/userinfo/check/{$}", c.checkUserinfo)
	mux.HandleFunc("GET /consumer/renew/{$}", c.renewForm)
	mux.HandleFunc("POST /consumer/renew/{$}", c.renew)
	mux.HandleFunc("GET /consumer/logout/{$}", c.logoutForm)
	mux.HandleFunc("POST /consumer/logout/{$}", c.logout)
	mux.HandleFunc("GET /consumer/logged-out/{$}", c.loggedOut)
	mux.HandleFunc("GET /consumer/client/{$}", c.scripted("client", ui.Text{"consumer.client.title"}, "client.js"))
	mux.HandleFunc("GET /consumer/credentials/{$}", c.machine("credentials", ui.Text{"consumer.credentials.title"}, "credentials.js"))
	mux.HandleFunc("GET /consumer/device/{$}", c.device)
	mux.HandleFunc("GET /consumer/device/qr/{$}", c.qrCode)
	mux.HandleFunc("GET /consumer/token-exchange/{$}", c.machine("token_exchange", ui.Text{"consumer.token_exchange.title"}, "token_exchange.js"))
	mux.HandleFunc("GET /consumer/password/{$}", c.scripted("password", ui.Text{"consumer.password.title"}, "password.js"))
	mux.HandleFunc("GET /consumer/key/{$}", c.keyForm)
	mux.HandleFunc("POST /consumer/key/assertion/{$}", c.assertion)
	mux.HandleFunc("GET /consumer/register/{$}", c.registerForm)
	mux.HandleFunc("POST /consumer/register/{$}", c.register)
	mux.HandleFunc("GET /consumer/registration/{$}", c.registrationForm)
	mux.HandleFunc("POST /consumer/registration/{$}", c.manageRegistration)
	mux.HandleFunc("GET /consumer/document/{$}", c.documentPage)
	mux.HandleFunc("GET "+documentPath, c.document)
	mux.HandleFunc("GET /consumer/texts.js", c.texts)
	mux.HandleFunc("/", c.notFound)
}

// openLink returns a link to a page whose address is known only to a script.
func openLink(id string, text template.HTML) template.HTML {
	return template.HTML(`<a id="`+id+`" target="_blank" rel="noreferrer">`) + text + "</a>" //nolint:gosec // constant
}

// redirectURI returns the redirect URI of the consumer.
func (c *consumer) redirectURI() string { return c.BaseURL + "/consumer/exchange/" }

func (c *consumer) render(w http.ResponseWriter, r *http.Request, status int, page string, title ui.Text, v ui.View) {
	v.Title = title
	v.Nav, v.Tabs = navigation(r.URL.Path)
	if err := c.pages.Render(w, r, status, page, v); err != nil {
		c.Logger.ErrorContext(r.Context(), "page not rendered", "error", err.Error())
		http.Error(w, c.plain(r, ui.Text{"consumer.fault.page"}), http.StatusInternalServerError)
	}
}

func (c *consumer) home(w http.ResponseWriter, r *http.Request) {
	c.render(w, r, http.StatusOK, "home", ui.Text{"consumer.home.title"}, ui.View{Data: c.Options})
}

func (c *consumer) notFound(w http.ResponseWriter, r *http.Request) {
	notFound := message{ui.Text{"problem.not_found_heading"}, ui.Text{"consumer.fault.not_found"}}
	c.render(w, r, http.StatusNotFound, "message", notFound.Heading, ui.View{Data: notFound})
}

type message struct{ Heading, Text ui.Text }

// failed reports an error of this server.
func (c *consumer) failed(w http.ResponseWriter, r *http.Request, err error) {
	c.Logger.ErrorContext(r.Context(), "request failed", "path", r.URL.Path, "error", err.Error())
	http.Error(w, c.plain(r, ui.Text{"consumer.fault.internal"}), http.StatusInternalServerError)
}

// unreadable reports a form that cannot be read.
func (c *consumer) unreadable(w http.ResponseWriter, r *http.Request) {
	c.render(w, r, http.StatusBadRequest, "message", ui.Text{"problem.form_heading"}, ui.View{Data: message{ui.Text{"problem.form_heading"}, ui.Text{"consumer.fault.form_advice"}}})
}
