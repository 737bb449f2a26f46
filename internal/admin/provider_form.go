package admin

import (
	"errors"
	"net/http"
	"slices"
	"strconv"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/loginproviders"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/internal/upstream"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// A providerForm is the form of a login provider, with the values that were entered and
// their errors.
type providerForm struct {
	New     bool   // the provider does not exist yet
	Name    string // the name in the addresses
	Version string // the version that was read
	// HasSecret is set if a secret is stored. It is kept if none is entered.
	HasSecret bool
	Invalid   bool            // something is wrong
	Errors    []string        // what is wrong with the provider as a whole
	Groups    []providerGroup // the fields
	// SecretErrors are the messages about the client secret.
	SecretErrors []string
}

// A providerGroup is a part of the form.
type providerGroup struct {
	Title  ui.Text          // the heading
	Basic  bool             // always shown unfolded
	Fields []*providerField // the fields of the group
}

// Open reports whether the group is shown unfolded.
func (g providerGroup) Open() bool {
	return slices.ContainsFunc(g.Fields, func(f *providerField) bool { return f.Value != "" || len(f.Errors) > 0 })
}

// A providerField is a field of the form.
type providerField struct {
	upstream.Field
	Label  ui.Text  // the name of the field
	Hint   ui.Text  // an explanation
	Value  string   // as upstream.Field.Text returns it
	Errors []string // what is wrong with the value
}

// Widget returns how the field is shown.
func (f *providerField) Widget() string {
	switch {
	case f.IsSwitch():
		return "checkbox"
	case f.Choices() != nil:
		return "select"
	case f.IsList(), f.IsMap():
		return "textarea"
	}
	return "input"
}

// newProviderForm returns a form with the values of the settings.
func newProviderForm(s upstream.Settings, isNew bool) *providerForm {
	f := &providerForm{New: isNew, Name: s.Name, Groups: providerGroups()}
	known := upstream.Fields()
	for _, g := range f.Groups {
		for _, field := range g.Fields {
			i := slices.IndexFunc(known, func(k upstream.Field) bool { return k.Name == field.Name })
			field.Field = known[i]
			field.Value = field.Text(s)
		}
	}
	if !isNew { // the name cannot be changed
		f.Groups[0].Fields = f.Groups[0].Fields[1:]
	}
	return f
}

// read returns the settings with the values of the form. If one cannot be read, the form
// has an error. Settings that are not in the form keep their value.
func (f *providerForm) read(r *request, s upstream.Settings) upstream.Settings {
	for _, g := range f.Groups {
		for _, field := range g.Fields {
			field.Value = r.PostForm.Get(field.Name)
			if field.IsSwitch() {
				field.Value = strconv.FormatBool(r.PostForm.Has(field.Name))
			}
			if err := field.Set(&s, field.Value); err != nil {
				f.reject(field.Name, err.Error())
			} else {
				field.Value = field.Text(s)
			}
		}
	}
	s.ClientSecret = r.PostForm.Get("provider_secret")
	return s
}

// reject adds a message to a field.
func (f *providerForm) reject(name, message string) {
	f.Invalid = true
	for _, g := range f.Groups {
		for _, field := range g.Fields {
			if field.Name == name {
				field.Errors = append(field.Errors, message)
				return
			}
		}
	}
	if name == upstream.FieldSecret {
		f.SecretErrors = append(f.SecretErrors, message)
		return
	}
	f.Errors = append(f.Errors, message)
}

// invalid adds the messages of an error about the fields, and reports whether it is one.
func (f *providerForm) invalid(err error) bool {
	faults, ok := errors.AsType[loginproviders.Faults](err)
	for _, fault := range faults {
		f.reject(fault.Field, fault.Error())
	}
	if errors.Is(err, account.ErrTooManyProviders) {
		f.reject("", account.ErrTooManyProviders.Error())
		ok = true
	}
	return ok
}

func (r *request) showProviderForm(status int, f *providerForm) error {
	title := ui.Text{"admin.title.add_provider"}
	if !f.New {
		title = ui.Text{"admin.title.edit", "name", f.Name}
	}
	r.render(status, "provider_form", title, providersPath, f)
	return nil
}

// providerAdd shows an empty form.
func (b *office) providerAdd(r *request) error {
	return r.showProviderForm(http.StatusOK, newProviderForm(upstream.Settings{}, true))
}

// providerCreate adds a login provider.
func (b *office) providerCreate(r *request) error {
	f := newProviderForm(upstream.Settings{}, true)
	s := f.read(r, upstream.Settings{})
	if f.Invalid {
		return r.showProviderForm(http.StatusUnprocessableEntity, f)
	}
	err := b.Providers.Add(r.Context(), s)
	if errors.Is(err, account.ErrConflict) { // added since the check
		f.reject("name", "another provider has the same name")
	} else if !f.invalid(err) && err != nil {
		return err
	}
	if f.Invalid {
		return r.showProviderForm(http.StatusUnprocessableEntity, f)
	}
	r.target, r.details = s.Name, oauth.EventDetails{Changes: loginproviders.Changes(nil, &s)}
	return r.goTo("provider-added", providersPath, s.Name)
}

// storedProvider returns the provider of the path, or loginproviders.ErrFixed as a problem.
func (b *office) storedProvider(r *request) (loginproviders.Entry, error) {
	e, err := b.Providers.Stored(r.Context(), r.PathValue("id"))
	if errors.Is(err, loginproviders.ErrFixed) {
		err = errFixedProvider
	}
	return e, err
}

// errFixedProvider is returned for a change to a provider that is in the configuration
// file.
var errFixedProvider = &ui.Problem{
	Status: http.StatusConflict, Heading: ui.Text{"admin.problem.fixed_provider_heading"}, Text: ui.Text{"admin.problem.fixed_provider"},
	Advice: ui.Text{"admin.problem.fixed_provider_advice"},
}

// providerEdit shows the form of a login provider.
func (b *office) providerEdit(r *request) error {
	e, err := b.storedProvider(r)
	if err != nil {
		return err
	}
	f := newProviderForm(e.Settings, false)
	f.Version, f.HasSecret = strconv.FormatInt(e.Row.Version, 10), e.Row.Secret != ""
	return r.showProviderForm(http.StatusOK, f)
}

// providerUpdate changes a login provider.
func (b *office) providerUpdate(r *request) error {
	e, err := b.storedProvider(r)
	if err != nil {
		return err
	}
	f := newProviderForm(e.Settings, false)
	f.Version, f.HasSecret = r.PostForm.Get("version"), e.Row.Secret != ""
	version, _ := strconv.ParseInt(f.Version, 10, 64) // without one, no stored provider matches
	s := f.read(r, e.Settings)
	if f.Invalid {
		return r.showProviderForm(http.StatusUnprocessableEntity, f)
	}
	err = b.Providers.Update(r.Context(), s, version)
	if f.invalid(err) {
		return r.showProviderForm(http.StatusUnprocessableEntity, f)
	}
	if err != nil {
		return err
	}
	r.details = oauth.EventDetails{Changes: loginproviders.Changes(&e.Settings, &s)}
	return r.goTo("saved", providersPath, s.Name)
}

// providerDelete removes a login provider.
func (b *office) providerDelete(r *request) error {
	e, err := b.storedProvider(r)
	if err != nil {
		return err
	}
	if err := b.Providers.Remove(r.Context(), e.Name); err != nil {
		return err
	}
	r.details = oauth.EventDetails{Changes: loginproviders.Changes(&e.Settings, nil)}
	return r.goTo("provider-removed", providersPath)
}

func (b *office) askProviderDelete(r *request) (bool, error) {
	e, err := b.storedProvider(r)
	if err != nil {
		return false, err
	}
	return r.ask(providersPath, question{
		Heading: ui.Text{"admin.ask.provider", "provider", e.Button()}, Button: ui.Text{"admin.button.remove"}, Cancel: b.path(providersPath, e.Name),
		Text: ui.Text{"admin.ask.provider_text"},
	})
}
