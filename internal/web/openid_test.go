package web_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// allowEverything lets an application use all response types.
func allowEverything(c *oauth.Client) { c.ResponseTypes = oauth.ResponseTypes() }

// openIDRequest returns a valid authentication request (OpenID Connect Core
// §3.1.2.1), changed by pairs of names and values.
func openIDRequest(p *latchkeytest.Provider, c *oauth.Client, pairs ...string) string {
	more := url.Values{"scope": {"openid"}, "nonce": {"n"}}
	for i := 0; i < len(pairs); i += 2 {
		more.Set(pairs[i], pairs[i+1])
	}
	return authorizeURL(p, c, more)
}

// responseFields returns the fields of an authorization response, from the query
// or the fragment of the redirect.
func responseFields(page latchkeytest.Page) url.Values {
	if page.RedirectURL == nil {
		return nil
	}
	if page.RedirectURL.Fragment != "" {
		fields, _ := url.ParseQuery(page.RedirectURL.EscapedFragment())
		return fields
	}
	return page.RedirectURL.Query()
}

// OpenID Connect Core §3.1.2.6.
func TestPromptNoneReturnsTheRightErrorForEveryReason(t *testing.T) {
	clock := &movableClock{}
	p := latchkeytest.New(t, func(o *latchkey.Options) { o.Clock = clock.now })
	p.AddUser("ada", false)
	client, _ := p.AddClient("https://app.example/cb", allowEverything)
	b := p.Browser()
	silent := func(name, want string, pairs ...string) {
		t.Helper()
		page := b.Open(openIDRequest(p, client, append([]string{"prompt", "none"}, pairs...)...))
		fields := responseFields(page)
		if page.RedirectURL == nil || fields.Get("error") != want || (want == "") != (fields.Has("code") || fields.Has("id_token")) {
			t.Errorf("%s: got %s %v, want %q", name, page.Status, fields, want)
		}
	}
	silent("not logged in", "login_required")
	silent("not logged in, in a fragment", "login_required", "response_type", "id_token")
	b.LogIn(b.Open(p.Issuer+"/login/"), "ada")
	silent("without consent", "consent_required")
	page := b.Open(openIDRequest(p, client))
	if page = b.Submit(page, url.Values{"decision": {"authorize"}, "allow": {"yes"}}); page.RedirectURL == nil {
		t.Fatalf("after the consent: got %s", page.Body)
	}
	silent("with consent", "")
	silent("with consent, another response type", "", "response_type", "code id_token")
	clock.move(time.Second)
	silent("the login is too old", "login_required", "max_age", "0")
	silent("another scope", "consent_required", "scope", "openid email")
	silent("with another prompt", "invalid_request", "prompt", "none login")
	silent("an invalid id_token_hint", "invalid_request", "id_token_hint", "x")
	silent("another person than requested", "login_required", "claims", `{"id_token":{"sub":{"value":"somebody"}}}`)
	silent("an unknown acr", "unmet_authentication_requirements", "claims", `{"id_token":{"acr":{"essential":true,"values":["9"]}}}`)
}

func TestEndpointsForApplicationsReportErrorsAsJSON(t *testing.T) {
	p := latchkeytest.New(t)
	for _, request := range []struct {
		method, path, body string
		status             int
	}{
		{"GET", "/userinfo/", "", 401},
		{"POST", "/userinfo/", "access_token=x&access_token=y", 400},
		{"DELETE", "/userinfo/", "", 405},
		{"POST", "/token/", "", 400},
		{"POST", "/token/?grant_type=client_credentials", "grant_type=client_credentials", 400},
		{"GET", "/token/", "", 405},
		{"POST", "/introspect/", "token=x", 401},
		{"POST", "/revoke_token/", "token=x", 401},
	} {
		t.Run(request.method+" "+request.path, func(t *testing.T) {
			headers := []string{"Content-Type", form}
			if request.method == "GET" {
				headers = []string{"Authorization", "Bearer x"}
			}
			response, body := send(t, request.method, p.Issuer+request.path, request.body, headers...)
			var fields map[string]any
			if err := json.Unmarshal([]byte(body), &fields); err != nil || fields["error"] == nil || fields["error_description"] == nil {
				t.Errorf("got %q, %v", body, err)
			}
			if response.StatusCode != request.status || response.Header.Get("Content-Type") != "application/json" {
				t.Errorf("got %s, %q", response.Status, response.Header.Get("Content-Type"))
			}
		})
	}
}

// RFC 9207 §2.
func TestEveryAuthorizationResponseHasTheIssuer(t *testing.T) {
	p := latchkeytest.New(t)
	client, _ := p.AddClient("https://app.example/cb", allowEverything)
	b := p.Browser()
	for _, pairs := range [][]string{
		{"response_type", "banana"},
		{"response_type", "token"},
		{"response_type", ""},
		{"response_mode", "banana"},
		{"response_mode", "fragment", "prompt", "none"},
		{"prompt", "none"},
		{"scope", "fly"},
		{"max_age", "x"},
		{"claims", "x"},
		{"request", "x"},
		{"request_uri", "https://app.example/r"},
		{"registration", "{}"},
		{"response_type", "id_token", "nonce", ""},
		{"response_type", "id_token", "response_mode", "query"},
		{"id_token_hint", "x"},
	} {
		page := b.Open(openIDRequest(p, client, pairs...))
		if fields := responseFields(page); fields.Get("error") == "" || fields.Get("iss") != p.Issuer || fields.Get("state") != "xyz" || fields.Has("code") {
			t.Errorf("%v: got %s %v", pairs, page.Status, fields)
		}
	}
	page := b.Open(openIDRequest(p, client, "response_mode", "form_post", "prompt", "none"))
	if !strings.Contains(page.Body, `name="iss" value="`+p.Issuer+`"`) || !strings.Contains(page.Body, `value="login_required"`) {
		t.Errorf("form_post: got %s", page.Body)
	}
}

// OpenID Connect Core §3.1.2.6 and §5.5.
func TestUnsupportedParametersAreRejectedAndSupportedOnesApplied(t *testing.T) {
	clock := &movableClock{}
	p := latchkeytest.New(t, func(o *latchkey.Options) { o.Clock = clock.now })
	person := p.AddUser("ada", false)
	person.Email = "ada@example.com"
	if err := p.Store.UpdateUser(context.Background(), person, "ada", nil); err != nil {
		t.Fatal(err)
	}
	client, secret := p.AddClient("https://app.example/cb", nil)
	b := p.Browser()
	if _, err := b.Authorize(openIDRequest(p, client, "scope", "openid email"), "ada"); err != nil {
		t.Fatal(err)
	}
	for name, pairs := range map[string][]string{
		"a request object": {"request", "x"}, "a request_uri": {"request_uri", "https://app.example/r"}, "a registration": {"registration", "{}"},
		"malformed claims": {"claims", "x"}, "an unknown response_mode": {"response_mode", "web_message"},
	} {
		if page := b.Open(openIDRequest(p, client, pairs...)); responseFields(page).Get("error") == "" {
			t.Errorf("%s: got %s %v", name, page.Status, responseFields(page))
		}
	}
	clock.move(time.Second)
	if page := b.Open(openIDRequest(p, client, "max_age", "0")); !strings.Contains(page.Body, "confirm that you are") {
		t.Errorf("max_age: got %s", page.Body)
	}
	page := b.Open(openIDRequest(p, client, "response_mode", "form_post"))
	if page.RedirectURL != nil || !strings.Contains(page.Body, `name="code"`) {
		t.Errorf("form_post: got %s", page.Body)
	}
	page = b.Open(openIDRequest(p, client, "claims", `{"id_token":{"email":null}}`))
	_, body := redeem(t, p, client, secret, responseFields(page).Get("code"))
	if claims := claimsOf(t, body); claims["email"] != "ada@example.com" || claims["nonce"] != "n" {
		t.Errorf("claims: got %v", claims)
	}
}

// claimsOf returns the claims in the ID token of a token response. It does not
// verify the token.
func claimsOf(t *testing.T, response string) (claims map[string]any) {
	t.Helper()
	var answer struct {
		IDToken string `json:"id_token"`
	}
	if err := json.Unmarshal([]byte(response), &answer); err != nil || strings.Count(answer.IDToken, ".") != 2 {
		t.Fatalf("no ID token in %s: %v", response, err)
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(answer.IDToken, ".")[1])
	if err == nil {
		err = json.Unmarshal(payload, &claims)
	}
	if err != nil {
		t.Fatal(err)
	}
	return claims
}

// OpenID Connect Discovery §3.
func TestEverythingInTheMetadataIsSupported(t *testing.T) {
	p := latchkeytest.New(t)
	client, _ := p.AddClient("https://app.example/cb", allowEverything)
	_, body := send(t, "GET", p.Issuer+"/.well-known/openid-configuration", "")
	var document map[string]any
	if err := json.Unmarshal([]byte(body), &document); err != nil {
		t.Fatal(err)
	}
	served := 0
	for name, value := range document {
		if !strings.HasSuffix(name, "_endpoint") && !strings.HasSuffix(name, "_iframe") && name != "jwks_uri" {
			continue
		}
		served++
		if response, _ := send(t, "GET", value.(string), ""); response.StatusCode == http.StatusNotFound || !strings.HasPrefix(value.(string), p.Issuer+"/") {
			t.Errorf("%s %v: got %s", name, value, response.Status)
		}
	}
	if served < 8 {
		t.Errorf("the metadata has only %d endpoints", served)
	}
	b := p.Browser()
	for list, parameter := range map[string]string{
		"response_types_supported": "response_type", "response_modes_supported": "response_mode",
		"scopes_supported": "scope", "prompt_values_supported": "prompt", "acr_values_supported": "acr_values",
	} {
		values, _ := document[list].([]any)
		if len(values) == 0 {
			t.Errorf("%s is empty", list)
		}
		for _, value := range values {
			pairs := []string{parameter, value.(string)}
			if list == "scopes_supported" {
				pairs[1] = "openid " + pairs[1]
			}
			page := b.Open(openIDRequest(p, client, pairs...))
			if code := responseFields(page).Get("error"); page.StatusCode >= 400 || (code != "" && code != "login_required") {
				t.Errorf("%s %v: got %s %v", list, value, page.Status, responseFields(page))
			}
		}
	}
}
