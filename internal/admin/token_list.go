package admin

import (
	"cmp"
	"errors"
	"net/url"
	"slices"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// familyFilter returns the filter of the lists of tokens, requests and consents for the
// parameters of a URL. n is what the search means.
func (r *request) familyFilter(q url.Values, n naming) oauth.FamilyFilter {
	f := oauth.FamilyFilter{ClientID: q.Get("application"), Subject: q.Get("user"), InSession: r.b.OwnLogin, Agents: q.Get("show") == "agents", Offline: q.Get("show") == "offline", State: tokenState(q)}
	f.From, f.Until, _ = days(q)
	if n.clientID != "" {
		f.ClientID = n.clientID
	}
	if n.subject != "" {
		f.Subject = n.subject
	}
	return f
}

// showFilter is a filter of the lists of tokens and consents, for familyFilter, with these choices besides
// those of both lists.
func showFilter(more ...listChoice) listFilter {
	return listFilter{"show", ui.Text{"admin.token_list.show"}, append([]listChoice{{"", ui.Text{"admin.common.all"}}, {"agents", ui.Text{"admin.token_list.agents"}}}, more...), true}
}

// stateFilter is a filter of the list of tokens, for familyFilter.
func stateFilter() listFilter {
	var choices []listChoice
	for _, state := range oauth.TokenStates() {
		text := foundStates[string(state)]
		if state == oauth.TokenDisabled {
			text = ui.Text{"admin.common.disabled"} // without the reason
		}
		choices = append(choices, listChoice{string(state), text})
	}
	return listFilter{"state", ui.Text{"admin.common.status"}, choices, true}
}

// tokenState returns the state of the tokens that a URL selects.
func tokenState(q url.Values) oauth.TokenState {
	if state := oauth.TokenState(q.Get("state")); slices.Contains(oauth.TokenStates(), state) {
		return state
	}
	return oauth.TokenValid
}

// endedAccess reports whether a URL selects access tokens that have expired or were revoked. They have no
// actions: revoking such a token would also revoke its family, whose refresh token can still be valid.
func endedAccess(q url.Values) bool {
	state := tokenState(q)
	return q.Get("kind") == "access" && (state == oauth.TokenExpired || state == oauth.TokenRevoked)
}

// ofNames adds to a list what the search means, and the person and the application of the
// URL. The list has no rows if the search means nothing, or more than one name.
func (r *request) ofNames(l *list) (n naming, err error) {
	q := r.URL.Query()
	if n, err = r.named(q.Get("q"), "user"); err != nil {
		return n, err
	}
	l.near = n.near
	r.onlyApplication(l)
	return n, r.onlyPerson(l)
}

// onlyApplication adds to a list the application of the URL.
func (r *request) onlyApplication(l *list) {
	id := r.URL.Query().Get("application")
	if id == "" {
		return
	}
	name := id
	if c, err := r.b.Store.Client(r.Context(), id); err == nil {
		name = c.Name
	}
	l.only = append(l.only, ui.Link{Text: ui.Text{"admin.list.only_application", "app", name}, URL: "?" + r.without("application")})
}

// onlyPerson adds to a list the person of the URL.
func (r *request) onlyPerson(l *list) error {
	id := r.URL.Query().Get("user")
	if id == "" {
		return nil
	}
	name, err := r.b.username(r, id)
	if err != nil {
		return err
	}
	l.only = append(l.only, ui.Link{Text: ui.Text{"admin.list.only_user", "user", cmp.Or(name, id)}, URL: "?" + r.without("user")})
	return nil
}

// tokenList declares the list of token families, or of opaque access tokens. It cannot show
// a token, because only hashes are stored.
func (b *office) tokenList(r *request) (*list, error) {
	l := &list{
		section: "tokens", path: "tokens", title: ui.Text{"admin.common.tokens"}, intro: ui.Text{"admin.token_list.tokens_cannot_be"},
		search: ui.Text{"admin.list.person_or_application"}, days: true, sort: "time", descending: true, paste: true,
		tabs:   []ui.Link{{Text: ui.Text{"admin.common.tokens"}, URL: b.path("tokens"), Active: true}, {Text: ui.Text{"admin.title.requests"}, URL: b.path("requests")}},
		export: account.TokensRead, normal: map[string]string{"state": string(oauth.TokenValid)},
		filters: []listFilter{{"kind", ui.Text{"admin.common.type"}, []listChoice{{"", ui.Text{"admin.token_list.token_families"}}, {"access", ui.Text{"admin.token_list.access_tokens"}}}, true}, stateFilter(), showFilter(listChoice{"offline", ui.Text{"admin.token_list.offline"}})},
		empty:   ui.Text{"admin.token_list.there_no_tokens"}, none: ui.Text{"admin.token_list.no_tokens_match_your"},
		actions: []listAction{{
			name: "revoke", text: ui.Text{"admin.list.revoke"}, button: ui.Text{"admin.button.revoke"}, explain: ui.Text{"admin.ask.tokens_text"}, more: ui.Text{"admin.ask.jwt"}, did: "revoked", needs: account.TokensRevoke,
			heading: func(n int) ui.Text { return ui.Text{"admin.ask.tokens", "n", n} },
			all:     func(n any) ui.Text { return ui.Text{"admin.ask.tokens_all", "n", n} },
		}},
	}
	// Most of the tokens that have expired are old, so the first page of the others need not be searched.
	l.descending = tokenState(r.URL.Query()) != oauth.TokenExpired
	n, err := r.ofNames(l)
	if err != nil {
		return nil, err
	}
	l.count = func(q url.Values) (oauth.Count, error) {
		if n.nobody {
			return oauth.Count{}, nil
		}
		f := r.familyFilter(q, n)
		if q.Get("kind") == "access" {
			count, err := b.Store.CountAccessTokens(r.Context(), f)
			return countFew(count, err, func(p paging.Page) ([]oauth.AccessTokenRow, paging.Cursor, error) {
				return b.Store.AccessTokens(r.Context(), f, p)
			})
		}
		count, err := b.Store.CountFamilies(r.Context(), f)
		return countFew(count, err, func(p paging.Page) ([]oauth.FamilyRow, paging.Cursor, error) {
			return b.Store.Families(r.Context(), f, p)
		})
	}
	l.field = "family"
	if r.URL.Query().Get("kind") == "access" || r.PostForm.Has("token") {
		l.field = "token"
	}
	l.actions[0].skip = r.skipToken
	l.actions[0].act = func(keys []string) error { return b.revokeTokens(r, l.field, keys) }
	if endedAccess(r.URL.Query()) {
		l.actions = nil
	}
	if l.field == "token" {
		return b.accessColumns(r, l, n), nil
	}
	return b.familyColumns(r, l, n), nil
}

// fewTokens is the number of tokens up to which a count is exact.
const fewTokens = 100

// countFew makes a count exact if the list has at most fewTokens rows. A store counts tokens without
// checking their clients, people and sessions, so it also counts those that the list does not show,
// because they were revoked.
func countFew[Row any](n oauth.Count, err error, list func(paging.Page) ([]Row, paging.Cursor, error)) (oauth.Count, error) {
	if err != nil || n.More || n.N == 0 {
		return n, err
	}
	rows, cursor, err := list(paging.Page{Limit: fewTokens})
	if cursor.Next == "" {
		n.N = len(rows)
	}
	return n, err
}

func (b *office) familyColumns(r *request, l *list, n naming) *list {
	return declare(l, []columnOf[oauth.FamilyRow]{
		{"id", ui.Text{"admin.common.id"}, "", "", func(f oauth.FamilyRow) listCell {
			return listCell{Text: tail(f.ID), Title: f.ID.String(), Code: true, URL: b.path("tokens", "find") + "?id=" + f.ID.String()}
		}},
		{"user", ui.Text{"admin.common.user"}, "", "p2", func(f oauth.FamilyRow) listCell { return b.personCell(f.Subject, f.Username) }},
		{"subject", nil, "", "", func(f oauth.FamilyRow) listCell { return codeCell(f.Subject) }},
		{"application", ui.Text{"admin.common.application"}, "", "p2", func(f oauth.FamilyRow) listCell { return b.clientCell(f.ClientID, f.ClientName) }},
		{"client_id", nil, "", "", func(f oauth.FamilyRow) listCell { return codeCell(f.ClientID) }},
		{"scope", ui.Text{"admin.common.scope"}, "", "p3", func(f oauth.FamilyRow) listCell { return scopeCell(f.Scope, f.Details.Resources) }},
		{"issued", ui.Text{"admin.common.issued"}, "time", "p2", func(f oauth.FamilyRow) listCell { return timeCell(f.IssuedAt) }},
		{"refreshed", ui.Text{"admin.token_list.last_refreshed"}, "", "p3", func(f oauth.FamilyRow) listCell { return timeCell(f.RotatedAt) }},
		stateColumn[oauth.FamilyRow](tokenState(r.URL.Query())),
		{"ends", ui.Text{"admin.token_list.ends"}, "", "p3", func(f oauth.FamilyRow) listCell { return timeCell(f.Details.Until) }},
	}, func(f oauth.FamilyRow) string { return f.ID.String() }, func(q url.Values, p paging.Page) ([]oauth.FamilyRow, paging.Cursor, error) {
		if n.nobody {
			return nil, paging.Cursor{}, nil
		}
		rows, cursor, err := b.Store.Families(r.Context(), r.familyFilter(q, n), p)
		addNames(r, rows, func(row *oauth.FamilyRow) (string, *string) { return row.Subject, &row.Username })
		return rows, cursor, err
	})
}

func (b *office) accessColumns(r *request, l *list, n naming) *list {
	return declare(l, []columnOf[oauth.AccessTokenRow]{
		{"id", ui.Text{"admin.common.id"}, "", "", func(t oauth.AccessTokenRow) listCell {
			return listCell{Text: tail(t.ID), Title: t.ID.String(), Code: true, URL: b.path("tokens", "find") + "?id=" + t.ID.String()}
		}},
		{"user", ui.Text{"admin.common.user"}, "", "p2", func(t oauth.AccessTokenRow) listCell { return b.personCell(t.Subject, t.Username) }},
		{"subject", nil, "", "", func(t oauth.AccessTokenRow) listCell { return codeCell(t.Subject) }},
		{"application", ui.Text{"admin.common.application"}, "", "p2", func(t oauth.AccessTokenRow) listCell { return b.clientCell(t.ClientID, t.ClientName) }},
		{"client_id", nil, "", "", func(t oauth.AccessTokenRow) listCell { return codeCell(t.ClientID) }},
		{"scope", ui.Text{"admin.common.scope"}, "", "p3", func(t oauth.AccessTokenRow) listCell { return scopeCell(t.Scope, t.Audience) }},
		{"issued", ui.Text{"admin.common.issued"}, "time", "p2", func(t oauth.AccessTokenRow) listCell { return timeCell(t.IssuedAt) }},
		stateColumn[oauth.AccessTokenRow](tokenState(r.URL.Query())),
		{"expires", ui.Text{"admin.common.expires"}, "", "p3", func(t oauth.AccessTokenRow) listCell { return timeCell(t.ExpiresAt) }},
	}, func(t oauth.AccessTokenRow) string { return t.ID.String() }, func(q url.Values, p paging.Page) ([]oauth.AccessTokenRow, paging.Cursor, error) {
		if n.nobody {
			return nil, paging.Cursor{}, nil
		}
		rows, cursor, err := b.Store.AccessTokens(r.Context(), r.familyFilter(q, n), p)
		addNames(r, rows, func(row *oauth.AccessTokenRow) (string, *string) { return row.Subject, &row.Username })
		return rows, cursor, err
	})
}

// stateColumn is the state of the tokens in exports: all rows have that of the filter.
func stateColumn[Row any](state oauth.TokenState) columnOf[Row] {
	return columnOf[Row]{"state", nil, "", "", func(Row) listCell { return listCell{Text: string(state)} }}
}

// scopeCell returns a cell with a scope, and the resources to which it applies.
func scopeCell(scope oauth.Scopes, resources oauth.Audience) listCell {
	c := codeCell(scope.String())
	if len(resources) > 0 {
		c.Note = ui.Text{"admin.token_list.for", "resource", resources.String()}
	}
	return c
}

// revokeTokens revokes families, or access tokens, and records each of them. Revoking either token of
// a family revokes both.
func (b *office) revokeTokens(r *request, field string, keys []string) error {
	all, err := ids(keys)
	if err != nil {
		return err
	}
	if err := r.protectTokens(all); err != nil {
		return err
	}
	var revoked []oauth.EventDetails
	for _, id := range all {
		found, err := b.Tokens.FindTokenByID(r.Context(), id)
		switch {
		case errors.Is(err, oauth.ErrNotFound):
			r.acted.gone++
		case err != nil:
			return err
		case found.State == provider.FoundRevoked:
			r.acted.already++
		default:
			r.acted.done++
			revoked = append(revoked, oauth.EventDetails{Person: found.Subject, ClientID: found.ClientID, Changes: []oauth.Change{{Field: "token", Before: id.String()}}})
		}
	}
	if field == "token" {
		err = b.Tokens.RevokeTokens(r.Context(), all, nil)
	} else {
		err = b.Tokens.RevokeTokens(r.Context(), nil, all)
	}
	if err != nil {
		return err
	}
	for _, details := range revoked {
		r.report("", details)
	}
	return nil
}

func ids(texts []string) ([]oauth.ID, error) {
	var list []oauth.ID
	for _, text := range texts {
		id, err := oauth.ParseID(text)
		if err != nil {
			return nil, errGone
		}
		list = append(list, id)
	}
	return list, nil
}
