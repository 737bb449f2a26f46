package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/internal/hosttest"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// newHost starts a provider in a host program with users of its own.
func newHost(t *testing.T, change func(*latchkey.Options)) (*latchkeytest.Provider, *hosttest.Host) {
	t.Helper()
	host := hosttest.New()
	p := latchkeytest.New(t, func(o *latchkey.Options) {
		o.People = host
		if change != nil {
			change(o)
		}
	})
	p.Mux.Handle("/host/", host)
	return p, host
}

// authorizing starts a provider in a host program with a client, and returns a
// browser in which ada is logged in at the host.
func authorizing(t *testing.T, change func(*latchkey.Options)) (p *latchkeytest.Provider, host *hosttest.Host, client *oauth.Client, b *latchkeytest.Browser) {
	t.Helper()
	p, host = newHost(t, change)
	client, _ = p.AddClient("https://app.example/cb", nil)
	b = p.Browser()
	setCookie(b, p.URL, host.Start("ada", time.Now().Add(-time.Hour)))
	return p, host, client, b
}

func setCookie(b *latchkeytest.Browser, site, value string) {
	u, _ := url.Parse(site)
	b.Jar.SetCookies(u, []*http.Cookie{{Name: hosttest.Cookie, Value: value, Path: "/"}})
}

func isConsent(page latchkeytest.Page) bool { return strings.Contains(page.Body, `name="allow"`) }

// A session of the host is enough for everything: consent, tokens, the page of
// connected applications, and the back office.
func TestSessionOfTheHostIsEnough(t *testing.T) {
	p, host, client, b := authorizing(t, nil)
	code, err := b.Authorize(openIDRequest(p, client), "")
	if err != nil || code == "" || len(host.Asked()) != 0 {
		t.Fatalf("got a code: %t, %v", code != "", err)
	}
	page := b.Open(p.Issuer + "/authorized_tokens/")
	if page.StatusCode != 200 || !strings.Contains(page.Body, "Connected applications") || !strings.Contains(page.Body, "Test app") ||
		strings.Contains(page.Body, "password") || strings.Contains(page.Body, "everywhere") {
		t.Errorf("the page of connected applications: %s", page.Body)
	}
	page = b.Submit(b.Submit(page, url.Values{"action": {"withdraw"}, "client": {client.ID}}), url.Values{})
	if !strings.Contains(page.Body, "You have not given permission") {
		t.Errorf("after the withdrawal: %s", page.Body)
	}
	if page := b.Submit(page, url.Values{"action": {"everywhere"}, "confirmed": {"yes"}}); page.StatusCode != 200 || host.Sessions() != 1 {
		t.Errorf("an action of an account: %s", page.Status)
	}
	if page := b.Open(p.URL + "/admin/applications/"); page.StatusCode != 200 || !strings.Contains(page.Body, "Test app") {
		t.Errorf("the back office: %s", page.Status)
	}
	for _, path := range []string{"/admin/users/", "/admin/users/add/", "/admin/sessions/"} {
		if page := b.Open(p.URL + path); page.StatusCode != 404 {
			t.Errorf("%s exists although the users are the host's: %s", path, page.Status)
		}
	}
	if page := b.Open(p.URL + "/admin/"); strings.Contains(page.Body, "Users") || strings.Contains(page.Body, "/admin/sessions/") {
		t.Error("the back office shows users and sessions")
	}
}

// Everybody who is not logged in is sent to the host, and returns to the same page.
func TestPagesSendPeopleToTheLoginOfTheHost(t *testing.T) {
	p, host := newHost(t, nil)
	client, _ := p.AddClient("https://app.example/cb", nil)
	for path, want := range map[string]string{
		"/admin/applications/?q=x": "Test app\x00No applications match", "/o/account/": "Connected applications", "/o/device/?user_code=WDJB-MJHT": "WDJB-MJHT",
		strings.TrimPrefix(authorizeURL(p, client, nil), p.URL): `name="allow"`,
	} {
		b := p.Browser()
		page := b.Open(p.URL + path)
		if !strings.Contains(page.Body, "Log in to the host") {
			t.Errorf("%s: got %s", path, page.Body)
			continue
		}
		page = b.LogIn(page, "ada")
		found := false
		for text := range strings.SplitSeq(want, "\x00") {
			found = found || strings.Contains(page.Body, text)
		}
		if page.StatusCode != 200 || !found {
			t.Errorf("%s: after the login got %s at %s: %s", path, page.Status, page.Request.URL, page.Body)
		}
		if asked := host.Asked(); len(asked) != 1 || asked[0].Reason != latchkey.ReasonNone || !strings.HasPrefix(asked[0].Next, "/o/") {
			t.Errorf("%s: the host was asked %+v", path, asked)
		}
	}
}

func TestOnlyAdministratorsOfTheHostUseTheBackOffice(t *testing.T) {
	p, host := newHost(t, nil)
	b := p.Browser()
	setCookie(b, p.URL, host.Start("bob", time.Now()))
	for path, form := range map[string]url.Values{"/admin/": nil, "/admin/keys/": {"alg": {"ES256"}, "confirmed": {"yes"}}} {
		page := b.Open(p.URL + path)
		if form != nil {
			page = b.Submit(page, form)
		}
		if page.StatusCode != 403 || !strings.Contains(page.Body, "You do not have permission for this") {
			t.Errorf("%s: got %s", path, page.Status)
		}
	}
	ada := p.Browser()
	setCookie(ada, p.URL, host.Start("ada", time.Now()))
	page := ada.Submit(ada.Open(p.URL+"/admin/keys/"), url.Values{"alg": {"ES256"}, "confirmed": {"yes"}})
	if page.StatusCode != 200 || !strings.Contains(page.Body, "The new key is published") {
		t.Errorf("a form of the back office: %s", page.Status)
	}
	r, _ := http.NewRequest(http.MethodPost, p.URL+"/admin/keys/", strings.NewReader("alg=ES256&confirmed=yes"))
	r.Header.Set("Content-Type", form)
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	response, err := ada.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != 403 {
		t.Errorf("a form of another site: %s", response.Status)
	}
}

// A statusWriter notices a body that is written before the status.
type statusWriter struct {
	*httptest.ResponseRecorder
	status int
	early  bool
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseRecorder.WriteHeader(status)
}

func (w *statusWriter) Write(b []byte) (int, error) {
	w.early = w.early || w.status == 0
	return w.ResponseRecorder.Write(b)
}

// Some routers, such as gin with NoRoute, have another default status than 200.
func TestEveryResponseHasAnExplicitStatus(t *testing.T) {
	p, _ := newHost(t, nil)
	style := "/o/static/" + between(p.Browser().Open(p.URL+"/").Body, `rel="stylesheet" href="/o/static/`, `"`)
	for _, path := range []string{"/o/.well-known/jwks.json", "/o/.well-known/openid-configuration", "/o/check_session/", style, "/o/logout/", "/"} {
		w := &statusWriter{ResponseRecorder: httptest.NewRecorder()}
		p.Mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, p.URL+path, nil))
		if w.early || w.status != http.StatusOK {
			t.Errorf("%s: the status is %d, and a body came first: %t", path, w.status, w.early)
		}
	}
}

// TestApplicationFormOfAHostHasNoFieldsOfAccounts: they would have no effect, and the
// values that the host has stored are kept.
func TestApplicationFormOfAHostHasNoFieldsOfAccounts(t *testing.T) {
	p, host, client, b := authorizing(t, nil)
	setCookie(b, p.URL, host.Start("ada", time.Now())) // the settings need a recent login
	stored, err := p.Store.Client(t.Context(), client.ID)
	if err != nil {
		t.Fatal(err)
	}
	stored.OwnerID = "grace"
	if err := p.Store.UpdateClient(t.Context(), stored); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"add/?kind=other", client.ID + "/edit/"} {
		page := b.Open(p.URL + "/admin/applications/" + path)
		for _, name := range []string{"owner", "service_user", "require_second_factor"} {
			if page.StatusCode != 200 || strings.Contains(page.Body, `name="`+name+`"`) {
				t.Errorf("%s has the field %s: %s", path, name, page.Status)
			}
		}
	}
	page := b.Open(p.URL + "/admin/applications/" + client.ID + "/edit/")
	page = b.Submit(page, url.Values{"client_name": {"Renamed"}, "client_type": {"confidential"}, "grant_types": {oauth.GrantAuthorizationCode}, "redirect_uris": {"https://app.example/cb"}, "owner": {"nobody"}, "service_user": {"ada"}, "require_second_factor": {"on"}, "confirmed": {"yes"}})
	after, err := p.Store.Client(t.Context(), client.ID)
	if err != nil || after.Name != "Renamed" || after.OwnerID != "grace" || after.ServiceUserID != "" || after.RequireSecondFactor {
		t.Errorf("saved %q of %q, %v: %s", after.Name, after.OwnerID, err, page.Status)
	}
}
