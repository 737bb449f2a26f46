package main

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"github.com/seed-e6a88a41/latchkey/memstore"
)

// TestAProgramWithItsOwnPeopleIsAProvider walks from the program's own log-in
// to its API.
func TestAProgramWithItsOwnPeopleIsAProvider(t *testing.T) {
	var mux http.Handler
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { mux.ServeHTTP(w, r) }))
	t.Cleanup(site.Close)
	store := memstore.New(nil)
	id, secret, err := register(store)
	if err != nil {
		t.Fatal(err)
	}
	if mux, err = newMux(site.URL, store); err != nil {
		t.Fatal(err)
	}
	config := oauth2.Config{
		ClientID: id, ClientSecret: secret, RedirectURL: "http://localhost:8001/consumer/exchange/", Scopes: []string{"read"},
		Endpoint: oauth2.Endpoint{AuthURL: site.URL + "/o/authorize/", TokenURL: site.URL + "/o/token/"},
	}
	jar, _ := cookiejar.New(nil)
	browser := &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if !strings.HasPrefix(r.URL.String(), site.URL) {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	verifier := oauth2.GenerateVerifier()
	page, err := browser.Get(config.AuthCodeURL("state", oauth2.S256ChallengeOption(verifier)))
	for _, fill := range []url.Values{{"name": {"ada"}}, {"allow": {"yes"}, "decision": {"authorize"}}} {
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(page.Body)
		_ = page.Body.Close()
		for _, field := range regexp.MustCompile(`type="hidden" name="(\w+)" value="([^"]*)"`).FindAllStringSubmatch(string(body), -1) {
			fill.Set(field[1], strings.ReplaceAll(field[2], "&amp;", "&"))
		}
		page, err = browser.PostForm(page.Request.URL.String(), fill)
	}
	if err != nil {
		t.Fatal(err)
	}
	_ = page.Body.Close()
	back, err := page.Location()
	if err != nil {
		t.Fatal(page.Status, err)
	}
	token, err := config.Exchange(context.Background(), back.Query().Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := oauth2.NewClient(context.Background(), oauth2.StaticTokenSource(token)).Get(site.URL + "/api/notes")
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(answer.Body)
	_ = answer.Body.Close()
	if string(body) != "the notes of person person-ada\n" {
		t.Errorf("the API says %d %s", answer.StatusCode, body)
	}
}
