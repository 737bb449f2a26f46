package admin

import (
	"net/http"

	"github.com/seed-e6a88a41/latchkey/account"
)

// sessionList lists who is logged in, and where.
func (b *office) sessionList(r *request) error {
	p := r.paging()
	q := r.URL.Query()
	sessions, cursor, err := b.Store.Sessions(r.Context(), account.SessionFilter{Search: q.Get("q"), UserID: q.Get("user")}, account.Page(p))
	if err != nil {
		return err
	}
	_, mine, _ := b.Session(r.Request)
	r.render(http.StatusOK, "session_list", "Sessions", "sessions", struct {
		List     listPage
		Sessions []account.SessionRow
		Mine     string
	}{r.list(p, cursorOf(cursor)), sessions, mine.ID})
	return nil
}

// sessionEnd logs the selected ones out.
func (b *office) sessionEnd(r *request) error {
	selected := r.PostForm["session"]
	if len(selected) == 0 {
		return r.goTo("nothing", "sessions")
	}
	if err := b.Logins.EndSessions(r.Context(), selected...); err != nil {
		return err
	}
	return r.goTo("ended", "sessions")
}
