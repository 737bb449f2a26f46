package ui

import (
	"slices"
	"strings"
)

// A scopeText is the only element of a Text that is the description of a scope.
type scopeText struct{ name, description string }

// Scope returns the description of a scope, or its name if it has none. A host can
// translate it with the key "own.scope." and the name. The built-in descriptions are in the
// catalogue.
func Scope(name, description string) Text { return Text{scopeText{name, description}} }

func (l *Language) scope(s scopeText) Text {
	if own := ownPrefix + "scope." + s.name; l.has(own) {
		return Text{own}
	}
	if builtIn := (Text{"scope." + s.name}); l.has("scope."+s.name) && builtIn.String() == s.description {
		return builtIn
	}
	if s.description == "" {
		return Plain(s.name)
	}
	return Plain(s.description)
}

// DescribedScopes returns the names of the scopes that the texts of the host describe in English.
func (u *UI) DescribedScopes() (names []string) {
	for key := range u.languages.list[0].texts().catalogue {
		if name, own := strings.CutPrefix(key, ownPrefix+"scope."); own {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func (l *Language) has(key string) bool { return l.message(key) != nil }
