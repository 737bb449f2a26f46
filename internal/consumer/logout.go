package consumer

import (
	"crypto/rand"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
)

const (
	logoutCookie = "consumer_logout"
	logoutTTL    = time.Hour
)

// logoutPage is the data of the form, and of the page with the link.
type logoutPage struct {
	defaults
	PostLogoutRedirectURI, LogoutURL string
	Error                            string
	Link, Host                       string
	Parameters                       []parameter
}

// postLogoutRedirectURI returns the address to which the provider sends people back
// after a logout.
func (c *consumer) postLogoutRedirectURI() string { return c.BaseURL + "/consumer/logged-out/" }

func (c *consumer) logoutForm(w http.ResponseWriter, r *http.Request) {
	c.showLogout(w, r, http.StatusOK, logoutPage{defaults: c.defaults(r)})
}

func (c *consumer) showLogout(w http.ResponseWriter, r *http.Request, status int, page logoutPage) {
	page.PostLogoutRedirectURI = c.postLogoutRedirectURI()
	c.render(w, r, status, "logout", "Log out at the provider", ui.View{Data: page, Scripts: []string{"logout.js"}})
}

// logout shows the link that logs the person out (OpenID Connect RP-Initiated Logout
// §2).
func (c *consumer) logout(w http.ResponseWriter, r *http.Request) {
	if err := ui.ParseForm(r); err != nil {
		c.unreadable(w, r)
		return
	}
	get := func(name string) string { return strings.TrimSpace(r.PostForm.Get(name)) }
	page := logoutPage{defaults: defaults{Issuer: get("issuer"), ClientID: get("client_id")}, LogoutURL: get("logout_url")}
	if page.LogoutURL == "" {
		p, problem := c.discover(r.Context(), page.Issuer)
		switch {
		case problem != "":
			page.Error = problem
		case p.Logout == "":
			page.Error = "The metadata of the provider has no end_session_endpoint. Enter the logout URL, or log out on a page of the provider."
		default:
			page.LogoutURL = p.Logout
		}
	}
	target, valid := parseURL(page.LogoutURL)
	if !valid && page.Error == "" {
		page.Error = "The logout URL must begin with http:// or https://."
	}
	if page.Error != "" {
		c.showLogout(w, r, http.StatusUnprocessableEntity, page)
		return
	}
	state := rand.Text()
	cookie := http.Cookie{Name: logoutCookie, Path: "/consumer/logged-out/", SameSite: http.SameSiteLaxMode}
	if err := c.setSealed(w, cookie, logoutCookie, logoutTTL, state); err != nil {
		c.failed(w, r, err)
		return
	}
	page.Parameters = slices.DeleteFunc([]parameter{
		{"id_token_hint", get("id_token"), "An ID token that this application received. It identifies you and the application, so the provider does not have to ask."},
		{"client_id", page.ClientID, "Identifies the application."},
		{"post_logout_redirect_uri", c.postLogoutRedirectURI(), "The address to which the provider sends you back. It must be registered at the provider."},
		{"state", state, "A random value that the provider must return. It proves that the response belongs to this request."},
	}, func(p parameter) bool { return p.Value == "" })
	page.Link, page.Host = withParameters(target, page.Parameters), target.Host
	c.render(w, r, http.StatusOK, "logout_link", "Your logout link", ui.View{Data: page})
}

// loggedOut is the page to which the provider sends the person back.
func (c *consumer) loggedOut(w http.ResponseWriter, r *http.Request) {
	var state string
	started := c.readSealed(r, logoutCookie, logoutCookie, &state)
	got := r.URL.Query().Get("state")
	if !started || got != state {
		text := "This browser has not started a logout, or the state of the response is wrong. A real application must not trust this response."
		if started && got == "" {
			text = "The provider did not return the state, so nothing shows that this is the response to your logout. A provider must return it (OpenID Connect RP-Initiated Logout section 3)."
		}
		c.showError(w, r, http.StatusBadRequest, errorPage{Heading: "This response does not belong to a logout from this browser", Text: text, Advice: "Start again on the Logout page."})
		return
	}
	http.SetCookie(w, &http.Cookie{Name: logoutCookie, Path: "/consumer/logged-out/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: strings.HasPrefix(c.BaseURL, "https:")})
	c.render(w, r, http.StatusOK, "logged_out", "You are logged out", ui.View{Scripts: []string{"logged_out.js"}})
}
