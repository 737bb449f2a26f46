package admin

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// request is one request of an administrator.
type request struct {
	*http.Request
	w  http.ResponseWriter
	me *account.User
	b  *office
}

type handler func(*request) error

// errGone: there is no such row; it may just have been deleted.
var errGone = errors.New("there is no such thing here")

// onlyAdmins sends who is not logged in to the log-in page, and tells who is
// not an administrator so.
func (b *office) onlyAdmins(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, _, known := b.Session(r)
		switch {
		case !known:
			w.Header().Set("Cache-Control", "no-store")
			http.Redirect(w, r, b.LoginURL(returnPath(r)), http.StatusSeeOther)
		case !user.Admin:
			b.message(&request{r, w, user, b}, http.StatusForbidden, "Only for administrators",
				"You are logged in as "+user.DisplayName()+", who is not an administrator here. Log out and log in as one, or ask one.")
		default:
			r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
			next.ServeHTTP(w, r)
		}
	})
}

// returnPath is where to go after logging in: back to the page, but never
// straight into an action.
func returnPath(r *http.Request) string {
	if r.Method == http.MethodGet {
		return r.URL.RequestURI()
	}
	return r.URL.EscapedPath()
}

// page runs a handler and shows what went wrong. What an administrator has
// ordered is done, also if their browser does not wait for it.
func (b *office) page(serve handler) http.HandlerFunc {
	return func(w http.ResponseWriter, hr *http.Request) {
		if hr.Method == http.MethodPost {
			hr = hr.WithContext(context.WithoutCancel(hr.Context()))
		}
		user, _, _ := b.Session(hr)
		r := &request{hr, w, user, b}
		if user == nil { // logged out a moment ago
			http.Redirect(w, hr, b.LoginURL(returnPath(hr)), http.StatusSeeOther)
			return
		}
		if err := hr.ParseForm(); err != nil || !isText(hr) {
			b.message(r, http.StatusBadRequest, "The form could not be read", "It was too long, or not a form. Go back and try again.")
			return
		}
		err := serve(r)
		switch {
		case err == nil:
		case errors.Is(err, errGone), errors.Is(err, oauth.ErrNotFound), errors.Is(err, account.ErrNotFound):
			b.message(r, http.StatusNotFound, "There is nothing here", "It may have been deleted a moment ago. Go back to the list and look again.")
		case errors.Is(err, oauth.ErrConflict), errors.Is(err, account.ErrConflict):
			b.message(r, http.StatusConflict, "Somebody else changed this", "It was saved by somebody else while you were at it, so your change was not made. Open it again and repeat your change.")
		default:
			id := strings.ToLower(rand.Text()[:10])
			if w, watched := w.(interface{ Failed(errorID string) }); watched {
				w.Failed(id)
			}
			_, route, _ := strings.Cut(hr.Pattern, " ") // behind the method
			b.Logger.ErrorContext(hr.Context(), "back office failed", "error_id", id, "route", strings.TrimSuffix(route, "{$}"), "error", oauth.Redacted(err.Error()))
			status := http.StatusInternalServerError
			if errors.Is(err, oauth.ErrUnavailable) || errors.Is(err, account.ErrUnavailable) {
				status = http.StatusServiceUnavailable
				w.Header().Set("Retry-After", "1")
			}
			b.message(r, status, "Something went wrong", "Nothing was changed. Try again; if it happens again, look in the log for the error id "+id+".")
		}
	}
}

// isText reports whether all that was sent is: a database might take offence.
func isText(r *http.Request) bool {
	for _, values := range r.Form {
		if slices.ContainsFunc(values, func(value string) bool { return !oauth.IsText(value) }) {
			return false
		}
	}
	return oauth.IsText(r.URL.Path)
}

func (b *office) message(r *request, status int, heading, text string) {
	r.render(status, "message", heading, "", struct{ Heading, Text string }{heading, text})
}

// sections are the navigation.
var sections = []struct{ path, name string }{
	{"applications", "Applications"}, {"users", "Users"}, {"tokens", "Tokens"}, {"consents", "Consents"}, {"sessions", "Sessions"}, {"keys", "Keys"}, {"problems", "Problems"},
}

// render shows a page in its section.
func (r *request) render(status int, page, title, section string, data any) {
	view := ui.View{Title: title, User: r.me.DisplayName(), LogoutURL: r.b.LogoutURL + "?next=" + url.QueryEscape(r.b.Prefix), IsolateFromOpener: true, Data: data}
	if r.me.Admin {
		for _, s := range sections {
			view.Nav = append(view.Nav, ui.Link{Text: s.name, URL: r.b.path(s.path), Active: s.path == section})
		}
	}
	if text := notes[r.URL.Query().Get("note")]; text != "" && r.Method == http.MethodGet {
		view.Message = &ui.Message{Kind: "ok", Text: text}
	}
	r.b.pages.Render(r.w, r.Request, status, page, view)
}

// notes are what a page can say after an action; the address names only which.
var notes = map[string]string{
	"saved": "Saved.", "deleted": "The application was deleted, with all that hung on it.", "created": "Added.",
	"enabled": "The application is enabled.", "disabled": "The application is disabled. Its tokens stand still.",
	"revoked": "Revoked.", "withdrawn": "Withdrawn.", "ended": "Ended.", "secret-ended": "The secret is no longer accepted.",
	"password": "The password was changed. All sessions of this person have ended, and their tokens were revoked.",
	"rotated":  "The new key is published. It begins to sign in an hour, when every application has it.",
	"retired":  "The key signs no more.",
	"nothing":  "Nothing was selected.",
}

// goTo answers an action: the browser goes on to the page, and reloading it
// repeats nothing.
func (r *request) goTo(note string, parts ...string) error {
	target := r.b.path(parts...)
	if note != "" {
		target += "?note=" + note
	}
	r.w.Header().Set("Cache-Control", "no-store")
	http.Redirect(r.w, r.Request, target, http.StatusSeeOther)
	return nil
}

// lines reads a field with one value a line; other blanks part values too.
func lines(text string) []string { return strings.Fields(text) }
