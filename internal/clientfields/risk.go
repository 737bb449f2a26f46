package clientfields

import (
	"slices"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// A Risk is a kind of change that can lock an application, or the people who use it, out.
type Risk string

// The kinds of changes.
const (
	Removes  Risk = "removes"  // a value is removed from the list
	Narrows  Risk = "narrows"  // a value is removed from the list, or an empty list, which means all, gets values
	Replaces Risk = "replaces" // the value changes in any way
	Demands  Risk = "demands"  // the switch is turned on
	Forbids  Risk = "forbids"  // the switch is turned off
)

// A RiskyChange is a change of a field that can break the application or lock people out.
type RiskyChange struct {
	Field         Field
	Before, After []string // the values as people see them
	Text          ui.Text  // what can happen
}

// RiskyChanges returns the changes between two states of an application that can lock
// people out.
func RiskyChanges(before, after *oauth.Client) (all []RiskyChange) {
	for _, f := range All() {
		was, is := f.effective(before), f.effective(after)
		if slices.Equal(was, is) || !f.Risk.applies(was, is) {
			continue
		}
		all = append(all, RiskyChange{f, f.Shown(before), f.Shown(after), f.Risk.text()})
	}
	return all
}

// effective returns the values of a field, or its default if it is a value.
func (f Field) effective(c *oauth.Client) []string {
	values := f.Get(c)
	if len(values) == 0 && f.isChoice(f.Default) {
		return []string{f.Default}
	}
	return values
}

// applies reports whether a change of the values is of this kind.
func (r Risk) applies(was, is []string) bool {
	removed := slices.ContainsFunc(was, func(value string) bool { return !slices.Contains(is, value) })
	switch r {
	case Removes:
		return removed
	case Narrows:
		return len(is) > 0 && (removed || len(was) == 0)
	case Replaces:
		return true
	case Demands:
		return len(is) > 0
	case Forbids:
		return len(is) == 0
	}
	return false
}

// text returns a sentence about what can happen.
func (r Risk) text() ui.Text {
	switch r {
	case Removes, Narrows:
		return ui.Text{"admin.risk.removes"}
	case Demands:
		return ui.Text{"admin.risk.demands"}
	case Forbids:
		return ui.Text{"admin.risk.forbids"}
	}
	return ui.Text{"admin.risk.replaces"}
}
