package e2e

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chromedp/cdproto/network"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// A federation is a town whose people can log in at another instance of this server, Acme. It has
// the people ada, eve and mallory. A browser has other cookies for it, because its host is 127.0.0.1.
type federation struct {
	*town
	other *latchkeytest.Provider
	held  atomic.Bool
}

// newFederation starts both servers. change can change the settings of the provider.
func newFederation(t *testing.T, change func(*latchkey.LoginProvider)) *federation {
	t.Helper()
	f := &federation{other: latchkeytest.New(t, allowLoopback, func(o *latchkey.Options) { o.Logger = nil })}
	settings := latchkey.LoginProvider{Name: "acme", Title: "Acme", Issuer: f.other.Issuer, ClientID: "latchkey", SignUp: "automatic"}
	f.town = newTown(t, allowLoopback, func(o *latchkey.Options) {
		issuer := strings.Replace(o.Issuer, "127.0.0.1", "localhost", 1)
		_, settings.ClientSecret = f.other.AddClient(issuer+"/login/with/acme/callback/", func(c *oauth.Client) {
			c.ID, c.Name, c.Scopes = "latchkey", "Latchkey", oauth.Scopes{"openid", "profile", "email"}
			c.BackchannelLogoutURI = issuer + "/login/with/acme/backchannel-logout/"
			c.PostLogoutRedirectURIs = []string{issuer + "/login/with/acme/logged-out/"}
		})
		if change != nil {
			change(&settings)
		}
		o.LoginProviders = []latchkey.LoginProvider{settings}
	})
	for _, name := range []string{"ada", "eve", "mallory", "grace"} {
		f.other.Add(account.NewUser{Username: name, Name: strings.ToUpper(name[:1]) + name[1:], Email: name + "@acme.example", EmailVerified: true})
	}
	f.Use(func(next http.Handler) http.Handler {
		next = f.record(next)
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if f.held.Load() && strings.HasSuffix(r.URL.Path, "/callback/") {
				_, _ = w.Write([]byte("Held."))
				return
			}
			next.ServeHTTP(w, r)
		})
	})
	return f
}

// hold stops browsers at the callback of the provider, as an attacker stops their own.
func (f *federation) hold(on bool) { f.held.Store(on) }

// allows answers the consent page of the other server.
func (f *federation) allows(b *browser) {
	b.t.Helper()
	b.says("Authorize Latchkey?")
	b.click("#allow")
	b.clickThrough("button[value=authorize]")
}

// connects begins to connect the other provider with the account of a person who is logged in.
func (f *federation) connects(b *browser) {
	b.t.Helper()
	b.open(f.Issuer + "/account/providers/")
	b.clickThrough("button[value=connect]")
	b.see("#password")
}

// clear deletes the cookies of a browser.
func (w *town) clear(b *browser) {
	b.t.Helper()
	b.do(call(network.ClearBrowserCookies, struct{}{}, nil))
}
