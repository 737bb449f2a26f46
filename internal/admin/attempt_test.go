package admin_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

const (
	s256Verifier  = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	s256Challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
)

// attemptOf opens the page of the newest attempt of an application.
func (o office) attemptOf(client *oauth.Client) (list, page string) {
	o.t.Helper()
	list = o.open("attempts/?application=" + client.ID).Body
	path := submatch(o.t, list, `href="/admin/(attempts/[0-9a-f-]{36}/)"`)
	return list, o.open(path).Body
}

// TestAnAttemptHasAllStepsFromTheRequestToTheTokens: the request, the login, the consent and the
// exchange of the code are one attempt, and a failure is shown at its step with the way to fix it.
func TestAnAttemptHasAllStepsFromTheRequestToTheTokens(t *testing.T) {
	o := enter(t)
	o.AddUser("ada", false)
	client, secret := o.AddClient("https://app.example/cb", nil)
	request := o.Issuer + "/authorize/?" + url.Values{
		"response_type": {"code"}, "client_id": {client.ID}, "scope": {"read"}, "redirect_uri": {"https://app.example/cb"}, "state": {"hush-state"},
		"code_challenge": {s256Challenge}, "code_challenge_method": {"S256"},
	}.Encode()
	begin := func() *latchkeytest.Browser { b := o.Provider.Browser(); b.Open(request); return b }
	begin()
	list, page := o.attemptOf(client)
	contains(t, list, "At the login page", `id="live-rows"`)
	contains(t, page, "The application asks for a login", "The redirect URI is registered", "Not finished", "Not reached: The application exchanges the code")

	authorize := func() (*latchkeytest.Browser, string) {
		t.Helper()
		b := o.Provider.Browser()
		answer, err := b.Authorize(request, "ada")
		if err != nil {
			t.Fatal(err)
		}
		return b, answer
	}
	_, code := authorize()
	if list, page = o.attemptOf(client); !strings.Contains(list, "Code not exchanged") || !strings.Contains(page, "The person logs in") || !strings.Contains(page, "The person gives permission") {
		t.Errorf("before the exchange:\n%s\n%s", list, page)
	}
	exchange := func(code, verifier string) {
		o.answer("/token/", client.ID, secret, "grant_type", "authorization_code", "code", code, "redirect_uri", "https://app.example/cb", "code_verifier", verifier)
	}
	exchange(code, s256Verifier)
	list, page = o.attemptOf(client)
	contains(t, list, `<span class="badge ok">Done</span>`)
	contains(t, page, `badge dot ok">Done`, "The application exchanges the code", "The code, the refresh token or the assertion is valid")
	if strings.Contains(page, "Not reached") || strings.Contains(page, "Not finished") {
		t.Errorf("an attempt that succeeded:\n%s", page)
	}
	_, code = authorize()
	exchange(code, strings.Repeat("x", 43))
	list, page = o.attemptOf(client)
	contains(t, list, `<span class="badge bad">Failed</span>`)
	contains(t, page, `badge dot bad">Failed`, "How to fix it", "<strong>The code, the refresh token or the assertion is valid</strong>", "Not reached: The application exchanges the code")
	for _, secret := range []string{code, "hush-state", s256Challenge, "ada"} {
		if strings.Contains(page, secret) {
			t.Errorf("the page has %q", secret)
		}
	}
	if failed := o.open("attempts/?state=failed").Body; strings.Contains(failed, ">Done</span>") || !strings.Contains(failed, ">Failed</span>") {
		t.Errorf("the filter for failures:\n%s", failed)
	}
	if page := o.open("attempts/" + oauth.NewID(o.Now()).String() + "/"); page.StatusCode != 404 {
		t.Errorf("an attempt that does not exist: %s", page.Status)
	}
}

// TestARejectedRequestIsAnAttempt: it has no other steps, and leads to the page with the fix.
func TestARejectedRequestIsAnAttempt(t *testing.T) {
	o := enter(t)
	client, _ := o.AddClient("https://app.example/cb", nil)
	id, _ := o.rejects(client, "https://app.example/other")
	contains(t, o.open("attempts/").Body, `href="/admin/problems/`+id+`/"`, `<span class="badge bad">Failed</span>`, "redirect_uri")
}

// TestOthersCannotAddStepsToAnAttempt: a code that names the attempt of another application.
func TestOthersCannotAddStepsToAnAttempt(t *testing.T) {
	o := enter(t)
	o.AddUser("ada", false)
	client, _ := o.AddClient("https://app.example/cb", nil)
	other, secret := o.AddClient("https://other.example/cb", nil)
	b := o.Provider.Browser()
	answer, err := b.Authorize(o.Issuer+"/authorize/?"+url.Values{
		"response_type": {"code"}, "client_id": {client.ID}, "scope": {"read"}, "code_challenge": {s256Challenge}, "code_challenge_method": {"S256"},
	}.Encode(), "ada")
	if err != nil {
		t.Fatal(err)
	}
	o.answer("/token/", other.ID, secret, "grant_type", "authorization_code", "code", answer, "redirect_uri", "https://app.example/cb", "code_verifier", s256Verifier)
	if list, _ := o.attemptOf(client); !strings.Contains(list, "Code not exchanged") {
		t.Errorf("another application has changed the attempt:\n%s", list)
	}
}

// TestACodeThatIsSentAgainIsAnotherAttempt: its tokens are revoked (RFC 6749 §4.1.2), so the list
// must not show only that the login succeeded.
func TestACodeThatIsSentAgainIsAnotherAttempt(t *testing.T) {
	o := enter(t)
	o.AddUser("ada", false)
	client, secret := o.AddClient("https://app.example/cb", nil)
	code, err := o.Provider.Browser().Authorize(o.Issuer+"/authorize/?"+url.Values{
		"response_type": {"code"}, "client_id": {client.ID}, "scope": {"read"}, "redirect_uri": {"https://app.example/cb"},
		"code_challenge": {s256Challenge}, "code_challenge_method": {"S256"},
	}.Encode(), "ada")
	if err != nil {
		t.Fatal(err)
	}
	for _, failed := range []bool{false, true} {
		o.answer("/token/", client.ID, secret, "grant_type", "authorization_code", "code", code, "redirect_uri", "https://app.example/cb", "code_verifier", s256Verifier)
		if list, _ := o.attemptOf(client); strings.Contains(list, ">Failed</span>") != failed {
			t.Errorf("a failed attempt is in the list: %t, want %t", !failed, failed)
		}
		o.Advance(time.Minute)
	}
}
