package ui

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"maps"
	"mime"
	"net/http"
	"path"
	"slices"
	"strings"
)

// asset is a file that pages load. Its URL contains a hash of all assets, so that
// browsers can cache it forever and scripts can import each other by relative
// URLs.
type asset struct {
	contentType string
	body        []byte
	ofHost      bool
}

// The files by which a host changes the look of all pages.
const (
	markFile  = "mark.svg"  // the logo
	themeFile = "theme.css" // a style sheet that comes after the built-in ones
)

// addAssets adds the files in the folder "assets" of fsys, if it exists. If the
// host has a file of the same name, that file is used instead.
func (u *UI) addAssets(fsys fs.FS) error {
	const folder = "assets"
	if _, err := fs.Stat(fsys, folder); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return fs.WalkDir(fsys, folder, func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, ofHost, err := u.read(fsys, "", file)
		if err != nil {
			return err
		}
		body, name := []byte(text), strings.TrimPrefix(file, folder+"/")
		contentType := mime.TypeByExtension(path.Ext(name))
		if path.Ext(name) == ".js" {
			contentType = "text/javascript; charset=utf-8"
		}
		u.add(name, asset{contentType, body, ofHost})
		return nil
	})
}

// add adds an asset, or replaces the one with the same name.
func (u *UI) add(name string, file asset) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.assets[name] = file
	sum := sha256.Sum256(slices.Concat([]byte(u.hash+name), file.body))
	u.hash = hex.EncodeToString(sum[:8])
}

// Asset returns the URL of the asset with the given name, such as "latchkey.css".
func (u *UI) Asset(name string) string {
	u.mu.RLock()
	defer u.mu.RUnlock()
	return u.AssetPrefix + u.hash + "/" + name
}

// assetNames returns the names of all assets, in order.
func (u *UI) assetNames() []string {
	u.mu.RLock()
	defer u.mu.RUnlock()
	return slices.Sorted(maps.Keys(u.assets))
}

// Assets serves the files under AssetPrefix.
func (u *UI) Assets() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hash, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, u.AssetPrefix), "/")
		u.mu.RLock()
		file, exists := u.assets[name]
		current := hash == u.hash
		u.mu.RUnlock()
		if !exists {
			file, exists = colorStyles(name)
		}
		switch {
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "Use GET or HEAD.", http.StatusMethodNotAllowed)
			return
		case !exists:
			http.NotFound(w, r)
			return
		}
		header := w.Header()
		header.Set("Content-Type", file.contentType)
		header.Set("Cache-Control", "public, max-age=31536000, immutable")
		if !current { // the page was rendered by another release
			header.Set("Cache-Control", "no-cache")
		}
		header.Set("X-Content-Type-Options", "nosniff")
		w.WriteHeader(http.StatusOK)
		_, _ = w.Write(file.body)
	})
}
