package admin_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/admin"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

func TestEveryFailureOfALoginHasAText(t *testing.T) {
	for _, reason := range oauth.LoginFailureReasons() {
		if !admin.NamesLoginFailure(reason) {
			t.Errorf("the back office has no text for %s", reason)
		}
	}
}

// TestAnAttemptShowsWhatHappenedAtTheLogin: each kind of mistake is one step with a count, and nothing
// that the person typed is stored. After the login, the mistakes are only warnings.
func TestAnAttemptShowsWhatHappenedAtTheLogin(t *testing.T) {
	o := enter(t)
	ada := o.AddUser("ada", false)
	client, _ := o.AddClient("https://app.example/cb", func(c *oauth.Client) { c.Scopes = nil })
	b := o.Provider.Browser()
	login := b.Open(o.Issuer + "/authorize/?" + url.Values{
		"response_type": {"code"}, "client_id": {client.ID}, "scope": {"openid raed"}, "redirect_uri": {"https://app.example/cb"}, "code_challenge": {s256Challenge}, "code_challenge_method": {"S256"},
	}.Encode())
	_, page := o.attemptOf(client)
	contains(t, page, "The scope <code>raed</code> is unknown and was ignored.", `<details class="more" open>`, `<span class="badge warn">Ignored</span>`)
	if strings.Contains(page, "wrong") {
		t.Errorf("a login without a mistake:\n%s", page)
	}

	try := func(username, password string) latchkeytest.Page {
		return b.Submit(login, url.Values{"username": {username}, "password": {password}})
	}
	for range 2 {
		try("typed-by-mistake", "typed-secret")
	}
	list, page := o.attemptOf(client)
	contains(t, list, "At the login page", "A wrong username or password was entered")
	contains(t, page, `<strong><bdi>A wrong username or password was entered</bdi></strong> <span class="badge bad">× 2</span>`, "set a new password", `<a href="/admin/users/">Users</a>`)

	if err := o.Accounts.Disable(t.Context(), ada.ID, false); err != nil {
		t.Fatal(err)
	}
	try("ada", latchkeytest.Password)
	if err := o.Accounts.Enable(t.Context(), ada.ID); err != nil {
		t.Fatal(err)
	}
	for range 10 {
		try("typed-by-mistake", "typed-secret")
	}
	_, page = o.attemptOf(client)
	contains(t, page, "The account is disabled", "The login was throttled", "× 10")

	o.Advance(10 * time.Minute)
	if answer := try("ada", latchkeytest.Password); !strings.Contains(answer.Body, "Authorize") {
		t.Fatalf("%s: %s", answer.Status, answer.Body)
	}
	_, page = o.attemptOf(client)
	contains(t, page, `<span class="mark warn">`, "The person gives permission")
	if strings.Contains(page, `<span class="mark bad">`) || strings.Contains(page, "typed-") || regexp.MustCompile(`\bada\b`).MatchString(page) {
		t.Errorf("after the login:\n%s", page)
	}
}
