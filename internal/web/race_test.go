package web_test

import (
	"context"
	"encoding/json"
	"net/url"
	"path/filepath"
	"sync"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/memstore"
	"github.com/seed-e6a88a41/latchkey/sqlstore/sqlite"
)

// concurrency is the number of requests that are sent at once.
const concurrency = 64

// onEveryStore runs a test with a provider on memstore, and with one on SQLite.
func onEveryStore(t *testing.T, test func(t *testing.T, p *latchkeytest.Provider)) {
	for name, open := range map[string]func(t *testing.T) latchkey.Store{
		"memstore": func(*testing.T) latchkey.Store { return memstore.New(nil) },
		"sqlite": func(t *testing.T) latchkey.Store {
			store, err := sqlite.Open(context.Background(), filepath.Join(t.TempDir(), "race.db"), sqlite.Options{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = store.Close() })
			return store
		},
	} {
		t.Run(name, func(t *testing.T) {
			test(t, latchkeytest.New(t, func(o *latchkey.Options) { o.Store = open(t) }))
		})
	}
}

// A tokenResponse is a response of the token endpoint.
type tokenResponse struct {
	status           int
	Access           string `json:"access_token"`
	Refresh          string `json:"refresh_token"`
	Error            string `json:"error"`
	ErrorDescription string `json:"error_description"`
}

// atOnce sends the same request many times at once.
func atOnce(t *testing.T, address string, request url.Values) []tokenResponse {
	t.Helper()
	answers := make([]tokenResponse, concurrency)
	start := make(chan struct{})
	var all sync.WaitGroup
	for i := range answers {
		all.Go(func() {
			<-start
			response, body := send(t, "POST", address, request.Encode(), "Content-Type", form)
			answers[i].status = response.StatusCode
			if err := json.Unmarshal([]byte(body), &answers[i]); err != nil {
				t.Error(err)
			}
		})
	}
	close(start)
	all.Wait()
	return answers
}

// RFC 6749 §4.1.2.
func TestOneOfManyConcurrentExchangesOfACodeSucceeds(t *testing.T) {
	onEveryStore(t, func(t *testing.T, p *latchkeytest.Provider) {
		p.AddUser("ada", false)
		client, secret := p.AddClient("https://app.example/cb", nil)
		code, err := p.Browser().Authorize(authorizeURL(p, client, nil), "ada")
		if err != nil {
			t.Fatal(err)
		}
		succeeded := 0
		for _, a := range atOnce(t, p.Issuer+"/token", url.Values{
			"grant_type": {"authorization_code"}, "code": {code}, "code_verifier": {verifier}, "redirect_uri": {client.RedirectURIs[0]},
			"client_id": {client.ID}, "client_secret": {secret},
		}) {
			switch {
			case a.status == 200:
				succeeded++
			case a.status != 400 || a.Error != "invalid_grant":
				t.Errorf("got %+v", a)
			}
		}
		if succeeded != 1 {
			t.Errorf("%d requests succeeded", succeeded)
		}
	})
}

// RFC 9700 §4.14.2.
func TestConcurrentRefreshesGetTheSameTokens(t *testing.T) {
	onEveryStore(t, func(t *testing.T, p *latchkeytest.Provider) {
		p.AddUser("ada", false)
		client, secret := p.AddClient("https://app.example/cb", nil)
		code, err := p.Browser().Authorize(authorizeURL(p, client, nil), "ada")
		if err != nil {
			t.Fatal(err)
		}
		_, body := redeem(t, p, client, secret, code)
		var first tokenResponse
		if err := json.Unmarshal([]byte(body), &first); err != nil {
			t.Fatal(err)
		}
		answers := atOnce(t, p.Issuer+"/token", url.Values{
			"grant_type": {"refresh_token"}, "refresh_token": {first.Refresh}, "client_id": {client.ID}, "client_secret": {secret},
		})
		for _, a := range answers {
			if a.status != 200 || a.Access == "" || a != answers[0] || a.Refresh == first.Refresh {
				t.Fatalf("got %+v and %+v", a, answers[0])
			}
		}
	})
}
