package admin

import (
	"net/url"
	"strings"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/acts"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// consentList declares the list of what people have allowed.
func (b *office) consentList(r *request) (*list, error) {
	l := &list{
		section: "consents", path: "consents", title: ui.Text{"admin.title.consents"}, intro: ui.Text{"admin.consent_list.permissions_users_have"},
		search: ui.Text{"admin.list.person_or_application"}, days: true, sort: "time", descending: true, export: account.TokensRead,
		empty: ui.Text{"admin.consent_list.there_no_consents"}, none: ui.Text{"admin.consent_list.no_consents_match_your"},
		filters: []listFilter{accessFilter, showFilter()}, field: "consent",
		actions: []listAction{{
			name: "withdraw", text: ui.Text{"admin.list.withdraw"}, button: ui.Text{"admin.button.withdraw"}, explain: ui.Text{"admin.ask.consents_text"}, more: ui.Text{"admin.ask.jwt"}, did: "withdrawn", needs: account.TokensRevoke,
			heading: func(n int) ui.Text { return ui.Text{"admin.ask.consents", "n", n} },
			all:     func(n any) ui.Text { return ui.Text{"admin.ask.consents_all", "n", n} },
			act:     func(keys []string) error { return b.withdrawConsents(r, keys) },
			skip: func(key string) bool {
				subject, _, _ := strings.Cut(key, " ")
				return r.skipOwner(func() (string, error) { return subject, nil })
			},
		}},
	}
	n, err := r.ofNames(l)
	if err != nil {
		return nil, err
	}
	filter := func(q url.Values) oauth.FamilyFilter {
		f := r.familyFilter(q, n)
		f.Offline = false // the remembered scope does not say which access the application has
		return f
	}
	consents := acts.Consents{Store: b.Store, InSession: b.OwnLogin}
	byAccess := make(map[oauth.FamilyFilter]map[string]oauth.Count) // each page needs several counts of one filter
	l.count = func(q url.Values) (oauth.Count, error) {
		f, access := filter(q), consentAccess(q)
		switch {
		case n.nobody:
			return oauth.Count{}, nil
		case access == "":
			return b.Store.CountConsents(r.Context(), f)
		case byAccess[f] == nil:
			active, ended, err := consents.Counts(r.Context(), f)
			if err != nil {
				return oauth.Count{}, err
			}
			byAccess[f] = map[string]oauth.Count{acts.AccessActive: active, acts.AccessEnded: ended}
		}
		return byAccess[f][access], nil
	}
	return declare(l, []columnOf[acts.Consent]{
		{"user", ui.Text{"admin.common.user"}, "", "", func(c acts.Consent) listCell { return b.personCell(c.Subject, c.Username) }},
		{"sub", nil, "", "", func(c acts.Consent) listCell { return codeCell(c.Subject) }},
		{"application", ui.Text{"admin.common.application"}, "", "p2", func(c acts.Consent) listCell { return b.clientCell(c.ClientID, c.ClientName) }},
		{"client_id", nil, "", "", func(c acts.Consent) listCell { return codeCell(c.ClientID) }},
		{"access_scope", ui.Text{"admin.consent_list.access"}, "", "p2", func(c acts.Consent) listCell {
			if !c.Access.Active() {
				return listCell{Words: ui.Text{"admin.consent_list.ended"}}
			}
			cell := codeCell(c.Access.Scope.String())
			cell.Note = ui.Text{"admin.consent_list.until", "time", ui.Date(c.Access.Until)}
			return cell
		}},
		{"access_until", nil, "", "", func(c acts.Consent) listCell { return timeCell(c.Access.Until) }},
		{"scope", ui.Text{"admin.consent_list.remembered"}, "", "p3", func(c acts.Consent) listCell {
			if len(c.Scope) == 0 {
				return listCell{} // nothing is remembered, so it has no beginning
			}
			cell := codeCell(c.Scope.String())
			cell.Note = ui.Text{"admin.consent_list.since", "time", ui.Date(c.GrantedAt)}
			return cell
		}},
		{"allowed", nil, "", "", func(c acts.Consent) listCell { return timeCell(c.GrantedAt) }},
		{"changed", ui.Text{"admin.common.changed"}, "time", "p2", func(c acts.Consent) listCell { return timeCell(c.UpdatedAt) }},
		{"ends", nil, "", "", func(c acts.Consent) listCell { return timeCell(c.EndsAt) }},
	}, func(c acts.Consent) string { return c.Subject + " " + c.ClientID }, func(q url.Values, p paging.Page) ([]acts.Consent, paging.Cursor, error) {
		if n.nobody {
			return nil, paging.Cursor{}, nil
		}
		rows, cursor, err := consents.Page(r.Context(), filter(q), consentAccess(q), p)
		addNames(r, rows, func(row *acts.Consent) (string, *string) { return row.Subject, &row.Username })
		return rows, cursor, err
	}), nil
}

// accessFilter is a filter by the column of the present access, for consentAccess.
var accessFilter = listFilter{"access", ui.Text{"admin.consent_list.access"}, []listChoice{
	{"", ui.Text{"admin.common.all"}}, {acts.AccessActive, ui.Text{"admin.consent_list.has_access"}}, {acts.AccessEnded, ui.Text{"admin.consent_list.ended"}},
}, true}

// consentAccess returns the access of the consents that a URL selects.
func consentAccess(q url.Values) string {
	if access := q.Get("access"); access == acts.AccessActive || access == acts.AccessEnded {
		return access
	}
	return ""
}

// withdrawConsents deletes consents, and revokes the tokens that were issued for them.
func (b *office) withdrawConsents(r *request, keys []string) error {
	for _, key := range keys {
		if subject, _, _ := strings.Cut(key, " "); len(subject) <= oauth.MaxClientID && oauth.IsText(subject) {
			if err := r.protectOwners(subject); err != nil {
				return err
			}
		}
	}
	r.reported = true
	for _, key := range keys {
		subject, clientID, _ := strings.Cut(key, " ")
		if max(len(subject), len(clientID)) > oauth.MaxClientID || !oauth.IsText(key) {
			r.acted.gone++ // nobody has such a subject
			continue
		}
		given, err := b.allowed(r, subject, clientID)
		if err != nil {
			return err
		}
		// Without a consent, a valid permission can be older than those that were read.
		if err := b.Store.WithdrawConsent(r.Context(), subject, clientID, b.Clock()); err != nil {
			return err
		}
		if !given {
			r.acted.already++
			continue
		}
		r.acted.done++
		r.report("", oauth.EventDetails{Person: subject, ClientID: clientID, Changes: []oauth.Change{{Field: "consent", Before: clientID}}})
	}
	return nil
}

// allowed reports whether a person has given an application a consent, or the application has access.
func (b *office) allowed(r *request, subject, clientID string) (bool, error) {
	given, _, err := b.Store.Consents(r.Context(), oauth.FamilyFilter{Subject: subject, ClientID: clientID}, paging.Page{Limit: 1})
	if err != nil || len(given) > 0 {
		return true, err
	}
	now, err := b.Store.Accesses(r.Context(), []oauth.ConsentKey{{Subject: subject, ClientID: clientID}}, b.OwnLogin)
	return err == nil && now[0].Active(), err
}
