package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

func TestUnavailableStorageIsATemporaryErrorForClients(t *testing.T) {
	p, store := newCountingStore(t, nil)
	client, secret := p.AddClient("https://app.example/cb", nil)
	store.broken.Store(true)
	request := url.Values{"grant_type": {"client_credentials"}, "client_id": {client.ID}, "client_secret": {secret}}.Encode()
	response, body := send(t, "POST", p.Issuer+"/token", request, "Content-Type", form)
	if response.StatusCode != 503 || response.Header.Get("Retry-After") == "" || !strings.Contains(body, "temporarily_unavailable") || strings.Contains(body, "disk") {
		t.Errorf("got %d %v %s", response.StatusCode, response.Header, body)
	}
	store.broken.Store(false)
	if response, body := send(t, "POST", p.Issuer+"/token", request, "Content-Type", form); response.StatusCode != 200 {
		t.Errorf("afterwards: got %d %s", response.StatusCode, body)
	}
}

// A sessionlessStore cannot read sessions while broken is set.
type sessionlessStore struct {
	latchkey.Store
	broken atomic.Bool
}

func (s *sessionlessStore) Session(ctx context.Context, id string) (account.Session, *account.User, error) {
	if s.broken.Load() {
		return account.Session{}, nil, fmt.Errorf("%w: no connection", account.ErrUnavailable)
	}
	return s.Store.Session(ctx, id)
}

func TestUnavailableStorageIsNotReportedAsNotLoggedIn(t *testing.T) {
	store := &sessionlessStore{}
	p := latchkeytest.New(t, func(o *latchkey.Options) { store.Store = newMemory(o); o.Store = store })
	p.AddUser("root", true)
	client, _ := p.AddClient("https://app.example/cb", nil)
	b := p.Browser()
	if _, err := b.Authorize(authorizeURL(p, client, nil), "root"); err != nil {
		t.Fatal(err)
	}
	store.broken.Store(true)
	for _, address := range []string{
		p.URL + "/", p.Issuer + "/account/", p.Issuer + "/logout/", p.URL + "/admin/", p.URL + "/admin/users/",
		authorizeURL(p, client, nil), authorizeURL(p, client, url.Values{"prompt": {"none"}}),
	} {
		page := b.Open(address)
		if page.StatusCode != 503 || page.Header.Get("Retry-After") == "" || !strings.Contains(page.Body, "cannot reach its database") || page.RedirectURL != nil {
			t.Errorf("%s: got %s, redirected to %v", address, page.Status, page.RedirectURL)
		}
	}
	store.broken.Store(false)
	if page := b.Open(p.Issuer + "/account/"); !strings.Contains(page.Body, "Your account") {
		t.Error("the person is logged out afterwards")
	}
}

// If the sessions of a host cannot be read, it is not known who is logged in.
func TestErrorOfTheHostIsNotReportedAsNotLoggedIn(t *testing.T) {
	p, host := newHost(t, nil)
	client, _ := p.AddClient("https://app.example/cb", nil)
	b := p.Browser()
	consent := b.LogIn(b.Open(authorizeURL(p, client, nil)), "ada")
	want := func(page latchkeytest.Page) {
		t.Helper()
		if page.StatusCode != 503 || page.Header.Get("Retry-After") == "" || page.RedirectURL != nil || strings.Contains(page.Body, "secret of the host") {
			t.Errorf("got %s, redirected to %v: %s", page.Status, page.RedirectURL, page.Body)
		}
	}
	for _, err := range []error{errors.New("secret of the host"), oauth.ErrNotFound, account.ErrNotFound, oauth.Errorf(oauth.CodeLoginRequired, "x"), context.DeadlineExceeded} {
		host.Fail(err)
		want(b.Open(authorizeURL(p, client, nil)))
		want(b.Open(authorizeURL(p, client, url.Values{"prompt": {"none"}})))
		again := b.Submit(consent, url.Values{"allow": {"yes"}, "decision": {"authorize"}})
		want(again)
		host.Fail(nil)
		if page := b.Submit(again, url.Values{}); page.RedirectURL == nil || page.RedirectURL.Query().Get("code") == "" {
			t.Errorf("the decision is not sent again: %s %s", page.Status, page.Body)
		}
	}
}

// TestTypedValuesAreNotLostWhileTheStorageIsUnavailable: the page of the error
// sends them again, except passwords, which the person types again.
func TestTypedValuesAreNotLostWhileTheStorageIsUnavailable(t *testing.T) {
	store := &sessionlessStore{}
	p := latchkeytest.New(t, func(o *latchkey.Options) { store.Store = newMemory(o); o.Store = store })
	p.AddUser("ada", false)
	ada := visitAccount(t, p, "ada")
	page := ada.at("profile/")
	page.Body = "" // without the hidden fields of other forms
	store.broken.Store(true)
	page = ada.Submit(page, url.Values{
		"action": {"profile"}, "name": {`Ada "<i>" L.`}, "email": {"ada@x.example"}, "email_password": {latchkeytest.Password}, "nickname": {"Countess"},
	})
	if page.StatusCode != 503 || page.Header.Get("Retry-After") == "" || !strings.Contains(page.Body, "Try again") || !strings.Contains(page.Body, "might not have been saved") {
		t.Fatalf("got %s %s", page.Status, page.Body)
	}
	if strings.Contains(page.Body, latchkeytest.Password) || !strings.Contains(page.Body, `name="email_password" type="password"`) {
		t.Errorf("the password: %s", page.Body)
	}
	store.broken.Store(false)
	if page = ada.Submit(page, url.Values{"email_password": {latchkeytest.Password}}); !strings.Contains(page.Body, "have been saved") {
		t.Errorf("sent again: %s %s", page.Status, page.Body)
	}
	user, err := p.Store.UserByName(context.Background(), "ada")
	if err != nil || user.Name != `Ada "<i>" L.` || user.Email != "ada@x.example" || !strings.Contains(string(user.Claims), "Countess") {
		t.Errorf("got %+v, %v", user, err)
	}
	if page := ada.Open(p.Issuer + "/account/"); strings.Contains(page.Body, "might not have been saved") {
		t.Error("other pages have the form too")
	}
}

func TestRequestOfAClientThatClosedTheConnectionIsNotAnError(t *testing.T) {
	var log bytes.Buffer
	p, store := newCountingStore(t, func(o *latchkey.Options) { o.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
	client, secret := p.AddClient("https://app.example/cb", nil)
	store.broken.Store(true)
	serve := func(ctx context.Context) int {
		body := url.Values{"grant_type": {"client_credentials"}, "client_id": {client.ID}, "client_secret": {secret}}.Encode()
		r := httptest.NewRequestWithContext(ctx, "POST", p.Issuer+"/token", strings.NewReader(body))
		r.Header.Set("Content-Type", form)
		w := httptest.NewRecorder()
		p.Server.ServeHTTP(w, r)
		return w.Code
	}
	closed, closeConnection := context.WithCancel(t.Context())
	closeConnection()
	if status := serve(closed); status != 499 {
		t.Errorf("the connection is closed: got status %d", status)
	}
	timedOut, cancel := context.WithTimeout(t.Context(), 0) // by the host
	defer cancel()
	if status := serve(timedOut); status != 503 {
		t.Errorf("the host's timeout has passed: got status %d", status)
	}
	if strings.Count(log.String(), "level=ERROR") != 1 {
		t.Errorf("want one error in the log, got\n%s", &log)
	}
}

func TestErrorIDOfAPageFindsTheDetailInTheLog(t *testing.T) {
	var log bytes.Buffer
	p := latchkeytest.New(t, func(o *latchkey.Options) { o.Logger = slog.New(slog.NewJSONHandler(&log, nil)) })
	client, _ := p.AddClient("https://app.example/cb", nil)
	page := p.Browser().Open(authorizeURL(p, client, url.Values{"redirect_uri": {"https://app.example/cb/"}}))
	if page.StatusCode != http.StatusBadRequest || strings.Contains(page.Body, "https://app.example/cb\"") || page.Header.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Errorf("got %s", page.Status)
	}
	id := regexp.MustCompile(`id="error-id" value="([a-z2-7]+)"`).FindStringSubmatch(page.Body)
	if id == nil {
		t.Fatalf("no error ID on the page: %s", page.Body)
	}
	var line map[string]any
	for text := range strings.Lines(log.String()) {
		if strings.Contains(text, id[1]) {
			if err := json.Unmarshal([]byte(text), &line); err != nil {
				t.Fatal(err)
			}
		}
	}
	if detail, _ := line["detail"].(string); !strings.Contains(detail, `path is "/cb/", registered "/cb"`) {
		t.Errorf("the log line is %v", line)
	}
}
