package web

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// Session returns the login session of a request, and its user. The error is
// account.ErrNotFound if nobody is logged in.
func (h *Handler) Session(r *http.Request) (*account.User, account.Session, error) {
	cookie, err := r.Cookie(h.cookieName(sessionCookie))
	if err != nil {
		return nil, account.Session{}, account.ErrNotFound
	}
	session, user, err := h.Accounts.Session(r.Context(), cookie.Value)
	return user, session, err
}

// user returns the user of a request, or nil if nobody is logged in.
func (h *Handler) user(r *http.Request) (*account.User, account.Session, error) {
	user, session, err := h.Session(r)
	if errors.Is(err, account.ErrNotFound) {
		return nil, account.Session{}, nil
	}
	if err == nil {
		setActor(r, user, session)
	}
	return user, session, err
}

// A Person makes a request. The oauth.Authentication is nil if they are not logged
// in.
type Person struct {
	*oauth.Authentication
	Name  string
	Roles account.Roles
	// expires is set if the account expires unless it is used; see
	// account.User.ExpiresAt.
	expires bool
	// inactive is the subject of a person of the host program who is logged in there, but
	// whom People.Lookup reports as not active. All pages treat them as not logged in.
	inactive string
}

// Person returns the person who makes a request.
func (h *Handler) Person(r *http.Request) (Person, error) { return h.person(r) }

func (h *Handler) person(r *http.Request) (Person, error) {
	if h.Host != nil {
		return h.hostPerson(r)
	}
	user, session, err := h.user(r)
	if user == nil {
		return Person{}, err
	}
	level := int(session.Assurance())
	if !session.Dated() { // so it meets no max_age
		session.AuthTime = time.Time{}
	}
	return Person{&oauth.Authentication{
		Subject: user.ID, SessionID: session.ID, AuthTime: session.AuthTime, ACR: h.OAuth.ACR(level), AMR: session.AMR(),
		Assurance: &oauth.Assurance{Level: level, Reachable: int(user.Reachable()), Remembered: session.Remembered(), Admin: len(user.Roles()) > 0},
	}, user.DisplayName(), user.Roles(), !user.ExpiresAt.IsZero(), ""}, nil
}

// startFirstSession logs in a person who has just created the account, in this browser.
func (h *Handler) startFirstSession(w http.ResponseWriter, r *http.Request, user *account.User) error {
	cookie, session, err := h.Accounts.StartFirstSession(r.Context(), user, h.thisBrowser(r), h.sessionCookie(r))
	if err == nil {
		h.sessionStarted(w, r, user, cookie, session)
	}
	return err
}

// sessionStarted sets the cookies of a session that was started or renewed in this browser.
func (h *Handler) sessionStarted(w http.ResponseWriter, r *http.Request, user *account.User, cookie string, session account.Session) {
	if h.sessionCookie(r) != "" { // perhaps the session of another person, whose applications are notified
		h.OAuth.SessionsEnded(r.Context())
	}
	setActor(r, user, session)
	h.setCookie(w, sessionCookie, cookie, 0)
	h.keepMethod(w, r, methodOf(session))
	h.forgetLogout(w, r)
	h.keepLanguage(w, r, user)
	h.setBrowserState(w, session.ID)
}

// thisBrowser describes the browser of a request.
func (h *Handler) thisBrowser(r *http.Request) account.Browser {
	browser := account.Browser{UserAgent: r.UserAgent()}
	if address := h.Address(r); address.IsValid() {
		browser.Address = address.String()
	}
	return browser
}

// loginFailed returns the Problem for a change that was saved, after which
// the login failed. It leads to the login page, because the same form sent again
// would be rejected.
func (h *Handler) loginFailed(saved ui.Text, next string, err error) error {
	return &ui.Problem{
		Status: h.problem(err).Status, Heading: saved, Err: err,
		Text: ui.Text{"problem.login_failed"}, Advice: ui.Text{"problem.login_failed_advice"},
		Links: []ui.Link{{Text: ui.Text{"button.log_in"}, URL: h.loginURL(next)}},
	}
}

// endSession logs the person out, even if the client closes the connection. If
// it fails, the browser keeps its cookie and the person can try again.
func (h *Handler) endSession(w http.ResponseWriter, r *http.Request) error {
	if h.Host != nil {
		return h.endHostSession(w, r)
	}
	cookie, err := r.Cookie(h.cookieName(sessionCookie))
	if err != nil {
		return nil // a request without our cookies deletes none
	}
	ctx := context.WithoutCancel(r.Context())
	session, user, err := h.Accounts.Session(ctx, cookie.Value)
	if err == nil {
		err = h.OAuth.EndSession(ctx, user.ID, session.ID)
	}
	if err != nil && !errors.Is(err, account.ErrNotFound) {
		return err
	}
	h.setCookie(w, sessionCookie, "", -1)
	h.keepLogout(w)
	h.setBrowserState(w, "")
	return nil
}
