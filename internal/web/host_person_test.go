package web_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/sqlstore/sqlite"
)

// OpenID Connect Core §2: a subject has at most 255 ASCII characters.
func TestPersonOfAHostIsChecked(t *testing.T) {
	p, host, client, _ := authorizing(t, nil)
	for name, test := range map[string]struct {
		change func(*latchkey.Person)
		valid  bool
	}{
		"as they are":           {func(*latchkey.Person) {}, true},
		"255 characters":        {func(x *latchkey.Person) { x.Subject = strings.Repeat("a", 255) }, true},
		"256 characters":        {func(x *latchkey.Person) { x.Subject = strings.Repeat("a", 256) }, false},
		"no subject":            {func(x *latchkey.Person) { x.Subject = "" }, false},
		"a space":               {func(x *latchkey.Person) { x.Subject = " 42" }, false},
		"not ASCII":             {func(x *latchkey.Person) { x.Subject = "adä" }, false},
		"a control character":   {func(x *latchkey.Person) { x.Subject = "a\nb" }, false},
		"NUL":                   {func(x *latchkey.Person) { x.Subject = "a\x00b" }, false},
		"a future login":        {func(x *latchkey.Person) { x.AuthTime = time.Now().Add(time.Minute) }, false},
		"a login before 1970":   {func(x *latchkey.Person) { x.AuthTime = time.Unix(-5, 0) }, false},
		"no time":               {func(x *latchkey.Person) { x.AuthTime = time.Time{} }, true},
		"no session":            {func(x *latchkey.Person) { x.SessionID = "" }, true},
		"no name":               {func(x *latchkey.Person) { x.Name = "" }, true},
		"a long name":           {func(x *latchkey.Person) { x.Name = strings.Repeat("ä", 256) }, false},
		"a name with NUL":       {func(x *latchkey.Person) { x.Name = "a\x00" }, false},
		"an acr with a newline": {func(x *latchkey.Person) { x.ACR = "mfa\n" }, false},
		"an empty amr":          {func(x *latchkey.Person) { x.AMR = []string{"pwd", ""} }, false},
	} {
		host.Change(test.change)
		b := p.Browser()
		setCookie(b, p.URL, host.Start("ada", time.Now()))
		for path, status := range map[string]int{strings.TrimPrefix(authorizeURL(p, client, nil), p.URL): 200, "/admin/": 200, "/o/account/": 200} {
			if !test.valid {
				status = 500
			}
			if page := b.Open(p.URL + path); page.StatusCode != status {
				t.Errorf("%s: %s: got %s, want %d", name, path, page.Status, status)
			}
		}
	}
}

// The time of a login that is not known is omitted from the ID token, and satisfies no
// request for a new login.
func TestUnknownTimeOfALoginIsOmitted(t *testing.T) {
	p, host, client, _ := authorizing(t, nil)
	host.Change(func(x *latchkey.Person) { x.AuthTime = time.Time{} })
	cookie := host.Start("ada", time.Time{})
	c := connect(t, p, cookie)
	if claims := claimsOf(t, `{"id_token":"`+c.idToken+`"}`); claims["sub"] != "id-of-ada" || claims["auth_time"] != nil {
		t.Errorf("the ID token has %v", claims)
	}
	for _, request := range []url.Values{{"prompt": {"login"}}, {"max_age": {"1000"}}} {
		page := c.Open(authorizeURL(p, client, request))
		if page = c.LogIn(page, "ada"); page.StatusCode != 403 {
			t.Errorf("%v: got %s", request, page.Status)
		}
	}
}

// The session id of a host can be the secret of a cookie.
func TestSessionIDOfAHostIsNotStored(t *testing.T) {
	folder := t.TempDir()
	store, err := sqlite.Open(t.Context(), filepath.Join(folder, "l.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	p, host := newHost(t, func(o *latchkey.Options) { o.Store = store })
	id := host.Start("ada", time.Now())
	c := connect(t, p, id)
	if err := p.Server.EndSessions(t.Context(), id); err != nil || c.refreshes(t) {
		t.Fatal("the session did not end", err)
	}
	names, _ := filepath.Glob(filepath.Join(folder, "*"))
	stored := 0
	for _, name := range names {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(content, []byte(id)) {
			t.Errorf("%s contains the session id", filepath.Base(name))
		}
		if bytes.Contains(content, []byte("id-of-ada")) {
			stored++
		}
	}
	if stored == 0 {
		t.Error("the files do not contain the person either")
	}
	for _, text := range []string{c.sessionState, c.idToken, c.state()} {
		if strings.Contains(text, id) {
			t.Error("the application or a script gets the session id")
		}
	}
}

// People whom the host has deleted or blocked lose their access at the next use.
func TestDeletedPeopleOfAHostLoseTheirAccess(t *testing.T) {
	clock := new(movableClock)
	p, host := newHost(t, func(o *latchkey.Options) { o.Clock = clock.now })
	for _, format := range []oauth.TokenFormat{"", oauth.JWT} {
		for _, subjects := range []oauth.SubjectType{oauth.SubjectPublic, oauth.SubjectPairwise} {
			c := connect(t, p, host.Start("bob", clock.now()))
			changed := *c.client
			changed.AccessTokenFormat, changed.SubjectType = format, subjects
			if err := p.Store.UpdateClient(t.Context(), &changed); err != nil {
				t.Fatal(err)
			}
			clock.move(2 * time.Second)
			var answer struct {
				Access  string `json:"access_token"`
				Refresh string `json:"refresh_token"`
			}
			if _, body := c.post(t, "/token/", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {c.refresh}}); json.Unmarshal([]byte(body), &answer) != nil || answer.Refresh == "" {
				t.Fatal(body)
			}
			c.refresh = answer.Refresh
			introspect := func(token string) string {
				status, body := c.post(t, "/introspect/", url.Values{"token": {token}})
				return fmt.Sprint(status, " ", strings.Contains(body, `"active":true`))
			}
			use := func() string {
				info, refreshInfo := introspect(answer.Access), introspect(c.refresh)
				r, _ := http.NewRequest(http.MethodGet, p.Issuer+"/userinfo/", nil)
				r.Header.Set("Authorization", "Bearer "+answer.Access)
				response, err := http.DefaultClient.Do(r)
				if err != nil {
					t.Fatal(err)
				}
				_ = response.Body.Close()
				return strings.Join([]string{info, refreshInfo, response.Status[:3]}, ", ")
			}
			if got := use(); got != "200 true, 200 true, 200" {
				t.Errorf("%s %s: before, got %s", format, subjects, got)
			}
			host.Delete("bob", true)
			clock.move(2 * time.Second)
			if got := use(); got != "200 false, 200 false, 401" || c.refreshes(t) {
				t.Errorf("%s %s: a deleted person: got %s, or a refresh", format, subjects, got)
			}
			host.Delete("bob", false)
			clock.move(2 * time.Second)
			host.Fail(errors.New("the host is unavailable"))
			if got := use(); got != "503 false, 503 false, 503" || c.refreshes(t) {
				t.Errorf("%s %s: while the host fails: got %s, or a refresh", format, subjects, got)
			}
			host.Fail(nil)
			before := host.Lookups()
			if got := use(); got != "200 true, 200 true, 200" || host.Lookups() != before+1 {
				t.Errorf("%s %s: afterwards, got %s with %d calls of Lookup", format, subjects, got, host.Lookups()-before)
			}
			if !c.refreshes(t) {
				t.Errorf("%s %s: the refresh token was used up", format, subjects)
			}
		}
	}
}

// A code is not exchanged for a person who was deleted in between.
func TestCodeOfADeletedPersonIsNotExchanged(t *testing.T) {
	clock := new(movableClock)
	p, host, _, b := authorizing(t, func(o *latchkey.Options) { o.Clock = clock.now })
	client, secret := p.AddClient("https://app.example/cb", nil)
	code, err := b.Authorize(openIDRequest(p, client), "")
	if err != nil {
		t.Fatal(err)
	}
	host.Delete("ada", true)
	clock.move(2 * time.Second)
	if status, body := redeem(t, p, client, secret, code); status != 400 || !strings.Contains(body, "invalid_grant") {
		t.Errorf("got %d %s", status, body)
	}
}

// A person of a host connects a device, and the scope profile does not need an account.
func TestPersonOfAHostConnectsADevice(t *testing.T) {
	p, host, _, b := authorizing(t, nil)
	client, secret := p.AddClient("https://app.example/cb", nil)
	c := connected{Provider: p, Browser: b, client: client, secret: secret}
	_, body := c.post(t, "/device-authorization/", url.Values{"scope": {"openid profile"}})
	var device struct {
		DeviceCode string `json:"device_code"`
		UserCode   string `json:"user_code"`
	}
	if err := json.Unmarshal([]byte(body), &device); err != nil {
		t.Fatal(err)
	}
	page := b.Submit(b.Open(p.Issuer+"/device/?user_code="+device.UserCode), url.Values{"user_code": {device.UserCode}})
	if page = b.Submit(page, url.Values{"allow": {"yes"}, "decision": {"authorize"}}); !strings.Contains(page.Body, "The device is connected") {
		t.Fatalf("got %s: %s", page.Status, page.Body)
	}
	status, body := c.post(t, "/token/", url.Values{"grant_type": {oauth.GrantDeviceCode}, "device_code": {device.DeviceCode}})
	if status != 200 || claimsOf(t, body)["sub"] != "id-of-ada" || len(host.Asked()) != 0 {
		t.Errorf("got %d %s", status, body)
	}
}
