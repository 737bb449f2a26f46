package admin

import (
	"net/url"
	"strings"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// ownedTokenList declares the list of the API tokens of all people.
func (b *office) ownedTokenList(r *request) (*list, error) {
	var scopes []listChoice
	for _, info := range oauth.AdminScopeInfos() {
		scopes = append(scopes, listChoice{info.Name, ui.Plain(info.Name)})
	}
	selected := func(q url.Values) account.OwnedTokenFilter {
		return account.OwnedTokenFilter{Search: q.Get("q"), UserID: q.Get("user"), Scope: q.Get("scope")}
	}
	l := &list{
		section: "api-tokens", path: "all-api-tokens", title: ui.Text{"admin.title.all_api_tokens"}, intro: ui.Text{"admin.owned_token.intro"}, search: ui.Text{"admin.owned_token.search"}, sort: "created", descending: true,
		export: account.TokensRead, filters: []listFilter{{"scope", ui.Text{"admin.common.scope"}, scopes, false}},
		empty: ui.Text{"admin.owned_token.empty"}, none: ui.Text{"admin.owned_token.none"},
		count: func(q url.Values) (oauth.Count, error) {
			return b.Accounts.CountOwnedTokens(r.Context(), selected(q))
		},
		field: "token",
		actions: []listAction{{
			name: "revoke", text: ui.Text{"admin.common.revoke"}, button: ui.Text{"admin.button.revoke"}, explain: ui.Text{"admin.owned_token.ask_text"}, did: "revoked", needs: account.TokensRevoke,
			heading: func(n int) ui.Text { return ui.Text{"admin.owned_token.ask", "n", n} },
			all:     func(n any) ui.Text { return ui.Text{"admin.owned_token.ask_all", "n", n} },
			act:     func(keys []string) error { return b.revokeOwnedTokens(r, keys) },
			skip: func(key string) bool {
				return r.skipOwner(func() (string, error) { return ownerOfToken(key), nil })
			},
		}},
	}
	if err := r.onlyPerson(l); err != nil {
		return nil, err
	}
	return declare(l, []columnOf[account.OwnedToken]{
		{"user", ui.Text{"admin.common.user"}, "", "", func(t account.OwnedToken) listCell { return b.personCell(t.UserID, t.Username) }},
		{"sub", nil, "", "", func(t account.OwnedToken) listCell { return codeCell(t.UserID) }},
		{"name", ui.Text{"admin.column.name"}, "", "wrap", func(t account.OwnedToken) listCell { return listCell{Text: t.Name} }},
		{"id", nil, "", "", func(t account.OwnedToken) listCell { return codeCell(t.ID) }},
		{"scope", ui.Text{"admin.common.scope"}, "", "p2", func(t account.OwnedToken) listCell { return codeCell(strings.Join(t.Scopes, " ")) }},
		{"created", ui.Text{"admin.column.added"}, "created", "p2", func(t account.OwnedToken) listCell { return timeCell(t.CreatedAt) }},
		{"last_used", ui.Text{"admin.common.last_used"}, "used", "p2", func(t account.OwnedToken) listCell { return timeCell(t.UsedAt) }},
		{"expires", ui.Text{"admin.common.expires"}, "", "p3", func(t account.OwnedToken) listCell { return timeCell(t.ExpiresAt) }},
	}, func(t account.OwnedToken) string { return t.UserID + " " + t.ID }, func(q url.Values, p paging.Page) ([]account.OwnedToken, paging.Cursor, error) {
		return b.Accounts.OwnedTokens(r.Context(), selected(q), p)
	}), nil
}

// ownerOfToken returns the person in the key of a row.
func ownerOfToken(key string) string {
	person, _, _ := strings.Cut(key, " ")
	return person
}

// revokeOwnedTokens revokes the tokens with these keys. One that has expired or was revoked is not an
// error.
func (b *office) revokeOwnedTokens(r *request, keys []string) error {
	owners := make([]string, len(keys))
	for i, key := range keys {
		owners[i] = ownerOfToken(key)
	}
	if err := r.protectOwners(owners...); err != nil {
		return err
	}
	for _, key := range keys {
		person, id, _ := strings.Cut(key, " ")
		revoked, err := b.revokeToken(r, person, id)
		if err != nil {
			return err
		}
		if len(revoked) == 0 {
			r.acted.already++
			continue
		}
		r.acted.done++
		r.report(person, oauth.EventDetails{Person: person, Changes: audit.RevokedTokens(revoked...)})
	}
	return nil
}
