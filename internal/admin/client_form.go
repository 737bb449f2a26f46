package admin

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strings"
	"unicode"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/clientfields"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// A clientForm is the form of an application, with the values that were entered and
// their errors.
type clientForm struct {
	New bool // the application does not exist yet
	// ID is the client_id, and Secret the secret of a new application.
	ID, Secret       string
	Kind             string      // the kind of a new application, or otherKind
	All              bool        // all fields are shown, and not only those that the kind needs
	Version          int64       // the version of the application that is edited
	Groups           []formGroup // the fields
	Errors           []ui.Text   // errors that belong to no field of the form
	ConsumerCallback string      // the redirect URI of the consumer, or empty
	FromDocument     bool        // a metadata document describes the application
	// Stale is set if another administrator has saved the application since the form was
	// shown, and Differing are the fields that differ from what is stored now.
	Stale     bool
	Differing []staleField // see Stale
	title     ui.Text
	invalid   bool
}

// A formGroup is a part of the form.
type formGroup struct {
	clientfields.Group
	Fields []*formField // the fields of the group
}

// clientForm returns the form of an application.
func (b *office) clientForm(r *request, c *oauth.Client) (f *clientForm, err error) {
	f = &clientForm{ID: c.ID, Version: c.Version, ConsumerCallback: b.ConsumerCallback, FromDocument: !c.DocumentFetchedAt.IsZero(), title: ui.Text{"admin.title.edit", "name", c.Name}}
	for _, group := range clientfields.Groups() {
		if group.Status {
			continue
		}
		g := formGroup{Group: group}
		for _, field := range group.Fields {
			if field.Name == "client_id" { // a part of the page for itself
				continue
			}
			if field.OfAccounts() && !b.OwnLogin { // the people of the host have no accounts
				continue
			}
			shown := &formField{Field: field, Values: field.Get(c), Locked: field.Fixed, Replaced: c.IsReplacedByDocument(field.Name), ReadOnly: !r.me.Roles.Allow(clientfields.Permission(field.Name))}
			switch field.Kind {
			case clientfields.Account, clientfields.Accounts:
				if shown.Values, err = b.usernames(r, shown.Values); err != nil {
					return nil, err
				}
			case clientfields.Scopes:
				if err := b.addScopes(r, c, shown); err != nil {
					return nil, err
				}
			}
			switch field.Name {
			case "allowed_resources":
				registered, err := b.Resources(r.Context())
				if err != nil {
					return nil, err
				}
				shown.Field.Choices = resourceChoices(registered, shown.Values)
			case "grant_types":
				shown.Field.Choices = b.grantChoices()
			}
			g.Fields = append(g.Fields, shown)
		}
		f.Groups = append(f.Groups, g)
	}
	return f, nil
}

// newClientForm returns the form of an application that is added: all fields, or only
// those that a kind of application needs.
func (b *office) newClientForm(r *request, c *oauth.Client, kind string, all bool) (*clientForm, error) {
	f, err := b.clientForm(r, c)
	if err != nil {
		return nil, err
	}
	of, found := clientfields.FindAppKind(kind)
	f.New, f.Kind, f.All, f.title = true, otherKind, all || !found, ui.Text{"admin.title.add_application"}
	if found {
		f.Kind, f.title = kind, of.Heading
	}
	for field := range f.fields {
		field.Locked = false
		if field.Scopes != nil {
			field.Scopes = newScopeChoice(c, field.Scopes.Usual, true)
		}
	}
	if !f.All {
		f.Groups = groupsOf(f.Groups, of)
	}
	return f, nil
}

// groupsOf returns the groups with only the fields that a kind of application needs.
func groupsOf(groups []formGroup, kind clientfields.AppKind) (short []formGroup) {
	for _, g := range groups {
		g.Basic = true
		g.Fields = slices.DeleteFunc(slices.Clone(g.Fields), func(f *formField) bool {
			return !kind.Asks(f.Name) || f.Name == "allowed_resources" && len(f.Field.Choices) == 0
		})
		if len(g.Fields) > 0 {
			short = append(short, g)
		}
	}
	return short
}

// addScopes adds the scopes of the server to a field for scopes.
func (b *office) addScopes(r *request, c *oauth.Client, field *formField) error {
	known, err := b.Scopes(r.Context())
	if err != nil {
		return err
	}
	if !r.me.Roles.Allow(account.PeopleRoles) {
		known = slices.DeleteFunc(slices.Clone(known), func(s oauth.ScopeInfo) bool { return oauth.IsAdminScope(s.Name) && !c.Scopes.Contains(s.Name) })
	}
	field.Field.Choices = scopeChoices(known)
	if field.Name != "scope" {
		return nil
	}
	usual, err := b.usualScopes(r, c)
	field.Scopes = newScopeChoice(c, usual, false)
	return err
}

// grantChoices returns the grant types, those of the host program included.
func (b *office) grantChoices() []clientfields.Choice {
	choices := clientfields.GrantTypes()
	for _, g := range b.Grants {
		choices = append(choices, clientfields.Choice{Value: g.Type, Text: g.Text})
	}
	return choices
}

func scopeChoices(scopes []oauth.ScopeInfo) []clientfields.Choice {
	choices := make([]clientfields.Choice, len(scopes))
	for i, s := range scopes {
		choices[i] = clientfields.Choice{Value: s.Name, Text: s.Description}
	}
	return choices
}

// resourceChoices returns the registered resources, and those that the application
// has although they are not registered. Without registered resources it returns nil,
// and the URIs are entered as text.
func resourceChoices(registered []oauth.ResourceInfo, values []string) (choices []clientfields.Choice) {
	for _, r := range registered {
		choices = append(choices, clientfields.Choice{Value: r.URI, Text: r.Name})
	}
	for _, uri := range values {
		if len(registered) > 0 && !slices.ContainsFunc(choices, func(c clientfields.Choice) bool { return c.Value == uri }) {
			choices = append(choices, clientfields.Choice{Value: uri, Text: "not a resource of this server, or spelled differently", Key: "admin.choice.unknown_resource"})
		}
	}
	return choices
}

// fields iterates over the fields of all groups.
func (f *clientForm) fields(yield func(*formField) bool) {
	for _, group := range f.Groups {
		for _, field := range group.Fields {
			if !yield(field) {
				return
			}
		}
	}
}

// read reads the fields of the form into c, and ignores all others.
func (f *clientForm) read(r *request, c *oauth.Client) error {
	for field := range f.fields {
		if field.ReadOnly && !r.PostForm.Has(field.Input()) && (field.Scopes == nil || !r.PostForm.Has(scopeChoiceInput)) {
			continue // the page shows only the value; needForClient rejects another one
		}
		field.Values = r.PostForm[field.Input()]
		values := field.Values
		switch {
		case field.Locked:
			if given := strings.Join(values, ""); given != "" && given != strings.Join(field.Get(c), "") {
				f.reject(field.Name, ui.Text{"admin.fault.fixed"})
			}
			continue
		case !f.New && field.unchanged(c):
			continue
		case field.Kind == clientfields.Account:
			id, err := r.findAccount(strings.TrimSpace(strings.Join(values, "")))
			if errors.Is(err, account.ErrNotFound) {
				f.reject(field.Name, ui.Text{"admin.fault.owner"})
			} else if err != nil {
				return err
			}
			values = []string{id}
		case field.Kind == clientfields.Accounts:
			ids, unknown, err := r.findAccounts(values)
			if err != nil {
				return err
			}
			if unknown != "" {
				f.reject(field.Name, ui.Text{"admin.fault.co_owners", "name", unknown})
				continue
			}
			values = ids
		case field.Scopes != nil:
			chosen, fault := field.Scopes.read(r.PostForm, c.Scopes)
			if fault != nil {
				f.reject(field.Name, fault)
				continue
			}
			field.Values, values = chosen, chosen
		}
		if err := field.Set(c, values); err != nil {
			f.reject(field.Name, clientfields.FaultText(err))
		}
	}
	return nil
}

// findAccount returns the id of the account with the username, or "" for "".
func (r *request) findAccount(username string) (id string, err error) {
	if username == "" {
		return "", nil
	}
	canonical, err := account.CanonicalUsername(username)
	if err != nil {
		return "", account.ErrNotFound
	}
	user, err := r.b.Store.UserByName(r.Context(), canonical)
	if err != nil {
		return "", err
	}
	return user.ID, nil
}

// findAccounts returns the ids of the accounts with the usernames, which are separated by spaces,
// commas or lines, or the first username that nobody has. It looks up a bounded number of names.
func (r *request) findAccounts(usernames []string) (ids []string, unknown string, err error) {
	separates := func(c rune) bool { return unicode.IsSpace(c) || c == ',' }
	for _, name := range strings.FieldsFunc(strings.Join(usernames, " "), separates) {
		if len(ids) > oauth.MaxCoOwners {
			break // the check of the application reports it
		}
		id, err := r.findAccount(name)
		if errors.Is(err, account.ErrNotFound) {
			return nil, name, nil
		}
		if err != nil {
			return nil, "", err
		}
		ids = append(ids, id)
	}
	return ids, "", nil
}

// usernames returns the usernames of accounts. An account that does not exist keeps its id.
func (b *office) usernames(r *request, ids []string) (names []string, err error) {
	for _, id := range ids {
		name, err := b.username(r, id)
		if err != nil {
			return nil, err
		}
		names = append(names, cmp.Or(name, id))
	}
	return names, nil
}

// reject adds a message to a field.
func (f *clientForm) reject(name string, message ui.Text) {
	f.invalid = true
	for field := range f.fields {
		if field.Name == name {
			field.Errors = append(field.Errors, message)
			return
		}
	}
	f.Errors = append(f.Errors, message)
}

// validate checks the application, and reports whether it can be saved.
func (f *clientForm) validate(r *request, c *oauth.Client) bool {
	for _, fault := range r.b.ValidateClient(c) {
		f.reject(fault.Field, faultText(fault))
	}
	return !f.invalid
}

// reachable checks the addresses of the application that differ from those before the change,
// which may be nil. It sends requests to them.
func (f *clientForm) reachable(r *request, before, c *oauth.Client) bool {
	for _, fault := range provider.CheckOutbound(r.Context(), r.b.Outbound, before, c) {
		f.reject(fault.Field, faultText(fault))
	}
	return !f.invalid
}

// useConsumer adds the redirect URI of this server's own consumer.
func (f *clientForm) useConsumer() {
	for field := range f.fields {
		if field.Name == "redirect_uris" && !slices.Contains(strings.Fields(field.Value()), f.ConsumerCallback) {
			field.Values = append(strings.Fields(field.Value()), f.ConsumerCallback)
		}
	}
}

// Invalid reports whether the form was rejected.
func (f *clientForm) Invalid() bool { return f.invalid }

func (r *request) showClientForm(status int, f *clientForm) error {
	r.render(status, "client_form", f.title, "applications", f)
	return nil
}

// showInvalid shows the form again with its errors.
func (r *request) showInvalid(f *clientForm) error {
	return r.showClientForm(http.StatusUnprocessableEntity, f)
}
