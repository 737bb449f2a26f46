package admin

import (
	"cmp"
	"errors"
	"net/url"
	"strings"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// ticketList declares the list of pushed requests, device codes or authorization codes that
// have not expired. It cannot show a code, because only hashes are stored.
func (b *office) ticketList(r *request) (*list, error) {
	kindOf := func(q url.Values) string { return cmp.Or(q.Get("kind"), "pushed") }
	if _, known := provider.ListedTickets()[kindOf(r.URL.Query())]; !known {
		return nil, errGone
	}
	l := &list{
		section: "tokens", path: "requests", title: ui.Text{"admin.title.requests"}, intro: ui.Text{"admin.ticket_list.pushed_authorization_requests"},
		search: ui.Text{"admin.list.person_or_application"}, days: true, sort: "time", descending: true, export: account.TokensRead,
		tabs: []ui.Link{{Text: ui.Text{"admin.common.tokens"}, URL: b.path("tokens")}, {Text: ui.Text{"admin.title.requests"}, URL: b.path("requests"), Active: true}},
		filters: []listFilter{{"kind", ui.Text{"admin.common.type"}, []listChoice{
			{"pushed", ui.Text{"admin.ticket_list.pushed_requests"}}, {"device", ui.Text{"admin.ticket_list.device_codes"}}, {"code", ui.Text{"admin.ticket_list.authorization_codes"}},
		}, true}},
		normal: map[string]string{"kind": "pushed"},
		field:  "request",
		actions: []listAction{{
			name: "cancel", text: ui.Text{"admin.ticket_list.cancel"}, button: ui.Text{"admin.ticket_list.cancel_requests"}, explain: ui.Text{"admin.ticket_list.ask_text"}, back: ui.Text{"admin.ticket_list.back"}, did: "cancelled", needs: account.TokensRevoke,
			heading: func(n int) ui.Text { return ui.Text{"admin.ticket_list.ask", "n", n} },
			all:     func(n any) ui.Text { return ui.Text{"admin.ticket_list.ask_all", "n", n} },
			act:     func(keys []string) error { return b.cancelRequests(r, kindOf(r.URL.Query()), keys) },
			skip:    func(key string) bool { return r.skipOwner(func() (string, error) { return personOfRequest(key), nil }) },
		}},
		empty: ui.Text{"admin.ticket_list.there_no_unfinished"}, none: ui.Text{"admin.ticket_list.no_requests_match_your"},
	}
	n, err := r.ofNames(l)
	if err != nil {
		return nil, err
	}
	l.count = func(q url.Values) (oauth.Count, error) {
		if n.nobody {
			return oauth.Count{}, nil
		}
		return b.Store.CountTickets(r.Context(), provider.ListedTickets()[kindOf(q)], r.familyFilter(q, n))
	}
	tickets := func(q url.Values, p paging.Page) ([]oauth.TicketRow, paging.Cursor, error) {
		if n.nobody {
			return nil, paging.Cursor{}, nil
		}
		return b.Store.Tickets(r.Context(), provider.ListedTickets()[kindOf(q)], r.familyFilter(q, n), p)
	}
	finished := make(map[string]bool)
	l.finished = func(key string) bool { return finished[key] }
	l.actions[0].count = func(q url.Values) (c oauth.Count, err error) {
		p := paging.Page{Limit: actedAtOnce}
		for range mostActed / actedAtOnce {
			rows, cursor, err := tickets(q, p)
			if err != nil {
				return c, err
			}
			for _, t := range rows {
				if !provider.TicketFinished(t.Ticket) {
					c.N++
				}
			}
			if p.After = cursor.Next; p.After == "" {
				return c, nil
			}
		}
		c.More = true
		return c, nil
	}
	return declare(l, []columnOf[oauth.TicketRow]{
		{"id", ui.Text{"admin.common.id"}, "", "", func(t oauth.TicketRow) listCell { return listCell{Text: tail(t.ID), Title: t.ID.String(), Code: true} }},
		{"application", ui.Text{"admin.common.application"}, "", "p2", func(t oauth.TicketRow) listCell { return b.clientCell(t.ClientID, t.ClientName) }},
		{"client_id", nil, "", "", func(t oauth.TicketRow) listCell { return codeCell(t.ClientID) }},
		{"user", ui.Text{"admin.common.user"}, "", "p2", func(t oauth.TicketRow) listCell { return b.personCell(t.Subject, t.Username) }},
		{"subject", nil, "", "", func(t oauth.TicketRow) listCell { return codeCell(t.Subject) }},
		{"scope", ui.Text{"admin.common.scope"}, "", "p3", func(t oauth.TicketRow) listCell { return codeCell(t.Scope.String()) }},
		{"state", ui.Text{"admin.ticket_list.state"}, "", "p2", func(t oauth.TicketRow) listCell { return listCell{Words: ticketState(t.Ticket)} }},
		{"issued", ui.Text{"admin.common.issued"}, "time", "p2", func(t oauth.TicketRow) listCell { return timeCell(t.IssuedAt) }},
		{"expires", ui.Text{"admin.common.expires"}, "", "p3", func(t oauth.TicketRow) listCell { return timeCell(t.ExpiresAt) }},
	}, ticketKey, func(q url.Values, p paging.Page) ([]oauth.TicketRow, paging.Cursor, error) {
		rows, cursor, err := tickets(q, p)
		clear(finished)
		for _, t := range rows {
			finished[ticketKey(t)] = provider.TicketFinished(t.Ticket)
		}
		addNames(r, rows, func(row *oauth.TicketRow) (string, *string) { return row.Subject, &row.Username })
		return rows, cursor, err
	}), nil
}

// showTicketList shows the list of a type of unfinished requests. If the URL has no type and there is
// nothing to list of the first one, the browser is sent to the first type that has entries.
func (b *office) showTicketList(r *request) error {
	l, err := b.ticketList(r)
	if err != nil {
		return err
	}
	q := r.URL.Query()
	if q.Has("kind") {
		return r.showList(l)
	}
	for i, kind := range l.filters[0].choices {
		q.Set("kind", kind.value)
		n, err := l.count(q)
		switch {
		case err != nil:
			return err
		case n.N > 0 && i > 0:
			r.redirect(r.URL.EscapedPath() + "?" + q.Encode())
			return nil
		case n.N > 0:
			return r.showList(l)
		}
	}
	return r.showList(l)
}

func ticketKey(t oauth.TicketRow) string { return t.ID.String() + " " + t.Subject }

// personOfRequest returns the person in the key of a row, which comes from the browser.
func personOfRequest(key string) string {
	_, person, _ := strings.Cut(key, " ")
	return person
}

// cancelRequests cancels unfinished requests of a kind, and records each of them.
func (b *office) cancelRequests(r *request, kind string, keys []string) error {
	for _, key := range keys {
		if err := r.protectOwners(personOfRequest(key)); err != nil { // before the first change
			return err
		}
	}
	for _, key := range keys {
		text, _, _ := strings.Cut(key, " ")
		id, err := oauth.ParseID(text)
		if err != nil {
			return errGone
		}
		c, err := b.Tokens.CancelRequest(r.Context(), kind, id, func(person string) error { return r.protectOwners(person) })
		switch {
		case errors.Is(err, oauth.ErrNotFound):
			r.acted.gone++
		case err != nil:
			return err
		case !c.Cancelled:
			r.acted.already++
		default:
			r.acted.done++
			b.Flows.Add(c.Flow)
			r.report(id.String(), oauth.EventDetails{Person: c.Before.Subject, ClientID: c.Before.ClientID, Changes: []oauth.Change{{Field: "request", Before: kind, After: "cancelled"}}})
		}
	}
	return nil
}
