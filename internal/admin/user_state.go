package admin

import (
	"net/url"
	"slices"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// userStates returns the state of an account, and the roles of its person.
func userStates(u *account.User) []listBadge {
	all := []listBadge{{"ok", ui.Text{"admin.client_state.active"}}}
	if u.Disabled {
		all = []listBadge{{"off", ui.Text{"admin.common.disabled"}}}
	}
	for _, role := range u.Roles() {
		all = append(all, listBadge{"", roleNames[role]})
	}
	return all
}

// userStats returns the numbers about a person: the last login, the browsers in which the person is logged in,
// the applications that can act for the person, and the second factors.
func (b *office) userStats(r *request, u *account.User) ([]objectStat, error) {
	usage, err := b.Store.Usage(r.Context(), oauth.FamilyFilter{Subject: u.ID, InSession: true})
	if err != nil {
		return nil, err
	}
	sessions, err := b.Store.CountSessions(r.Context(), account.SessionFilter{UserID: u.ID})
	if err != nil {
		return nil, err
	}
	stats := []objectStat{
		{Label: ui.Text{"admin.column.last_login"}, At: u.LastLoginAt, IsTime: true, Detail: ui.Text{"admin.user_state.added", "time", ui.Date(u.CreatedAt)}},
		{Label: ui.Text{"admin.common.sessions"}, N: amountText(sessions), Detail: ui.Text{"admin.user_state.sessions_hint"}},
		{Label: ui.Text{"admin.user_state.applications"}, N: amountText(usage.Consents), Detail: ui.Text{"admin.user_state.families", "families", ui.Text{"admin.count.families", "n", amount(usage.Families)}}},
		factorStat(u),
	}
	if r.me.Roles.Allow(account.AuditRead) {
		stats[0].URL = b.path("audit") + "?" + url.Values{"person": {u.ID}, "show": {oauth.CategoryLogin}}.Encode()
	}
	if r.me.Roles.Allow(account.TokensRead) {
		of := "?" + url.Values{"user": {u.ID}}.Encode()
		stats[1].URL, stats[2].URL = b.path("sessions")+of, b.path("consents")+of
	}
	return stats, nil
}

// factorStat returns which second factors a person has.
func factorStat(u *account.User) objectStat {
	s := objectStat{Label: ui.Text{"admin.user_form.second_factors"}, N: ui.Text{"admin.user_state.no_factors"}, Detail: ui.Text{"admin.user_state.no_factors_hint"}}
	passkey, totp := slices.Contains(u.Factors, account.FactorPasskey), slices.Contains(u.Factors, account.FactorTOTP)
	switch {
	case passkey && totp:
		s.Detail = ui.Text{"admin.user_state.both_factors"}
	case passkey:
		s.Detail = ui.Text{"admin.user_state.passkey"}
	case totp:
		s.Detail = ui.Text{"admin.user_state.totp"}
	default:
		return s
	}
	s.N = ui.Text{"admin.user_state.has_factors"}
	return s
}
