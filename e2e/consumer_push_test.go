package e2e

import (
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// attribute returns an attribute of an element.
func (b *browser) attribute(selector, name string) string {
	b.t.Helper()
	b.see(selector)
	return evaluate[string](b, `document.querySelector("`+selector+`").getAttribute("`+name+`")`)
}

// TestConsumerPushesRequests: RFC 9126 §2 and §4. A request that is pushed again has
// another reference, and a reference that was used leads to an error.
func TestConsumerPushesRequests(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	b := newBrowser(t, true)
	b.open(d.provider + "/o/login/")
	b.logIn("admin", d.password)
	b.says("OAuth 2 provider")
	b.open(d.consumer + "/")
	b.clickThrough("#create-demo")
	b.says("The application is registered")
	id := evaluate[string](b, `JSON.parse(sessionStorage.client).client_id`)

	b.open(d.consumer + "/consumer/push/?client_id=" + id)
	b.accessible("the page that pushes a request")
	b.clickThrough("form button.primary")
	b.says("201 Created")
	b.says("until ")
	b.accessible("a pushed request")
	first := b.attribute("#authorization-link", "href")
	if strings.Contains(first, "redirect_uri=") || !strings.Contains(first, "request_uri=") {
		t.Errorf("the link is %s", first)
	}
	b.clickThrough("#push-again")
	b.says("201 Created")
	second := b.attribute("#authorization-link", "href")
	if second == first {
		t.Error("the same reference was returned again")
	}
	tab := b.tab()
	tab.open(first)
	tab.says("Authorize Demo application?")
	tab.do(chromedp.Reload())
	tab.see("#allow")
	tab.click("#allow")
	tab.clickThrough("button[value=authorize]")
	tab.says("Exchange the code for tokens")
	tab.open(second) // permission was given before
	tab.says("Exchange the code for tokens")
	tab.open(first)
	if text := tab.text(); strings.Contains(text, "Exchange the code") || strings.Contains(text, "Authorize Demo application?") {
		t.Errorf("a reference that was used leads to %s", text)
	}
}

// TestConsumerTriesThePasswordGrant: RFC 6749 §4.3, for an application with an exception.
func TestConsumerTriesThePasswordGrant(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	out, err := exec.Command(binary, "app", "add", "--name", "Old", "--client-id", "old", "--type", "public", "--grant", "refresh_token", "--legacy-feature",
		"password="+time.Now().AddDate(0, 1, 0).Format(time.DateOnly), "--origin", d.consumer, "--scope", "read", "--data", d.data).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	b := newBrowser(t, true)
	b.open(d.consumer + "/consumer/password/?client_id=old")
	b.says("The endpoints were read")
	b.says("Do not use this grant in new applications")
	b.accessible("the page of the password grant")
	b.choose("#auth_method", "none")
	b.typed("#scope", "read")
	b.typed("#username", "admin")
	b.click("#send")
	b.says("Enter the password.")
	b.typed("#password", d.password)
	b.click("#send")
	b.says("The provider returned tokens")
	b.says("password=$PASSWORD")
	if text := b.text(); strings.Contains(text, d.password) {
		t.Errorf("the page shows the password: %s", text)
	}
}
