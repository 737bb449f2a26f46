package admin

import (
	"errors"
	"net/http"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

type sessionListPage struct {
	List     listPage             // the pages and the order of the list
	Sessions []account.SessionRow // the sessions on this page
	Apps     map[string][]string  // names of applications, by session id
	Current  string               // session id of the administrator
}

// sessionList shows the login sessions.
func (b *office) sessionList(r *request) error {
	p := r.paging()
	q := r.URL.Query()
	sessions, cursor, err := b.Store.Sessions(r.Context(), account.SessionFilter{Search: q.Get("q"), UserID: q.Get("user")}, p)
	if err != nil {
		return err
	}
	if r.beyondEnd(p, cursor, len(sessions)) {
		return nil
	}
	apps, err := b.applicationsOf(r, sessions)
	if err != nil {
		return err
	}
	r.render(http.StatusOK, "session_list", ui.Text{"admin.title.sessions"}, "sessions", sessionListPage{r.list(p, cursor, len(sessions)), sessions, apps, r.me.Session})
	return nil
}

// applicationsOf returns the names of the applications in which people logged in
// during these sessions, by session id.
func (b *office) applicationsOf(r *request, sessions []account.SessionRow) (map[string][]string, error) {
	ids := make([]string, len(sessions))
	for i, session := range sessions {
		ids[i] = session.ID
	}
	known, err := b.Store.SessionClients(r.Context(), ids)
	if err != nil {
		return nil, err
	}
	apps := make(map[string][]string)
	for _, k := range known {
		name := k.ClientID
		if client, err := b.Store.Client(r.Context(), k.ClientID); err == nil {
			name = client.Name
		}
		apps[k.SessionID] = append(apps[k.SessionID], name)
	}
	return apps, nil
}

// sessionEnd ends the selected sessions.
func (b *office) sessionEnd(r *request) error {
	selected := r.PostForm["session"]
	if len(selected) == 0 {
		return r.goBack(nothingSelected)
	}
	owners, err := b.ownersOf(r, selected)
	if err != nil {
		return err
	}
	if err := r.protectOwners(owners...); err != nil {
		return err
	}
	if err := b.Logins.EndSessions(r.Context(), selected...); err != nil {
		return err
	}
	for i, id := range selected {
		r.reported = true
		r.report("", oauth.EventDetails{Person: owners[i], Changes: []oauth.Change{{Field: "session", Before: id}}})
	}
	return r.goBack("ended")
}

// ownersOf returns the people of sessions, for the audit log. A session that does not exist
// has none.
func (b *office) ownersOf(r *request, ids []string) ([]string, error) {
	owners := make([]string, len(ids))
	for i, id := range ids {
		session, _, err := b.Accounts.Store.Session(r.Context(), id)
		switch {
		case err == nil:
			owners[i] = session.UserID
		case !errors.Is(err, account.ErrNotFound):
			return nil, err
		}
	}
	return owners, nil
}
