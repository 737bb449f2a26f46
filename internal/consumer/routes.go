// Package consumer is a client for trying out any provider. It depends on
// nothing but the provider's URLs, and has no special access to Latchkey.
package consumer

import (
	"crypto/rand"
	"embed"
	"io/fs"
	"log/slog"
	"net/http"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
)

//go:embed pages
var pages embed.FS

// Options are what a consumer needs; only BaseURL must be given.
type Options struct {
	// BaseURL is the consumer's own origin, e.g. "http://localhost:8001".
	BaseURL string
	// Issuer, Scope and APIURL fill the forms in, if set.
	Issuer, Scope, APIURL string
	Client                *http.Client     // nil means one with tight limits
	Clock                 func() time.Time // nil means time.Now
	Logger                *slog.Logger     // nil logs nothing
}

type consumer struct {
	Options
	pages *ui.Pages
	key   [32]byte // seals what a browser keeps between two pages
}

// New makes a consumer; mount it at "/" of its own origin.
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
	shared, err := ui.New(ui.Options{Brand: "OAuth 2 consumer", Logger: o.Logger})
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
	mux.Handle("/static/", shared.Assets())
	mux.HandleFunc("/", c.nothing)
	return http.NewCrossOriginProtection().Handler(mux), nil
}

// callback is the consumer's redirect URI.
func (c *consumer) callback() string { return c.BaseURL + "/consumer/exchange/" }

func (c *consumer) render(w http.ResponseWriter, r *http.Request, status int, page, title string, v ui.View) {
	v.Title = title
	for _, link := range []ui.Link{
		{Text: "Home", URL: "/"}, {Text: "Get permission", URL: "/consumer/"}, {Text: "Tokens", URL: "/consumer/done/"}, {Text: "API client", URL: "/consumer/client/"},
	} {
		link.Active = link.URL == r.URL.Path
		v.Nav = append(v.Nav, link)
	}
	c.pages.Render(w, r, status, page, v)
}

func (c *consumer) home(w http.ResponseWriter, r *http.Request) {
	c.render(w, r, http.StatusOK, "home", "Try a provider", ui.View{Data: c.Options})
}

func (c *consumer) nothing(w http.ResponseWriter, r *http.Request) {
	c.render(w, r, http.StatusNotFound, "message", "Nothing here", ui.View{Data: note{"There is nothing here", "This address leads nowhere. Begin at the home page."}})
}

type note struct{ Heading, Text string }

// anyServer lets a page call whatever provider the person typed: that is what
// these pages are for, and they hold nothing of this origin to steal.
var anyServer = []string{"http:", "https:"}

func (c *consumer) done(w http.ResponseWriter, r *http.Request) {
	c.render(w, r, http.StatusOK, "done", "Tokens", ui.View{Data: c.Options, Scripts: []string{"done.js"}, ConnectSrc: anyServer})
}

func (c *consumer) client(w http.ResponseWriter, r *http.Request) {
	c.render(w, r, http.StatusOK, "client", "A simple API client", ui.View{Data: c.Options, Scripts: []string{"client.js"}, ConnectSrc: anyServer})
}
