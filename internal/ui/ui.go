// Package ui renders pages. It contains the layout, styles, scripts and security
// headers that all pages share. A file of the host program replaces the built-in
// file of the same name.
package ui

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"sync"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/palette"
)

//go:embed connection.html layout.html question.html redirect.html retry.html summary.html assets texts
var files embed.FS

// Options configures a UI. The zero value is valid.
type Options struct {
	// Templates contains the host program's files, which replace the built-in files
	// of the same name: "layout.html" (and "connection.html", "question.html", "redirect.html", "retry.html" and
	// "summary.html", whose blocks all pages can use), "web/login.html" for the page "login" of the
	// Pages "web", or "assets/latchkey.css". "assets/mark.svg" is the logo in the
	// header, and "assets/theme.css" a style sheet that every page loads last. It can
	// also contain additional assets, and catalogues of texts in other languages, such
	// as "texts/de.json".
	Templates fs.FS
	// Brand is the name in the header. Empty means "Latchkey".
	Brand string
	// Color is the color of buttons and links on light pages, and ColorDark that on dark
	// pages, each as "#rrggbb". If ColorDark is empty, it is a lighter shade of Color. If
	// both are empty, the colors are the built-in ones.
	Color, ColorDark string
	// Logo is an image that replaces the built-in logo.
	Logo []byte
	// HomeURL is the target of the link in the header. Empty means "/".
	HomeURL string
	// AssetPrefix is the URL path under which Assets is mounted. It begins and ends
	// with a slash. Empty means "/static/".
	AssetPrefix string
	// Clock returns the time for texts such as "2 minutes ago". Nil means time.Now.
	Clock func() time.Time
	// ThemeURL is where people send the form to choose light or dark pages, and
	// ThemeCookie is the name of the cookie with their choice. If ThemeURL is empty, the
	// pages follow the browser.
	ThemeURL, ThemeCookie string
	// LanguageURL is where people send the form to choose a language. If it is empty, the
	// pages have no such form.
	LanguageURL string
	// Address returns the path of the page that answers a request, with the query that
	// shows it again: after a choice of the appearance or the language, the person returns
	// there. Nil means the URL of the request.
	Address func(*http.Request) string
}

// UI parses pages and serves their assets.
type UI struct {
	Options
	mu     sync.RWMutex
	assets map[string]asset // by name
	hash   string           // of all assets
	logo   string           // the name of the asset with Options.Logo, or empty
	known  map[string]bool  // the files that a host can replace

	light, dark palette.Palette // of light and dark pages
	mark        func() []byte   // the built-in logo in the color of light pages, for emails

	languages *languages // as they were when the UI was created
	// faultyTexts is set if a catalogue of the host has a fault, so its keys are not all known.
	faultyTexts bool
}

// New returns a UI with the given options. The error contains all of their faults. If the
// folder Templates can be read, New also returns a UI, so that the caller can report the
// faults of its pages.
func New(o Options) (*UI, error) {
	if o.Templates != nil {
		if _, err := fs.Stat(o.Templates, "."); err != nil {
			return nil, fmt.Errorf("the folder with the templates cannot be read: %w. The path of an os.DirFS is relative to the folder in which the program runs", err)
		}
	}
	if o.Brand == "" {
		o.Brand = "Latchkey"
	}
	if o.HomeURL == "" {
		o.HomeURL = "/"
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Address == nil {
		o.Address = func(r *http.Request) string { return r.URL.RequestURI() }
	}
	if o.AssetPrefix == "" {
		o.AssetPrefix = "/static/"
	}
	u := &UI{Options: o, assets: make(map[string]asset), known: make(map[string]bool)}
	var textsErr, assetsErr error
	if u.languages, textsErr = loadLanguages(o.Templates); u.languages == nil {
		return nil, textsErr
	}
	u.faultyTexts = textsErr != nil
	if err := u.addAssets(files); err != nil {
		return nil, err
	}
	if u.Templates != nil {
		assetsErr = u.addAssets(u.Templates)
	}
	brandErr := u.brand()
	u.mark = sync.OnceValue(func() []byte { return palette.Mark(u.light.Brand, u.light.OnBrand, 96) })
	return u, errors.Join(textsErr, assetsErr, brandErr)
}

// Replace replaces the pages and assets with those of another UI with the same
// options, which was parsed later.
func (u *UI) Replace(later *UI) {
	later.mu.RLock()
	defer later.mu.RUnlock()
	u.mu.Lock()
	defer u.mu.Unlock()
	u.assets, u.hash = later.assets, later.hash
}

// read returns the host's file if it exists, or else the built-in file in fsys.
func (u *UI) read(fsys fs.FS, folder, file string) (text string, ofHost bool, err error) {
	name := path.Join(folder, file)
	u.know(name)
	if u.Templates != nil {
		text, err := fs.ReadFile(u.Templates, name)
		if err == nil {
			return string(text), true, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return "", true, err
		}
	}
	builtIn, err := fs.ReadFile(fsys, file)
	return string(builtIn), false, err
}

// know adds the name of a file to those that a host can replace.
func (u *UI) know(name string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.known[name] = true
}
