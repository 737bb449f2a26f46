// Package ui renders pages. It contains the layout, styles, scripts and security
// headers that all pages share. A file of the host program replaces the built-in
// file of the same name.
package ui

import (
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"strings"
	"sync"
	"sync/atomic"
)

//go:embed layout.html question.html retry.html assets
var files embed.FS

// Options configures a UI. The zero value is valid.
type Options struct {
	// Templates contains the host program's files, which replace the built-in files
	// of the same name: "layout.html" (and "question.html" and "retry.html", the forms
	// of a Question and a Retry), "web/login.html" for the page "login" of the
	// Pages "web", or "assets/base.css". It can also contain additional assets.
	Templates fs.FS
	// Brand is the name in the header. Empty means "Latchkey".
	Brand string
	// HomeURL is the target of the link in the header. Empty means "/".
	HomeURL string
	// AssetPrefix is the URL path under which Assets is mounted. It begins and ends
	// with a slash. Empty means "/static/".
	AssetPrefix string
}

// UI parses pages and serves their assets.
type UI struct {
	Options
	mu     sync.RWMutex
	assets map[string]asset // by name
	hash   string           // of all assets
}

// New returns a UI with the given options.
func New(o Options) (*UI, error) {
	if o.Brand == "" {
		o.Brand = "Latchkey"
	}
	if o.HomeURL == "" {
		o.HomeURL = "/"
	}
	if o.AssetPrefix == "" {
		o.AssetPrefix = "/static/"
	}
	u := &UI{Options: o, assets: make(map[string]asset)}
	if err := u.addAssets(files); err != nil {
		return nil, err
	}
	if u.Templates != nil {
		if err := u.addAssets(u.Templates); err != nil {
			return nil, err
		}
	}
	return u, nil
}

// Pages are the parsed pages of one part of the product.
type Pages struct {
	ui    *UI
	pages atomic.Pointer[map[string]*template.Template]
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

// Replace replaces the pages with those that were parsed later.
func (p *Pages) Replace(later *Pages) { p.pages.Store(later.pages.Load()) }

// Pages parses the *.html files at the top of fsys. Each is a page with the name
// of the file, without the extension. Files whose names begin with "_" are
// templates that every page can use. Assets serves the files in "assets/". The
// error contains the faults of all files.
func (u *UI) Pages(name string, fsys fs.FS, funcs template.FuncMap) (*Pages, error) {
	names, err := fs.Glob(fsys, "*.html")
	if err != nil {
		return nil, err
	}
	base := template.New("layout.html").Funcs(u.funcs()).Funcs(funcs)
	faults := []error{u.parse(base, files, "", "layout.html"), u.parse(base, files, "", "question.html"), u.parse(base, files, "", "retry.html")}
	for _, file := range names {
		if strings.HasPrefix(file, "_") {
			faults = append(faults, u.parse(base, fsys, name, file))
		}
	}
	parsed, pages := &Pages{ui: u}, make(map[string]*template.Template)
	parsed.pages.Store(&pages)
	for _, file := range names {
		if strings.HasPrefix(file, "_") {
			continue
		}
		page, err := base.Clone()
		if err == nil {
			err = u.parse(page, fsys, name, file)
		}
		faults = append(faults, err)
		pages[strings.TrimSuffix(file, ".html")] = page
	}
	return parsed, errors.Join(append(faults, u.addAssets(fsys))...)
}

// parse adds a file to a template.
func (u *UI) parse(t *template.Template, fsys fs.FS, folder, file string) error {
	text, err := u.read(fsys, folder, file)
	if err != nil {
		return err
	}
	if _, err = t.Parse(text); err != nil {
		// All files are parsed into the template of the layout.
		lineAndFault := strings.TrimPrefix(err.Error(), "template: layout.html:")
		return fmt.Errorf("template %s:%s", path.Join(folder, file), lineAndFault)
	}
	return nil
}

// read returns the host's file if it exists, or else the built-in file in fsys.
func (u *UI) read(fsys fs.FS, folder, file string) (string, error) {
	if u.Templates != nil {
		text, err := fs.ReadFile(u.Templates, path.Join(folder, file))
		if err == nil {
			return string(text), nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	text, err := fs.ReadFile(fsys, file)
	return string(text), err
}
