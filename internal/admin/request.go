package admin

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// A request is a request of an administrator.
type request struct {
	*http.Request
	w  http.ResponseWriter
	me *Person
	b  *office
	// details are those of the event about the action, and target is the row that it
	// changed, if that is not in the path. If reported is set, the action has already
	// reported its events.
	details  oauth.EventDetails
	target   string
	reported bool
	act      string  // the kind of the event, if it is not the path of the action
	acted    outcome // of an action on rows of a list
	resent   bool    // the form was sent again after a confirmation
}

// A handler serves one page or action. If it returns an error, it has written
// nothing, and fail answers the request.
type handler func(*request) error

// page makes an http.HandlerFunc that lets through only people who have the permission.
// Actions are completed even if the client closes the connection.
func (b *office) page(needs account.Permission, serve handler) http.HandlerFunc {
	if !needs.Valid() {
		panic("admin: a route names no permission")
	}
	return func(w http.ResponseWriter, hr *http.Request) {
		if hr.Method == http.MethodPost {
			hr = hr.WithContext(context.WithoutCancel(hr.Context()))
		}
		ctx, _ := audit.WithActor(hr.Context(), hr.UserAgent())
		r := &request{Request: hr.WithContext(ctx), w: w, b: b}
		defer func() {
			if err := ui.Recovered(w, recover()); err != nil {
				r.fail(err)
			}
		}()
		err := r.admit(needs)
		if err == nil && hr.Method == http.MethodGet && hasToken(hr.URL.Query().Get("q")) {
			r.redirect(b.path("tokens") + "?note=" + pasteHere)
			return
		}
		if err == nil {
			err = serve(r)
		}
		if err != nil && !errors.Is(err, errAsked) {
			r.fail(err)
		}
	}
}

// admit rejects forms of other sites, people without the permission, and
// forms that cannot be read. The origin is checked before the login, because a
// form of another site is sent without cookies. Everything in a form must be
// text, because a database may reject other bytes.
func (r *request) admit(needs account.Permission) (err error) {
	if err = ui.CheckOrigin(r.b.origin, oauth.Origin(r.b.Issuer), oauth.LoopbackHost, r.Request); err != nil {
		return err
	}
	if r.me, err = r.b.Person(r.Request); err != nil {
		return err
	}
	if r.me == nil {
		return errNotLoggedIn
	}
	actor := audit.ActorOf(r.Context())
	actor.ID, actor.Name, actor.Session = r.me.ID, r.me.Name, r.me.Session
	if !r.me.Roles.Allow(needs) {
		return r.deny(needs)
	}
	if err := ui.ParseForm(r.Request); err != nil {
		return err
	}
	r.dropConfirmation()
	if !isText(r.Request) {
		return ui.FormProblem(errors.New("the form contains a NUL or is not UTF-8"))
	}
	if err := r.protect(); err != nil {
		return err
	}
	return r.need(needs)
}

func isText(r *http.Request) bool {
	for _, values := range r.Form {
		if slices.ContainsFunc(values, func(value string) bool { return !oauth.IsText(value) }) {
			return false
		}
	}
	return oauth.IsText(r.URL.Path)
}

// logIn sends the person to the login page.
func (r *request) logIn() error {
	r.w.Header().Set("Cache-Control", "no-store")
	return r.b.LogIn(r.w, r.Request, r.returnPath())
}

// returnPath returns where to continue after the login, without repeating an
// action: at the same page or, for an action without a page, at the page above it,
// which has the form.
func (r *request) returnPath() string {
	if r.Method == http.MethodGet {
		return r.URL.RequestURI()
	}
	_, pattern, _ := strings.Cut(r.Pattern, " "+r.b.Prefix)
	if _, found := r.b.handlers()["GET /"+pattern]; found {
		return r.listURL("")
	}
	path := strings.TrimSuffix(r.URL.EscapedPath(), "/")
	return path[:strings.LastIndex(path, "/")+1]
}

// goTo ends an action by sending the browser to a page, so that reloading the
// page does not repeat the action. note is the key of one of the notes, or "".
func (r *request) goTo(note string, parts ...string) error {
	target := r.b.path(parts...)
	if note != "" {
		target += "?note=" + note
	}
	r.redirect(target)
	return nil
}

// goBack ends an action on the rows of a list by sending the browser back to the
// same page of the list, with the same filters.
func (r *request) goBack(note string) error {
	r.reported = r.reported || note == nothingSelected
	r.redirect(r.listURL(note))
	return nil
}

// listURL returns the URL of the list that this request is about, with a note.
func (r *request) listURL(note string) string {
	q := r.URL.Query()
	q.Del("note")
	if note != "" {
		q.Set("note", note)
	}
	if len(q) == 0 {
		return r.URL.EscapedPath()
	}
	return r.URL.EscapedPath() + "?" + q.Encode()
}

func (r *request) redirect(target string) {
	if r.Method == http.MethodPost && !r.reported {
		r.changed(cmp.Or(r.target, r.PathValue("id")))
	}
	r.w.Header().Set("Cache-Control", "no-store")
	http.Redirect(r.w, r.Request, target, http.StatusSeeOther)
}
