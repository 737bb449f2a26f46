package admin_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/internal/admin"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/memstore"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/sqlstore/sqlite"
)

// PostgreSQL rejects such bytes.
func TestRequestsWithBytesThatAreNotTextAreRejected(t *testing.T) {
	o := enter(t)
	for _, path := range []string{"applications/%FF/", "applications/?q=%FF", "users/%00/", "sessions/?user=%FF"} {
		if page := o.open(path); page.StatusCode != 400 {
			t.Errorf("%s: got %s", path, page.Status)
		}
	}
	if page := o.post("consents/", url.Values{"consent": {"ada \xff"}}); page.StatusCode != 400 {
		t.Errorf("in a form: got %s", page.Status)
	}
}

func TestActionsCompleteAfterTheClientClosedTheConnection(t *testing.T) {
	ctx := context.Background()
	store, err := sqlite.Open(ctx, filepath.Join(t.TempDir(), "l.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	p := latchkeytest.New(t, func(o *latchkey.Options) { o.Store = store })
	p.AddUser("root", true)
	ada := p.AddUser("ada", false)
	c, _ := p.AddClient("https://app.example/cb", nil)
	b := p.Browser()
	b.LogIn(b.Open(p.URL+"/admin/"), "root")
	closed, closeConnection := context.WithCancel(ctx)
	closeConnection()
	for path, fields := range map[string]url.Values{
		"users/" + ada.ID + "/switch/":      {"to": {"disabled"}, "confirmed": {"yes"}},
		"applications/" + c.ID + "/switch/": {"to": {"disabled"}, "confirmed": {"yes"}},
	} {
		r := httptest.NewRequestWithContext(closed, http.MethodPost, p.URL+"/admin/"+path, strings.NewReader(fields.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		for _, cookie := range b.Jar.Cookies(r.URL) {
			r.AddCookie(cookie)
		}
		w := httptest.NewRecorder()
		if p.Mux.ServeHTTP(w, r); w.Code != http.StatusSeeOther {
			t.Errorf("%s: got %d", path, w.Code)
		}
	}
	if ada, err = store.User(ctx, ada.ID); err != nil || !ada.Disabled {
		t.Errorf("the user is not disabled: %v", err)
	}
	if c, err = store.Client(ctx, c.ID); err != nil || !c.Disabled {
		t.Errorf("the application is not disabled: %v", err)
	}
}

func TestFormsOfOtherSitesAreRejected(t *testing.T) {
	o := enter(t)
	c, _ := o.AddClient("https://app.example/cb", nil)
	r := o.open("applications/").Request.Clone(context.Background())
	r.Method, r.Body = "POST", nil
	r.URL, _ = url.Parse(o.URL + "/admin/applications/" + c.ID + "/delete/")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	response, err := o.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if _, err := o.Store.Client(context.Background(), c.ID); response.StatusCode != 403 || err != nil {
		t.Errorf("with the cookies of the administrator: got %s, %v", response.Status, err)
	}
	// Browsers do not send SameSite cookies with such a request.
	r, _ = http.NewRequest("POST", r.URL.String(), nil)
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	if response, err = http.DefaultTransport.RoundTrip(r); err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != 403 || len(response.Cookies()) > 0 {
		t.Errorf("without cookies: got %s", response.Status)
	}
}

// A quotingStore returns errors that contain the ID, as errors of a driver can.
type quotingStore struct{ latchkey.Store }

func (quotingStore) Usage(_ context.Context, f oauth.FamilyFilter) (oauth.Usage, error) {
	return oauth.Usage{}, fmt.Errorf("no such thing as %q", f.ClientID)
}

func (s quotingStore) Client(_ context.Context, id string) (*oauth.Client, error) {
	return &oauth.Client{ID: id, Name: "x"}, nil
}

func TestFailureIsLoggedWithItsRouteAndWithoutSecrets(t *testing.T) {
	var log bytes.Buffer
	p := latchkeytest.New(t, func(o *latchkey.Options) {
		o.Store, o.Logger = quotingStore{memstore.New(o.Clock)}, slog.New(slog.NewJSONHandler(&log, nil))
	})
	p.AddUser("root", true)
	b := p.Browser()
	b.LogIn(b.Open(p.Issuer+"/login/"), "root")
	secret := oauth.NewToken(oauth.KindClientSecret, time.Now()).String()
	page := b.Open(p.URL + "/admin/applications/" + secret + "/delete/")
	if page.StatusCode != 500 || strings.Contains(page.Body, "no such thing") {
		t.Fatalf("got %s %s", page.Status, page.Body)
	}
	text := log.String()
	if strings.Contains(text, secret[8:]) || !strings.Contains(text, `"route":"/admin/applications/{id}/delete/"`) || !strings.Contains(text, "lk_cs_…") {
		t.Errorf("the log is %s", text)
	}
}

// TestLoginDuringAnActionLeadsToAPage: if the session has ended when a form or the
// answer to a question is sent, the login leads to the page with the form.
func TestLoginDuringAnActionLeadsToAPage(t *testing.T) {
	o := enter(t)
	o.post("login-providers/add/", acme)
	ada := o.AddUser("ada", false)
	c, _ := o.AddClient("https://app.example/cb", nil)
	keys, err := o.Store.SigningKeys(t.Context())
	if err != nil || len(keys) == 0 {
		t.Fatal(keys, err)
	}
	for _, pattern := range admin.Patterns() {
		method, path, _ := strings.Cut(pattern, " ")
		if method != http.MethodPost {
			continue
		}
		id := c.ID
		if strings.Contains(path, "/users/") {
			id = ada.ID
		} else if strings.Contains(path, "/groups/") {
			id = o.anyGroup()
		} else if strings.Contains(path, "/keys/") {
			id = keys[0].ID
		} else if strings.Contains(path, "/login-providers/") {
			id = "acme"
		} else if strings.Contains(path, "/scopes/") || strings.Contains(path, "/resources/") {
			id = o.anyDefinition(path)
		} else if strings.Contains(path, "/problems/") {
			id, _ = o.rejects(c, "https://app.example/other")
		}
		path = strings.NewReplacer("{id}", id, "{$}", "").Replace(path)
		b := o.Provider.Browser()
		response, err := b.PostForm(o.URL+"/admin"+path+"?q=a%26b&note=ended", url.Values{"confirmed": {"yes"}})
		if err != nil {
			t.Fatal(err)
		}
		page := b.LogIn(latchkeytest.Page{Response: response, Body: read(t, response)}, "root")
		if to := page.Request.URL; page.StatusCode != 200 || !strings.HasPrefix(to.Path, "/admin/") || to.Path == "/admin/" || to.Query().Has("note") {
			t.Errorf("%s: the login leads to %s: %s", pattern, to, page.Status)
		}
	}
	b := o.Provider.Browser()
	response, err := b.PostForm(o.URL+"/admin/tokens/?q=a%26b", url.Values{})
	if err != nil {
		t.Fatal(err)
	}
	page := b.LogIn(latchkeytest.Page{Response: response, Body: read(t, response)}, "root")
	if got := page.Request.URL.RequestURI(); got != "/admin/tokens/?q=a%26b" {
		t.Errorf("the login leads to %s, without the filter", got)
	}
}
