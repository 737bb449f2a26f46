package latchkeytest_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/latchkeytest"
)

func TestOwnPeopleLogInAtTheHost(t *testing.T) {
	p := latchkeytest.New(t, latchkeytest.OwnPeople("root"))
	client, secret := p.AddClient("https://app.example/cb", nil)
	tokens := p.Tokens(client, secret, "ada", "openid", "read")
	for _, token := range []string{tokens.AccessToken, p.Token("bob", "read")} {
		if got := call(p, token); got != http.StatusOK {
			t.Errorf("got %d", got)
		}
	}
	for name, want := range map[string]bool{"root": true, "ada": false} {
		b := p.Browser()
		page := b.LogIn(b.Open(p.URL+"/admin/"), name)
		if got := strings.Contains(page.Body, "Back office</h1>"); got != want {
			t.Errorf("%s opens the back office: %t", name, got)
		}
	}
}
