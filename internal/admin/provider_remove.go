package admin

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/loginproviders"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// A providerDeletePage shows what the removal of a login provider does.
type providerDeletePage struct {
	Name       string  // the name in the addresses
	Title      string  // the name that people see
	Connected  ui.Text // how many people are connected
	Locked     ui.Text // how many of them have no other way to log in
	CanDisable bool    // it can be disabled instead
}

// connectedText and lockedText return the number of people of a login provider in words.
func connectedText(p loginproviders.People) ui.Text {
	return ui.Text{"admin.provider_people.connected", "n", amount(p.Connected)}
}

func lockedText(p loginproviders.People) ui.Text {
	return ui.Text{"admin.provider_people.locked", "n", amount(p.Locked)}
}

// providerConfirmDelete shows whom the removal of a login provider locks out.
func (b *office) providerConfirmDelete(r *request) error {
	e, err := b.storedProvider(r)
	if err != nil {
		return err
	}
	people, err := b.Providers.People(r.Context(), e.Settings)
	if err != nil {
		return err
	}
	r.render(http.StatusOK, "provider_delete", ui.Text{"admin.ask.provider", "provider", e.Button()}, providersPath, providerDeletePage{
		Name: e.Name, Title: e.Button(), Connected: connectedText(people), Locked: lockedText(people),
		CanDisable: !e.Disabled && !errors.Is(e.Fault, loginproviders.ErrUnreadable),
	})
	return nil
}

// providerDelete removes a login provider.
func (b *office) providerDelete(r *request) error {
	e, err := b.storedProvider(r)
	if err != nil {
		return err
	}
	if err := b.Providers.Remove(r.Context(), e.Name, 0); err != nil {
		return err
	}
	r.details = oauth.EventDetails{Changes: loginproviders.Changes(&e.Settings, nil)}
	return r.goTo("provider-removed", providersPath)
}

// askProviderSwitch returns whether an administrator has to confirm the request to disable a login provider.
func (b *office) askProviderSwitch(r *request) (bool, error) {
	e, err := b.readableProvider(r)
	if err != nil || e.Disabled || r.PostForm.Get("to") == "enabled" {
		return false, err
	}
	people, err := b.Providers.People(r.Context(), e.Settings)
	if err != nil {
		return false, err
	}
	return r.ask(providersPath, question{
		Heading: ui.Text{"admin.ask.disable", "name", e.Button()}, Button: ui.Text{"admin.button.pause"}, Cancel: b.path(providersPath, e.Name), Safe: true,
		Text: ui.Text{"admin.ask.provider_disable_text"}, More: ui.Text{"admin.provider_people.sentence", "connected", connectedText(people), "locked", lockedText(people)},
	})
}

// providerSwitch disables or enables a login provider.
func (b *office) providerSwitch(r *request) error {
	e, err := b.readableProvider(r)
	if err != nil {
		return err
	}
	s, note := e.Settings, "provider-disabled"
	s.ClientSecret = "" // keeps that of the row
	if s.Disabled = r.PostForm.Get("to") != "enabled"; !s.Disabled {
		note = "provider-enabled"
	}
	err = b.Providers.Update(r.Context(), s, e.Row.Version)
	f := newProviderForm(s, false)
	if f.Version, f.HasSecret = strconv.FormatInt(e.Row.Version, 10), e.Row.Secret != ""; f.invalid(err) {
		return r.showProviderForm(http.StatusUnprocessableEntity, f)
	}
	if errors.Is(err, account.ErrConflict) { // another administrator has saved it at the same time
		r.reported = true // nothing was changed
		return r.goTo(changedMeanwhile, providersPath, e.Name)
	}
	if err != nil {
		return err
	}
	r.details = oauth.EventDetails{Changes: loginproviders.Changes(&e.Settings, &s)}
	return r.goTo(note, providersPath, e.Name)
}
