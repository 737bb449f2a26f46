package e2e

import (
	"net/url"
	"strings"
	"testing"
)

// logIn fills in the login page.
func (b *browser) logIn(username, password string) {
	b.t.Helper()
	b.see("#password")
	b.typed("#username", username)
	b.typed("#password", password)
	b.clickThrough("form button[type=submit]")
}

// addApplication adds an application for the consumer in the back office and
// returns its credentials.
func (b *browser) addApplication(d demo, name string) (id, secret string) {
	b.t.Helper()
	b.open(d.provider + "/admin/applications/add/")
	b.clickThrough("main button.primary") // a web app
	id, secret = b.value("#client_id"), b.value("#client_secret")
	b.typed("#client_name", name)
	b.clickThrough("button[name=use_consumer]")
	if got := b.value("#redirect_uris"); got != d.consumer+"/consumer/exchange/" {
		b.t.Fatalf("the button filled in %q", got)
	}
	if b.value("#client_id") != id || b.value("#client_secret") != secret || b.value("#client_name") != name {
		b.t.Fatal("the button removed what had been typed")
	}
	b.clickThrough("button[name=save]")
	b.says(name + " is ready")
	if b.value("#client_id") != id || b.value("#client_secret") != secret {
		b.t.Fatal("the credentials changed when the form was saved")
	}
	return id, secret
}

// askFor builds the authorization link in the consumer and follows it.
func (b *browser) askFor(d demo, id string) {
	b.t.Helper()
	b.open(d.consumer + "/consumer/")
	b.typed("#client_id", id)
	b.clickThrough("form button.primary")
	b.says("Your authorization link")
	b.clickThrough("#authorization-link")
}

// TestTheTutorial follows the first two tutorials step by step.
func TestTheTutorial(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	b := newBrowser(t, true)

	b.open(d.provider + "/")
	b.says("OAuth 2 provider")

	// Log in to the back office, and return to the page that was requested.
	b.open(d.provider + "/admin/applications/")
	b.logIn("admin", "not the password")
	b.says("do not match")
	b.logIn("admin", d.password)
	b.says("There are no applications yet.")
	b.open(d.provider + "/admin/")
	b.says("Get started")
	b.picture("back-office")

	// Add an application.
	b.open(d.provider + "/admin/applications/add/?kind=web")
	b.clickThrough("button[name=save]")
	b.says("Check the fields marked below")
	id, secret := b.addApplication(d, "My first app")
	b.picture("application-ready")
	b.open(d.provider + "/admin/applications/" + id + "/")
	if strings.Contains(b.text(), secret) {
		t.Error("the secret is shown again")
	}
	elsewhere := newBrowser(t, true)
	elsewhere.open(d.provider + "/admin/")
	elsewhere.logIn("admin", d.password)
	b.open(d.provider + "/o/account/sessions/")
	b.clickThrough("button[value=everywhere]")
	b.says("Log out everywhere else?")
	b.open(d.provider + "/admin/")
	b.clickThrough(".me form button")

	// The consumer builds the link.
	b.open(d.consumer + "/")
	b.says("Try an OAuth 2 provider")
	b.open(d.consumer + "/consumer/")
	b.picture("consumer-form")
	b.typed("#client_id", id)
	b.clickThrough("form button.primary")
	b.says("code_challenge")
	b.picture("link")

	// Log in before the authorization page.
	b.clickThrough("#authorization-link")
	b.says("My first app")
	b.logIn("admin", d.password)

	// Decide. Without "Allow" no code is issued.
	b.says("Authorize My first app?")
	b.says("See your data")
	b.picture("consent")
	b.clickThrough("button[value=authorize]")
	b.says("select “Allow” first")
	b.click("#allow")
	b.clickThrough("button[value=authorize]")

	// Exchange the code, across origins.
	b.says("Exchange the code for tokens")
	b.hides("code=")
	b.accessible("the exchange")
	b.typed("#client_secret", "wrong")
	b.click("#exchange")
	b.says("does not accept the client ID or the client secret")
	b.accessible("the exchange after a mistake")
	b.typed("#client_secret", secret)
	b.picture("exchange")
	b.click("#exchange")
	b.says(`"refresh_token": "lk_rt_`)
	b.picture("exchanged")

	// Show the tokens and refresh them on the page.
	b.clickThrough("#to-tokens")
	b.see("#refresh")
	if strings.Contains(b.address(), "lk_") {
		t.Error("a token is in the address")
	}
	before := b.value("#access_token")
	if !strings.HasPrefix(before, "lk_at_") || b.value("#token_type") != "Bearer" || b.value("#expires_in") != "3600" {
		t.Errorf("the tokens page shows %q %q %q", before, b.value("#token_type"), b.value("#expires_in"))
	}
	b.typed("#client_secret", secret)
	b.click("#refresh")
	b.says("Refreshed")
	if after := b.value("#access_token"); after == before || !strings.HasPrefix(after, "lk_at_") {
		t.Errorf("after the refresh the access token is %q", after)
	}
	b.accessible("the tokens page")

	// Call the API.
	b.click("#call-api")
	b.says("HTTP 200 Hello, OAuth2!")
	b.picture("tokens")
	b.click("#introspect")
	b.says("The access token is active")
	b.click("#replay")
	b.says("returned the same tokens again")
	b.click("#revoke")
	b.says("Revoked.")
	b.click("#call-api")
	b.says("HTTP 401")
	b.open(d.consumer + "/consumer/client/")

	// The consent is remembered: there is no page the second time.
	b.askFor(d, id)
	b.says("Exchange the code for tokens")
}

// TestErrorsAreExplainedToThePerson makes every step of the flow fail.
func TestErrorsAreExplainedToThePerson(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	b := newBrowser(t, true)
	b.open(d.provider + "/admin/")
	b.logIn("admin", d.password)
	id, _ := b.addApplication(d, "Cautious app")

	t.Log("Cancel returns an error that is explained")
	b.askFor(d, id)
	b.clickThrough("button[value=cancel]")
	b.says("Permission was not given")

	t.Log("an empty token URL is reported")
	b.askFor(d, id)
	b.click("#allow")
	b.clickThrough("button[value=authorize]")
	b.typed("#token_url", " ")
	b.click("#exchange")
	b.says("Enter the token URL")

	t.Log("a response to the request of another browser is rejected")
	b.open(d.consumer + "/consumer/exchange/?code=x&state=forged")
	b.says("This response does not belong to this browser")
	b.open(d.consumer + "/consumer/exchange/")
	b.says("There is no code to exchange yet")
	b.open(d.consumer + "/consumer/done/")
	b.says("There are no tokens yet")

	t.Log("the other pages of a person")
	b.open(d.provider + "/o/authorize/?response_type=code&prompt=select_account&client_id=" + id +
		"&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256")
	b.says("Continue as admin")
	b.open(d.provider + "/o/logout/")
	b.says("Log out?")

	t.Log("the person sees an error id, and the back office shows for it exactly what differed")
	b.open(d.provider + "/o/authorize/?response_type=code&client_id=" + id + "&redirect_uri=" + url.QueryEscape(d.consumer+"/consumer/exchange/wrong"))
	b.says("This link does not work")
	b.picture("problem")
	found := b.value("#error-id")
	if !errorID.MatchString(found) {
		t.Fatalf("the error id is %q", found)
	}
	b.open(d.provider + "/admin/problems/?id=" + found)
	b.says(`path is "/consumer/exchange/wrong", registered "/consumer/exchange/"`)
	b.picture("back-office-error")
}

// TestTheFlowWorksWithoutJavaScript logs in, adds an application and gives
// consent in a browser without scripts.
func TestTheFlowWorksWithoutJavaScript(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	b := newBrowser(t, false)
	b.open(d.provider + "/admin/")
	b.logIn("admin", d.password)
	id, secret := b.addApplication(d, "Plain app")
	b.open(d.provider + "/admin/applications/" + id + "/edit/")
	b.typed("#client_name", "Plainer app")
	b.clickThrough("button[name=save]")
	b.says("Your changes have been saved.")
	b.clickThrough(".me form button")
	b.askFor(d, id)
	b.logIn("admin", d.password)
	b.click("#allow")
	b.clickThrough("button[value=authorize]")
	b.says("This page needs JavaScript")
	if secret == "" {
		t.Error("no secret")
	}
}
