package e2e

import (
	"net/url"
	"testing"
)

// TestTutorialOfTheBackOffice follows the steps of docs/tutorial/07-back-office.md in
// the browser. Those of step 2 are in TestErrorsAreExplainedToThePerson.
func TestTutorialOfTheBackOffice(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	b := newBrowser(t, false)
	b.open(d.provider + "/admin/")
	b.logIn("admin", d.password)
	id, _ := b.addApplication(d, "Photo printer")

	t.Log("3. Correct the application")
	b.clickThrough(`nav a[href^="/admin/applications/"]`)
	b.clickThrough(`tbody a[href*="` + id + `"]`)
	b.clickThrough(`a[href*="/edit"]`)
	b.says("Redirect URIs")

	t.Log("4. Add a person")
	b.clickThrough(`nav a[href^="/admin/users/"]`)
	b.clickThrough(`a[href^="/admin/users/add"]`)
	b.typed("#username", "ada")
	b.clickThrough("form button.primary")
	b.says("It will not be shown again.")

	t.Log("5. End a person's access")
	b.clickThrough(`nav a[href^="/admin/users/"]`)
	b.says("ada")
	b.clickThrough(`tbody tr:not(:has(.badge)) a`)
	b.says("Edit ada")
	b.picture("person")
	b.clickThrough(`button[name="to"][value="disabled"]`)
	b.says("Disable ada and revoke everything?")
	b.clickThrough("form button.danger")
	b.says("This user is disabled")

	t.Log("6. Let an application register itself")
	b.clickThrough(`nav a[href^="/admin/registration/"]`)
	b.typed("#name", "Build server")
	b.clickThrough("form button.primary")
	b.says("Build server")
}

// TestANewcomerFindsWhyALoginFailedAndFixesIt from the start page of the back office, with a
// few clicks.
func TestANewcomerFindsWhyALoginFailedAndFixesIt(t *testing.T) {
	t.Parallel()
	for _, scripts := range []bool{true, false} {
		d := startDemo(t)
		b := newBrowser(t, scripts)
		b.open(d.provider + "/admin/")
		b.logIn("admin", d.password)
		id, _ := b.addApplication(d, "Photo printer")
		broken := d.provider + "/o/authorize/?response_type=code&client_id=" + id + "&redirect_uri=" + url.QueryEscape(d.consumer+"/consumer/exchange")
		for range 3 {
			b.open(broken)
			b.says("redirect")
		}
		b.open(d.provider + "/admin/")
		b.says("Photo printer: 3 requests were rejected")
		b.clickThrough(`main a[href*="/problems/"].small`)
		b.says("How to fix it")
		b.clickThrough(`form[action$="/redirect/"] button`)
		b.says("Add this redirect URI to Photo printer?")
		b.clickThrough("main form button.danger, main form button.primary")
		b.says("This redirect URI is registered now.")
		b.open(broken + "&code_challenge_method=S256&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&state=x")
		b.says("Authorize")
	}
}
