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
	Error                            ui.Text
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
	c.render(w, r, status, "logout", ui.Text{"consumer.logout.title"}, ui.View{Data: page, Scripts: []string{"logout.js"}})
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
		case problem != nil:
			page.Error = problem
		case p.Logout == "":
			page.Error = ui.Text{"consumer.fault.no_logout"}
		default:
			page.LogoutURL = p.Logout
		}
	}
	target, valid := parseURL(page.LogoutURL)
	if !valid && page.Error == nil {
		page.Error = ui.Text{"consumer.fault.logout_url"}
	}
	if page.Error != nil {
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
		{"id_token_hint", get("id_token"), ui.Text{"consumer.parameter.logout_id_token_hint"}},
		{"client_id", page.ClientID, ui.Text{"consumer.parameter.logout_client_id"}},
		{"post_logout_redirect_uri", c.postLogoutRedirectURI(), ui.Text{"consumer.parameter.logout_post_logout_redirect_uri"}},
		{"state", state, ui.Text{"consumer.parameter.logout_state"}},
	}, func(p parameter) bool { return p.Value == "" })
	page.Link, page.Host = withParameters(target, page.Parameters), target.Host
	c.render(w, r, http.StatusOK, "logout_link", ui.Text{"consumer.logout_link.title"}, ui.View{Data: page})
}

// loggedOut is the page to which the provider sends the person back.
func (c *consumer) loggedOut(w http.ResponseWriter, r *http.Request) {
	var state string
	started := c.readSealed(r, logoutCookie, logoutCookie, &state)
	got := r.URL.Query().Get("state")
	if !started || got != state {
		text := ui.Text{"consumer.logged_out.state"}
		if started && got == "" {
			text = ui.Text{"consumer.logged_out.no_state"}
		}
		c.showError(w, r, http.StatusBadRequest, errorPage{Heading: ui.Text{"consumer.logged_out.state_heading"}, Text: text, Advice: ui.Text{"consumer.logged_out.state_advice"}})
		return
	}
	http.SetCookie(w, &http.Cookie{Name: logoutCookie, Path: "/consumer/logged-out/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: strings.HasPrefix(c.BaseURL, "https:")})
	c.render(w, r, http.StatusOK, "logged_out", ui.Text{"consumer.logged_out.title"}, ui.View{Scripts: []string{"logged_out.js"}})
}
