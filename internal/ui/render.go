package ui

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
)

// Link is a link in the navigation or on a page.
type Link struct {
	Text, URL string
	// Active marks the link to the current page.
	Active bool
}

// Message is a message above the content of a page.
type Message struct {
	Kind string // "ok", "error" or "info"
	Text string
}

// View is the content of a page.
type View struct {
	Title string
	Nav   []Link
	// User is the name of the logged-in person. LogoutURL is where the "Log out"
	// button posts to.
	User, LogoutURL string
	// Narrow shows the page as a single centered card.
	Narrow  bool
	Message *Message
	// FormAction, ConnectSrc, ImgSrc and FrameSrc are sources that the page's
	// Content-Security-Policy allows in addition to its own origin.
	FormAction, ConnectSrc, ImgSrc, FrameSrc []string
	// IsolateFromOpener separates the page from the window that opened it
	// (Cross-Origin-Opener-Policy). Pages of the authorization flow must not set it:
	// an application that shows them in a popup could no longer close the popup.
	IsolateFromOpener bool
	// Scripts are names of assets that the page loads.
	Scripts []string
	// Data is passed to the template.
	Data any
}

// page is the data of the layout template.
type page struct {
	View
	Brand, HomeURL string
}

// Render writes the page with the given name. The page is rendered completely
// before anything is sent: if Render returns an error, it has written nothing,
// and the caller can answer with something else.
func (p *Pages) Render(w http.ResponseWriter, r *http.Request, status int, name string, v View) error {
	template := p.pages[name]
	if template == nil {
		return fmt.Errorf("page %q does not exist", name)
	}
	var body bytes.Buffer
	if err := template.Execute(&body, page{v, p.ui.Brand, p.ui.HomeURL}); err != nil {
		return fmt.Errorf("page %q: %w", name, err)
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
	return nil
}

// policy returns the Content-Security-Policy: only files of our own origin, no
// inline scripts or styles, and the page cannot be framed (RFC 9700 §4.16).
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
