package admin

import (
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/loginproviders"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/internal/upstream"
)

// trialPage is the result of a test login.
type trialPage struct {
	Name, Title string  // of the provider
	Directory   bool    // people log in with a password of an LDAP directory
	Fault       ui.Text // why the person could not log in, or empty
	Detail      string  // the text of the error, or empty
	// User and UserID are the account to which the person would be logged in, or empty.
	User, UserID           string
	Connects, SecondFactor bool // as in account.IdentityPreview
	// Values are the values that this server has understood.
	Values []providerSetting
	// New are the values of the account that would be created, or empty.
	New []providerSetting
	// IDToken and UserInfo are the claims as JSON, or empty.
	IDToken, UserInfo string
}

// providerTry begins a test login.
func (b *office) providerTry(r *request) error {
	e, err := b.Providers.Entry(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	if e.Provider == nil {
		return b.showProvider(r, nil, "") // which shows the fault
	}
	r.changed(e.Name) // even if the login fails
	if !e.HasPasswords() {
		err := b.BeginTrial(r.w, r.Request, e.Provider)
		if errors.Is(err, upstream.ErrUnavailable) {
			return b.showTrial(r, e, loginproviders.Trial{Fault: err})
		}
		return err
	}
	trial, err := b.TryDirectory(r.Request, e.Provider, r.PostForm.Get("username"), r.PostForm.Get("password"))
	if err != nil {
		return err
	}
	return b.showTrial(r, e, trial)
}

// providerTried shows the result of a test login.
func (b *office) providerTried(r *request) error {
	e, err := b.Providers.Entry(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	if e.Provider == nil {
		return b.showProvider(r, nil, "")
	}
	trial, err := b.FinishTrial(r.Request, e.Provider)
	if err != nil {
		return err
	}
	withoutCode := *r.URL
	withoutCode.RawQuery = "" // forms of the page contain its address
	r.URL = &withoutCode
	return b.showTrial(r, e, trial)
}

func (b *office) showTrial(r *request, e loginproviders.Entry, t loginproviders.Trial) error {
	page := trialPage{Name: e.Name, Title: e.Button(), Directory: e.HasPasswords(), Connects: t.Preview.Connects, SecondFactor: t.Preview.SecondFactor, IDToken: t.IDToken, UserInfo: t.UserInfo}
	if i := t.Identity; i != nil {
		verified := ""
		if i.EmailVerified {
			verified = "true"
		}
		page.Values = present("issuer", i.Issuer, "subject", i.Subject, "username", i.Username, "name", i.Name, "email", i.Email, "email_verified", verified, "groups", strings.Join(i.Groups, ", "), "amr", strings.Join(i.AMR, " "))
		for _, name := range slices.Sorted(maps.Keys(i.Claims)) {
			page.Values = append(page.Values, present(name, i.Claims[name])...)
		}
	}
	switch u := t.Preview.User; {
	case t.Fault != nil:
		page.Fault, page.Detail = trialFault(t.Fault)
	case u != nil:
		page.User, page.UserID = u.DisplayName(), u.ID
	default:
		page.New = present("username", t.Preview.New.Username, "name", t.Preview.New.Name, "email", t.Preview.New.Email)
	}
	r.render(http.StatusOK, "provider_trial", ui.Text{"admin.provider_trial.title", "provider", e.Button()}, providersPath, page)
	return nil
}

// present returns the pairs of a name and a value that is not empty.
func present(pairs ...string) (all []providerSetting) {
	for pair := range slices.Chunk(pairs, 2) {
		if pair[1] != "" {
			all = append(all, providerSetting{pair[0], pair[1]})
		}
	}
	return all
}

// trialFault returns the reason for a fault, for an administrator, and the text of the error if it
// says more.
func trialFault(err error) (fault ui.Text, detail string) {
	switch {
	case errors.Is(err, account.ErrNoAccount):
		return ui.Text{"admin.provider_trial.no_account"}, ""
	case errors.Is(err, account.ErrAddressInUse):
		return ui.Text{"admin.provider_trial.address_in_use"}, ""
	case errors.Is(err, account.ErrDisabled):
		return ui.Text{"admin.provider_trial.disabled"}, ""
	case errors.Is(err, account.ErrLoginExpired):
		return ui.Text{"admin.provider_trial.expired"}, ""
	case errors.Is(err, upstream.ErrNotAllowed):
		return ui.Text{"admin.provider_trial.not_allowed"}, err.Error()
	}
	return ui.Text{"admin.provider_trial.failed"}, err.Error()
}
