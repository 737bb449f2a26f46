package latchkeytest_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/latchkeytest"
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

func TestOrdersInABrowser(t *testing.T) {
	p := latchkeytest.New(t)
	p.AddUser("ada", false)
	client, secret := p.AddClient("https://app.example/callback", nil)
	redirect, err := p.Browser().Decide(p.AuthorizationURL(client, "read"), "ada", true)
	// redirect is https://app.example/callback?code=…; false instead of true presses Cancel.
	tokens := p.Tokens(client, secret, "ada", "openid", "read") // or all steps at once
	if err != nil || redirect.Query().Get("code") == "" || tokens.AccessToken == "" {
		t.Errorf("got %v, %v, %v", redirect, err, tokens)
	}
}

// TestCodeOfTheHowToIsInThisFile, so that it runs.
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
