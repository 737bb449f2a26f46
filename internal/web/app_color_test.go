package web_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/internal/upstream"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// TestColorOfAnApplicationIsOnThePagesOfItsRequests, and on no page of the account. The
// header keeps the name of this server, and the page names the host that gets the response.
func TestColorOfAnApplicationIsOnThePagesOfItsRequests(t *testing.T) {
	p := latchkeytest.New(t, func(o *latchkey.Options) {
		o.Brand, o.SignUp = "Harbour", true
		o.LoginProviders = []latchkey.LoginProvider{{Name: "staff", Title: "Staff", Type: "ldap", URL: "ldaps://ldap.example", BindDN: "cn=latchkey,dc=acme", ClientSecret: "s", BaseDN: "dc=acme"}}
		o.OpenDirectory = func(latchkey.LoginProvider) (latchkey.Directory, error) { return emptyDirectory{}, nil }
	})
	p.AddUser("ada", false)
	client, _ := p.AddClient("https://shop.example/cb", func(c *oauth.Client) {
		c.Name, c.BrandColor, c.HomepageURL = "Shop", "#7a1fa2", "https://bank.example/"
	})
	const sheet = "/color-7a1fa2.css"
	b := p.Browser()
	colored := func(where string, page latchkeytest.Page) latchkeytest.Page {
		t.Helper()
		for _, want := range []string{sheet, `<body class="decide branded">`, "<bdi>Harbour</bdi></a></header>", "<bdi>shop.example</bdi>"} {
			if !strings.Contains(page.Body, want) {
				t.Errorf("%s: the page lacks %q:\n%s", where, want, page.Body)
			}
		}
		if strings.Contains(page.Body, "<strong><bdi>bank.example") {
			t.Errorf("%s: the page vouches for the homepage that the application names", where)
		}
		return page
	}
	request := authorizeURL(p, client, nil)
	login := colored("login", b.Open(request))
	colored("sign-up", b.Open(login.Request.URL.Scheme+"://"+login.Request.URL.Host+signUpPath(t, login.Body)))
	directory := b.Open(p.Issuer + "/login/with/staff/?next=" + url.QueryEscape(login.Request.URL.Query().Get("next")))
	wrong := b.Submit(colored("directory", directory), url.Values{"username": {"ada"}, "password": {"wrong"}})
	if colored("wrong password in the directory", wrong); wrong.StatusCode != http.StatusUnauthorized {
		t.Errorf("a wrong password: %s", wrong.Status)
	}
	colored("invitation", b.Open(p.Issuer+"/invite/?next="+url.QueryEscape(login.Request.URL.Query().Get("next"))))
	colored("consent", b.LogIn(b.Open(request), "ada"))
	colored("choice of the account", b.Open(authorizeURL(p, client, url.Values{"prompt": {"select_account"}})))
	for _, path := range []string{"/account/", "/account/applications/", "/login/"} {
		if page := b.Open(p.Issuer + path); strings.Contains(page.Body, "/color-") || strings.Contains(page.Body, "branded") {
			t.Errorf("%s has the color of an application:\n%s", path, page.Body)
		}
	}
	plain, _ := p.AddClient("https://other.example/cb", nil)
	if page := b.Open(authorizeURL(p, plain, nil)); strings.Contains(page.Body, "/color-") {
		t.Errorf("the page of an application without a color has one:\n%s", page.Body)
	}
}

// emptyDirectory is a directory without people.
type emptyDirectory struct{}

func (emptyDirectory) Find(context.Context, string) (*upstream.Entry, error) { return nil, nil }
func (emptyDirectory) Check(context.Context, *upstream.Entry, string) error {
	return upstream.ErrWrongPassword
}
func (emptyDirectory) FindGroups(context.Context, *upstream.Entry) error { return nil }

func signUpPath(t *testing.T, page string) string {
	t.Helper()
	_, rest, found := strings.Cut(page, `href="/o/signup/`)
	path, _, end := strings.Cut(rest, `"`)
	if !found || !end {
		t.Fatalf("no link to the sign-up: %s", page)
	}
	return "/o/signup/" + strings.ReplaceAll(path, "&amp;", "&")
}
