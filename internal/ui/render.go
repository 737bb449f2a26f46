package ui

import (
	"bytes"
	"net/http"
	"strings"
)

// Link leads somewhere.
type Link struct {
	Text, URL string
	// Active marks where the reader is.
	Active bool
}

// Message is one line above a page.
type Message struct {
	Kind string // "ok", "error" or "info"
	Text string
}

// View is what a page shows.
type View struct {
	Title string
	Nav   []Link
	// User is who is logged in; LogoutURL takes the POST that ends it.
	User, LogoutURL string
	// Narrow centres the page as one card.
	Narrow  bool
	Message *Message
	// FormAction, ConnectSrc, ImgSrc and FrameSrc are further sources for the page's
	// Content-Security-Policy, beside its own origin.
	FormAction, ConnectSrc, ImgSrc, FrameSrc []string
	// IsolateFromOpener cuts the page off from the window that opened it. Pages of the
	// authorization flow cannot have it: an application may show them in a
	// popup window, and would lose its hold of it.
	IsolateFromOpener bool
	// Scripts are names of assets.
	Scripts []string
	Data    any
}

// page is what the layout sees.
type page struct {
	View
	Brand, HomeURL string
}

// Render writes a page. It is made as a whole before anything is sent, so
// that a fault gives an error and never half a page.
func (p *Pages) Render(w http.ResponseWriter, r *http.Request, status int, name string, v View) {
	var body bytes.Buffer
	template := p.pages[name]
	if template == nil {
		p.ui.Logger.ErrorContext(r.Context(), "page missing", "page", name)
		http.Error(w, "The page could not be made.", http.StatusInternalServerError)
		return
	}
	if err := template.Execute(&body, page{v, p.ui.Brand, p.ui.HomeURL}); err != nil {
		p.ui.Logger.ErrorContext(r.Context(), "page not rendered", "page", name, "error", err.Error())
		http.Error(w, "The page could not be made.", http.StatusInternalServerError)
		return
	}
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Security-Policy", v.policy())
	header.Set("X-Frame-Options", "DENY")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Cache-Control", "no-store")
	if v.IsolateFromOpener {
		header.Set("Cross-Origin-Opener-Policy", "same-origin")
	}
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = body.WriteTo(w)
	}
}

// policy is the Content-Security-Policy: our own files alone, no inline
// scripts or styles, no frames (RFC 9700 §4.16).
func (v View) policy() string {
	var b strings.Builder
	b.WriteString("default-src 'none'; script-src 'self'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'")
	for _, directive := range []struct {
		name    string
		sources []string
	}{
		{"img-src", append([]string{"'self'", "data:"}, v.ImgSrc...)},
		{"connect-src", append([]string{"'self'"}, v.ConnectSrc...)},
		{"form-action", append([]string{"'self'"}, v.FormAction...)},
		{"frame-src", v.FrameSrc},
	} {
		if len(directive.sources) == 0 {
			continue
		}
		b.WriteString("; " + directive.name)
		for _, source := range directive.sources {
			if source != "" && !strings.ContainsAny(source, " ;,\r\n\"") {
				b.WriteString(" " + source)
			}
		}
	}
	return b.String()
}
