package admin

import (
	"cmp"
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
	Stale     bool            // another administrator has saved the provider since then; see Differing
	Differing []providerStale // the fields that are stored with other values
	Errors    []string        // what is wrong with the provider as a whole
	Groups    []providerGroup // the fields
	// SecretErrors are the messages about the client secret.
	SecretErrors []string
	// secretEntered is set if a secret was entered, which a page must not contain.
	secretEntered bool
}

// A providerStale is a field that another administrator has changed since the form was shown.
type providerStale struct {
	Name   string  // the name of the field
	Label  ui.Text // the label of the field
	Stored string  // the value that is stored; empty means the default
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

// equal reports whether two values mean the same. An empty value means the first choice.
func (f *providerField) equal(a, b string) bool {
	if choices := f.Choices(); choices != nil {
		a, b = cmp.Or(a, choices[0]), cmp.Or(b, choices[0])
	}
	return a == b
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
	f.secretEntered = s.ClientSecret != ""
	if ui.Dropped(r.PostForm, "provider_secret") { // the form was sent again after a confirmation
		f.reject(upstream.FieldSecret, enterSecretAgain)
	}
	return s
}

// enterSecretAgain is shown if a secret was entered, and the form is shown again without it.
const enterSecretAgain = "enter the client secret again: it has not been saved, and a page cannot contain it"

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
	if f.secretEntered && len(f.SecretErrors) == 0 {
		f.reject(upstream.FieldSecret, enterSecretAgain)
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

// errUnreadableProvider is returned for a change of a provider with settings that this release
// cannot read.
var errUnreadableProvider = &ui.Problem{
	Status: http.StatusConflict, Heading: ui.Text{"admin.problem.unreadable_provider_heading"}, Text: ui.Text{"admin.problem.unreadable_provider"},
	Advice: ui.Text{"admin.problem.unreadable_provider_advice"},
}

// readableProvider is storedProvider for a change, which would erase settings that this release
// cannot read.
func (b *office) readableProvider(r *request) (loginproviders.Entry, error) {
	e, err := b.storedProvider(r)
	if err == nil && errors.Is(e.Fault, loginproviders.ErrUnreadable) {
		err = errUnreadableProvider
	}
	return e, err
}

// providerEdit shows the form of a login provider.
func (b *office) providerEdit(r *request) error {
	e, err := b.readableProvider(r)
	if err != nil {
		return err
	}
	f := newProviderForm(e.Settings, false)
	f.Version, f.HasSecret = strconv.FormatInt(e.Row.Version, 10), e.Row.Secret != ""
	return r.showProviderForm(http.StatusOK, f)
}

// providerUpdate changes a login provider.
func (b *office) providerUpdate(r *request) error {
	e, err := b.readableProvider(r)
	if err != nil {
		return err
	}
	f := newProviderForm(e.Settings, false)
	f.Version, f.HasSecret = r.PostForm.Get("version"), e.Row.Secret != ""
	version, _ := strconv.ParseInt(f.Version, 10, 64) // without one, no stored provider matches
	s := f.read(r, e.Settings)
	if r.PostForm.Has("again") { // after the review
		return r.showProviderForm(http.StatusOK, f)
	}
	if f.Invalid {
		return r.showProviderForm(http.StatusUnprocessableEntity, f)
	}
	err = b.Providers.CheckUpdate(r.Context(), s, version)
	if err == nil {
		if shown, err := b.reviewProvider(r, e.Settings, s); shown || err != nil {
			return err
		}
		err = b.Providers.Update(r.Context(), s, version)
	}
	if errors.Is(err, account.ErrConflict) {
		return b.showStaleProvider(r, f, s)
	}
	if f.invalid(err) {
		return r.showProviderForm(http.StatusUnprocessableEntity, f)
	}
	if err != nil {
		return err
	}
	r.details = oauth.EventDetails{Changes: loginproviders.Changes(&e.Settings, &s)}
	return r.goTo("saved", providersPath, s.Name)
}

// showStaleProvider shows a form again that is out of date, with what was entered. It lists the
// fields that differ from what is stored now. Saving it again replaces them.
func (b *office) showStaleProvider(r *request, f *providerForm, entered upstream.Settings) error {
	e, err := b.readableProvider(r)
	if err != nil {
		return err
	}
	f.Stale, f.Version, f.HasSecret = true, strconv.FormatInt(e.Row.Version, 10), e.Row.Secret != ""
	for _, g := range f.Groups {
		for _, field := range g.Fields {
			if stored := field.Text(e.Settings); !field.equal(stored, field.Text(entered)) {
				f.Differing = append(f.Differing, providerStale{field.Name, field.Label, stored})
			}
		}
	}
	return r.showProviderForm(http.StatusConflict, f)
}
