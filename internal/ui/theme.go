package ui

import (
	"net/http"
	"slices"
)

// Themes are the values of the cookie Options.ThemeCookie. Without it, pages are light
// or dark as the browser prefers.
var themes = []string{"light", "dark"}

// IsTheme reports whether a person can choose a theme of this name.
func IsTheme(name string) bool { return slices.Contains(themes, name) }

// theme returns the theme that the person has chosen in this browser, or "".
func (u *UI) theme(r *http.Request) string {
	if u.ThemeURL == "" {
		return ""
	}
	cookie, err := r.Cookie(u.ThemeCookie)
	if err != nil || !IsTheme(cookie.Value) {
		return ""
	}
	return cookie.Value
}
