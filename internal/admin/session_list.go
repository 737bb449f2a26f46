package admin

import (
	"cmp"
	"errors"
	"net/url"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// sessionList declares the list of login sessions.
func (b *office) sessionList(r *request) (*list, error) {
	l := &list{
		section: "sessions", path: "sessions", title: ui.Text{"admin.title.sessions"}, intro: ui.Text{"admin.session_list.intro"}, search: ui.Text{"admin.session_list.username_or_address"}, days: true, sort: "time", descending: true,
		export: account.TokensRead, normal: map[string]string{"state": "active"},
		filters: []listFilter{{"state", ui.Text{"admin.common.status"}, []listChoice{{"active", ui.Text{"admin.client_state.active"}}, {"ended", ui.Text{"admin.registration.ended"}}}, true}},
		empty:   ui.Text{"admin.session_list.no_sessions_match_your"}, none: ui.Text{"admin.session_list.no_sessions_match_your"},
		count: func(q url.Values) (oauth.Count, error) { return b.Store.CountSessions(r.Context(), sessionFilter(q)) },
		field: "session",
		actions: []listAction{{
			name: "end", text: ui.Text{"admin.list.end"}, button: ui.Text{"admin.button.end_sessions"}, explain: ui.Text{"admin.ask.sessions_text"}, did: "ended", needs: account.TokensRevoke,
			heading: func(n int) ui.Text { return ui.Text{"admin.ask.sessions", "n", n} },
			all:     func(n any) ui.Text { return ui.Text{"admin.ask.sessions_all", "n", n} },
			act:     func(keys []string) error { return b.endSessions(r, keys) },
			skip:    func(key string) bool { return r.skipOwner(func() (string, error) { return b.ownerOf(r, key) }) },
		}},
	}
	if err := r.onlyPerson(l); err != nil {
		return nil, err
	}
	var apps map[string][]ui.Link
	return declare(l, []columnOf[account.SessionRow]{
		{"user", ui.Text{"admin.common.user"}, "", "", func(s account.SessionRow) listCell {
			cell := b.personCell(s.UserID, s.Username)
			if s.ID == r.me.Session {
				cell.Badges = []listBadge{{"ok", ui.Text{"admin.session_list.session"}}}
			}
			return cell
		}},
		{"sub", nil, "", "", func(s account.SessionRow) listCell { return codeCell(s.UserID) }},
		{"logged_in", ui.Text{"admin.session_list.logged_in"}, "time", "p2", func(s account.SessionRow) listCell { return timeCell(s.CreatedAt) }},
		{"last_used", ui.Text{"admin.common.last_used"}, "", "p2", func(s account.SessionRow) listCell { return timeCell(s.SeenAt) }},
		{"state", nil, "", "", func(account.SessionRow) listCell {
			return listCell{Text: map[bool]string{false: "active", true: "ended"}[sessionFilter(r.URL.Query()).Ended]}
		}},
		{"address", ui.Text{"admin.session_list.address"}, "", "p2", func(s account.SessionRow) listCell { return codeCell(cmp.Or(s.Address, ui.NoValue)) }},
		{"browser", ui.Text{"admin.session_list.browser"}, "", "p3", func(s account.SessionRow) listCell {
			return listCell{Words: ui.BrowserText(ui.Browser(s.UserAgent))}
		}},
		{"applications", ui.Text{"admin.common.applications"}, "", "p3", func(s account.SessionRow) listCell { return listCell{Links: apps[s.ID]} }},
	}, func(s account.SessionRow) string { return s.ID }, func(q url.Values, p paging.Page) (rows []account.SessionRow, cursor paging.Cursor, err error) {
		if rows, cursor, err = b.Store.Sessions(r.Context(), sessionFilter(q), p); err == nil {
			apps, err = b.applicationsOf(r, rows)
		}
		return rows, cursor, err
	}), nil
}

func sessionFilter(q url.Values) account.SessionFilter {
	f := account.SessionFilter{Search: q.Get("q"), UserID: q.Get("user"), Ended: q.Get("state") == "ended"}
	f.From, f.Until, _ = days(q)
	return f
}

// applicationsOf returns links to the applications in which people logged in during these
// sessions, by session ID.
func (b *office) applicationsOf(r *request, sessions []account.SessionRow) (map[string][]ui.Link, error) {
	ids := make([]string, len(sessions))
	for i, session := range sessions {
		ids[i] = session.ID
	}
	known, err := b.Store.SessionClients(r.Context(), ids)
	if err != nil {
		return nil, err
	}
	names := make(map[string]string)
	if err := r.clientNames(names, each(known, func(k oauth.SessionClient) string { return k.ClientID })); err != nil {
		return nil, err
	}
	apps := make(map[string][]ui.Link)
	for _, k := range known {
		apps[k.SessionID] = append(apps[k.SessionID], ui.Link{Text: ui.Plain(cmp.Or(names[k.ClientID], k.ClientID)), URL: b.path("applications", k.ClientID)})
	}
	return apps, nil
}

// endSessions ends sessions, and records whose they were.
func (b *office) endSessions(r *request, ids []string) error {
	owners := make([]string, len(ids))
	for i, id := range ids {
		owner, err := b.ownerOf(r, id)
		if err != nil {
			return err
		}
		owners[i] = owner
	}
	if err := r.protectOwners(owners...); err != nil {
		return err
	}
	if err := b.Logins.EndSessions(r.Context(), ids...); err != nil {
		return err
	}
	for i, id := range ids {
		if owners[i] == "" {
			r.acted.already++
			continue
		}
		r.acted.done++
		r.report("", oauth.EventDetails{Person: owners[i], Changes: []oauth.Change{{Field: "session", Before: id}}})
	}
	return nil
}

// ownerOf returns the person of a session, for the audit log. A session that does not exist
// has none.
func (b *office) ownerOf(r *request, id string) (string, error) {
	session, _, err := b.Accounts.Store.Session(r.Context(), id)
	if errors.Is(err, account.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return session.UserID, nil
}
