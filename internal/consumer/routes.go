// Package consumer is a web application for trying out an OAuth 2 provider. It
// shows each step of the authorization code flow. It uses only the provider's
// public URLs, so it works with any provider.
package consumer

import (
	"crypto/rand"
	"embed"
	"io/fs"
	"log/slog"
	"net/http"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/bodylimit"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
)

//go:embed pages
var pages embed.FS

// Options configures a consumer. Only BaseURL is required.
type Options struct {
	// BaseURL is the consumer's own origin, such as "http://localhost:8001".
	BaseURL string
	// Issuer, Scope and APIURL are default values for the forms.
	Issuer, Scope, APIURL string
	Client                *http.Client     // nil means a timeout of 5 seconds and no redirects
	Clock                 func() time.Time // nil means time.Now
	Logger                *slog.Logger     // nil means no logging
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
	shared, err := ui.New(ui.Options{Brand: "OAuth 2 consumer"})
	if err != nil {
		return nil, err
	}
	files, err := fs.Sub(pages, "pages")
	if err != nil {
		return nil, err
	}
	c := &consumer{Options: o}
	_, _ = rand.Read(c.key[:]) // never fails (crypto/rand)
	if c.pages, err = shared.Pages("consumer", files, nil); err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", c.home)
	mux.HandleFunc("GET /consumer/{$}", c.form)
	mux.HandleFunc("POST /consumer/{$}", c.build)
	mux.HandleFunc("GET /consumer/exchange/{$}", c.exchange)
	mux.HandleFunc("GET /consumer/done/{$}", c.done)
	mux.HandleFunc("GET /consumer/client/{$}", c.client)
	mux.HandleFunc("GET /consumer/key/{$}", c.keyForm)
	mux.HandleFunc("POST /consumer/key/assertion/{$}", c.assertion)
	mux.HandleFunc("GET /consumer/device/{$}", c.device)
	mux.HandleFunc("GET /consumer/device/qr/{$}", c.qrCode)
	mux.Handle("/static/", shared.Assets())
	mux.HandleFunc("/", c.notFound)
	protection, err := ui.CrossOriginProtection(o.BaseURL)
	if err != nil {
		return nil, err
	}
	return bodylimit.Handler(protection.Handler(mux)), nil
}

// redirectURI returns the redirect URI of the consumer.
func (c *consumer) redirectURI() string { return c.BaseURL + "/consumer/exchange/" }

func (c *consumer) render(w http.ResponseWriter, r *http.Request, status int, page, title string, v ui.View) {
	v.Title = title
	for _, link := range []ui.Link{
		{Text: "Home", URL: "/"},
		{Text: "Authorization link", URL: "/consumer/"},
		{Text: "Tokens", URL: "/consumer/done/"},
		{Text: "API client", URL: "/consumer/client/"},
		{Text: "Key", URL: "/consumer/key/"},
		{Text: "Device", URL: "/consumer/device/"},
	} {
		link.Active = link.URL == r.URL.Path
		v.Nav = append(v.Nav, link)
	}
	if err := c.pages.Render(w, r, status, page, v); err != nil {
		c.Logger.ErrorContext(r.Context(), "page not rendered", "error", err.Error())
		http.Error(w, "The page could not be rendered.", http.StatusInternalServerError)
	}
}

func (c *consumer) home(w http.ResponseWriter, r *http.Request) {
	c.render(w, r, http.StatusOK, "home", "Try an OAuth 2 provider", ui.View{Data: c.Options})
}

func (c *consumer) notFound(w http.ResponseWriter, r *http.Request) {
	c.render(w, r, http.StatusNotFound, "message", "Page not found", ui.View{Data: message{"Page not found", "There is no page at this address. Start at the home page."}})
}

type message struct{ Heading, Text string }

// anyServer allows scripts of a page to send requests to any server, because the
// person can enter any provider or API. The consumer has no data of its own that a
// script could steal.
var anyServer = []string{"http:", "https:"}

func (c *consumer) done(w http.ResponseWriter, r *http.Request) {
	c.render(w, r, http.StatusOK, "done", "Tokens", ui.View{Data: c.Options, Scripts: []string{"done.js"}, ConnectSrc: anyServer})
}

func (c *consumer) client(w http.ResponseWriter, r *http.Request) {
	c.render(w, r, http.StatusOK, "client", "API client", ui.View{Data: c.Options, Scripts: []string{"client.js"}, ConnectSrc: anyServer})
}
