package ui

import (
	"bytes"
	"fmt"
	"html"
	"html/template"
	"net/http"
	"strings"
)

// Link is a link in the navigation or on a page.
type Link struct {
	Text Text   // the text of the link
	URL  string // where it leads
	// Active marks the link to the current page.
	Active bool
	// Icon is the name of a symbol in icons.svg, or empty.
	Icon string
	// Heading, if set, starts a group of links in the navigation.
	Heading Text
}

// Message is a message above the content of a page.
type Message struct {
	Kind string // "ok", "error" or "info"
	Text Text   // a sentence
}

// View is the content of a page.
type View struct {
	// Title is the title of the browser window or tab.
	Title Text
	// Nav contains the links of the navigation. A page with neither Nav nor User is shown
	// in the middle of the window.
	Nav []Link
	// Search is the link to a page that searches everything, or empty.
	Search Link
	// Tabs are links to the other pages of the section, if it has several.
	Tabs []Link
	// User is the name of the logged-in person. LogoutURL is where the "Log out"
	// button posts to.
	User, LogoutURL string
	// AccountURL is the page of the account of the person, to which their name links, or
	// empty.
	AccountURL string
	// Narrow shows the page in the middle of the window: a page with one question or one
	// answer. With Wide, such a page is wider.
	Narrow, Wide bool
	// Color is the color of the application that the page is about, as "#rrggbb", or empty.
	// It does not change the header.
	Color string
	// Calm marks a page of a person's account, which has more space than the back office.
	Calm bool
	// Message is shown above the content; it can be nil.
	Message *Message
	// FormAction, ConnectSrc and FrameSrc are sources that the page's
	// Content-Security-Policy allows in addition to its own origin. Images always
	// come from its own origin.
	FormAction, ConnectSrc, FrameSrc []string
	// IsolateFromOpener separates the page from the window that opened it
	// (Cross-Origin-Opener-Policy). Pages of the authorization flow must not set it:
	// an application that shows them in a popup could no longer close the popup.
	IsolateFromOpener bool
	// AnyFormAction lets the forms of the page submit to any address, and lets the
	// response redirect to any address.
	AnyFormAction bool
	// Framable lets other sites show the page in a frame.
	Framable bool
	// FramableBySelf lets pages of the same origin, and no others, show the page in a
	// frame.
	FramableBySelf bool
	// GoTo is an http or https URL that the browser goes to at once, or empty.
	GoTo string
	// Scripts are names of assets that the page loads.
	Scripts []string
	// May reports whether the person has a permission. It returns an error if there is no such
	// permission.
	May func(permission string) (bool, error)
	// Data is passed to the template.
	Data any
}

// page is the data of the layout template.
type page struct {
	View
	Brand, HomeURL string
	// Language is the language of the page (BCP 47), and Direction is "ltr" or "rtl".
	Language, Direction string
	// Theme is "light" or "dark" if the person has chosen one. ThemeURL is the address to
	// which they send their choice, or empty.
	Theme, ThemeURL string
	// Languages are those that the person can choose, and LanguageURL is the address to
	// which they send their choice. Both are empty if the pages have only one language.
	Languages   []LanguageName
	LanguageURL string
	// Address is the path of this page, with the query that shows it again. People return
	// there after a choice of the appearance or the language.
	Address string
	// OwnLogo is the name of the asset with the logo of the host, or empty.
	OwnLogo string
	// OwnColors is set if the host has colors of its own, the asset "brand.css". OwnStyles
	// is set if it has a style sheet of its own, the asset "theme.css".
	OwnColors, OwnStyles bool
}

// newPage returns the data of the layout for a page in one of the languages.
func (u *UI) newPage(r *http.Request, v View, all *languages, l *Language) page {
	p := page{View: v, Brand: u.Brand, HomeURL: u.HomeURL, Language: l.Tag, Direction: l.Direction, Theme: u.theme(r), ThemeURL: u.ThemeURL}
	if u.ThemeURL != "" || u.LanguageURL != "" {
		p.Address = u.Address(r)
	}
	if u.LanguageURL != "" && len(all.list) > 1 {
		p.Languages, p.LanguageURL = all.names, u.LanguageURL
	}
	u.mu.RLock()
	defer u.mu.RUnlock()
	p.OwnLogo, p.OwnStyles = u.logoFile(), u.assets[themeFile].ofHost
	_, p.OwnColors = u.assets[brandFile]
	return p
}

// Frame returns the class of the page: "shell" has a navigation beside the content,
// and "decide" has only the content.
func (v View) Frame() string {
	frame := v.frame()
	if v.Color != "" {
		frame += " branded"
	}
	return frame
}

// ColorFile returns the name of the asset with the colors of the application, or "".
func (v View) ColorFile() string {
	if v.Color == "" {
		return ""
	}
	return colorFile(v.Color)
}

func (v View) frame() string {
	switch {
	case v.Shell() && (v.Calm || len(v.Nav) == 0):
		return "shell calm"
	case v.Shell():
		return "shell"
	case v.Wide:
		return "decide wide"
	}
	return "decide"
}

// Can reports whether the person has a permission. Pages show a form or a link only if the
// person can use it; the handler checks the permission again.
func (v View) Can(permission string) (bool, error) {
	if v.May == nil {
		return false, nil
	}
	return v.May(permission)
}

// Shell reports whether the page has a navigation, or at least the name of the person
// beside the content.
func (v View) Shell() bool { return !v.Narrow && (len(v.Nav) > 0 || v.User != "") }

// Groups returns the links of the navigation in groups. Each begins with a link that
// has a Heading, except for the first one.
func (v View) Groups() (groups [][]Link) {
	for i, link := range v.Nav {
		if i == 0 || link.Heading != nil {
			groups = append(groups, nil)
		}
		groups[len(groups)-1] = append(groups[len(groups)-1], link)
	}
	return groups
}

// Render writes the page with the given name. The page is rendered completely
// before anything is sent: if Render returns an error, it has written nothing,
// and the caller can answer with something else.
func (p *Pages) Render(w http.ResponseWriter, r *http.Request, status int, name string, v View) error {
	set := p.set.Load()
	language := set.languages.of(r)
	parsed, err := set.page(p.part, name, language, v.Data)
	if err != nil {
		return err
	}
	var body bytes.Buffer
	if err := parsed.Execute(&body, p.ui.newPage(r, v, set.languages, language)); err != nil {
		return fmt.Errorf("page %q: %w", name, err)
	}
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Language", language.Tag)
	header.Add("Vary", "Accept-Language")
	header.Add("Vary", "Cookie") // with the language and the appearance that the person chose
	header.Set("Content-Security-Policy", v.policy())
	switch {
	case v.FramableBySelf:
		header.Set("X-Frame-Options", "SAMEORIGIN")
	case !v.Framable:
		header.Set("X-Frame-Options", "DENY")
	}
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "same-origin") // with no-referrer, browsers send forms with "Origin: null"
	header.Set("Cache-Control", "no-store")
	if v.IsolateFromOpener {
		header.Set("Cross-Origin-Opener-Policy", "same-origin")
	}
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(oneAutofocus(body.Bytes()))
	}
	return nil
}

// Refresh returns the element that goes to GoTo. The URL is not normalized.
func (v View) Refresh() template.HTML {
	if v.GoTo == "" {
		return ""
	}
	return template.HTML(`<meta http-equiv="refresh" content="0; url=` + html.EscapeString(v.GoTo) + `">`) //nolint:gosec // escaped
}

// policy returns the Content-Security-Policy: only files of our own origin, no
// inline scripts or styles, and unless Framable is set, the page cannot be framed
// (RFC 9700 §4.16).
func (v View) policy() string {
	var b strings.Builder
	b.WriteString("default-src 'none'; script-src 'self'; style-src 'self'; base-uri 'none'")
	switch {
	case v.FramableBySelf:
		b.WriteString("; frame-ancestors 'self'")
	case !v.Framable:
		b.WriteString("; frame-ancestors 'none'")
	}
	formAction := append([]string{"'self'"}, v.FormAction...)
	if v.AnyFormAction {
		formAction = nil // even "*" would not allow the schemes of apps
	}
	for _, directive := range []struct {
		name    string
		sources []string
	}{
		{"img-src", []string{"'self'"}},
		{"connect-src", append([]string{"'self'"}, v.ConnectSrc...)},
		{"form-action", formAction},
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
