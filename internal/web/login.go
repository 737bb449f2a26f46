package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

type loginPage struct {
	Next, Username, Error, Reauth, App string
	SignUpURL, ResetURL                string
}

// login shows the log-in page and takes what was typed. It knows no next page
// but the one it was told, a path of this server.
func (h *Handler) login(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		page := loginPage{Next: localPath(r.URL.Query().Get("next"), "/")}
		h.introduce(r, &page)
		h.showLogin(w, r, http.StatusOK, page)
	case http.MethodPost:
		h.loginPost(w, r)
	default:
		h.refuseMethod(w, r, &methodError{"GET or POST", "GET, HEAD, POST"})
	}
}

func (h *Handler) loginPost(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	if err := r.ParseForm(); err != nil {
		h.refusePerson(w, r, http.StatusBadRequest, &refusal{
			heading: "The form could not be read", text: "What arrived was not a form, or was too long.",
			advice: "Open the log-in page again.",
		})
		return
	}
	page := loginPage{Username: r.PostForm.Get("username")}
	next := r.PostForm.Get("next")
	if next == "" {
		next = r.URL.Query().Get("next")
	}
	page.Next = localPath(next, "/")
	var device string
	if cookie, err := r.Cookie(h.cookieName(deviceCookie)); err == nil {
		device = cookie.Value
	}
	address := h.Address(r)
	user, device, err := h.Accounts.Login(r.Context(), account.Attempt{
		Username: page.Username, Password: r.PostForm.Get("password"), Address: address, DeviceCookie: device,
	})
	h.tell(r, personal(oauth.EventLogin, err))
	var throttled *account.ThrottledError
	switch {
	case errors.As(err, &throttled):
		w.Header().Set("Retry-After", fmt.Sprint(int(throttled.RetryAfter.Seconds())+1))
		page.Error = "Too many attempts. Please wait " + waiting(throttled.RetryAfter) + " and try again."
		h.introduce(r, &page)
		h.showLogin(w, r, http.StatusTooManyRequests, page)
		return
	case errors.Is(err, account.ErrWrongPassword):
		page.Error = "That username and password do not match. Please try again."
		h.introduce(r, &page)
		h.showLogin(w, r, http.StatusUnauthorized, page)
		return
	case err != nil:
		h.failPerson(w, r, err)
		return
	}
	if err := h.startSession(w, r, user); err != nil {
		h.failPerson(w, r, err)
		return
	}
	h.setCookie(w, deviceCookie, device, int((365 * 24 * time.Hour).Seconds()))
	redirect(w, r, page.Next)
}

// startSession logs the person in, in this browser.
func (h *Handler) startSession(w http.ResponseWriter, r *http.Request, user *account.User) error {
	var replaces string
	if cookie, err := r.Cookie(h.cookieName(sessionCookie)); err == nil {
		replaces = cookie.Value
	}
	cookie, session, ended, err := h.Accounts.StartSession(r.Context(), user, account.Browser{Address: h.Address(r).String(), UserAgent: r.UserAgent()}, replaces)
	if err == nil && ended != "" { // another person's: their applications are told
		err = h.OAuth.EndSessions(r.Context(), ended)
	}
	if err != nil {
		return err
	}
	h.setCookie(w, sessionCookie, cookie, 0)
	h.setBrowserState(w, session.ID)
	return nil
}

// introduce says on the page for which application the person logs in, if it
// is for one, and whom the application expects.
func (h *Handler) introduce(r *http.Request, page *loginPage) {
	next, err := url.Parse(page.Next)
	if err != nil || strings.TrimSuffix(next.Path, "/") != h.base+"/authorize" {
		return
	}
	req, err := h.OAuth.Open(r.Context(), next.Query().Get("resume"), h.browser(r))
	if err != nil {
		return
	}
	page.App = clientName(req.Client)
	if page.Username == "" {
		page.Username = req.LoginHint
	}
	if user, _, ok := h.Session(r); ok {
		page.Reauth = user.DisplayName()
		if page.Username == "" {
			page.Username = user.Username
		}
	}
}

func (h *Handler) showLogin(w http.ResponseWriter, r *http.Request, status int, page loginPage) {
	if h.SignUp {
		page.SignUpURL = h.base + "/signup/?next=" + url.QueryEscape(page.Next)
	}
	if h.Mail != nil {
		page.ResetURL = h.base + "/reset/"
	}
	view := ui.View{Title: "Log in", Narrow: true, Data: page}
	if next, err := url.Parse(page.Next); err == nil && page.App != "" {
		// The log-in may be followed at once by the redirect to the client.
		if req, err := h.OAuth.Open(r.Context(), next.Query().Get("resume"), h.browser(r)); err == nil {
			view.FormAction = []string{formTarget(req.RedirectURI)}
		}
	}
	h.pages.Render(w, r, status, "login", view)
}

func waiting(d time.Duration) string {
	if minutes := int((d + time.Minute - 1) / time.Minute); minutes > 1 {
		return fmt.Sprintf("%d minutes", minutes)
	}
	return "a minute"
}
