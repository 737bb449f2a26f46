package web_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// A television is a device without a browser that uses the endpoints.
type television struct {
	t  *testing.T
	p  *latchkeytest.Provider
	id string
	provider.DeviceAuthorization
}

// newTelevision starts a request of a public client without a redirect URI.
func newTelevision(t *testing.T, p *latchkeytest.Provider, change func(*oauth.Client)) *television {
	t.Helper()
	client, _ := p.AddClient("", func(c *oauth.Client) {
		c.Name, c.Type, c.RedirectURIs = "Television", oauth.Public, nil
		c.GrantTypes = []string{oauth.GrantDeviceCode, oauth.GrantRefreshToken}
		if change != nil {
			change(c)
		}
	})
	tv := &television{t: t, p: p, id: client.ID}
	tv.start()
	return tv
}

func (tv *television) start(headers ...string) {
	tv.t.Helper()
	response, body := send(tv.t, "POST", tv.p.Issuer+"/device-authorization/", url.Values{"client_id": {tv.id}, "scope": {"read"}}.Encode(), append(headers, "Content-Type", form)...)
	if err := json.Unmarshal([]byte(body), &tv.DeviceAuthorization); err != nil || response.StatusCode != 200 {
		tv.t.Fatal(response.Status, body, err)
	}
}

// poll returns the answer of the token endpoint.
func (tv *television) poll() string {
	tv.t.Helper()
	_, body := send(tv.t, "POST", tv.p.Issuer+"/token/", url.Values{
		"client_id": {tv.id}, "grant_type": {oauth.GrantDeviceCode}, "device_code": {tv.DeviceCode},
	}.Encode(), "Content-Type", form)
	return body
}

func wantPage(t *testing.T, page latchkeytest.Page, status int, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if page.StatusCode != status || !strings.Contains(page.Body, text) {
			t.Fatalf("got %s %s, want %d with %q", page.Status, page.Body, status, text)
		}
	}
}

// authorized is the decision of a person who allows everything.
func authorized() url.Values { return url.Values{"decision": {"authorize"}, "allow": {"yes"}} }

// RFC 8628 §3.3: the person logs in, enters the code, compares it and decides.
func TestPersonConnectsADevice(t *testing.T) {
	p := latchkeytest.New(t)
	p.AddUser("ada", false)
	tv := newTelevision(t, p, func(c *oauth.Client) { c.SkipAuthorization = true })
	b := p.Browser()
	page := b.LogIn(b.Open(tv.VerificationURI), "ada")
	wantPage(t, page, 200, "Enter the code that your device shows", "If someone sent you")
	page = b.Submit(page, url.Values{"user_code": {strings.ToLower(strings.ReplaceAll(tv.UserCode, "-", " "))}})
	wantPage(t, page, 200, "Authorize <bdi>Television</bdi>?", `<strong class="user-code" id="device-code">`+tv.UserCode, "127.0.0.1", "the same as yours", "If someone sent you")
	if strings.Contains(page.Body, "redirected to") {
		t.Error("the page names a redirect URI")
	}
	if body := tv.poll(); !strings.Contains(body, "authorization_pending") {
		t.Errorf("before the decision: %s", body)
	}
	wantPage(t, b.Submit(page, url.Values{"decision": {"authorize"}}), 200, "select “Allow” first", tv.UserCode)
	wantPage(t, b.Submit(page, authorized()), 200, "The device is connected", "Go back to your device")
	wantPage(t, b.Submit(page, authorized()), 409, "This request has been answered")
	wantPage(t, b.Open(p.Issuer+"/account/applications/"), 200, "Television")
}

// A device whose first poll is after the approval gets its tokens at once.
func TestDeviceGetsItsTokensOverHTTP(t *testing.T) {
	p := latchkeytest.New(t)
	p.AddUser("ada", false)
	tv := newTelevision(t, p, nil)
	b := p.Browser()
	page := b.Submit(b.LogIn(b.Open(tv.VerificationURI), "ada"), url.Values{"user_code": {tv.UserCode}})
	b.Submit(page, authorized())
	if body := tv.poll(); !strings.Contains(body, `"access_token"`) || !strings.Contains(body, `"refresh_token"`) {
		t.Errorf("got %s", body)
	}
	if body := tv.poll(); !strings.Contains(body, "invalid_grant") {
		t.Errorf("again: %s", body)
	}
	page = b.Open(tv.VerificationURI)
	wantPage(t, b.Submit(page, url.Values{"user_code": {tv.UserCode}}), 422, "This code has been used")
}

// RFC 8628 §3.3.1, §5.4: a link with the code fills in the form and shows the code to
// compare. Opening it decides nothing.
func TestLinkWithTheCodeNeverSkipsTheQuestion(t *testing.T) {
	p := latchkeytest.New(t)
	p.AddUser("ada", false)
	tv := newTelevision(t, p, func(c *oauth.Client) { c.SkipAuthorization = true })
	b := p.Browser()
	for range 2 { // without a login, and with one
		page := b.Open(tv.VerificationURIComplete)
		if strings.Contains(page.Body, `name="password"`) {
			page = b.LogIn(page, "ada")
		}
		wantPage(t, page, 200, "must show exactly this code", `value="`+tv.UserCode+`"`, "If someone sent you")
	}
	if body := tv.poll(); !strings.Contains(body, "authorization_pending") {
		t.Errorf("got %s", body)
	}
	page := b.Open(p.Issuer + "/device/?user_code=" + url.QueryEscape(`"><script>`))
	if strings.Contains(page.Body, `"><script>`) || !strings.Contains(page.Body, `value=""`) {
		t.Errorf("a text that is not a code is shown: %s", page.Body)
	}
}

func TestPersonDeniesADevice(t *testing.T) {
	p := latchkeytest.New(t)
	p.AddUser("ada", false)
	tv := newTelevision(t, p, nil)
	b := p.Browser()
	page := b.Submit(b.LogIn(b.Open(tv.VerificationURI), "ada"), url.Values{"user_code": {tv.UserCode}})
	wantPage(t, b.Submit(page, url.Values{"decision": {"cancel"}}), 200, "The device was not connected", "has no access to your account")
	if body := tv.poll(); !strings.Contains(body, "access_denied") {
		t.Errorf("got %s", body)
	}
	wantPage(t, b.Submit(page, authorized()), 409, "This request has been answered", "start again there")
}

// Each problem with a code has its own message, which says what to do next.
func TestDevicePageExplainsCodesThatCannotBeUsed(t *testing.T) {
	clock := &movableClock{}
	p := latchkeytest.New(t, func(o *latchkey.Options) { o.Clock = clock.now })
	p.AddUser("ada", false)
	tv := newTelevision(t, p, nil)
	b := p.Browser()
	page := b.LogIn(b.Open(tv.VerificationURI), "ada")
	consent := b.Submit(page, url.Values{"user_code": {tv.UserCode}})
	clock.move(11 * time.Minute)
	wantPage(t, b.Submit(page, url.Values{"user_code": {tv.UserCode}}), 422, "This code has expired", `value="`+tv.UserCode+`"`, `aria-invalid="true"`)
	wantPage(t, b.Submit(consent, authorized()), 409, "The code has expired", "within 10 minutes", "Start again on your device")
	wantPage(t, b.Submit(page, url.Values{"user_code": {"hello"}}), 422, "This code is not correct", `value="hello"`)
	for range 10 {
		wantPage(t, b.Submit(page, url.Values{"user_code": {"BBBB-BBBB"}}), 422, "This code is not correct")
	}
	throttled := b.Submit(page, url.Values{"user_code": {"BBBB-BBBB"}})
	wantPage(t, throttled, 429, "Wait 1 minute")
	if throttled.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
}

// The page names the lifetime of the client, if it has its own.
func TestPageOfAnExpiredDeviceCodeNamesTheLifetimeOfTheClient(t *testing.T) {
	clock := &movableClock{}
	p := latchkeytest.New(t, func(o *latchkey.Options) { o.Clock = clock.now })
	p.AddUser("ada", false)
	tv := newTelevision(t, p, func(c *oauth.Client) { c.DeviceCodeTTL = oauth.Lifetime(3 * time.Minute) })
	b := p.Browser()
	consent := b.Submit(b.LogIn(b.Open(tv.VerificationURI), "ada"), url.Values{"user_code": {tv.UserCode}})
	clock.move(4 * time.Minute)
	wantPage(t, b.Submit(consent, authorized()), 409, "The code has expired", "within 3 minutes")
}

// A page of another site cannot submit the code, and a request without a login
// leads to the login page.
func TestDevicePageNeedsALoginAndItsOwnForm(t *testing.T) {
	p := latchkeytest.New(t)
	p.AddUser("ada", false)
	tv := newTelevision(t, p, nil)
	body := url.Values{"user_code": {tv.UserCode}}.Encode()
	if response, _ := send(t, "POST", tv.VerificationURI, body, "Content-Type", form); response.StatusCode != http.StatusSeeOther || !strings.Contains(response.Header.Get("Location"), "/login/") {
		t.Errorf("without a login: %s %s", response.Status, response.Header.Get("Location"))
	}
	b := p.Browser()
	b.LogIn(b.Open(tv.VerificationURI), "ada")
	if response, _ := browserSends(t, b, "POST", tv.VerificationURI, body, "Content-Type", form, "Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site"); response.StatusCode != http.StatusForbidden {
		t.Errorf("from another site: %s", response.Status)
	}
	if response, _ := browserSends(t, b, "PUT", tv.VerificationURI, ""); response.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("PUT: %s", response.Status)
	}
}

// The answer to most polls is not a mistake: neither the log nor the back office lists
// it.
func TestWaitingDeviceIsNotListedAsRejected(t *testing.T) {
	var log bytes.Buffer
	p := latchkeytest.New(t, func(o *latchkey.Options) { o.Logger = slog.New(slog.NewJSONHandler(&log, nil)) })
	tv := newTelevision(t, p, nil)
	tv.poll()
	if strings.Contains(log.String(), "authorization_pending") {
		t.Errorf("the log has the first poll: %s", log.String())
	}
	tv.poll()
	tv.poll()
	if !strings.Contains(log.String(), "slow_down") {
		t.Errorf("the log does not have a poll that was too early: %s", log.String())
	}
}
