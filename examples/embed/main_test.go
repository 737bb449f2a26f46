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
)

// The test goes from the login page of the program to its API.
func TestProgramWithItsOwnUsersIsAProvider(t *testing.T) {
	var mux http.Handler
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { mux.ServeHTTP(w, r) }))
	t.Cleanup(site.Close)
	users := newUsers()
	server, err := newProvider(t.Context(), site.URL, users)
	if err != nil {
		t.Fatal(err)
	}
	client, secret, err := register(t.Context(), server)
	if err != nil {
		t.Fatal(err)
	}
	mux = newMux(server, users)
	config := oauth2.Config{
		ClientID: client.ID, ClientSecret: secret, RedirectURL: "http://localhost:8001/consumer/exchange/", Scopes: []string{"read"},
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
	for _, form := range []url.Values{{"name": {"ada"}}, {"allow": {"yes"}, "decision": {"authorize"}}} {
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(page.Body)
		_ = page.Body.Close()
		for _, field := range regexp.MustCompile(`type="hidden" name="(\w+)" value="([^"]*)"`).FindAllStringSubmatch(string(body), -1) {
			form.Set(field[1], strings.ReplaceAll(field[2], "&amp;", "&"))
		}
		page, err = browser.PostForm(page.Request.URL.String(), form)
	}
	if err != nil {
		t.Fatal(err)
	}
	_ = page.Body.Close()
	redirect, err := page.Location()
	if err != nil {
		t.Fatal(page.Status, err)
	}
	token, err := config.Exchange(context.Background(), redirect.Query().Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		t.Fatal(err)
	}
	response, err := oauth2.NewClient(context.Background(), oauth2.StaticTokenSource(token)).Get(site.URL + "/api/notes")
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(response.Body)
	_ = response.Body.Close()
	if string(body) != "notes of user-ada\n" {
		t.Errorf("got %d %s", response.StatusCode, body)
	}
}

func TestLoginRejectsALongBody(t *testing.T) {
	users, w := newUsers(), httptest.NewRecorder()
	r := httptest.NewRequest("POST", "/login", strings.NewReader("name="+strings.Repeat("a", 1<<20)))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if users.logIn(w, r); w.Code != http.StatusBadRequest || len(users.sessions) != 0 {
		t.Errorf("got %d and %d sessions", w.Code, len(users.sessions))
	}
}
