package admin_test

import (
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/admin"
	"github.com/seed-e6a88a41/latchkey/internal/pseudo"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/memstore"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// prefers is a transport with the languages of a browser.
type prefers string

func (p prefers) RoundTrip(r *http.Request) (*http.Response, error) {
	r.Header.Set("Accept-Language", string(p))
	return http.DefaultTransport.RoundTrip(r)
}

// enterPseudo is enter with an office whose words are in brackets.
func enterPseudo(t *testing.T, change ...func(*latchkey.Options)) office {
	t.Helper()
	templates, err := pseudo.Templates()
	if err != nil {
		t.Fatal(err)
	}
	o := enter(t, append(change, func(o *latchkey.Options) { o.Templates = templates })...)
	o.Transport = prefers(pseudo.Language)
	return o
}

// values are parts of pages that are the same in all languages.
var values = []string{
	"Latchkey", "UTC", "Rob", "root", "Shop", "ada", "openid", "read", "http://localhost:8001", "Go-http-client/1.1",
	"confidential, public", "client_credentials", "code", "password", "implicit", "pkce_plain", "A128CBC-HS256", "RS256", "ES256",
}

// examples matches JSON and the end of an ID.
var examples = regexp.MustCompile(`\[?\{&#34;.*?\}\]?|…[0-9a-zA-Z]{6}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

// check checks that all words of a page are in a catalogue, apart from these.
func (o office) check(name string, page latchkeytest.Page, apart ...string) {
	o.t.Helper()
	for _, text := range pseudo.Untranslated(examples.ReplaceAllString(page.Body, ""), slices.Concat(apart, values)...) {
		o.t.Errorf("%s: %q is not in a catalogue", name, text)
	}
	if !strings.Contains(page.Body, `<html lang="`+pseudo.Language+`" dir="ltr">`) || !strings.Contains(page.Body, "⟦") {
		o.t.Errorf("%s: got %s %s", name, page.Status, page.Body)
	}
}

// fill adds rows of all kinds. It returns the values of {id} in the paths, by their section.
func (o office) fill() map[string]string {
	o.t.Helper()
	ada := o.AddUser("ada", false)
	shop, secret := o.AddClient("https://app.example/cb", func(c *oauth.Client) {
		c.Name, c.GrantTypes, c.SkipAuthorization, c.CodeWithoutPKCE = "Shop", provider.GrantTypes(), true, true
		c.AccessTokenTTL, c.OwnerID = oauth.Lifetime(time.Hour), ada.ID
		c.Legacy = []oauth.LegacyException{
			{Feature: oauth.LegacyPassword, Until: "9999-12-31"},
			{Feature: oauth.LegacyImplicit, Until: "2020-12-31"},
			{Feature: oauth.LegacyPlainPKCE, Until: o.Now().Add(72 * time.Hour).Format(time.DateOnly)},
		}
	})
	request := url.Values{
		"response_type": {"code"}, "client_id": {shop.ID}, "scope": {"read"}, "client_secret": {secret}, "redirect_uri": {"https://app.example/cb"},
		"code_challenge": {"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"}, "code_challenge_method": {"S256"},
	}
	b := o.Provider.Browser()
	for _, path := range []string{"/par/", "/device-authorization/", "/token/"} {
		form := maps.Clone(request)
		form.Set("grant_type", "client_credentials")
		response, err := b.PostForm(o.Issuer+path, form)
		if err != nil || response.StatusCode >= 300 {
			o.t.Fatal(path, response.Status, err)
		}
		_ = response.Body.Close()
	}
	if _, err := b.Authorize(o.Issuer+"/authorize/?"+request.Encode(), "ada"); err != nil {
		o.t.Fatal(err)
	}
	o.Tokens(shop, secret, "ada", "read")
	request.Set("scope", "unknown")
	b.Open(o.Issuer + "/authorize/?client_id=x&" + request.Encode())
	b.Open(o.Issuer + "/authorize/?client_id=unknown")
	keys := o.open("keys/").Body
	return map[string]string{"applications": shop.ID, "users": ada.ID, "keys": submatch(o.t, keys, `/admin/keys/([^/"]+)/retire/`)}
}

func TestAllTextsOfTheBackOfficeAreInACatalogue(t *testing.T) {
	o := enterPseudo(t, func(o *latchkey.Options) {
		o.Store, o.Registration, o.RegistrationLimit = removing{memstore.New(nil)}, "open", -1
		o.ClientDocuments = "allow"
	})
	for _, section := range []string{"applications", "users", "tokens", "requests", "consents", "sessions", "problems", "registration"} {
		o.check("an empty list of "+section, o.open(section+"/"))
		o.check("a search in "+section, o.open(section+"/?q=nothing&id=nothing"))
	}
	ids := o.fill()
	path := func(pattern string) (method, path string) {
		method, path, _ = strings.Cut(strings.TrimSuffix(pattern, "{$}"), " /")
		section, _, _ := strings.Cut(path, "/")
		return method, strings.ReplaceAll(path, "{id}", ids[section])
	}
	for _, pattern := range admin.Patterns() {
		if method, path := path(pattern); method == http.MethodGet {
			o.check(pattern, o.open(path))
		}
	}
	for _, view := range []string{"tokens/?kind=access", "requests/?kind=device", "requests/?kind=code", "problems/?show=other", "applications/?sort=created&order=desc", "applications/x/", "nothing/"} {
		o.check(view, o.open(view))
	}
	posts := map[string][]url.Values{
		"applications/add/?kind=other": {{}, {"client_name": {"Web"}, "grant_types": {"client_credentials"}, "save": {"1"}}, {
			"client_name": {"x"}, "owner": {"nobody"}, "access_token_ttl": {"x"}, "jwks": {"x"}, "translations": {"x"}, "legacy_features": {"x"}, "default_max_age": {"x"}, "metadata": {"x"},
		}},
		"applications/" + ids["applications"] + "/edit/":   {{"version": {"1"}, "client_type": {"public"}, "client_name": {""}}, {}},
		"applications/" + ids["applications"] + "/switch/": {{"to": {"paused"}}, {"to": {"disabled"}}},
		"applications/" + ids["applications"] + "/secret/": {{"overlap": {"0"}}, {"end": {"x"}}, {"overlap": {"1d"}}},
		"users/add/":                           {{}, {"username": {"a b"}, "email": {"x"}, "password": {"short"}, "claims": {"x"}}, {"username": {"grace"}}},
		"users/" + ids["users"] + "/":          {{"version": {"1"}}, {}},
		"users/" + ids["users"] + "/password/": {{}, {"confirmed": {"yes"}, "password": {"short"}}, {"confirmed": {"yes"}}},
		"users/" + ids["users"] + "/metadata/": {{"metadata": {"x"}}, {"metadata": {`{"a":{"a":{"a":{"a":{"a":{}}}}}}`}}},
		"users/" + ids["users"] + "/switch/":   {{"to": {"paused"}}, {"to": {"disabled"}}},
		"tokens/":                              {{"family": {"x"}}, {"family": {"x", "y"}}, {}},
		"consents/":                            {{"consent": {"x"}}},
		"sessions/":                            {{"session": {"x", "y"}}},
		"registration/":                        {{}, {"revoke": {"x"}}, {"name": {"Rob"}, "uses": {"1"}, "days": {"1"}}, {"name": {"Rob"}, "uses": {"x"}, "days": {"x"}}},
		"api-tokens/":                          {{}, {"revoke": {"x"}}, {"name": {"Rob"}, "days": {"x"}, "scope": {"latchkey:admin"}}, {"name": {"Rob"}, "days": {"1"}, "scope": {"latchkey:admin"}}},
		"invitations/":                         {{}, {"withdraw": {"x"}}, {"email": {"x"}}},
		"keys/":                                {{"alg": {"ES256"}}},
	}
	for _, pattern := range admin.Patterns() {
		if method, path := path(pattern); method == http.MethodPost && posts[path] == nil && !strings.HasSuffix(path, "/export/") { // a file
			posts[path] = []url.Values{{}}
		}
	}
	for _, path := range slices.Sorted(maps.Keys(posts)) {
		for _, form := range posts[path] {
			page := o.open(path)
			page.Request.URL, _ = url.Parse(o.URL + "/admin/" + path)
			o.check("POST "+path+" "+form.Encode(), o.Browser.Submit(latchkeytest.Page{Response: page.Response}, form))
		}
	}
	o.check("a disabled application", o.post("applications/"+ids["applications"]+"/switch/", url.Values{"to": {"paused"}}))
	o.check("a disabled user", o.post("users/"+ids["users"]+"/switch/", url.Values{"to": {"paused"}}))
	o.check("deleting a disabled application", o.open("applications/"+ids["applications"]+"/delete/"))
	o.check("the applications", o.open("applications/"))
}

// The messages quote the addresses and the names of the claims.
func TestFaultsOfAddressesAndClaimsAreInACatalogue(t *testing.T) {
	o := enterPseudo(t)
	addresses := []string{
		"https://x.example/cb?code=1", "https://x.example/a;b", "https://u@x.example/cb", "https://x.example/%zz?a=%zz", "http://x.example/cb", "https://*.example/cb", "https://x.example/#",
		"https:///x", "https://x.example/ü", "javascript:x", "app:x", "relative",
	}
	origins := []string{"http://x.example", "https://x.example/a"}
	claims := []string{"email_verified", "website", "locale", "address", "nickname", "updated_at", "zoneinfo", "phone_number", "birthdate", "email", "name#fr_x", "name"}
	apart := slices.Concat(addresses, origins, claims, []string{"https://x.example", "code", "app", "javascript"})
	slices.SortFunc(apart, func(a, b string) int { return len(b) - len(a) }) // one can contain another
	check := func(path string, form url.Values, faults int) {
		t.Helper()
		page := o.open(path)
		page = o.Browser.Submit(latchkeytest.Page{Response: page.Response}, form)
		o.check(path, page, apart...)
		if found := strings.Count(page.Body, "is not valid") + strings.Count(page.Body, "x.example"); found < faults {
			t.Errorf("%s: there are only %d faults in %s", path, found, page.Body)
		}
	}
	check("applications/add/?kind=other", url.Values{"client_name": {"a"}, "grant_types": {"authorization_code"}, "redirect_uris": {strings.Join(addresses, "\n")}, "allowed_origins": {strings.Join(origins, "\n")}}, 10)
	check("users/add/", url.Values{"username": {"a"}, "claims": {`{"website": "-", "locale": 1, "email_verified": 1, "address": "", "name": 1, "nickname": "", "updated_at": "-", "zoneinfo": "-", "phone_number": "-", "birthdate": "-", "email": "-", "name#fr_x": "a"}`}}, 9)
}

// The texts of the notes are chosen by the URL.
func TestAllNotesOfTheBackOfficeAreInACatalogue(t *testing.T) {
	o := enterPseudo(t)
	for _, note := range []string{"created", "saved", "rights", "deleted", "enabled", "disabled", "paused", "user-enabled", "user-disabled", "revoked", "ended", "did.disabled.2.1.1.1", "did.logged-out.1.0.0.0", "did.tokens-revoked.2.0.0.0", "did.revoked.2.3.0.0", "did.withdrawn.0.1.0.0", "did.ended.1.2.0.0", "did.removed.0.2.0.0", "factors", "secret-revoked", "registration-token-revoked", "password", "rotated", "registration-revoked", "api-token-revoked", "retired", "nothing"} {
		page := o.open("keys/?note=" + note)
		o.check(note, page)
		if !regexp.MustCompile(`role="(status|alert)">.*<p>\d*⟦`).MatchString(page.Body) {
			t.Errorf("%s: there is no note in %s", note, page.Body)
		}
	}
}

func TestOtherPeopleSeeTheBackOfficeInTheirLanguage(t *testing.T) {
	o := enterPseudo(t)
	o.AddUser("ada", false)
	b := o.Provider.Browser()
	b.Transport = prefers(pseudo.Language)
	o.check("not an administrator", b.LogIn(b.Open(o.URL+"/admin/"), "ada"))
}

// The language of the profile comes before that of the browser.
func TestBackOfficeIsInTheLanguageOfTheProfile(t *testing.T) {
	o := enterPseudo(t)
	o.Add(account.NewUser{Username: "grace", Admin: true, Claims: []byte(`{"locale":"` + pseudo.Language + `"}`)})
	b := o.Provider.Browser()
	b.Transport = prefers("en")
	page := b.LogIn(b.Open(o.URL+"/admin/"), "grace")
	o.check("the language of the profile", b.Open(o.URL+"/admin/keys/"))
	if page.Header.Get("Content-Language") != pseudo.Language {
		t.Errorf("got %v", page.Header)
	}
}

// TestWarningsAboutRegistrationAreInTheCatalogue: latchkey check and the back office show
// the same ones.
func TestWarningsAboutRegistrationAreInTheCatalogue(t *testing.T) {
	warnings := (&provider.Settings{Registration: "open", RegistrationLimit: -1, ClientDocuments: "allow"}).RegistrationWarnings()
	if len(warnings) != 3 {
		t.Errorf("got %v", warnings)
	}
	for _, w := range warnings {
		if got := (ui.Text{"admin.warning." + strings.ToLower(w.ID)}).String(); got != w.Text {
			t.Errorf("%s: got %s, want %s", w.ID, got, w.Text)
		}
	}
}
