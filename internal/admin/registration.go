package admin

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
	"github.com/seed-e6a88a41/latchkey/validate"
)

// A registrationPage shows the initial access tokens, and a form for a new one.
type registrationPage struct {
	Table            listView           // the initial access tokens
	Policy           string             // the value of the setting registration
	Warnings         []shownWarning     // warnings about the registration settings
	Name, Uses, Days string             // the fields of the form
	Errors           map[string]ui.Text // messages, by field
	// Added is a token that was just created, or empty. It is shown once.
	Added string
}

// A shownWarning is a provider.Warning in the language of the administrator.
type shownWarning struct {
	ID   string  // such as LK045
	Text ui.Text // one or more sentences
}

// showRegistrationList shows the initial access tokens.
func (b *office) showRegistrationList(r *request) error {
	return b.showRegistration(r, http.StatusOK, registrationPage{Uses: "1", Days: "1"})
}

func (b *office) showRegistration(r *request, status int, page registrationPage) error {
	l, err := b.registrationList(r)
	if err != nil {
		return err
	}
	view, err := r.listView(l)
	if err != nil || view == nil {
		return err
	}
	page.Table, page.Policy = *view, b.Registration
	for _, w := range b.RegistrationWarnings {
		page.Warnings = append(page.Warnings, shownWarning{w.ID, ui.Text{"admin.warning." + strings.ToLower(w.ID)}})
	}
	r.render(status, "registration", ui.Text{"admin.title.registration"}, "registration", page)
	return nil
}

// initialAccessAdd adds an initial access token, and shows it once.
func (b *office) initialAccessAdd(r *request) error {
	page := registrationPage{Name: r.PostForm.Get("name"), Uses: r.PostForm.Get("uses"), Days: r.PostForm.Get("days"), Errors: make(map[string]ui.Text)}
	uses, _ := strconv.Atoi(page.Uses)
	days, _ := strconv.ParseFloat(page.Days, 64)
	text, token, err := provider.NewInitialAccessToken(page.Name, uses, time.Duration(days*24*float64(time.Hour)), b.Clock())
	if faults, invalid := errors.AsType[validate.FieldErrors](err); invalid {
		for _, fault := range faults {
			page.Errors[fault.Field] = faultText(fault)
			if fault.Field == "ttl" { // the form has days, and no duration
				page.Errors[fault.Field] = ui.Text{"admin.registration.days_range", "max", int(provider.MaxInitialAccessTTL / (24 * time.Hour))}
			}
		}
		return b.showRegistration(r, http.StatusUnprocessableEntity, page)
	}
	if err != nil {
		return err
	}
	if err := b.Store.AddInitialAccessToken(r.Context(), token); err != nil {
		return err
	}
	r.changed(token.ID.String())
	return b.showRegistration(r, http.StatusOK, registrationPage{Uses: "1", Days: "1", Added: text})
}

// initialAccessChange revokes an initial access token, or adds one.
func (b *office) initialAccessChange(r *request) error {
	if !r.PostForm.Has("revoke") {
		return b.initialAccessAdd(r)
	}
	id, err := oauth.ParseID(r.PostForm.Get("revoke"))
	if err != nil {
		return errGone
	}
	if err := b.Store.RevokeInitialAccessToken(r.Context(), id); err != nil && !errors.Is(err, oauth.ErrNotFound) {
		return err
	}
	r.target, r.details.Changes = id.String(), []oauth.Change{{Field: "initial_access_token", After: "revoked"}}
	return r.goTo("registration-revoked", "registration")
}

// revokeInitialAccess revokes initial access tokens. Their rows are deleted, so one that was revoked before does not
// exist.
func (b *office) revokeInitialAccess(r *request, keys []string) error {
	all, err := ids(keys)
	if err != nil {
		return err
	}
	for _, id := range all {
		err := b.Store.RevokeInitialAccessToken(r.Context(), id)
		if errors.Is(err, oauth.ErrNotFound) {
			r.acted.gone++
			continue
		}
		if err != nil {
			return err
		}
		r.acted.done++
		r.report(id.String(), oauth.EventDetails{Changes: []oauth.Change{{Field: "initial_access_token", After: "revoked"}}})
	}
	return nil
}

func (b *office) askInitialAccess(r *request) (bool, error) {
	if !r.PostForm.Has("revoke") {
		return false, nil
	}
	return r.ask("registration", question{
		Heading: ui.Text{"admin.ask.initial_access"}, Button: ui.Text{"admin.button.revoke"},
		Text: ui.Text{"admin.ask.initial_access_text"},
	})
}
