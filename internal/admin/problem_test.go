package admin_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/seed-e6a88a41/latchkey/internal/admin"
	"github.com/seed-e6a88a41/latchkey/internal/rejections"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// rejects sends an authorization request with a redirect URI that is not registered, and
// returns the error ID and the page about it.
func (o office) rejects(client *oauth.Client, redirectURI string) (id string, page latchkeytest.Page) {
	o.t.Helper()
	stranger := o.Provider.Browser()
	answer := stranger.Open(o.Issuer + "/authorize/?" + url.Values{"response_type": {"code"}, "client_id": {client.ID}, "redirect_uri": {redirectURI}}.Encode())
	id = submatch(o.t, answer.Body, `id="error-id"[^>]*value="([^"]*)"`)
	return id, o.open("problems/" + id + "/")
}

func (o office) redirectURIs(client *oauth.Client) []string {
	o.t.Helper()
	c, err := o.Store.Client(o.t.Context(), client.ID)
	if err != nil {
		o.t.Fatal(err)
	}
	return c.RedirectURIs
}

// fix presses the button of the page about a rejected request, and answers its question.
func (o office) fix(id string, page latchkeytest.Page, answer string) latchkeytest.Page {
	o.t.Helper()
	response, err := o.PostForm(o.URL+"/admin/problems/"+id+"/redirect/", url.Values{"version": {submatch(o.t, page.Body, `name="version" value="(\d+)"`)}, "confirmed": {answer}})
	if err != nil {
		o.t.Fatal(err)
	}
	return latchkeytest.Page{Response: response, Body: read(o.t, response)}
}

const addURI = "Add this redirect URI"

func TestAnAdministratorFixesARedirectURIWithOneButton(t *testing.T) {
	o := enter(t)
	client, _ := o.AddClient("https://app.example/callback/", func(c *oauth.Client) {
		c.Name, c.RedirectURIs = "Paper Trail", []string{"https://other.example/x", "https://app.example/callback/"}
	})
	id, page := o.rejects(client, "https://app.example/callback")
	contains(t, page.Body, addURI, "The redirect URI is registered</strong>", "Not reached:", id,
		`<tr class="same"><th scope="row">Host</th><td><code><bdi>app.example</bdi></code></td><td><code><bdi>app.example</bdi></code></td>`,
		`<tr class="differs"><th scope="row">Path</th><td><code><bdi>/callback</bdi></code></td><td><code><bdi>/callback/</bdi></code></td>`)
	question := o.fix(id, page, "")
	contains(t, question.Body, "Add this redirect URI to Paper Trail?", "https://app.example/callback", "anybody can send a request")
	if got := o.redirectURIs(client); len(got) != 2 {
		t.Fatalf("before the answer: %v", got)
	}
	o.fix(id, page, "yes")
	contains(t, o.open("problems/"+id+"/").Body, "This redirect URI is registered now.")
	if got := o.redirectURIs(client); !slices.Equal(got, []string{"https://other.example/x", "https://app.example/callback/", "https://app.example/callback"}) {
		t.Errorf("after it: %v", got)
	}
	if again := o.fix(id, page, "yes"); again.StatusCode != http.StatusConflict {
		t.Errorf("a second time: %d", again.StatusCode)
	}
	contains(t, o.open("applications/"+client.ID+"/").Body, `href="/admin/problems/`+id+`/"`)
}

// TestARedirectURIOfAnAttackerCannotBeAddedWithOneClick: anybody can send a request with any
// redirect URI (RFC 9700 §4.1), so the button exists only for an origin that is registered.
func TestARedirectURIOfAnAttackerCannotBeAddedWithOneClick(t *testing.T) {
	for name, uri := range map[string]string{
		"another host": "https://evil.example/callback", "a host that ends alike": "https://evil-app.example/callback", "a host below": "https://x.app.example/callback",
		"a host that begins alike": "https://app.example.evil.example/callback", "a user name": "https://app.example@evil.example/callback", "its own user name": "https://x@app.example/callback",
		"another port": "https://app.example:8443/callback", "http": "http://app.example/callback", "a private scheme": "evil:/callback", "a script": "javascript:alert(1)//app.example/", "data": "data:text/html,x",
		"a query": "https://app.example/go?to=https://evil.example", "an empty query": "https://app.example/callback?", "a fragment": "https://app.example/callback#x", "an empty fragment": "https://app.example/callback#",
		"a backslash": `https://app.example\@evil.example/`, "bidirectional text": "https://app.example/\u202eabc", "letters that look alike": "https://аpp.example/callback", "encoded": "https://app.example/%2e%2e/x", "an encoded letter": "https://app.example/c%61llback",
		"dots": "https://app.example/a/../b", "two slashes": "https://app.example//evil.example", "a wildcard": "https://app.example/*", "loopback": "http://127.0.0.1:9/callback", "no host": "https:///callback", "a space": "https://app.example/a b",
		"a secret": "https://app.example/lk_cs_0316WeNQ3hgdAzQpCMNJ08QovqDtsKNXJBDLWQl7giqY8Ycs3Sgs6VoiuSpP0nEWj37bYSJ", "very long": "https://app.example/" + strings.Repeat("a", 3000),
	} {
		t.Run(name, func(t *testing.T) {
			o := enter(t)
			client, _ := o.AddClient("https://app.example/callback", nil)
			id, page := o.rejects(client, uri)
			if page.StatusCode != http.StatusOK || strings.Contains(page.Body, ">"+addURI+"<") {
				t.Errorf("%d: the page offers to add %s", page.StatusCode, uri)
			}
			answer := o.post("problems/"+id+"/redirect/", url.Values{"version": {"1"}, "confirmed": {"yes"}})
			if answer.StatusCode < 400 || len(o.redirectURIs(client)) != 1 {
				t.Errorf("%d: the application has %v", answer.StatusCode, o.redirectURIs(client))
			}
		})
	}
}

// TestARejectedRedirectURIIsShownAsText: the request of an attacker changes no page.
func TestARejectedRedirectURIIsShownAsText(t *testing.T) {
	o := enter(t)
	client, _ := o.AddClient("https://app.example/callback", nil)
	_, page := o.rejects(client, `https://app.example/"><script>alert(1)</script>`)
	if strings.Contains(page.Body, "<script>alert") {
		t.Error("the page contains the script")
	}
	_, page = o.rejects(client, "https://app.example/\u202egnp.exe")
	contains(t, page.Body, "<bdi>https://app.example/\u202egnp.exe</bdi>")
}

func TestAFixKeepsAConcurrentChange(t *testing.T) {
	o := enter(t)
	client, _ := o.AddClient("https://app.example/callback/", nil)
	id, page := o.rejects(client, "https://app.example/callback")
	if _, err := oauth.ChangeClient(t.Context(), o.Store, client.ID, func(c *oauth.Client) error { c.Name = "Renamed"; return nil }); err != nil {
		t.Fatal(err)
	}
	if answer := o.fix(id, page, "yes"); answer.StatusCode != http.StatusConflict {
		t.Errorf("got %d", answer.StatusCode)
	}
	c, err := o.Store.Client(t.Context(), client.ID)
	if err != nil || c.Name != "Renamed" || len(c.RedirectURIs) != 1 {
		t.Errorf("%+v %v", c, err)
	}
}

func TestConcurrentFixesAddAnURIOnce(t *testing.T) {
	o := enter(t)
	client, _ := o.AddClient("https://app.example/callback/", nil)
	id, page := o.rejects(client, "https://app.example/callback")
	var all sync.WaitGroup
	for range 5 {
		all.Go(func() { o.fix(id, page, "yes") })
	}
	all.Wait()
	if got := o.redirectURIs(client); len(got) != 2 {
		t.Errorf("%v", got)
	}
}

// TestARejectedRequestLeadsToItsFix: to the field or the part of a page that decides about it. There
// is no button. The page says that anybody could have sent the request, unless the application had
// authenticated: an attacker could otherwise have an administrator weaken a setting or register a key.
func TestARejectedRequestLeadsToItsFix(t *testing.T) {
	o := enter(t)
	client, secret := o.AddClient("https://app.example/callback", func(c *oauth.Client) { c.GrantTypes = []string{oauth.GrantAuthorizationCode} })
	const caution = "Anybody who knows the client ID can send such a request."
	for _, c := range []struct {
		secret, grant, heading, link string
		caution                      bool
	}{
		{"wrong", "authorization_code", "The client secret is wrong or has expired.", "/#secrets", true},
		{secret, oauth.GrantDeviceCode, "not allowed to use the grant type", "/edit/#grant_types", false},
		{"", "", "not allowed to use the response_type", "/edit/#response_types", true},
	} {
		if c.grant != "" {
			o.answer("/token/", client.ID, c.secret, "grant_type", c.grant, "code", "lk_ac_unknown", "device_code", "lk_dc_unknown", "redirect_uri", "https://app.example/callback")
		} else {
			o.Provider.Browser().Open(o.Issuer + "/authorize/?" + url.Values{"response_type": {"id_token"}, "scope": {"openid"}, "nonce": {"n"}, "client_id": {client.ID}}.Encode())
		}
		id := submatch(t, o.open("problems/?application="+client.ID).Body, `href="/admin/problems/([a-z2-7]+)/"`)
		body := o.open("problems/" + id + "/").Body
		contains(t, body, c.heading, "How to fix it", `href="/admin/applications/`+client.ID+c.link+`"`)
		if strings.Contains(body, caution) != c.caution || strings.Contains(body, `action="/admin/`) {
			t.Errorf("%s: the page says that anybody can send the request: %t, want %t\n%s", c.heading, !c.caution, c.caution, body)
		}
	}
	for _, c := range []struct {
		code, reason string
		proved, want bool
	}{
		{oauth.CodeInvalidClient, "/token/ invalid_client other_method", false, true},
		{oauth.CodeInvalidClient, "/token/ invalid_client bad_assertion", false, true},
		{"invalid_request_object", "/authorize/ invalid_request_object", false, true},
		{oauth.CodeInvalidScope, "/authorize/ invalid_scope unknown_scope", false, true},
		{oauth.CodeInvalidScope, "/token/ invalid_scope unknown_scope", true, false},
		{oauth.CodeInvalidClient, "/authorize/ invalid_client document_host", false, true},
		{oauth.CodeServerError, "/token/ server_error", false, false},
		{oauth.CodeInvalidRequest, "/token/ invalid_request plain_pkce", false, false},
	} {
		if got := rejections.NeedsCaution(oauth.Rejection{Code: c.code, Reason: rejections.Reason(c.reason, c.proved)}); got != c.want {
			t.Errorf("%s, authenticated %t: caution %t, want %t", c.reason, c.proved, got, c.want)
		}
	}
	for key, fix := range rejections.Fixes() {
		code, _, _ := strings.Cut(key, " ")
		if sent := (oauth.Rejection{Code: code, Reason: "/token/ " + key}); fix.Place+rejections.Place(strings.Join(fix.Fields, "")) != "" && !rejections.NeedsCaution(sent) {
			t.Errorf("the fix for %q has no caution", key)
		}
		if fix.Name == "" {
			t.Errorf("the fix for %q has no name, so the start page shows the code", key)
		}
		if fix.Place != "" && !admin.HasPlace(fix.Place) {
			t.Errorf("the fix for %q leads to %q, which the back office does not know", key, fix.Place)
		}
	}
}

func TestARejectedTokenRequestShowsItsChecks(t *testing.T) {
	o := enter(t)
	client, secret := o.AddClient("https://app.example/callback", nil)
	for _, c := range []struct{ secret, failed, before, after string }{
		{"wrong", "The application authenticates", "The request is complete", "The application may use the grant type"},
		{secret, "The code, the refresh token or the assertion is valid", "The application authenticates", "The tokens"},
	} {
		o.answer("/token/", client.ID, c.secret, "grant_type", "authorization_code", "code", "lk_ac_unknown", "redirect_uri", "https://app.example/callback")
		id := submatch(t, o.open("problems/?application="+client.ID).Body, `href="/admin/problems/([a-z2-7]+)/"`)
		body := o.open("problems/" + id + "/").Body
		contains(t, body, "<strong>"+c.failed+"</strong>", "<span>"+c.before+"</span>", c.after)
		if strings.Contains(body, addURI) {
			t.Error("a token request offers to add a redirect URI")
		}
	}
	if page := o.open("problems/unknownid0/"); page.StatusCode != http.StatusNotFound {
		t.Errorf("an unknown ID: %d", page.StatusCode)
	}
}

// TestTheListOfErrorsCanBeLoadedAgainWithoutScripts: the link has the filters of the page, and
// the button of the script is hidden.
func TestTheListOfErrorsCanBeLoadedAgainWithoutScripts(t *testing.T) {
	o := enter(t)
	page := o.open("problems/?application=x")
	contains(t, page.Body, `href="/admin/problems/?application=x">Refresh</a>`, `<button type="button" class="small" hidden>`, `id="live-rows"`)
	if page.Header.Get("Refresh") != "" {
		t.Error("the page reloads itself, which nobody can stop without a script")
	}
}
