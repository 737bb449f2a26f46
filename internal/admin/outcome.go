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
	already int // they were as after the action before it
	gone    int // they had been deleted
	kept    int // the person must not change them
}

// outcomeTexts has the texts for the rows that an action has changed, and for those that needed no action.
var outcomeTexts = map[string][2]string{
	"disabled":       {"admin.did.disabled", "admin.already.disabled"},
	"logged-out":     {"admin.did.logged_out", ""},
	"tokens-revoked": {"admin.did.tokens_revoked", ""},
	"revoked":        {"admin.did.revoked", "admin.already.revoked"},
	"withdrawn":      {"admin.did.withdrawn", "admin.already.withdrawn"},
	"ended":          {"admin.did.ended", "admin.already.ended"},
	"removed":        {"admin.did.removed", "admin.already.removed"},
}

// outcomeNote begins the key of a note with the counts of an action.
const outcomeNote = "did."

// note returns the key of the note about an action. It has only the name of the action and numbers, so
// that a link cannot make a page show another text.
func (o outcome) note(did string) string {
	return fmt.Sprint(outcomeNote, did, ".", o.done, ".", o.already, ".", o.gone, ".", o.kept)
}

// outcomeText returns the text of such a note, or nil if the key is not one.
func outcomeText(key string) ui.Text {
	rest, ok := strings.CutPrefix(key, outcomeNote)
	parts := strings.Split(rest, ".")
	texts, known := outcomeTexts[parts[0]]
	if !ok || !known || len(parts) != 5 {
		return nil
	}
	var text ui.Text
	for i, key := range []string{texts[0], texts[1], "admin.already.gone", "admin.did.kept"} {
		n, err := strconv.Atoi(parts[i+1])
		if err != nil || n < 0 || n > mostActed*mostActedPages {
			return nil
		}
		switch one := (ui.Text{key, "n", n}); {
		case n == 0 || key == "":
		case text == nil:
			text = one
		default:
			text = ui.Text{"admin.did.more", "first", text, "more", one}
		}
	}
	if text == nil {
		text = ui.Text{texts[0], "n", 0}
	}
	return ui.Text{"admin.did.note", "what", text}
}
