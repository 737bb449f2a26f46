package web_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
)

// send makes a request and gives the answer with its body.
func send(t *testing.T, method, address, body string, headers ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequest(method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(text)
}

const form = "application/x-www-form-urlencoded"

// TestR2_14_RequestsOverHTTPAreBounded; what else is refused is in testdata.
func TestR2_14_RequestsOverHTTPAreBounded(t *testing.T) {
	p := latchkeytest.New(t, nil)
	for name, body := range map[string]string{
		"a huge body":     "grant_type=client_credentials&x=" + strings.Repeat("y", 1<<20),
		"many parameters": strings.Repeat("a=b&", 2000),
	} {
		response, answer := send(t, "POST", p.Issuer+"/token", body, "Content-Type", form)
		if response.StatusCode != 400 || !strings.Contains(answer, `"error":"invalid_request"`) {
			t.Errorf("%s: %d %s", name, response.StatusCode, answer)
		}
	}
}

// TestR1_12_TheHostHeaderChangesNothing; where the metadata is, is in testdata.
func TestR1_12_TheHostHeaderChangesNothing(t *testing.T) {
	p := latchkeytest.New(t, nil)
	_, want := send(t, "GET", p.Issuer+"/.well-known/openid-configuration", "")
	r, err := http.NewRequest("GET", p.Issuer+"/.well-known/openid-configuration", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = "evil.example"
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if body, _ := io.ReadAll(response.Body); string(body) != want || !strings.Contains(want, p.Issuer) {
		t.Errorf("with another Host: %s", body)
	}
}

func TestTenThousandStrangersLeaveNoRow(t *testing.T) {
	store := &countingStore{}
	p := latchkeytest.New(t, func(o *latchkey.Options) { store.Store = newMemory(o); o.Store = store })
	client, _ := p.AddClient("https://app.example/cb", nil)
	address := authorizeURL(p, client, nil)
	before := store.writes.Load()
	n := 10_000
	if testing.Short() {
		n = 500
	}
	for range n {
		w := newRecorder()
		r, _ := http.NewRequest("GET", address, nil)
		p.Server.ServeHTTP(w, r)
		if w.Code != http.StatusFound {
			t.Fatalf("got %d", w.Code)
		}
	}
	if got := store.writes.Load() - before; got != 0 {
		t.Errorf("%d writes", got)
	}
}

func TestADatabaseThatIsAwayIsSaidSo(t *testing.T) {
	store := &countingStore{}
	p := latchkeytest.New(t, func(o *latchkey.Options) { store.Store = newMemory(o); o.Store = store })
	client, secret := p.AddClient("https://app.example/cb", nil)
	store.broken.Store(true)
	good := url.Values{"grant_type": {"client_credentials"}, "client_id": {client.ID}, "client_secret": {secret}}.Encode()
	response, body := send(t, "POST", p.Issuer+"/token", good, "Content-Type", form)
	if response.StatusCode != 503 || response.Header.Get("Retry-After") == "" || !strings.Contains(body, "temporarily_unavailable") || strings.Contains(body, "disk") {
		t.Errorf("R8.4: %d %v %s", response.StatusCode, response.Header, body)
	}
	store.broken.Store(false)
	if response, body := send(t, "POST", p.Issuer+"/token", good, "Content-Type", form); response.StatusCode != 200 {
		t.Errorf("afterwards: %d %s", response.StatusCode, body)
	}
}

func TestAClientThatHangsUpIsNoFailureOfOurs(t *testing.T) {
	var log bytes.Buffer
	store := &countingStore{}
	p := latchkeytest.New(t, func(o *latchkey.Options) {
		store.Store, o.Logger = newMemory(o), slog.New(slog.NewTextHandler(&log, nil))
		o.Store = store
	})
	client, secret := p.AddClient("https://app.example/cb", nil)
	store.broken.Store(true)
	gone, hangUp := context.WithCancel(t.Context())
	hangUp()
	body := url.Values{"grant_type": {"client_credentials"}, "client_id": {client.ID}, "client_secret": {secret}}.Encode()
	r := httptest.NewRequestWithContext(gone, "POST", p.Issuer+"/token", strings.NewReader(body))
	r.Header.Set("Content-Type", form)
	w := newRecorder()
	if p.Server.ServeHTTP(w, r); w.Code != 499 {
		t.Errorf("it is %d in the metrics", w.Code)
	}
	late, end := context.WithTimeout(t.Context(), 0) // as a host may limit a request
	defer end()
	w = newRecorder()
	r = httptest.NewRequestWithContext(late, "POST", p.Issuer+"/token", strings.NewReader(body))
	r.Header.Set("Content-Type", form)
	if p.Server.ServeHTTP(w, r); w.Code != 503 {
		t.Errorf("whose time is over waits, and gets %d", w.Code)
	}
	if strings.Count(log.String(), "level=ERROR") != 1 {
		t.Errorf("the log says\n%s", &log)
	}
}

// R2.11: who is told to be logged out is.
func TestR3_10_ALogOutThatFailedIsSaidSo(t *testing.T) {
	store := &countingStore{}
	p := latchkeytest.New(t, func(o *latchkey.Options) { store.Store = newMemory(o); o.Store = store })
	p.AddUser("ada", false)
	b := p.Browser()
	b.LogIn(b.Open(p.Issuer+"/login/"), "ada")
	store.broken.Store(true)
	page := b.Open(p.Issuer + "/logout/")
	if got := b.Submit(page, url.Values{}); got.StatusCode != 503 || strings.Contains(got.Body, "You are logged out") {
		t.Errorf("the database is away: %s %s", got.Status, got.Body)
	}
	store.broken.Store(false)
	if got := b.Open(p.Issuer + "/account/"); !strings.Contains(got.Body, "Your account") {
		t.Error("the cookie is gone, and nobody can end the session that lives on")
	}
	if got := b.Submit(page, url.Values{}); got.StatusCode != 200 || !strings.Contains(got.Body, "You are logged out") {
		t.Errorf("the second attempt: %s", got.Status)
	}
}

// R3.10: the application had its code before the log-out, and asks after it.
func TestNothingBeginsAfterTheLogOut(t *testing.T) {
	p := latchkeytest.New(t, nil)
	p.AddUser("ada", false)
	client, secret := p.AddClient("https://app.example/cb", nil)
	redeem := func(code string) (int, string) {
		response, body := send(t, "POST", p.Issuer+"/token", url.Values{
			"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {client.RedirectURIs[0]}, "code_verifier": {verifier}, "client_id": {client.ID}, "client_secret": {secret},
		}.Encode(), "Content-Type", form)
		return response.StatusCode, body
	}
	b := p.Browser()
	code, err := b.Authorize(authorizeURL(p, client, url.Values{"scope": {"openid"}}), "ada")
	if err != nil {
		t.Fatal(err)
	}
	b.LogIn(b.Open(p.Issuer+"/login/"), "ada") // again: the session goes on
	if status, body := redeem(code); status != 200 {
		t.Errorf("while logged in: %d %s", status, body)
	}
	if code, err = b.Authorize(authorizeURL(p, client, url.Values{"scope": {"openid"}}), "ada"); err != nil {
		t.Fatal(err)
	}
	b.Submit(b.Open(p.Issuer+"/logout/"), url.Values{})
	if status, body := redeem(code); status != 400 || !strings.Contains(body, "invalid_grant") {
		t.Errorf("after the log-out: %d %s", status, body)
	}
}

// later is a clock that can be moved.
type later struct{ by time.Duration }

func (l *later) now() time.Time { return time.Now().Add(l.by) }
