package latchkey_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// TestEventsAreEnoughForAnAuditLog: each says what happened, to whom, by which
// application, from which address, and under which error ID it is in the log.
func TestEventsAreEnoughForAnAuditLog(t *testing.T) {
	var recorded recorder
	p := latchkeytest.New(t, recorded.attach)
	ada, root := p.AddUser("ada", false), p.AddUser("root", true)
	client, secret := p.AddClient("https://app.example/cb", nil)
	last := func(name string) oauth.Event {
		t.Helper()
		recorded.mu.Lock()
		defer recorded.mu.Unlock()
		for _, e := range slices.Backward(recorded.full) {
			if e.Name == name {
				return e
			}
		}
		t.Fatalf("no event %s in %v", name, recorded.events)
		return oauth.Event{}
	}
	post := func(path string, form url.Values) (members map[string]any) {
		t.Helper()
		form.Set("client_id", client.ID)
		form.Set("client_secret", secret)
		response, err := http.PostForm(p.Issuer+path, form)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = response.Body.Close() }()
		if text, err := io.ReadAll(response.Body); err != nil || len(text) > 0 && json.Unmarshal(text, &members) != nil {
			t.Fatalf("%s %v", text, err)
		}
		return members
	}
	browser := p.Browser()
	link := p.Issuer + "/authorize/?" + url.Values{
		"response_type": {"code"}, "client_id": {client.ID}, "redirect_uri": {"https://app.example/cb"}, "scope": {"read"},
		"code_challenge": {challenge}, "code_challenge_method": {"S256"},
	}.Encode()
	code, err := browser.Authorize(link, "ada")
	if err != nil {
		t.Fatal(err)
	}
	if e := last(oauth.EventLogin); e.Subject != ada.ID || e.At.IsZero() {
		t.Errorf("login: %+v", e)
	}
	if e := last(oauth.EventAuthorization); e.Subject != ada.ID || e.ClientID != client.ID || e.Scope != "read" {
		t.Errorf("authorization: %+v", e)
	}
	tokens := post("/token/", url.Values{
		"grant_type": {oauth.GrantAuthorizationCode}, "code": {code}, "redirect_uri": {"https://app.example/cb"}, "code_verifier": {"dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"},
	})
	issued := last(oauth.EventToken)
	if issued.Subject != ada.ID || issued.ClientID != client.ID || issued.Scope != "read" || issued.PermissionID == "" || issued.ErrorID != "" || !issued.Address.IsLoopback() {
		t.Errorf("token: %+v", issued)
	}
	refresh, _ := tokens["refresh_token"].(string)
	post("/revoke_token/", url.Values{"token": {refresh}})
	if e := last(oauth.EventRevocation); e.PermissionID != issued.PermissionID || e.ClientID != client.ID || e.Subject != ada.ID {
		t.Errorf("revocation: %+v", e)
	}
	post("/token/", url.Values{"grant_type": {oauth.GrantRefreshToken}, "refresh_token": {refresh}})
	if e := last(oauth.EventToken); e.Outcome != oauth.CodeInvalidGrant || e.PermissionID != issued.PermissionID || e.Subject != ada.ID || e.ErrorID == "" || e.ErrorID != recorded.last(t).ErrorID {
		t.Errorf("rejected token request: %+v; the error ID is %s", e, recorded.last(t).ErrorID)
	}
	secret = "guess"
	post("/token/", url.Values{"grant_type": {oauth.GrantClientCredentials}})
	if e := last(oauth.EventToken); e.ClientID != "" || e.Outcome != oauth.CodeInvalidClient || e.ErrorID != recorded.last(t).ErrorID {
		t.Errorf("a client that was not authenticated: %+v", e)
	}
	browser.Open(link + "&redirect_uri=https://evil.example/")
	if e := last(oauth.EventAuthorization); e.ErrorID == "" || e.ErrorID != recorded.last(t).ErrorID {
		t.Errorf("rejected authorization request: %+v; the error ID is %s", e, recorded.last(t).ErrorID)
	}
	browser.Submit(browser.Open(p.Issuer+"/account/applications/"), url.Values{"action": {"withdraw"}, "client": {client.ID}, "confirmed": {"yes"}})
	if e := last(oauth.EventWithdrawal); e.Subject != ada.ID || e.ClientID != client.ID || e.Outcome != oauth.OutcomeOK {
		t.Errorf("withdrawal: %+v", e)
	}
	browser.Submit(browser.Open(p.Issuer+"/account/profile/"), url.Values{"action": {"profile"}, "name": {"Ada Lovelace"}})
	if e := last(oauth.EventProfileChange); e.Subject != ada.ID || e.Outcome != oauth.OutcomeOK || !e.Address.IsLoopback() {
		t.Errorf("profile: %+v", e)
	}
	for _, test := range []struct{ present, again, outcome string }{
		{"wrong", "a-better-password", oauth.OutcomeWrongPassword},
		{latchkeytest.Password, "another one", oauth.OutcomeInvalid},
		{latchkeytest.Password, "a-better-password", oauth.OutcomeOK},
	} {
		browser.Submit(browser.Open(p.Issuer+"/account/password/"), url.Values{"present": {test.present}, "password": {"a-better-password"}, "password_again": {test.again}})
		if e := last(oauth.EventPasswordChange); e.Subject != ada.ID || e.Outcome != test.outcome {
			t.Errorf("password, want %s: %+v", test.outcome, e)
		}
	}
	browser.Submit(browser.Open(link+"&prompt=consent"), url.Values{"decision": {"cancel"}})
	if e := last(oauth.EventAuthorization); e.Outcome != oauth.OutcomeDenied || e.Subject != ada.ID || e.ClientID != client.ID {
		t.Errorf("a denied request: %+v", e)
	}
	eve := p.AddUser("eve", false)
	if err := p.Accounts.Disable(t.Context(), eve.ID, false); err != nil {
		t.Fatal(err)
	}
	stranger := p.Browser()
	for password, want := range map[string][2]string{"wrong": {oauth.OutcomeWrongPassword, ""}, latchkeytest.Password: {oauth.OutcomeDenied, oauth.DeniedDisabled}} {
		answer := stranger.Submit(stranger.Open(p.Issuer+"/login/"), url.Values{"username": {"eve"}, "password": {password}})
		if e := last(oauth.EventLogin); e.Outcome != want[0] || e.Reason != want[1] || e.Subject != "" || e.Details.Person != eve.ID || !strings.Contains(answer.Body, "do not match") {
			t.Errorf("login of a disabled person: %+v, want %q; the page: %s", e, want, answer.Body)
		}
	}
	office := p.Browser()
	office.LogIn(office.Open(p.Issuer+"/login/"), "root")
	page := office.Open(p.URL + "/admin/applications/" + client.ID + "/")
	page.Request.URL.Path += "secret/"
	office.Submit(page, url.Values{"overlap": {"0"}, "confirmed": {"yes"}})
	if e := last(oauth.EventAdministration); e.Kind != "applications/{id}/secret" || e.Actor != root.ID || e.Target != client.ID || !e.Address.IsLoopback() {
		t.Errorf("administration: %+v", e)
	}
	recorded.mu.Lock()
	defer recorded.mu.Unlock()
	for _, e := range recorded.full {
		onlyDeclaredFields(t, e)
	}
}

// The event about a person who allows nothing names the person, whether they press Cancel
// or allow no scope, in a browser and for a device.
func TestDenialNamesThePerson(t *testing.T) {
	var recorded recorder
	p := latchkeytest.New(t, recorded.attach, func(o *latchkey.Options) {
		o.Scopes = []oauth.ScopeInfo{{Name: "read", Description: "Read.", Optional: true}}
	})
	ada := p.AddUser("ada", false)
	client, secret := p.AddClient("https://app.example/cb", func(c *oauth.Client) { c.GrantTypes = append(c.GrantTypes, oauth.GrantDeviceCode) })
	link := p.Issuer + "/authorize/?" + url.Values{
		"response_type": {"code"}, "client_id": {client.ID}, "redirect_uri": {"https://app.example/cb"}, "scope": {"read"},
		"code_challenge": {challenge}, "code_challenge_method": {"S256"},
	}.Encode()
	browser := p.Browser()
	browser.LogIn(browser.Open(p.Issuer+"/login/"), "ada")
	for _, where := range []string{"browser", "device"} {
		for _, decision := range []url.Values{{"decision": {"cancel"}}, {"decision": {"authorize"}, "allow": {"yes"}, "scope": nil}} {
			address := link
			if where == "device" {
				response, err := http.PostForm(p.Issuer+"/device-authorization/", url.Values{"client_id": {client.ID}, "client_secret": {secret}, "scope": {"read"}})
				if err != nil {
					t.Fatal(err)
				}
				var started struct {
					Complete string `json:"verification_uri_complete"`
				}
				err = json.NewDecoder(response.Body).Decode(&started)
				_ = response.Body.Close()
				if err != nil || started.Complete == "" {
					t.Fatal(response.Status, err)
				}
				address = started.Complete
			}
			recorded.full = nil
			page := browser.Open(address)
			if where == "device" {
				page = browser.Submit(page, url.Values{})
			}
			browser.Submit(page, decision)
			i := slices.IndexFunc(recorded.full, func(e oauth.Event) bool { return e.Name == oauth.EventAuthorization })
			if i < 0 || recorded.full[i].Subject != ada.ID || recorded.full[i].ClientID != client.ID || recorded.full[i].Outcome == oauth.OutcomeApproved {
				t.Errorf("%s, %v: %+v", where, decision, recorded.full)
			}
		}
	}
}

// onlyDeclaredFields fails if an event has a field that EventTypes does not list.
func onlyDeclaredFields(t *testing.T, e oauth.Event) {
	t.Helper()
	text, err := json.Marshal(e)
	var members map[string]any
	if err != nil || json.Unmarshal(text, &members) != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(oauth.EventTypes(), func(et oauth.EventType) bool { return et.Name == e.Name })
	if i < 0 {
		t.Fatalf("the event %s is not declared", e.Name)
	}
	for name := range members {
		if !oauth.EventTypes()[i].Has(name) {
			t.Errorf("%s has the member %s, which is not declared", e.Name, name)
		}
	}
	if strings.Contains(string(text), "guess") || strings.Contains(string(text), "lk_") {
		t.Errorf("the event contains a secret: %s", text)
	}
}
