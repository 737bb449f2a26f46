package web_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// connected is a browser of ada, who has logged in to an application with the session
// of the host.
type connected struct {
	*latchkeytest.Provider
	*latchkeytest.Browser
	client           *oauth.Client
	secret           string
	idToken, refresh string
	sessionState     string
}

func connect(t *testing.T, p *latchkeytest.Provider, cookie string) connected {
	t.Helper()
	c := connected{Provider: p, Browser: p.Browser()}
	c.client, c.secret = p.AddClient("https://app.example/cb", func(c *oauth.Client) {
		c.FrontchannelLogoutURI, c.BackchannelLogoutURI = "https://app.example/front", "https://app.example/back"
		c.PostLogoutRedirectURIs = []string{"https://app.example/bye"}
	})
	setCookie(c.Browser, p.URL, cookie)
	page := c.Open(openIDRequest(p, c.client))
	if isConsent(page) {
		page = c.Submit(page, url.Values{"allow": {"yes"}, "decision": {"authorize"}})
	}
	if page.RedirectURL == nil {
		t.Fatal(page.Status, page.Body)
	}
	c.sessionState = page.RedirectURL.Query().Get("session_state")
	status, body := redeem(t, p, c.client, c.secret, page.RedirectURL.Query().Get("code"))
	var tokens struct {
		IDToken string `json:"id_token"`
		Refresh string `json:"refresh_token"`
	}
	if err := json.Unmarshal([]byte(body), &tokens); err != nil || status != http.StatusOK {
		t.Fatal(status, body, err)
	}
	c.idToken, c.refresh = tokens.IDToken, tokens.Refresh
	return c
}

// state returns the value of the cookie that the check-session page reads.
func (c connected) state() string { return cookieOf(c.Browser, c.URL, "lk_state") }

func cookieOf(b *latchkeytest.Browser, site, name string) string {
	u, _ := url.Parse(site)
	for _, cookie := range b.Jar.Cookies(u) {
		if cookie.Name == name {
			return cookie.Value
		}
	}
	return ""
}

// notices returns how many applications are due to be notified of a logout.
func (c connected) notices(t *testing.T) int {
	t.Helper()
	due, err := c.Store.TakeLogoutNotices(t.Context(), time.Now().Add(time.Second), time.Minute, 9)
	if err != nil {
		t.Fatal(err)
	}
	return len(due)
}

// post sends a request of the application, and returns the status and the body of the
// response.
func (c connected) post(t *testing.T, path string, fields url.Values) (int, string) {
	t.Helper()
	fields.Set("client_id", c.client.ID)
	fields.Set("client_secret", c.secret)
	response, body := send(t, http.MethodPost, c.Issuer+path, fields.Encode(), "Content-Type", form)
	return response.StatusCode, body
}

func (c connected) refreshes(t *testing.T) bool {
	t.Helper()
	status, _ := c.post(t, "/token/", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {c.refresh}})
	return status == http.StatusOK
}

// OpenID Connect RP-Initiated Logout §2, Back-Channel Logout, Front-Channel Logout and
// Session Management, with the session of a host.
func TestApplicationLogsThePersonOutOfTheHost(t *testing.T) {
	p, host := newHost(t, nil)
	c := connect(t, p, host.Start("ada", time.Now()))
	if c.sessionState == "" || c.state() == "" {
		t.Error("the application cannot watch the session")
	}
	hint := url.Values{"id_token_hint": {c.idToken}, "post_logout_redirect_uri": {"https://app.example/bye"}, "state": {"s"}}
	page := c.Open(p.Issuer + "/logout/?" + hint.Encode())
	for _, want := range []string{`src="https://app.example/front?`, `https://app.example/bye?state=s`} {
		if !strings.Contains(page.Body, want) {
			t.Errorf("%s is missing from %s: %s", want, page.Status, page.Body)
		}
	}
	if host.Sessions() != 0 || c.state() != "" {
		t.Errorf("afterwards the host has %d sessions, and the browser has the state %q", host.Sessions(), c.state())
	}
	if n := c.notices(t); n != 1 {
		t.Errorf("%d applications are notified", n)
	}
	if c.refreshes(t) {
		t.Error("the refresh token works after the logout")
	}
}

// The person is asked unless the ID token was issued in this session, and another site
// cannot log them out.
func TestLogoutOfTheHostIsConfirmed(t *testing.T) {
	p, host := newHost(t, nil)
	c := connect(t, p, host.Start("ada", time.Now()))
	page := c.Open(p.Issuer + "/logout/")
	if !strings.Contains(page.Body, "Log out?") || host.Sessions() != 1 {
		t.Fatalf("got %s with %d sessions", page.Status, host.Sessions())
	}
	r, _ := http.NewRequest(http.MethodPost, p.Issuer+"/logout/", strings.NewReader(""))
	r.Header.Set("Content-Type", form)
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	response, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if host.Sessions() != 1 {
		t.Fatal("another site logged the person out")
	}
	host.Fail(http.ErrServerClosed)
	if page := c.Submit(page, url.Values{}); page.StatusCode != 503 {
		t.Errorf("while the host fails: %s", page.Status)
	}
	host.Fail(nil)
	if !c.refreshes(t) {
		t.Error("the tokens were revoked although the logout failed")
	}
	page = c.Submit(page, url.Values{})
	if host.Sessions() != 0 || !strings.Contains(page.Body, "https://app.example/front") {
		t.Errorf("after the answer: %s, %d sessions", page.Body, host.Sessions())
	}
	// Nobody is logged in: the cookies of the host are left alone.
	if page := p.Browser().Open(p.Issuer + "/logout/"); page.StatusCode != 200 || len(page.Cookies()) != 0 {
		t.Errorf("without a session: %s %v", page.Status, page.Cookies())
	}
}

// endlessStore fails to end sessions while it is broken.
type endlessStore struct {
	latchkey.Store
	broken bool
}

func (s *endlessStore) EndSessions(ctx context.Context, e oauth.SessionsEnd) error {
	if s.broken {
		return fmt.Errorf("%w: the disk is full", oauth.ErrUnavailable)
	}
	return s.Store.EndSessions(ctx, e)
}

// If the tokens cannot be revoked, the person stays logged in and can try again.
// Otherwise nobody would ever revoke the tokens of the session.
func TestLogoutOfTheHostRevokesTokensOrCanBeRepeated(t *testing.T) {
	store := &endlessStore{}
	p, host := newHost(t, func(o *latchkey.Options) { store.Store, o.Store = o.Store, store })
	c := connect(t, p, host.Start("ada", time.Now()))
	page := c.Open(p.Issuer + "/logout/")
	store.broken = true
	if page := c.Submit(page, url.Values{}); page.StatusCode != 503 || host.Sessions() != 1 {
		t.Errorf("while the Store fails: %s, %d sessions", page.Status, host.Sessions())
	}
	store.broken = false
	if page := c.Submit(page, url.Values{}); page.StatusCode != 200 || host.Sessions() != 0 {
		t.Errorf("afterwards: %s, %d sessions", page.Status, host.Sessions())
	}
	if c.refreshes(t) || c.notices(t) != 1 {
		t.Error("the session ended, and what depends on it did not")
	}
}

// A host that logs a person out by itself notifies the applications, by the request or by
// the id of the session. With the request, the event has what a logout on a page of the server has.
func TestLogoutInTheHostNotifiesApplications(t *testing.T) {
	for name, end := range map[string]func(c connected, w http.ResponseWriter, r *http.Request, id string) error{
		"EndSession": func(c connected, w http.ResponseWriter, r *http.Request, _ string) error {
			return c.Server.EndSession(w, r)
		},
		"EndSessions": func(c connected, _ http.ResponseWriter, r *http.Request, id string) error {
			return c.Server.EndSessions(r.Context(), id, "")
		},
		"RevokeSession": func(c connected, _ http.ResponseWriter, r *http.Request, id string) error {
			return c.Server.RevokeSession(r.Context(), "id-of-ada", id)
		},
	} {
		var ended []string
		p, host := newHost(t, func(o *latchkey.Options) {
			o.OnEvent = func(ctx context.Context, e oauth.Event) {
				if e.Name == oauth.EventSessionEnd {
					by := audit.ActorOf(ctx)
					ended = append(ended, by.Name+" "+by.UserAgent+" "+e.Address.String())
				}
			}
		})
		id := host.Start("ada", time.Now())
		c, other := connect(t, p, id), connect(t, p, host.Start("ada", time.Now()))
		p.Mux.HandleFunc("/host/logout", func(w http.ResponseWriter, r *http.Request) {
			if err := end(c, w, r, id); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			_ = host.LogOut(w, r)
		})
		c.Open(p.URL + "/host/logout")
		if c.refreshes(t) || !other.refreshes(t) || c.notices(t) != 1 {
			t.Errorf("%s: the session did not end, or another one did", name)
		}
		if name == "EndSession" && (len(ended) != 1 || ended[0] != "ada Go-http-client/1.1 127.0.0.1") {
			t.Errorf("the events of the end are %q", ended)
		}
		if name == "EndSession" && c.state() != "" {
			t.Error("the cookie of the session state was not deleted")
		}
		if page := c.Open(p.URL + "/host/logout"); page.StatusCode != 200 {
			t.Errorf("%s: without a session: %s", name, page.Status)
		}
	}
}

// A host that cannot log people out has no logout page. Its own logout is noticed when
// the person next opens a page, but not in a frame, where the cookies are missing.
func TestHostWithoutLogOutHasNoLogoutPage(t *testing.T) {
	p, host := newHost(t, func(o *latchkey.Options) { o.People = struct{ latchkey.People }{o.People} })
	b := p.Browser()
	setCookie(b, p.URL, host.Start("ada", time.Now()))
	for _, path := range []string{"/logout/", "/check_session/"} {
		if page := b.Open(p.Issuer + path); page.StatusCode != 404 {
			t.Errorf("%s: %s", path, page.Status)
		}
	}
	for _, path := range []string{"/admin/", "/o/account/"} {
		if page := b.Open(p.URL + path); page.StatusCode != 200 || strings.Contains(page.Body, "Log out") {
			t.Errorf("%s: %s, or a button to log out", path, page.Status)
		}
	}
}

func TestStateOfAnEndedHostSessionIsForgotten(t *testing.T) {
	p, host := newHost(t, nil)
	c := connect(t, p, host.Start("ada", time.Now()))
	c.Submit(c.Open(p.URL+"/host/login"), url.Values{}) // another session, as nobody of the application
	setCookie(c.Browser, p.URL, "ended")
	for _, dest := range []string{"iframe", "document"} {
		r, _ := http.NewRequest(http.MethodGet, openIDRequest(p, c.client), nil)
		r.Header.Set("Sec-Fetch-Dest", dest)
		response, err := c.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if (c.state() == "") != (dest == "document") {
			t.Errorf("after a request of a %s the state is %q", dest, c.state())
		}
	}
}
