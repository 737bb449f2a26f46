package admin

import (
	"net/url"
	"slices"
	"strconv"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// registrationList declares the list of the newest initial access tokens, of which there are at most
// oauth.MostInitialAccessTokens.
func (b *office) registrationList(r *request) (*list, error) {
	l := &list{
		section: "registration", path: "registration", title: ui.Text{"admin.title.registration"}, search: ui.Text{"admin.registration.name"}, days: true, sort: "added", descending: true,
		export: account.RegistrationRead,
		filters: []listFilter{{"state", ui.Text{"admin.common.status"}, []listChoice{
			{"", ui.Text{"admin.common.all"}}, {"valid", ui.Text{"admin.registration.valid"}}, {"ended", ui.Text{"admin.registration.ended"}},
		}, true}},
		field: "token",
		actions: []listAction{{
			name: "revoke", text: ui.Text{"admin.list.revoke"}, button: ui.Text{"admin.button.revoke"}, explain: ui.Text{"admin.registration.ask_text"}, did: "revoked", needs: account.RegistrationWrite,
			heading: func(n int) ui.Text { return ui.Text{"admin.registration.ask", "n", n} },
			all:     func(n any) ui.Text { return ui.Text{"admin.registration.ask_all", "n", n} },
			act:     func(keys []string) error { return b.revokeInitialAccess(r, keys) },
		}},
		empty: ui.Text{"admin.registration.there_no_initial"}, none: ui.Text{"admin.registration.none"},
	}
	all, err := b.Store.InitialAccessTokens(r.Context())
	if err != nil {
		return nil, err
	}
	if l.newestOnly = len(all) >= oauth.MostInitialAccessTokens; l.newestOnly {
		l.intro = ui.Text{"admin.registration.newest", "n", oauth.MostInitialAccessTokens}
	}
	selected := func(q url.Values) []oauth.InitialAccessToken {
		from, until, _ := days(q)
		return slices.DeleteFunc(slices.Clone(all), func(t oauth.InitialAccessToken) bool {
			return !holds(q.Get("q"), t.Name) || q.Get("state") != "" && (q.Get("state") == "valid") != t.Valid(b.Clock()) || !from.IsZero() && t.CreatedAt.Before(from) || !until.IsZero() && !t.CreatedAt.Before(until)
		})
	}
	l.count = func(q url.Values) (oauth.Count, error) {
		return oauth.Count{N: len(selected(q)), More: l.newestOnly}, nil
	}
	columns := []columnOf[oauth.InitialAccessToken]{
		{"name", ui.Text{"admin.registration.name"}, "name", "", func(t oauth.InitialAccessToken) listCell {
			cell := listCell{Text: t.Name}
			switch {
			case t.Valid(b.Clock()):
			case t.Used < t.Uses:
				cell.Badges = []listBadge{{"off", ui.Text{"admin.common.expired"}}}
			default:
				cell.Badges = []listBadge{{"off", ui.Text{"admin.registration.used_up"}}}
			}
			return cell
		}},
		{"id", nil, "", "", func(t oauth.InitialAccessToken) listCell { return codeCell(t.ID.String()) }},
		{"registrations", ui.Text{"admin.registration.registrations"}, "", "p2", func(t oauth.InitialAccessToken) listCell {
			return listCell{Words: ui.Text{"admin.registration.of", "used", t.Used, "uses", t.Uses}}
		}},
		{"used", nil, "", "", func(t oauth.InitialAccessToken) listCell { return listCell{Text: strconv.Itoa(t.Used)} }},
		{"uses", nil, "", "", func(t oauth.InitialAccessToken) listCell { return listCell{Text: strconv.Itoa(t.Uses)} }},
		{"added", ui.Text{"admin.common.added"}, "added", "p2", func(t oauth.InitialAccessToken) listCell { return timeCell(t.CreatedAt) }},
		{"expires", ui.Text{"admin.common.expires"}, "expires", "p2", func(t oauth.InitialAccessToken) listCell { return timeCell(t.ExpiresAt) }},
	}
	columns = append(columns, historyColumn(r, func(t oauth.InitialAccessToken) string { return t.ID.String() })...)
	if r.me.Roles.Allow(account.RegistrationWrite) {
		columns = append(columns, columnOf[oauth.InitialAccessToken]{"", ui.Text{"admin.common.action"}, "", "", func(t oauth.InitialAccessToken) listCell {
			return listCell{Buttons: []listForm{{"revoke", t.ID.String(), ui.Text{"admin.common.revoke"}, ui.Text{"admin.registration.revoke_token", "token", t.Name}, true}}}
		}})
	}
	orders := map[string]order[oauth.InitialAccessToken]{
		"name":    byText(func(t oauth.InitialAccessToken) string { return t.Name }),
		"added":   func(a, b oauth.InitialAccessToken) int { return a.CreatedAt.Compare(b.CreatedAt) },
		"expires": func(a, b oauth.InitialAccessToken) int { return a.ExpiresAt.Compare(b.ExpiresAt) },
	}
	key := func(t oauth.InitialAccessToken) string { return t.ID.String() }
	return declare(l, columns, key, func(q url.Values, p paging.Page) ([]oauth.InitialAccessToken, paging.Cursor, error) {
		rows, cursor := part(selected(q), p, orders, key)
		return rows, cursor, nil
	}), nil
}
