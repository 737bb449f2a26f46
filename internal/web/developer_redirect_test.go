package web_test

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// TestOwnersCompareARejectedRedirectURIPartByPart: as in the back office, on the page of the attempt,
// which has the button only while the owner can use it.
func TestOwnersCompareARejectedRedirectURIPartByPart(t *testing.T) {
	d := develop(t, nil)
	app := d.register(nil)
	d.Provider.Browser().Open(d.Issuer + "/authorize/?" + url.Values{"response_type": {"code"}, "client_id": {app.ID}, "redirect_uri": {"https://shop.example/callback"}}.Encode())
	list := d.get(app.ID + "/").Body
	_, rest, found := strings.Cut(list, `/applications/`+app.ID+`/attempts/`)
	problem, _, _ := strings.Cut(rest, "/")
	if !found || strings.Count(list, "/attempts/"+problem+"/") != 2 {
		t.Fatalf("the attempts and the errors do not both lead to the comparison:\n%s", list)
	}
	const button = ">Add this redirect URI<"
	has := func(d developer, wanted ...string) string {
		t.Helper()
		page := d.get(app.ID + "/attempts/" + problem + "/")
		for _, want := range wanted {
			if page.StatusCode != http.StatusOK || !strings.Contains(page.Body, want) {
				t.Errorf("%s: %q is missing in\n%s", page.Status, want, page.Body)
			}
		}
		return page.Body
	}
	has(d, button, "most similar redirect URI", `<tr class="same"><th scope="row">Host</th>`, `<tr class="differs"><th scope="row">Path</th><td><code><bdi>/callback</bdi></code></td><td><code><bdi>/cb</bdi></code></td>`,
		"The redirect URI is registered", "Not reached")
	if page := developerOf(t, d.Provider, "eve").get(app.ID + "/attempts/" + problem + "/"); page.StatusCode != http.StatusNotFound {
		t.Errorf("another person: %s", page.Status)
	}

	change := func(trusted bool) {
		t.Helper()
		if _, err := oauth.ChangeClient(t.Context(), d.Store, app.ID, func(c *oauth.Client) error { c.SkipAuthorization = trusted; return nil }); err != nil {
			t.Fatal(err)
		}
	}
	add := func() int {
		status, _ := d.post(app.ID+"/", url.Values{"action": {"add_redirect"}, "problem": {problem}, "version": {strconv.FormatInt(d.stored(app.ID).Version, 10)}})
		return status
	}
	change(true)
	if body := has(d, "Administrators manage how this application connects"); strings.Contains(body, button) || add() != http.StatusConflict {
		t.Errorf("administrators manage the application:\n%s", body)
	}
	change(false)
	if status := add(); status != http.StatusOK || !slices.Contains(d.stored(app.ID).RedirectURIs, "https://shop.example/callback") {
		t.Errorf("%d: the application has %v", status, d.stored(app.ID).RedirectURIs)
	}
	if body := has(d, "This redirect URI is registered now."); strings.Contains(body, button) {
		t.Errorf("after the change:\n%s", body)
	}
}
