package e2e

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestSetupLinkLeadsToTheBackOffice opens the link that the server printed. The
// script moves the code from the address into the form, so that neither the history
// of the browser nor a Referer header has it.
func TestSetupLinkLeadsToTheBackOffice(t *testing.T) {
	p := startProvider(t)
	b := newBrowser(t, true)
	link := <-p.setup
	_, code, found := strings.Cut(link, "/setup/#")
	if !found {
		t.Fatalf("the setup link is %q", link)
	}
	b.open(link)
	b.says("Create the first administrator")
	b.accessible("setup")
	for script, want := range map[string]string{`location.href`: p.issuer + "/setup/", `document.querySelector("#code").value`: code} {
		if got, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](script)); err != nil || got != want {
			t.Errorf("%s is %q, want %q: %v", script, got, want, err)
		}
	}
	for field, value := range map[string]string{"#username": "root", "#password": personPassword, "#password_again": personPassword} {
		b.typed(field, value)
	}
	b.clickThrough("form button.primary")
	b.says("Back office")
	b.open(link)
	for field, value := range map[string]string{"#username": "mallory", "#password": personPassword, "#password_again": personPassword} {
		b.typed(field, value)
	}
	b.clickThrough("form button.primary")
	b.says("There is already an administrator")
}
