package consumer

import (
	"net/http"
	"slices"
	"strings"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
)

// defaults are the values with which the forms of a page begin.
type defaults struct {
	Origin, RedirectURI             string
	ClientID, Issuer, Scope, APIURL string
}

// defaults returns the values that the URL of the page contains, and else those of
// the Options.
func (c *consumer) defaults(r *http.Request) defaults {
	q := r.URL.Query()
	d := defaults{
		Origin: c.BaseURL, RedirectURI: c.redirectURI(),
		ClientID: q.Get("client_id"), Issuer: q.Get("issuer"), Scope: q.Get("scope"), APIURL: c.APIURL,
	}
	if d.Issuer == "" {
		d.Issuer = c.Issuer
	}
	if d.Scope == "" {
		d.Scope = c.Scope
	}
	return d
}

// machineDefaults returns the values for a token that is not about a person, which
// has none of the scopes of OpenID Connect.
func (c *consumer) machineDefaults(r *http.Request) defaults {
	d := c.defaults(r)
	d.Scope = strings.Join(slices.DeleteFunc(strings.Fields(d.Scope), func(scope string) bool {
		return slices.Contains([]string{"openid", "profile", "email", "address", "phone", "offline_access"}, scope)
	}), " ")
	return d
}

// anyServer allows scripts of a page to send requests to any server, because the
// person can enter any provider or API. The consumer has no data of its own that a
// script could steal.
var anyServer = []string{"http:", "https:"}

// scripted returns a handler that shows a page whose script sends the requests.
func (c *consumer) scripted(page string, title ui.Text, script string) http.HandlerFunc {
	return c.page(page, title, script, c.defaults)
}

// machine is scripted for a grant without a person.
func (c *consumer) machine(page string, title ui.Text, script string) http.HandlerFunc {
	return c.page(page, title, script, c.machineDefaults)
}

func (c *consumer) page(page string, title ui.Text, script string, data func(*http.Request) defaults) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		c.render(w, r, http.StatusOK, page, title, ui.View{Data: data(r), Scripts: []string{script}, ConnectSrc: anyServer})
	}
}
