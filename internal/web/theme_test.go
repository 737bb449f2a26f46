package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/latchkeytest"
)

// chooseTheme sends the form of a page at the address from, as a browser does.
func chooseTheme(t *testing.T, b *latchkeytest.Browser, p *latchkeytest.Provider, value, site, from string) latchkeytest.Page {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.Issuer+"/theme/", strings.NewReader(url.Values{"theme": {value}, "page": {from}}.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", site)
	response, err := b.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	return latchkeytest.Page{Response: response}
}

func TestThemeIsKeptInACookieAndAppliesToEveryPage(t *testing.T) {
	p := latchkeytest.New(t, nil)
	b := p.Browser()
	from := "/o/login/?next=%2Fo%2Faccount%2F"
	for _, step := range []struct{ value, want string }{
		{"", `<html lang="en" dir="ltr">`},
		{"dark", `<html lang="en" dir="ltr" data-theme="dark">`},
		{"light", `<html lang="en" dir="ltr" data-theme="light">`},
		{"auto", `<html lang="en" dir="ltr">`},
		{"dark", `data-theme="dark"`},
		{"<script>", `<html lang="en" dir="ltr">`},
	} {
		if step.value != "" {
			if page := chooseTheme(t, b, p, step.value, "same-origin", from); page.StatusCode != 200 || page.Request.URL.String() != p.URL+from {
				t.Errorf("%q: got %s at %s, want the page of the form", step.value, page.Status, page.Request.URL)
			}
		}
		for _, address := range []string{p.Issuer + "/login/", p.URL + "/", p.Issuer + "/unknown"} {
			if page := b.Open(address); !strings.Contains(page.Body, step.want) {
				t.Errorf("after %q, %s has no %s:\n%.300s", step.value, address, step.want, page.Body)
			}
		}
	}
	chooseTheme(t, b, p, "dark", "same-origin", from)
	if page := b.Open(p.URL + "/"); !strings.Contains(page.Body, `<meta name="color-scheme" content="dark">`) || !strings.Contains(page.Body, `value="dark" aria-pressed="true"`) {
		t.Errorf("a dark page is light until its style sheet is loaded, or does not show the choice:\n%s", page.Body)
	}
}

func TestAnotherSiteCannotChooseTheTheme(t *testing.T) {
	p := latchkeytest.New(t, nil)
	b := p.Browser()
	for _, site := range []string{"cross-site", "same-site"} {
		if page := chooseTheme(t, b, p, "dark", site, ""); page.StatusCode != http.StatusForbidden {
			t.Errorf("%s: got %s", site, page.Status)
		}
	}
	if page := b.Open(p.URL + "/"); strings.Contains(page.Body, "data-theme") {
		t.Error("a page of another site changed the theme")
	}
}

// TestThemeReturnsOnlyToPagesOfThisServer: the answer to the form is not an open
// redirector.
func TestThemeReturnsOnlyToPagesOfThisServer(t *testing.T) {
	p := latchkeytest.New(t, nil)
	for from, want := range map[string]string{
		"": "/", "https://evil.example/": "/", "https://evil.example/o/login/": "/", "//evil.example/": "/",
		`/\evil.example/x`: "/", "::": "/", "/o/login/?next=/x": "/o/login/?next=/x",
	} {
		page := chooseTheme(t, p.Browser(), p, "dark", "same-origin", from)
		if got := page.Request.URL.String(); got != p.URL+want {
			t.Errorf("from %q, the browser goes to %s, want %s", from, got, want)
		}
	}
}
