package ui

import (
	"net/http"
	"slices"

	"github.com/seed-e6a88a41/latchkey/internal/palette"
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

// ThemeWarnings returns the pairs of colors that the host's style sheet makes hard to see, as
// sentences without the full stop.
func (u *UI) ThemeWarnings() (warnings []string) {
	sheet := u.assets[themeFile]
	if !sheet.ofHost {
		return nil
	}
	for _, weak := range palette.Weaknesses(string(sheet.body), u.light, u.dark) {
		warnings = append(warnings, weak.String())
	}
	return warnings
}
