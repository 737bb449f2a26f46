package admin

import (
	"net/url"
	"slices"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// The choices of the field for the allowed scopes. An application without a list may
// request all scopes, so an administrator has to choose that: a form in which nothing is
// selected must not allow everything.
const (
	scopesUsual = "default" // the scopes that most applications need
	scopesSome  = "some"    // those that are selected
	scopesAll   = "all"     // all, including those that the server will have later
)

// scopeChoiceInput is the name of the choice in the form.
const scopeChoiceInput = "scope_choice"

// A scopeChoice is the choice between some scopes and all of them.
type scopeChoice struct {
	Chosen string       // one of the constants
	Usual  oauth.Scopes // the scopes of the choice scopesUsual; if there are none, it is not offered
}

// newScopeChoice returns the choice that an application has.
func newScopeChoice(c *oauth.Client, usual oauth.Scopes, added bool) *scopeChoice {
	s := &scopeChoice{scopesSome, usual}
	switch {
	case len(c.Scopes) == 0 && !added:
		s.Chosen = scopesAll
	case len(usual) > 0 && len(c.Scopes) == len(usual) && usual.Covers(c.Scopes):
		s.Chosen = scopesUsual
	}
	return s
}

// read returns the scopes that were chosen in a form, or a message. present are those that
// apply if the form has no choice.
func (s *scopeChoice) read(form url.Values, present oauth.Scopes) (scopes []string, fault ui.Text) {
	selected := form["scope"]
	switch choice := form.Get(scopeChoiceInput); {
	case choice == "" && len(selected) == 0 && (len(present) > 0 || s.Chosen == scopesAll):
		return present, nil
	case choice == scopesAll:
		s.Chosen = scopesAll
		return nil, nil
	case choice == scopesUsual && len(s.Usual) > 0:
		s.Chosen = scopesUsual
		return s.Usual, nil
	}
	s.Chosen = scopesSome
	if !slices.ContainsFunc(selected, func(scope string) bool { return scope != "" }) {
		return nil, ui.Text{"admin.fault.no_scope"}
	}
	return selected, nil
}
