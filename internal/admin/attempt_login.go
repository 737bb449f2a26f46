package admin

import (
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// A loginFailure is a failure of a login in words.
type loginFailure struct {
	text ui.Text // what happened
	fix  ui.Text // how an operator can fix it
	// path is the page for the fix, or empty, with its name and its permission.
	path       string
	name       ui.Text
	permission account.Permission
}

// onPage returns a failure about which something can be done on a page.
func onPage(text, fix ui.Text, path string, name ui.Text, permission account.Permission) loginFailure {
	return loginFailure{text, fix, path, name, permission}
}

// loginFailures are the failures of a login by their reasons. A test fails if one is missing.
var loginFailures = map[string]loginFailure{
	oauth.OutcomeWrongPassword: ofPeople(ui.Text{"admin.attempt.wrong_password"}, ui.Text{"admin.attempt.wrong_password_fix"}),
	oauth.OutcomeThrottled:     {text: ui.Text{"admin.attempt.throttled"}, fix: ui.Text{"admin.attempt.throttled_fix"}},
	oauth.OutcomeWrongCode:     ofPeople(ui.Text{"admin.attempt.wrong_code"}, ui.Text{"admin.attempt.wrong_code_fix"}),
	oauth.FailureWrongPasskey:  ofPeople(ui.Text{"admin.attempt.wrong_passkey"}, ui.Text{"admin.attempt.wrong_passkey_fix"}),
	oauth.DeniedDisabled:       ofPeople(ui.Text{"admin.attempt.disabled"}, ui.Text{"admin.attempt.disabled_fix"}),
	oauth.FailureSignUp:        ofPeople(ui.Text{"admin.attempt.sign_up"}, ui.Text{"admin.attempt.sign_up_fix"}),
	oauth.FailureInvitation:    onPage(ui.Text{"admin.attempt.invitation"}, ui.Text{"admin.attempt.invitation_fix"}, "invitations", ui.Text{"admin.title.invitations"}, account.PeopleRead),

	oauth.DeniedNoAccount:            ofProvider(ui.Text{"admin.attempt.no_account"}, ui.Text{"admin.attempt.no_account_fix"}),
	oauth.DeniedEmailDomain:          ofProvider(ui.Text{"admin.attempt.email_domain"}, ui.Text{"admin.attempt.email_domain_fix"}),
	oauth.DeniedGroup:                ofProvider(ui.Text{"admin.attempt.group"}, ui.Text{"admin.attempt.group_fix"}),
	oauth.DeniedAddressInUse:         ofPeople(ui.Text{"admin.attempt.address_in_use"}, ui.Text{"admin.attempt.address_in_use_fix"}),
	oauth.DeniedNotFresh:             ofProvider(ui.Text{"admin.attempt.not_fresh"}, ui.Text{"admin.attempt.not_fresh_fix"}),
	oauth.FailureProviderRefused:     ofProvider(ui.Text{"admin.attempt.provider_refused"}, ui.Text{"admin.attempt.provider_refused_fix"}),
	oauth.FailureProviderUnavailable: ofProvider(ui.Text{"admin.attempt.provider_unavailable"}, ui.Text{"admin.attempt.provider_unavailable_fix"}),
	oauth.FailureProviderInvalid:     ofProvider(ui.Text{"admin.attempt.provider_invalid"}, ui.Text{"admin.attempt.provider_invalid_fix"}),
}

// ofPeople returns a failure about which something can be done on the page of the person.
func ofPeople(text, fix ui.Text) loginFailure {
	return onPage(text, fix, "users", ui.Text{"admin.section.users"}, account.PeopleRead)
}

// ofProvider returns a failure about which something can be done on the page of the login provider.
func ofProvider(text, fix ui.Text) loginFailure {
	return onPage(text, fix, providersPath, ui.Text{"admin.title.providers"}, account.ProvidersRead)
}

// loginFix returns how a failure of a login can be fixed, and links to the pages for it that the person
// who is logged in can open.
func (r *request) loginFix(reason string) (fix ui.Text, links []ui.Link) {
	f := loginFailures[reason]
	if f.path != "" && r.me.Roles.Allow(f.permission) && (r.b.OwnLogin || !hostsOwn(f.path)) {
		links = append(links, ui.Link{Text: f.name, URL: r.b.path(f.path)})
	}
	return f.fix, links
}
