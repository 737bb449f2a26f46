package admin

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
	"github.com/seed-e6a88a41/latchkey/validate"
)

// A definitionForm is the form of a scope or a resource in the Store.
type definitionForm struct {
	New      bool                  // it does not exist yet
	IsScope  bool                  // it is a scope, and not a resource
	Scope    oauth.ScopeDefinition // the values of the fields of a scope
	Resource oauth.ResourceInfo    // those of a resource
	TTL      string                // the lifetime in seconds, or what was entered
	Version  int64                 // the version that was read
	Fault    string                // why it has no effect
	Errors   map[string][]string   // messages in English, by field; empty for those about the whole form
	History  auditHistory          // the newest records about it
}

// Name returns what identifies it.
func (f *definitionForm) Name() string {
	if f.IsScope {
		return f.Scope.Name
	}
	return f.Resource.URI
}

// Path returns the list to which it belongs.
func (f *definitionForm) Path() string {
	if f.IsScope {
		return "scopes"
	}
	return "resources"
}

func (f *definitionForm) kind() oauth.DefinitionKind {
	if f.IsScope {
		return oauth.DefinesScope
	}
	return oauth.DefinesResource
}

// Invalid lists the fields with errors, in their order.
func (f *definitionForm) Invalid() (fields []string) {
	for _, field := range []string{"name", "uri", "description", "claims", "weight", "scopes", "token_format", "signing_alg", "access_token_ttl", "client_id"} {
		if len(f.Errors[field]) > 0 {
			fields = append(fields, field)
		}
	}
	return fields
}

// Claims returns the claims as they are entered.
func (f *definitionForm) Claims() string { return strings.Join(f.Scope.Claims, " ") }

// Scopes returns the scopes as they are entered.
func (f *definitionForm) Scopes() string { return f.Resource.Scopes.String() }

// A definitionChoice is a value of a menu.
type definitionChoice struct {
	Value    string // the value
	Text     ui.Text
	Selected bool // it is the present one
}

// Weights returns the choices for the weight.
func (f *definitionForm) Weights() []definitionChoice {
	choices := []definitionChoice{{"", ui.Text{"admin.definition.weight_by_name"}, f.Scope.Weight == ""}}
	for _, weight := range oauth.ScopeWeights() {
		choices = append(choices, definitionChoice{string(weight), weightTexts[weight], f.Scope.Weight == weight})
	}
	return choices
}

// weightTexts describe the weights.
var weightTexts = map[oauth.ScopeWeight]ui.Text{
	oauth.WeightIdentity: {"admin.definition.weight_identity"}, oauth.WeightRead: {"admin.definition.weight_read"},
	oauth.WeightChange: {"admin.definition.weight_change"}, oauth.WeightKeep: {"admin.definition.weight_keep"},
}

// Formats returns the choices for the format of tokens.
func (f *definitionForm) Formats() []definitionChoice {
	return valueChoices(oauth.TokenFormats(), string(f.Resource.TokenFormat), ui.Text{"admin.definition.of_application"})
}

// Algorithms returns the choices for the signature algorithm.
func (f *definitionForm) Algorithms() []definitionChoice {
	return valueChoices(oauth.SigningAlgorithms(), f.Resource.SigningAlg, ui.Text{"admin.definition.usual_algorithm"})
}

func valueChoices(values []string, present string, none ui.Text) []definitionChoice {
	choices := []definitionChoice{{"", none, present == ""}}
	for _, value := range values {
		choices = append(choices, definitionChoice{value, ui.Plain(value), value == present})
	}
	return choices
}

// read reads the fields of the form. The name is only read from the form of a new one.
func (f *definitionForm) read(r *request) {
	form := r.PostForm
	f.Version, _ = strconv.ParseInt(form.Get("version"), 10, 64)
	if f.IsScope {
		if f.New {
			f.Scope.Name = form.Get("name")
		}
		f.Scope.Description, f.Scope.Claims, f.Scope.Weight = form.Get("description"), strings.Fields(form.Get("claims")), oauth.ScopeWeight(form.Get("weight"))
		f.Scope.Optional, f.Scope.Default, f.Scope.SecondFactor = form.Has("optional"), form.Has("default"), form.Has("second_factor")
		return
	}
	if f.New {
		f.Resource.URI = form.Get("uri")
	}
	f.Resource.Name, f.Resource.Scopes, f.Resource.ClientID = form.Get("name"), strings.Fields(form.Get("scopes")), form.Get("client_id")
	f.Resource.TokenFormat, f.Resource.SigningAlg = oauth.TokenFormat(form.Get("token_format")), form.Get("signing_alg")
	f.TTL = strings.TrimSpace(form.Get("access_token_ttl"))
	f.Resource.AccessTokenTTL = 0
	if seconds, err := strconv.ParseInt(f.TTL, 10, 32); err == nil {
		f.Resource.AccessTokenTTL = time.Duration(seconds) * time.Second
	} else if f.TTL != "" {
		f.Errors = map[string][]string{"access_token_ttl": {"Enter a whole number of seconds, such as 300."}}
	}
}

// save stores what was entered.
func (b *office) saveDefinition(r *request, f *definitionForm, version int64) (changes []oauth.Change, err error) {
	if f.IsScope {
		_, changes, err = b.Acts.DefineScope(r.Context(), f.Scope, version)
	} else {
		_, changes, err = b.Acts.DefineResource(r.Context(), f.Resource, version)
	}
	return changes, err
}

// invalid adds the messages of an error about the fields, and reports whether it is one.
func (f *definitionForm) invalid(err error) bool {
	faults, ok := errors.AsType[validate.FieldErrors](err)
	if errors.Is(err, oauth.ErrTooManyDefinitions) {
		faults, ok = validate.Field("", "There are %d already. Delete one first.", oauth.MaxDefinitions), true
	}
	if ok && f.Errors == nil {
		f.Errors = make(map[string][]string)
	}
	for _, fault := range faults {
		f.Errors[fault.Field] = append(f.Errors[fault.Field], fault.Message)
	}
	return ok
}

func (b *office) showDefinitionForm(r *request, status int, f *definitionForm) (err error) {
	title := ui.Text{"admin.title.edit", "name", f.Name()}
	switch {
	case f.New && f.IsScope:
		title = ui.Text{"admin.definition.add_scope"}
	case f.New:
		title = ui.Text{"admin.definition.add_resource"}
	default:
		if f.History, err = b.historyOf(r, audit.Filter{Target: f.Name()}, "target", f.Name()); err != nil {
			return err
		}
	}
	r.render(status, "definition_form", title, "settings", f)
	return nil
}

// definitionAdd shows an empty form.
func (b *office) definitionAdd(isScope bool) handler {
	return func(r *request) error {
		return b.showDefinitionForm(r, http.StatusOK, &definitionForm{New: true, IsScope: isScope})
	}
}

// definitionCreate adds a scope or a resource.
func (b *office) definitionCreate(isScope bool) handler {
	return func(r *request) error {
		f := &definitionForm{New: true, IsScope: isScope}
		f.read(r)
		if len(f.Errors) > 0 {
			return b.showDefinitionForm(r, http.StatusUnprocessableEntity, f)
		}
		changes, err := b.saveDefinition(r, f, 0)
		if errors.Is(err, oauth.ErrConflict) {
			field := "name"
			if !isScope {
				field = "uri"
			}
			err = validate.Field(field, "The database already has one with this name. Change that, or choose another name.")
		}
		if f.invalid(err) {
			return b.showDefinitionForm(r, http.StatusUnprocessableEntity, f)
		}
		if err != nil {
			return err
		}
		r.target, r.details.Changes = f.Name(), changes
		return r.goTo("definition-added", f.Path())
	}
}

// storedDefinition returns the form of the scope or the resource of the path.
func (b *office) storedDefinition(r *request, isScope bool) (*definitionForm, error) {
	f := &definitionForm{IsScope: isScope}
	row, err := b.Acts.Definition(r.Context(), f.kind(), r.PathValue("id"))
	if err != nil {
		return nil, definitionProblem(err)
	}
	f.Version = row.Version
	if isScope {
		f.Scope, err = oauth.ScopeOf(row)
	} else if f.Resource, err = oauth.ResourceOf(row); f.Resource.AccessTokenTTL > 0 {
		f.TTL = strconv.FormatInt(int64(f.Resource.AccessTokenTTL/time.Second), 10)
	}
	if err != nil {
		err = errUnreadableDefinition
	}
	return f, err
}

// definitionEdit shows the form of a scope or a resource.
func (b *office) definitionEdit(isScope bool) handler {
	return func(r *request) error {
		f, err := b.storedDefinition(r, isScope)
		if err != nil {
			return err
		}
		all, err := b.Definitions(r.Context())
		if err != nil {
			return err
		}
		for _, fault := range all.Faults() {
			if fault.Kind == f.kind() && fault.Name == f.Name() {
				f.Fault = fault.Err.Error()
			}
		}
		return b.showDefinitionForm(r, http.StatusOK, f)
	}
}

// definitionUpdate changes a scope or a resource.
func (b *office) definitionUpdate(isScope bool) handler {
	return func(r *request) error {
		f, err := b.storedDefinition(r, isScope)
		if err != nil {
			return err
		}
		f.read(r)
		if len(f.Errors) > 0 {
			return b.showDefinitionForm(r, http.StatusUnprocessableEntity, f)
		}
		if f.Version < 1 { // no stored version matches, and this is not a new one
			return oauth.ErrConflict
		}
		changes, err := b.saveDefinition(r, f, f.Version)
		if f.invalid(err) {
			return b.showDefinitionForm(r, http.StatusUnprocessableEntity, f)
		}
		if err != nil {
			return definitionProblem(err)
		}
		r.target, r.details.Changes = f.Name(), changes
		return r.goTo("saved", f.Path())
	}
}

// A definitionDeletePage asks before a scope or a resource is deleted.
type definitionDeletePage struct {
	IsScope bool     // it is a scope, and not a resource
	Path    string   // the list to which it belongs
	Name    string   // what identifies it
	Used    listCell // the applications that list it
	All     int      // the number of applications that can use all
	Version int64    // the version that was read
	Blocked []string // why it cannot be deleted
}

// definitionConfirmDelete shows what is deleted with a scope or a resource.
func (b *office) definitionConfirmDelete(isScope bool) handler {
	return func(r *request) error { return b.showDefinitionDelete(r, http.StatusOK, isScope, nil) }
}

func (b *office) showDefinitionDelete(r *request, status int, isScope bool, blocked validate.FieldErrors) error {
	f := &definitionForm{IsScope: isScope}
	row, err := b.Acts.Definition(r.Context(), f.kind(), r.PathValue("id"))
	if err != nil {
		return definitionProblem(err)
	}
	found, err := b.survey(r)
	if err != nil {
		return err
	}
	page := definitionDeletePage{IsScope: isScope, Path: f.Path(), Name: row.Name, Version: row.Version, Used: found.scopes.cell(row.Name), All: found.allScopes}
	if !isScope {
		page.Used, page.All = found.resources.cell(row.Name), found.allResources
	}
	for _, fault := range blocked {
		page.Blocked = append(page.Blocked, fault.Message)
	}
	r.render(status, "definition_delete", ui.Text{"admin.title.delete", "app", row.Name}, "settings", page)
	return nil
}

// definitionDelete deletes a scope or a resource.
func (b *office) definitionDelete(isScope bool) handler {
	return func(r *request) error {
		f := &definitionForm{IsScope: isScope}
		version, err := strconv.ParseInt(r.PostForm.Get("version"), 10, 64)
		if err != nil || version < 1 { // zero would be any version
			return oauth.ErrConflict
		}
		changes, err := b.Acts.RemoveDefinition(r.Context(), f.kind(), r.PathValue("id"), version)
		if blocked, ok := errors.AsType[validate.FieldErrors](err); ok {
			return b.showDefinitionDelete(r, http.StatusConflict, isScope, blocked)
		}
		if err != nil {
			return definitionProblem(err)
		}
		r.target, r.details.Changes = r.PathValue("id"), changes
		return r.goTo("definition-deleted", f.Path())
	}
}

// errConfiguredDefinition is returned for a change of a scope or a resource that the configuration
// or the host program defines.
var errConfiguredDefinition = &ui.Problem{
	Status: http.StatusConflict, Heading: ui.Text{"admin.problem.configured_heading"}, Text: ui.Text{"admin.problem.configured"},
	Advice: ui.Text{"admin.problem.configured_advice"},
}

// errUnreadableDefinition is returned for a change of one with settings that this release cannot
// read.
var errUnreadableDefinition = &ui.Problem{
	Status: http.StatusConflict, Heading: ui.Text{"admin.problem.unreadable_heading"}, Text: ui.Text{"admin.problem.unreadable"},
	Advice: ui.Text{"admin.problem.unreadable_advice"},
}

// definitionProblem describes an error of a change of a scope or a resource.
func definitionProblem(err error) error {
	switch {
	case errors.Is(err, provider.ErrConfigured):
		return errConfiguredDefinition
	case errors.Is(err, provider.ErrUnreadable):
		return errUnreadableDefinition
	}
	return err
}
