package e2e

import (
	"encoding/json"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// choose selects an option of a select element.
func (b *browser) choose(selector, value string) {
	b.t.Helper()
	b.see(selector)
	b.do(chromedp.SetValue(chromedp.CSS(selector), value))
}

// permit builds the link of the filled form, gives permission, and exchanges the code
// with the client secret that the tab has.
func (b *browser) permit() {
	b.t.Helper()
	b.clickThrough("form button.primary")
	b.clickThrough("#authorization-link")
	b.permitted()
}

// permitted gives permission on the page of the provider, and exchanges the code.
func (b *browser) permitted() {
	b.t.Helper()
	b.says("Authorize Demo application?")
	b.click("#allow")
	b.clickThrough("button[value=authorize]")
	b.says("Exchange the code for tokens")
	b.click("#exchange")
	b.clickThrough("#to-tokens")
	b.see("#refresh")
}

// TestConsumerIsTriedWithOneClick walks from the one-click application to the logout,
// without the back office.
func TestConsumerIsTriedWithOneClick(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	b := newBrowser(t, true)
	b.open(d.provider + "/o/login/")
	b.logIn("admin", d.password)
	b.says("OAuth 2 provider")

	b.open(d.consumer + "/")
	b.clickThrough("#create-demo")
	b.says("The application is registered")
	b.accessible("a registration")
	b.clickThrough("#build")
	b.permit()

	// RFC 7519, OpenID Connect Core §3.1.3.7 and §5.3.2.
	b.open(d.consumer + "/consumer/id-token/")
	b.says("The ID token is valid.")
	for _, passed := range []string{"RS256, with the key", "The nonce matches the request", "It matches the access token", "The audience is this application"} {
		b.says(passed)
	}
	b.click("#fetch-userinfo")
	b.says("The sub matches the ID token")
	id := evaluate[string](b, `JSON.parse(sessionStorage.client).client_id`)
	if out, err := exec.Command(binary, "app", "edit", id, "--userinfo-signed-response-alg", "RS256", "--data", d.data).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for deadline := time.Now().Add(patience); !strings.Contains(b.text(), "The response is a signed JWT, and it is valid."); {
		if time.Now().After(deadline) {
			t.Fatal("the response is not a signed JWT: " + b.text())
		}
		b.click("#fetch-userinfo")
	}
	b.accessible("the ID token")
	b.click("details summary")
	b.typed("#nonce", "another")
	b.click("#check-again")
	b.says("The ID token must not be used: nonce failed.")

	t.Log("the API asks for another scope, and the application asks the person for it (RFC 6750 §3.1)")
	b.open(d.consumer + "/consumer/client/")
	b.click("#call-api")
	b.says("Hello, OAuth2!")
	b.choose("#method", "POST")
	b.typed("#body", `{"greeting":"hello"}`)
	b.click("#call-api")
	b.says("lacks a scope that this request needs")
	b.accessible("the API client")
	b.clickThrough("#step-up")
	if scope := b.value("#scope"); scope != "openid read write" {
		t.Errorf("the form asks for %q", scope)
	}
	b.permit()
	b.open(d.consumer + "/consumer/client/")
	b.choose("#method", "POST")
	b.typed("#body", `{"greeting":"hello"}`)
	b.click("#call-api")
	b.says("This API changes nothing")

	t.Log("the tokens are renewed in a hidden frame, and with the refresh token")
	before := evaluate[string](b, `JSON.parse(sessionStorage.tokens).access_token`)
	b.open(d.consumer + "/consumer/renew/")
	b.says("The endpoints were read")
	b.click("#renew")
	b.says("Renewed. The new tokens")
	b.accessible("the silent renewal")
	if after := evaluate[string](b, `JSON.parse(sessionStorage.tokens).access_token`); after == before || !strings.HasPrefix(after, "lk_at_") {
		t.Errorf("the access token is %q after %q", after, before)
	}
	b.open(d.consumer + "/consumer/done/")
	b.click("#refresh")
	b.says("Refreshed.")
	b.open(d.consumer + "/consumer/id-token/")
	b.says("The ID token is valid.")

	t.Log("the person logs out at the provider, and then nothing can be renewed")
	b.open(d.consumer + "/consumer/logout/")
	b.accessible("the logout form")
	b.clickThrough("#logout-form button.primary")
	b.accessible("the logout link")
	b.clickThrough("#logout-link")
	b.says("You are logged out")
	b.says("This tab no longer has your tokens")
	b.open(d.consumer + "/consumer/renew/")
	b.says("The endpoints were read")
	b.click("#renew")
	b.says("(login_required")
}

// TestConsumerTriesTheOtherGrants requests tokens for the application itself (RFC 6749
// §4.4), and exchanges the token of a person (RFC 8693 §2.1).
func TestConsumerTriesTheOtherGrants(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	added, err := exec.Command(binary, "app", "add", "--name", "All grants", "--client-id", "all", "--grant", "code,client,token_exchange", "--skip-authorization",
		"--redirect-uri", d.consumer+"/consumer/exchange/", "--json", "--data", d.data).Output()
	if err != nil {
		t.Fatal(err)
	}
	var client struct {
		Secret string `json:"client_secret"`
	}
	if err := json.Unmarshal(added, &client); err != nil {
		t.Fatal(err)
	}
	b := newBrowser(t, true)
	b.open(d.consumer + "/consumer/credentials/?client_id=all")
	b.says("The endpoints were read")
	b.click("#send")
	b.says("Enter the client secret")
	b.typed("#client_secret", client.Secret)
	b.click("#send")
	b.says("The provider returned an access token")
	b.says("Basic (client ID and secret in base64)")
	b.accessible("the client credentials page")
	b.choose("#auth_method", "client_secret_post")
	b.click("#send")
	b.says("client_secret=(not shown)")
	b.says("client_secret=$CLIENT_SECRET")
	if text := b.text(); strings.Contains(text, client.Secret) {
		t.Errorf("the page shows the secret: %s", text)
	}
	b.choose("#auth_method", "private_key_jwt")
	b.click("#send")
	b.says("The provider returned no token. The provider does not accept")

	t.Log("the server of the consumer sends the requests, as for a provider without CORS")
	b.choose("#auth_method", "client_secret_basic")
	b.click("#relay")
	b.click("#send")
	b.says("The provider returned an access token")
	if text := b.text(); strings.Contains(text, "Origin: ") || !strings.Contains(text, "HTTP 200 OK") {
		t.Errorf("the messages are %s", text)
	}

	b.open(d.consumer + "/consumer/?client_id=all")
	b.clickThrough("form button.primary")
	b.clickThrough("#authorization-link")
	b.logIn("admin", d.password)
	b.says("Exchange the code for tokens")
	b.typed("#client_secret", client.Secret)
	b.click("#exchange")
	b.clickThrough("#to-tokens")
	token := b.value("#access_token")
	b.open(d.consumer + "/consumer/token-exchange/")
	b.says("The endpoints were read")
	if filled := b.value("#subject_token"); filled != token || b.value("#client_id") != "all" {
		t.Errorf("the page is filled in with the token %q", filled)
	}
	b.typed("#client_secret", client.Secret)
	b.typed("#scope", "read")
	b.click("#send")
	b.says("The provider returned a new token")
	b.says("subject_token=(not shown)")
	b.accessible("the token exchange")
	if text := b.text(); strings.Contains(text, token) || strings.Contains(text, client.Secret) {
		t.Errorf("the page shows the subject token or the secret: %s", text)
	}
	b.clickThrough("#use")
	b.click("#call-api")
	b.says("Hello, OAuth2!")

	for _, page := range []string{"register/", "registration/", "document/"} {
		b.open(d.consumer + "/consumer/" + page)
		b.accessible("/consumer/" + page)
	}
}

// TestConsumerRegistersWithItsKey: RFC 7591 §2, RFC 7523 §2.2. Each request has a new
// assertion.
func TestConsumerRegistersWithItsKey(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	b := newBrowser(t, true)
	b.open(d.provider + "/o/login/")
	b.logIn("admin", d.password)
	b.says("OAuth 2 provider")
	b.open(d.consumer + "/consumer/register/")
	b.typed("#client_name", "Demo application")
	b.choose("#auth_method", "private_key_jwt")
	b.clickThrough("#register")
	b.says("The application is registered")
	b.clickThrough("#build")
	evaluate[bool](b, `document.querySelectorAll("details").forEach((d) => { d.open = true }), true`)
	b.accessible("the form with all its fields")
	b.open(d.consumer + "/consumer/push/?client_id=" + evaluate[string](b, `JSON.parse(sessionStorage.client).client_id`))
	b.choose("#auth_method", "private_key_jwt")
	b.clickThrough("form button.primary")
	b.says("201 Created")
	if messages := b.text(); !strings.Contains(messages, "client_assertion=") {
		t.Errorf("the pushed request is %s", messages)
	}
	b.open(b.attribute("#authorization-link", "href"))
	b.permitted()
	for range 2 {
		b.click("#refresh")
		b.says("Refreshed.")
	}
	b.click("#introspect")
	b.says("The access token is active")
	if messages := b.text(); !strings.Contains(messages, "client_assertion=") || strings.Contains(messages, "Authorization: Basic") {
		t.Errorf("the messages are %s", messages)
	}
}
