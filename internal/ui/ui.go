// Package ui holds what all pages share: the layout, the styles, the security
// headers, and the lookup of templates and assets, in which a file of the host
// replaces the built-in file of the same name.
package ui

import (
	"embed"
	"errors"
	"html/template"
	"io/fs"
	"log/slog"
	"path"
	"strings"
	"sync"
)

//go:embed layout.html assets
var files embed.FS

// Options are what a UI is made of; the zero value works.
type Options struct {
	// Templates are the host's own files: "layout.html", or "web/login.html"
	// for the page login of the face web. A file here wins over ours. Files in
	// "assets/", like "assets/base.css", do so too, and may be new ones.
	Templates fs.FS
	// Brand is the name in the header; empty means "Latchkey".
	Brand string
	// HomeURL is where the brand leads; empty means "/".
	HomeURL string
	// AssetPrefix is the URL path under which Assets is mounted, with slashes
	// at both ends; empty means "/static/".
	AssetPrefix string
	Logger      *slog.Logger // nil logs nothing
}

// UI makes faces and serves their assets.
type UI struct {
	Options
	mu     sync.RWMutex
	assets map[string]asset // by name
	hash   string           // of all assets
}

// New makes a UI.
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
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
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

// Pages is the pages of one part of the product, parsed.
type Pages struct {
	ui    *UI
	pages map[string]*template.Template
}

// Pages parses all *.html at the top of fsys, each as the page of its name.
// Files that begin with "_" are parts that every page may use. Files in
// assets/ are served by Assets.
func (u *UI) Pages(name string, fsys fs.FS, funcs template.FuncMap) (*Pages, error) {
	base := template.New("layout.html").Funcs(u.funcs()).Funcs(funcs)
	text, err := u.read(files, "", "layout.html")
	if err != nil {
		return nil, err
	}
	if _, err := base.Parse(text); err != nil {
		return nil, err
	}
	names, err := fs.Glob(fsys, "*.html")
	if err != nil {
		return nil, err
	}
	for _, file := range names {
		if !strings.HasPrefix(file, "_") {
			continue
		}
		if text, err = u.read(fsys, name, file); err != nil {
			return nil, err
		}
		if _, err := base.Parse(text); err != nil {
			return nil, err
		}
	}
	face := &Pages{ui: u, pages: make(map[string]*template.Template)}
	for _, file := range names {
		if strings.HasPrefix(file, "_") {
			continue
		}
		if text, err = u.read(fsys, name, file); err != nil {
			return nil, err
		}
		page, err := base.Clone()
		if err != nil {
			return nil, err
		}
		if face.pages[strings.TrimSuffix(file, ".html")], err = page.Parse(text); err != nil {
			return nil, err
		}
	}
	return face, u.addAssets(fsys)
}

// read gives the host's file if there is one, else ours.
func (u *UI) read(fsys fs.FS, face, file string) (string, error) {
	if u.Templates != nil {
		text, err := fs.ReadFile(u.Templates, path.Join(face, file))
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
