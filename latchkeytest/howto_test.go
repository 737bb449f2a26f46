package latchkeytest_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/resource"
)

var orders = newAPI

func TestOrders(t *testing.T) {
	p := latchkeytest.New(t)
	api := orders(p.Server.Verifier()) // the handler that is tested
	get := func(token string) int {
		r := httptest.NewRequest(http.MethodGet, "/orders", nil)
		r.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		return w.Code
	}
	token := p.Token("ada", "read")
	if got := get(token); got != http.StatusOK {
		t.Errorf("with a token: got %d", got)
	}
	if got := get(p.Token("ada", "openid")); got != http.StatusForbidden {
		t.Errorf("without the scope: got %d", got)
	}
	p.Advance(2 * time.Hour)
	if got := get(token); got != http.StatusUnauthorized {
		t.Errorf("after two hours: got %d", got)
	}
}

func TestOrdersWithJWTs(t *testing.T) {
	p := latchkeytest.New(t, func(o *latchkey.Options) {
		o.TokenFormat = func(context.Context, oauth.TokenInfo) (oauth.TokenFormat, error) { return oauth.JWT, nil }
	})
	api := orders(&resource.JWT{Issuer: p.Issuer, Audience: p.Issuer, Clock: p.Now})
	token := p.Token("ada", "read") // it has expired after p.Advance(2 * time.Hour)
	expect := func(name, token string, want int) {
		r := httptest.NewRequest(http.MethodGet, "/orders", nil)
		r.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		if api.ServeHTTP(w, r); w.Code != want {
			t.Errorf("%s: got %d, want %d: %s", name, w.Code, want, w.Body)
		}
	}
	expect("a new token", token, http.StatusOK)
	p.Advance(2 * time.Hour)
	expect("after two hours", token, http.StatusUnauthorized)
	expect("a new token after two hours", p.Token("ada", "read"), http.StatusOK)
}

func TestOrdersInABrowser(t *testing.T) {
	p := latchkeytest.New(t)
	p.AddUser("ada", false)
	client, secret := p.AddClient("https://app.example/callback", nil)
	redirect, err := p.Browser().Decide(p.AuthorizationURL(client, "read"), "ada", true)
	// redirect is https://app.example/callback?code=…; false instead of true presses Cancel,
	// if the consent page is shown: it is not if ada has given this permission before.
	tokens := p.Tokens(client, secret, "ada", "openid", "read") // or all steps at once
	if err != nil || redirect.Query().Get("code") == "" || tokens.AccessToken == "" {
		t.Errorf("got %v, %v, %v", redirect, err, tokens)
	}
}

// hostUsers are the users of a host program in which nobody is logged in.
type hostUsers struct{}

func (hostUsers) Current(*http.Request) (*latchkey.Person, error) { return nil, nil }

func (hostUsers) LogIn(w http.ResponseWriter, _ *http.Request, _ latchkey.Interaction) {
	http.Error(w, "log in", http.StatusUnauthorized)
}

func TestOrdersInTheProgramOfLatchkey(t *testing.T) {
	users := hostUsers{}
	orders := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {})
	p := latchkeytest.New(t, func(o *latchkey.Options) {
		o.People, o.Scopes = users, []oauth.ScopeInfo{{Name: "orders", Description: "See your orders", Weight: oauth.WeightRead}}
	})
	api := p.Server.Require("orders")(orders)
	token := p.Token("user-42", "orders")
	err := p.Server.RevokeSubject(t.Context(), "user-42") // the token is now rejected
	for token, want := range map[string]int{token: http.StatusUnauthorized, p.Token("user-43", "orders"): http.StatusOK} {
		r := httptest.NewRequest(http.MethodGet, "/orders", nil)
		r.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		if api.ServeHTTP(w, r); err != nil || w.Code != want {
			t.Errorf("after RevokeSubject: got %d, want %d, %v", w.Code, want, err)
		}
	}
}

// TestCodeOfTheHowToIsInThisFile, so that this code is compiled and run.
func TestCodeOfTheHowToIsInThisFile(t *testing.T) {
	page, err := os.ReadFile("../docs/how-to/test-a-program.md")
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile("howto_test.go")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(string(page), -1)
	if len(blocks) < 2 {
		t.Errorf("only %d blocks were found", len(blocks))
	}
	for _, block := range blocks {
		if !strings.Contains(string(source), block[1]) {
			t.Errorf("this block is not in howto_test.go:\n%s", block[1])
		}
	}
}
