package web_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// prefers is a browser that sends these languages.
type prefers string

func (p prefers) RoundTrip(r *http.Request) (*http.Response, error) {
	if p != "" {
		r.Header.Set("Accept-Language", string(p))
	}
	return http.DefaultTransport.RoundTrip(r)
}

// RFC 7591 §2.2, OpenID Connect Core §3.1.2.1 (ui_locales).
func TestLoginAndConsentPageShowTheApplicationInTheLanguageOfThePerson(t *testing.T) {
	p := latchkeytest.New(t)
	p.AddUser("ada", false)
	client, _ := p.AddClient("https://app.example/cb", func(c *oauth.Client) {
		c.Name, c.TermsURL, c.PolicyURL = "Shop", "https://app.example/terms", "https://app.example/privacy"
		c.Translations = oauth.Translations{"client_name#de": "Laden", "client_name#fr-CA": "Boutique", "tos_uri#de": "https://app.example/agb"}
	})
	for name, test := range map[string]struct{ accept, locales, want string }{
		"no language":                 {"", "", "Shop https://app.example/terms https://app.example/privacy"},
		"the browser's":               {"de", "", "Laden https://app.example/agb https://app.example/privacy"},
		"a region of it":              {"de-AT,en;q=0.5", "", "Laden https://app.example/agb"},
		"by preference":               {"it;q=0.9,fr-CA;q=0.8,de;q=0.3", "", "Boutique https://app.example/agb"},
		"that of the pages before it": {"en-GB,de;q=0.9", "", "Shop"},
		"another region":              {"fr", "", "Shop"},
		"the application's":           {"de", "fr-CA", "Boutique"},
		"not a language":              {";;;", "", "Shop"},
		"a very long header":          {strings.Repeat("de,", 1000), "", "Shop"},
	} {
		b := p.Browser()
		b.Transport = prefers(test.accept)
		login := b.Open(authorizeURL(p, client, url.Values{"ui_locales": {test.locales}}))
		consent := b.LogIn(login, "ada")
		for _, want := range strings.Fields(test.want) {
			if !strings.Contains(login.Body, want) || !strings.Contains(consent.Body, want) {
				t.Errorf("%s: %s is missing in\n%s\nor\n%s", name, want, login.Body, consent.Body)
			}
		}
	}
}

// Comparing a long tag and its parents with all translations would take seconds.
func TestLanguageCookieThatIsTooLongIsIgnored(t *testing.T) {
	p := latchkeytest.New(t)
	client, _ := p.AddClient("https://app.example/cb", func(c *oauth.Client) {
		c.Name, c.Translations = "Shop", oauth.Translations{"client_name#de": "Laden"}
	})
	for cookie, want := range map[string]string{"de-AT": "Laden", "de" + strings.Repeat("-a", 5000): "Shop"} {
		jar := p.Browser()
		first := jar.Open(authorizeURL(p, client, nil))
		request, err := http.NewRequest(http.MethodGet, first.Request.URL.String(), nil)
		if err != nil {
			t.Fatal(err)
		}
		request.AddCookie(&http.Cookie{Name: "lk_language", Value: cookie})
		response, err := jar.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if err != nil || !strings.Contains(string(body), want) {
			t.Errorf("%.10s: want %s, got %s, %v", cookie, want, body, err)
		}
	}
}

// OWASP ASVS 10.4.7: a person is warned of an application that nobody has checked.
func TestConsentPageWarnsOfAnApplicationThatRegisteredItself(t *testing.T) {
	p := latchkeytest.New(t, func(o *latchkey.Options) { o.Registration = provider.RegistrationOpen })
	p.AddUser("ada", false)
	checked, _ := p.AddClient("https://app.example/cb", nil)
	b := p.Browser()
	page := b.LogIn(b.Open(authorizeURL(p, checked, nil)), "ada")
	if strings.Contains(page.Body, "registered itself") {
		t.Error("an application that an administrator added is not trusted")
	}
	response, body := send(t, http.MethodPost, p.Issuer+"/register/", `{"client_name":"Bank","redirect_uris":["https://app.example/cb"]}`, "Content-Type", "application/json")
	if response.StatusCode != http.StatusCreated {
		t.Fatal(body)
	}
	_, rest, _ := strings.Cut(body, `"client_id":"`)
	id, _, _ := strings.Cut(rest, `"`)
	page = b.Open(authorizeURL(p, &oauth.Client{ID: id, RedirectURIs: []string{"https://app.example/cb"}}, nil))
	if !strings.Contains(page.Body, "registered itself") || !strings.Contains(page.Body, "trust <strong><bdi>app.example</bdi>") || strings.Contains(page.Body, id+`"`) {
		t.Errorf("got %s", page.Body)
	}
}

// asBrowser sends a User-Agent, and prefers a language.
type asBrowser struct {
	prefers
	userAgent string
}

func (b asBrowser) RoundTrip(r *http.Request) (*http.Response, error) {
	r.Header.Set("User-Agent", b.userAgent)
	return b.prefers.RoundTrip(r)
}

// TestSuggestedNameOfAPasskeyIsInTheLanguageOfThePage, without the characters that isolate words
// of another script, which a name must not have.
func TestSuggestedNameOfAPasskeyIsInTheLanguageOfThePage(t *testing.T) {
	p := latchkeytest.New(t, withPasskeys)
	p.URL = strings.TrimSuffix(p.Issuer, "/o")
	p.AddUser("ada", false)
	for language, want := range map[string]string{"en": "Firefox on Linux", "de": "Firefox unter Linux", "fa": "Firefox روی Linux"} {
		b := p.Browser()
		b.Transport = asBrowser{prefers(language), "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"}
		page := b.LogIn(b.Open(p.Issuer+"/login/?next=/o/account/security/passkey/"), "ada")
		if !strings.Contains(page.Body, `value="`+want+`"`) {
			t.Errorf("%s: %s", language, page.Body)
		}
	}
}
