package web

import (
	"errors"
	"net/http"
	"strings"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/developers"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/validate"
)

// A developerAddPage is the choice of a kind, or the form of a new application.
type developerAddPage struct {
	Kinds    []developerKind  // the kinds of applications, if none was chosen
	Kind     string           // the chosen kind, or empty
	KindText ui.Text          // a description of the chosen kind
	ID       string           // the client_id
	Fields   []developerField // the fields of the form
	Scopes   []developerScope // the scopes that the application can have
	Approval bool             // an operator has to approve the application first
	Errors   fieldErrors      // what is wrong with the fields, by name
}

// A developerKind is a kind of application.
type developerKind struct {
	Name, Icon  string  // the value of the kind in the form, and its icon
	Title, Text ui.Text // the name and a description of the kind
}

// A developerScope is a scope that a new application can have.
type developerScope struct {
	Name, Text string // the scope, and what it allows
	Chosen     bool   // it is selected
}

// A developerField is a field of the form of an application.
type developerField struct {
	Name        string     // in the form
	Label, Hint ui.Text    // the label, and the help below it
	Values      []string   // one per line
	Lines       bool       // the field has several values
	ReadOnly    bool       // the owner cannot change the field
	Error       fieldError // what is wrong with it
}

// Value returns the text of the field.
func (f developerField) Value() string { return strings.Join(f.Values, "\n") }

// Address reports whether the field is a URL.
func (f developerField) Address() bool { return strings.HasSuffix(f.Name, "_uri") }

// developerLabels are the labels and the hints of the fields.
var developerLabels = map[string][2]ui.Text{
	"client_name":               {ui.Text{"apps.field_client_name"}, ui.Text{"apps.hint_client_name"}},
	"client_uri":                {ui.Text{"app.homepage"}, ui.Text{"apps.hint_url"}},
	"logo_uri":                  {ui.Text{"apps.field_logo_uri"}, ui.Text{"apps.hint_logo_uri"}},
	"tos_uri":                   {ui.Text{"app.terms"}, ui.Text{"apps.hint_url"}},
	"policy_uri":                {ui.Text{"app.privacy"}, ui.Text{"apps.hint_url"}},
	"redirect_uris":             {ui.Text{"apps.field_redirect_uris"}, ui.Text{"apps.hint_redirect_uris"}},
	"post_logout_redirect_uris": {ui.Text{"apps.field_post_logout_redirect_uris"}, ui.Text{"apps.hint_post_logout_redirect_uris"}},
}

// developerFields returns the fields of an application.
func developerFields(c *oauth.Client, faults fieldErrors) (fields []developerField) {
	values := map[string][]string{
		"client_name": {c.Name}, "client_uri": {c.HomepageURL}, "logo_uri": {c.LogoURL}, "tos_uri": {c.TermsURL}, "policy_uri": {c.PolicyURL},
		"redirect_uris": c.RedirectURIs, "post_logout_redirect_uris": c.PostLogoutRedirectURIs,
	}
	for _, name := range developers.FieldsOf(c) {
		fields = append(fields, developerField{
			Name: name, Label: developerLabels[name][0], Hint: developerLabels[name][1], Values: values[name],
			Lines: name == "redirect_uris" || name == "post_logout_redirect_uris", ReadOnly: !developers.Editable(c, name), Error: faults.At(name),
		})
	}
	return fields
}

// developerValues returns the values of a form.
func developerValues(r *http.Request) developers.Values {
	values := make(developers.Values)
	for _, name := range []string{"client_name", "client_uri", "logo_uri", "tos_uri", "policy_uri", "redirect_uris", "post_logout_redirect_uris", "scope"} {
		if given, found := r.PostForm[name]; found {
			values[name] = given
		}
	}
	return values
}

// addDeveloped is the page on which a person registers an application.
func (h *Handler) addDeveloped(w http.ResponseWriter, r *http.Request, o *owner) error {
	if allowed, err := h.Developers.MayRegister(r.Context(), o.User); err != nil || !allowed {
		if err == nil {
			err = developers.ErrNotAllowed
		}
		return err
	}
	kind := r.FormValue("kind")
	c, found := h.Developers.New(kind)
	page := developerAddPage{Approval: h.Developers.DeveloperApproval, Errors: make(fieldErrors)}
	if !found {
		for _, name := range h.Developers.DeveloperKinds {
			page.Kinds = append(page.Kinds, developerKinds[name])
		}
		return h.showAdd(w, r, o, page, 0)
	}
	page.Kind, page.KindText, page.ID = kind, developerKinds[kind].Text, c.ID
	if r.Method != http.MethodPost {
		return h.showAddForm(w, r, o, page, c, 0)
	}
	added, secret, err := h.Developers.Register(r.Context(), o.User, kind, r.PostFormValue("client_id"), developerValues(r))
	if err == nil {
		h.reportApp(r, o, "add", nil, added)
		return h.showDeveloped(w, r, o, added, developedPage{Secret: secret, New: true})
	}
	if errors.Is(err, oauth.ErrConflict) { // the button was pressed twice
		return h.redirect(w, r, h.developersURL(added.ID))
	}
	if throttled, ok := errors.AsType[*account.ThrottledError](err); ok {
		return &ui.Problem{Status: http.StatusTooManyRequests, Heading: ui.Text{"apps.throttled_heading"}, Text: ui.Text{"apps.throttled", "duration", hours(throttled.RetryAfter)}, Err: err}
	}
	status := page.Errors.addApp(err)
	if status == 0 {
		return err
	}
	page.ID = r.PostFormValue("client_id")
	return h.showAddForm(w, r, o, page, added, status)
}

// A copied value is shown with a button that copies it.
type copiedValue struct {
	Name  string  // the id of the element
	Label ui.Text // the name of the value
	Value string
}

func newCopied(name, value string) copiedValue { return copiedValue{name, copiedLabels[name], value} }

var copiedLabels = map[string]ui.Text{
	"client_id": {"apps.copy_client_id"}, "client_secret": {"apps.copy_client_secret"}, "offer_link": {"apps.copy_offer_link"},
}

// developerKinds are the kinds of applications, by their names.
var developerKinds = map[string]developerKind{
	"web":     {"web", "web", ui.Text{"apps.kind_web"}, ui.Text{"apps.kind_web_text"}},
	"spa":     {"spa", "spa", ui.Text{"apps.kind_spa"}, ui.Text{"apps.kind_spa_text"}},
	"native":  {"native", "phone", ui.Text{"apps.kind_native"}, ui.Text{"apps.kind_native_text"}},
	"device":  {"device", "tv", ui.Text{"apps.kind_device"}, ui.Text{"apps.kind_device_text"}},
	"machine": {"machine", "machine", ui.Text{"apps.kind_machine"}, ui.Text{"apps.kind_machine_text"}},
}

// showAddForm shows the form of an application of a kind.
func (h *Handler) showAddForm(w http.ResponseWriter, r *http.Request, o *owner, page developerAddPage, c *oauth.Client, status int) error {
	allowed, err := h.Developers.ScopesFor(r.Context(), c)
	if err != nil {
		return err
	}
	say := h.Pages.LanguageOf(r)
	for _, scope := range allowed {
		chosen := r.Method != http.MethodPost || c.Scopes.Contains(scope.Name)
		page.Scopes = append(page.Scopes, developerScope{scope.Name, h.scopeText(say, scope.Name), chosen})
	}
	if page.Fields = developerFields(c, page.Errors); r.Method == http.MethodPost {
		keepTyped(r, page.Fields)
	}
	return h.showAdd(w, r, o, page, status)
}

// keepTyped shows the values of a form again.
func keepTyped(r *http.Request, fields []developerField) {
	for i, f := range fields {
		if typed, found := r.PostForm[f.Name]; found && !f.ReadOnly {
			fields[i].Values = typed
		}
	}
}

func (h *Handler) showAdd(w http.ResponseWriter, r *http.Request, o *owner, page developerAddPage, status int) error {
	return h.showOwn(w, r, o, ownView{page: "developer_add", url: h.developersURL(), title: ui.Text{"apps.add"}, status: status, data: page})
}

// addApp adds the messages about the fields of an application, and returns the status of the
// answer, or 0 for any other error. The messages of the protocol are in English.
func (f fieldErrors) addApp(err error) int {
	faults, ok := errors.AsType[validate.FieldErrors](err)
	if !ok {
		return 0
	}
	for _, fault := range faults {
		f[fault.Field] = ui.English(fault.Message)
		if fault.Code == "apps_scope" {
			f[fault.Field] = ui.Text{"fault.apps_scope"}
		}
	}
	return http.StatusUnprocessableEntity
}
