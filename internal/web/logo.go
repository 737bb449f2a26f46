package web

import (
	"errors"
	"html"
	"net/http"
	"net/url"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// logoURL returns the address at which this server serves the logo of an
// application, or "". The logo of an application that nobody has approved is not
// shown: it could be that of another one. Pages never refer to the server of an application, because it
// would learn who opens them.
func (h *Handler) logoURL(c *oauth.Client) string {
	if c.LogoURL == "" || h.FetchLogo == nil || c.Unverified() {
		return ""
	}
	return h.base + "/logo/?client_id=" + url.QueryEscape(c.ID)
}

// logo serves the logo of an application. If it cannot be fetched, the image shows
// the first letter of the name.
func (h *Handler) logo(w http.ResponseWriter, r *http.Request) error {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return methodNotAllowed(w, r, "GET, HEAD")
	}
	client, err := h.application(r)
	if err != nil {
		return err
	}
	header := w.Header()
	header.Set("Vary", "Accept-Language, Cookie")
	mediaType, image := h.logosOf(client).get(r.Context(), client.LogoURL)
	if mediaType == "" {
		mediaType, image = "image/svg+xml", placeholder(clientName(client))
		header.Set("Cache-Control", "no-store")
	} else {
		header.Set("Cache-Control", "public, max-age=300")
	}
	serveImage(w, r, mediaType, image, "same-origin")
	return nil
}

// logosOf returns the cache for the logo of an application.
func (h *Handler) logosOf(c *oauth.Client) *logoCache {
	if c.Unconfirmed {
		return &h.unconfirmedLogos
	}
	return &h.logos
}

// application returns the application that a request for a logo names.
func (h *Handler) application(r *http.Request) (*oauth.Client, error) {
	id := r.URL.Query().Get("client_id")
	if !oauth.IsText(id) {
		return nil, errNoLogo
	}
	client, err := h.OAuth.Client(r.Context(), id)
	switch {
	case errors.Is(err, oauth.ErrNotFound), err == nil && h.logoURL(client) == "":
		return nil, errNoLogo
	case err != nil:
		return nil, err
	}
	return client.Localized(ui.AcceptedLanguages(r)), nil
}

// errNoLogo has no heading, so that it is plain text.
var errNoLogo = &ui.Problem{Status: http.StatusNotFound, Text: ui.Plain("This application does not exist or has no logo.")}

// placeholder returns an image of the first letter of a name, which is readable on
// light and dark pages.
func placeholder(name string) []byte {
	return []byte(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><rect width="64" height="64" rx="14" fill="#0f5f57"/>` +
		`<text x="32" y="42" text-anchor="middle" font-family="sans-serif" font-size="30" font-weight="600" fill="#ffffff">` + html.EscapeString(initial(name)) + `</text></svg>`)
}
