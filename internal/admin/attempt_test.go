package admin_test

import (
	"context"
	"errors"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/memstore"
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
	for _, secret := range []string{code, "hush-state", s256Challenge} {
		if strings.Contains(page, secret) {
			t.Errorf("the page has %q", secret)
		}
	}
	if text := withoutRandom(page); strings.Contains(text, "ada") {
		t.Errorf("the page has the username: %s", text)
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
	for path, want := range map[string]string{
		"applications/" + client.ID + "/": `href="/admin/attempts/?application=` + client.ID, "": `href="/admin/attempts/?state=failed"`, "search/?q=attempts": `href="/admin/attempts/"`, "search/?q=" + client.ID: `href="/admin/attempts/?application=` + client.ID,
	} {
		contains(t, o.open(path).Body, want)
	}
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

// codeFor returns a code with which ada has authorized an application.
func (o office) codeFor(t *testing.T, client *oauth.Client) string {
	t.Helper()
	code, err := o.Provider.Browser().Authorize(o.Issuer+"/authorize/?"+url.Values{
		"response_type": {"code"}, "client_id": {client.ID}, "scope": {"read"}, "redirect_uri": {"https://app.example/cb"},
		"code_challenge": {s256Challenge}, "code_challenge_method": {"S256"},
	}.Encode(), "ada")
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// TestACodeThatIsSentAgainIsAnotherAttempt: its tokens are revoked (RFC 6749 §4.1.2), so the list
// must not show only that the login succeeded.
func TestACodeThatIsSentAgainIsAnotherAttempt(t *testing.T) {
	o := enter(t)
	o.AddUser("ada", false)
	client, secret := o.AddClient("https://app.example/cb", nil)
	code := o.codeFor(t, client)
	for _, failed := range []bool{false, true} {
		o.answer("/token/", client.ID, secret, "grant_type", "authorization_code", "code", code, "redirect_uri", "https://app.example/cb", "code_verifier", s256Verifier)
		if list, _ := o.attemptOf(client); strings.Contains(list, ">Failed</span>") != failed {
			t.Errorf("a failed attempt is in the list: %t, want %t", !failed, failed)
		}
		o.Advance(time.Minute)
	}
}

// TestAnAttemptOnADeviceHasAllSteps: the start, the code that a person enters, the decision and the
// tokens are one attempt (RFC 8628).
func TestAnAttemptOnADeviceHasAllSteps(t *testing.T) {
	for name, test := range map[string]struct {
		decision url.Values
		states   []string // before and after the device asks again
		steps    []string
	}{
		"allowed": {url.Values{"decision": {"authorize"}, "allow": {"yes"}}, []string{"Tokens not fetched", "Done"}, []string{"The person gives permission", "The device receives its tokens"}},
		"refused": {url.Values{"decision": {"cancel"}}, []string{"Refused", "Refused"}, []string{"The person refused"}},
	} {
		t.Run(name, func(t *testing.T) {
			o := enter(t)
			o.AddUser("ada", false)
			client, secret := o.AddClient("", func(c *oauth.Client) { c.RedirectURIs, c.GrantTypes = nil, []string{oauth.GrantDeviceCode} })
			device := o.answer("/device-authorization/", client.ID, secret, "scope", "read")
			poll := func() {
				o.answer("/token/", client.ID, secret, "grant_type", oauth.GrantDeviceCode, "device_code", device["device_code"].(string))
			}
			list, page := o.attemptOf(client)
			contains(t, list, "Waiting for the code", `<span class="badge">Device</span>`)
			contains(t, page, "The device asks for a code", "The person enters the code", "Not finished", "Not reached: The device receives its tokens")
			for range 3 { // too soon, so it has to wait: only one repetition is tolerated
				poll()
			}
			if list, _ := o.attemptOf(client); !strings.Contains(list, "Waiting for the code") {
				t.Errorf("after the device has asked too often:\n%s", list)
			}
			b := o.Provider.Browser()
			asked := b.Submit(b.LogIn(b.Open(device["verification_uri"].(string)), "ada"), url.Values{"user_code": {device["user_code"].(string)}})
			if list, _ := o.attemptOf(client); !strings.Contains(list, "At the consent page") {
				t.Errorf("after the code was entered:\n%s", list)
			}
			b.Submit(asked, test.decision)
			for i, state := range test.states {
				list, page = o.attemptOf(client)
				contains(t, list, state)
				if i == 0 {
					o.Advance(time.Minute)
					poll()
				}
			}
			contains(t, page, append(test.steps, "The person enters the code")...)
			for _, secret := range []string{device["device_code"].(string), device["user_code"].(string)} {
				if strings.Contains(page, secret) {
					t.Errorf("the page has %q", secret)
				}
			}
			if text := withoutRandom(page); strings.Contains(text, "ada") {
				t.Errorf("the page has the username: %s", text)
			}
		})
	}
}

// withoutRandom returns a text without random IDs, which can contain any short word.
func withoutRandom(text string) string {
	return regexp.MustCompile(`[\w-]{20,}`).ReplaceAllString(text, "")
}

// unreadable is a Store that fails when a code is used.
type unreadable struct{ latchkey.Store }

func (unreadable) Spend(context.Context, oauth.SpendRequest) (oauth.SpendResult, error) {
	return oauth.SpendResult{}, errors.New("hush: a fault in row 7")
}

// TestAnAttemptThatEndsInAFaultOfTheServerNamesItsErrorID: the page of errors shows the request under
// the ID, without the reason, which is only in the log.
func TestAnAttemptThatEndsInAFaultOfTheServerNamesItsErrorID(t *testing.T) {
	o := enter(t, func(o *latchkey.Options) { o.Store = unreadable{memstore.New(o.Clock)} })
	o.AddUser("ada", false)
	client, secret := o.AddClient("https://app.example/cb", nil)
	code := o.codeFor(t, client)
	answer := o.answer("/token/", client.ID, secret, "grant_type", "authorization_code", "code", code, "redirect_uri", "https://app.example/cb", "code_verifier", s256Verifier)
	list, page := o.attemptOf(client)
	contains(t, list, `<span class="badge bad">Failed</span>`, "The server failed.")
	id := submatch(t, page, `Error ID <code>([^<]+)</code> · <a href="/admin/problems/`)
	problem := o.open("problems/" + id + "/").Body
	contains(t, problem, "The server failed. Its log has the reason under the error ID.", "server_error")
	for _, body := range []string{list, page, problem} {
		if strings.Contains(body, "hush") {
			t.Errorf("the page has the reason, %v:\n%s", answer, body)
		}
	}
}
