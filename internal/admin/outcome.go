package admin

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
)

// An outcome counts the rows of an action on a list.
type outcome struct {
	done    int // the action has changed them
	already int // they were already in the state that the action produces
	gone    int // they had been deleted
	kept    int // the person must not change them
}

// An outcomeText describes the rows that an action has changed, and those that needed no action. The numbers in it
// are replaced.
type outcomeText struct{ did, already ui.Text }

// outcomeTexts has the texts of the actions.
var outcomeTexts = map[string]outcomeText{
	"disabled":       {did: ui.Text{"admin.did.disabled", "n", 0}, already: ui.Text{"admin.already.disabled", "n", 0}},
	"logged-out":     {did: ui.Text{"admin.did.logged_out", "n", 0}},
	"tokens-revoked": {did: ui.Text{"admin.did.tokens_revoked", "n", 0}},
	"revoked":        {did: ui.Text{"admin.did.revoked", "n", 0}, already: ui.Text{"admin.already.revoked", "n", 0}},
	"withdrawn":      {did: ui.Text{"admin.did.withdrawn", "n", 0}, already: ui.Text{"admin.already.withdrawn", "n", 0}},
	"invitations":    {did: ui.Text{"admin.did.withdrawn", "n", 0}, already: ui.Text{"admin.already.closed", "n", 0}},
	"cancelled":      {did: ui.Text{"admin.did.cancelled", "n", 0}, already: ui.Text{"admin.already.finished", "n", 0}},
	"ended":          {did: ui.Text{"admin.did.ended", "n", 0}, already: ui.Text{"admin.already.ended", "n", 0}},
	"removed":        {did: ui.Text{"admin.did.removed", "n", 0}, already: ui.Text{"admin.already.removed", "n", 0}},
}

// outcomeNote begins the key of a note with the counts of an action.
const outcomeNote = "did."

// note returns the key of the note about an action. It has only the name of the action and numbers, so
// that a link cannot make a page show another text.
func (o outcome) note(did string) string {
	return fmt.Sprint(outcomeNote, did, ".", o.done, ".", o.already, ".", o.gone, ".", o.kept)
}

// mostCounted is the largest number in a note.
const mostCounted = 1_000_000_000

// parseNote returns the name and the counts of an action from such a note, and reports whether the key is
// one.
func parseNote(key string) (did string, o outcome, ok bool) {
	rest, ok := strings.CutPrefix(key, outcomeNote)
	parts := strings.Split(rest, ".")
	if !ok || len(parts) != 5 {
		return "", outcome{}, false
	}
	for i, count := range [4]*int{&o.done, &o.already, &o.gone, &o.kept} {
		n, err := strconv.Atoi(parts[i+1])
		if err != nil || n < 0 || n > mostCounted {
			return "", outcome{}, false
		}
		*count = n
	}
	return parts[0], o, true
}

// outcomeOf returns the text of such a note, or nil if the key is not one.
func outcomeOf(key string) ui.Text {
	did, o, ok := parseNote(key)
	texts, known := outcomeTexts[did]
	if !ok || !known {
		return nil
	}
	var text ui.Text
	for _, part := range [4]struct {
		n   int
		one ui.Text
	}{{o.done, texts.did}, {o.already, texts.already}, {o.gone, ui.Text{"admin.already.gone", "n", 0}}, {o.kept, ui.Text{"admin.did.kept", "n", 0}}} {
		one := part.one
		if part.n == 0 || one == nil {
			continue
		}
		if one = numbered(one, part.n); text != nil {
			one = ui.Text{"admin.did.more", "first", text, "more", one}
		}
		text = one
	}
	if text == nil {
		text = texts.did
	}
	return ui.Text{"admin.did.note", "what", text}
}

// numbered returns a text with a number.
func numbered(t ui.Text, n int) ui.Text { return ui.Text{t[0], "n", n} }
