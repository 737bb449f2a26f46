package admin

import (
	"html/template"
	"net/http"
	"net/url"

	"github.com/seed-e6a88a41/latchkey/internal/clientfields"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// A review shows the changes that can lock people out, before they are saved.
type review struct {
	Section     string           // the part of the back office
	ID          string           // the object
	Heading     ui.Text          // what is changed
	Explanation ui.Text          // how the changes can lock people out
	Changes     []reviewedChange // the changes that can lock people out
	Fields      url.Values       // the fields of the form, which is sent again
	Secret      bool             // the client secret of a login provider was entered, and must be entered again
}

// A reviewedChange is a change, with the values in words.
type reviewedChange struct {
	Label         ui.Text  // the name of the field
	Effect        ui.Text  // what the change breaks
	Parameter     string   // the name in JSON
	Before, After []string // values; none means the default
	Default       ui.Text  // what no value means; may be nil
}

// reviewClient shows the changes of a form that can break the application or lock people out. It reports false if
// there are none, or an administrator has seen them.
func (b *office) reviewClient(r *request, before, c *oauth.Client) (shown bool, err error) {
	risky := clientfields.RiskyChanges(before, c)
	if len(risky) == 0 || r.PostForm.Get("confirmed") == "yes" {
		return false, nil
	}
	usage, err := b.Store.Usage(r.Context(), oauth.FamilyFilter{ClientID: c.ID, InSession: b.OwnLogin})
	if err != nil {
		return false, err
	}
	page := review{
		Section: "applications", ID: c.ID, Heading: ui.Text{"admin.client_review.heading", "app", isolated(before.Name)}, Fields: ui.KeptFields(r.PostForm),
		Explanation: ui.Text{"admin.client_review.explanation", "families", ui.Text{"admin.count.families", "n", amount(usage.Families)}},
	}
	for _, change := range risky {
		reviewed := reviewedChange{change.Field.LabelText(), change.Text, change.Field.Name, change.Before, change.After, change.Field.DefaultText()}
		if change.Field.Kind == clientfields.Switch {
			reviewed.Default = ui.Text{"admin.value.no"}
		}
		if err := b.nameAccounts(r, change.Field, &reviewed); err != nil {
			return false, err
		}
		page.Changes = append(page.Changes, reviewed)
	}
	r.render(http.StatusOK, "review", ui.Text{"admin.title.review", "name", c.Name}, page.Section, page)
	return true, nil
}

// isolated returns a name for a text of a page.
func isolated(name string) template.HTML {
	return template.HTML("<bdi>" + template.HTMLEscapeString(name) + "</bdi>") //nolint:gosec // escaped
}

// nameAccounts replaces the id of an account with the username.
func (b *office) nameAccounts(r *request, field clientfields.Field, change *reviewedChange) error {
	if field.Kind != clientfields.Account && field.Kind != clientfields.Accounts {
		return nil
	}
	for _, ids := range [][]string{change.Before, change.After} {
		for i, id := range ids {
			name, err := b.username(r, id)
			if err != nil {
				return err
			}
			if name != "" {
				ids[i] = name
			}
		}
	}
	return nil
}

// A staleField is a field that another administrator has changed since a form was shown.
type staleField struct {
	Input  string   // the name of the input
	Label  ui.Text  // the name of the field
	Stored []string // the values that are stored; none means the default
}

// showStale shows a form that is out of date again, with what was entered. It lists the
// fields that differ from what is stored now. Saving it again replaces them.
func (b *office) showStale(r *request, f *clientForm, c *oauth.Client) error {
	stored, err := b.Store.Client(r.Context(), c.ID)
	if err != nil {
		return err
	}
	f.Version = stored.Version
	f.Stale = true
	for field := range f.fields {
		if !field.SameEffect(stored, c) {
			f.Differing = append(f.Differing, staleField{field.Input(), field.LabelText(), field.Shown(stored)})
		}
	}
	return r.showClientForm(http.StatusConflict, f)
}
