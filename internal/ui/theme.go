package ui

import (
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/seed-e6a88a41/latchkey/internal/palette"
	"github.com/seed-e6a88a41/latchkey/internal/settings"
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

var (
	cssComment  = regexp.MustCompile(`(?s)/\*.*?\*/`)
	cssVariable = regexp.MustCompile(`(?m)(?:^|[{;\s])(--[A-Za-z0-9_-]+)\s*:`)
	cssUse      = regexp.MustCompile(`var\(\s*(--[A-Za-z0-9_-]+)`)
)

// UnusedVariables returns the variables that the host's style sheet sets and that no style sheet
// uses, for example because they are misspelt, as sentences without the full stop.
func (u *UI) UnusedVariables() (warnings []string) {
	sheet := u.assets[themeFile]
	if !sheet.ofHost {
		return nil
	}
	var used []string
	for name, file := range u.assets {
		if strings.HasSuffix(name, ".css") {
			for _, use := range cssUse.FindAllSubmatch(file.body, -1) {
				used = append(used, string(use[1]))
			}
		}
	}
	slices.Sort(used)
	for _, set := range cssVariable.FindAllSubmatch(cssComment.ReplaceAll(sheet.body, nil), -1) {
		if name := string(set[1]); !slices.Contains(used, name) {
			warnings = append(warnings, "no style sheet uses the variable "+name+settings.DidYouMean(name, used))
		}
	}
	slices.Sort(warnings)
	return slices.Compact(warnings)
}
