package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

func TestOptionalScopesAreGrantedOnlyIfSelected(t *testing.T) {
	p := latchkeytest.New(t, func(o *latchkey.Options) {
		o.Scopes = []oauth.ScopeInfo{{Name: "must", Description: "Be"}, {Name: "may", Description: "Do more", Optional: true}}
	})
	p.AddUser("ada", false)
	client, secret := p.AddClient("https://app.example/cb", nil)
	b := p.Browser()
	page := b.LogIn(b.Open(authorizeURL(p, client, url.Values{"scope": {"must may"}})), "ada")
	if !strings.Contains(page.Body, `value="may">`) {
		t.Errorf("the optional scope is selected at first: %s", page.Body)
	}
	if page = b.Submit(page, url.Values{"decision": {"authorize"}}); !strings.Contains(page.Body, `value="may">`) {
		t.Errorf("the optional scope is selected again after a mistake: %s", page.Body)
	}
	page = b.Submit(page, url.Values{"decision": {"authorize"}, "allow": {"yes"}})
	if _, body := redeem(t, p, client, secret, page.RedirectURL.Query().Get("code")); !strings.Contains(body, `"scope":"must"`) {
		t.Errorf("got %s", body)
	}
}

func TestOptionalScopesAreTickedIfRecommendedOrAllowedBefore(t *testing.T) {
	p := latchkeytest.New(t, func(o *latchkey.Options) {
		o.Scopes = []oauth.ScopeInfo{{Name: "must"}, {Name: "may", Optional: true}, {Name: "should", Optional: true}}
	})
	p.AddUser("ada", false)
	client, _ := p.AddClient("https://app.example/cb", func(c *oauth.Client) { c.RecommendedScopes = oauth.Scopes{"should"} })
	b := p.Browser()
	page := b.LogIn(b.Open(authorizeURL(p, client, url.Values{"scope": {"must may should"}})), "ada")
	if strings.Contains(page.Body, `value="may" checked>`) || !strings.Contains(page.Body, `value="should" checked>`) {
		t.Errorf("at first: %s", page.Body)
	}
	b.Submit(page, url.Values{"decision": {"authorize"}, "allow": {"yes"}, "scope": {"may"}})
	page = b.Open(authorizeURL(p, client, url.Values{"scope": {"must may should"}}))
	if !strings.Contains(page.Body, `value="may" checked>`) {
		t.Errorf("afterwards: %s", page.Body)
	}
}

func TestADecisionCountsOnlyFromThePersonAndBrowserThatSawThePage(t *testing.T) {
	p := latchkeytest.New(t)
	p.AddUser("ada", false)
	client, _ := p.AddClient("https://app.example/cb", nil)
	b := p.Browser()
	page := b.LogIn(b.Open(authorizeURL(p, client, nil)), "ada")
	handle := regexp.MustCompile(`name="request" value="([^"]+)"`).FindStringSubmatch(page.Body)[1]
	decision := url.Values{"request": {handle}, "decision": {"authorize"}, "allow": {"yes"}}
	post := func(headers ...string) *http.Response {
		r, _ := http.NewRequest("POST", p.Issuer+"/authorize/", strings.NewReader(decision.Encode()))
		r.Header.Set("Content-Type", form)
		for i := 0; i < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		response, err := b.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		return response
	}
	if got := post("Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"); got.StatusCode != 403 {
		t.Errorf("from another site: got %s", got.Status)
	}
	if got := post("Origin", "https://evil.example"); got.StatusCode != 403 {
		t.Errorf("from another origin: got %s", got.Status)
	}
	if got, _ := send(t, "POST", p.Issuer+"/authorize/", decision.Encode(), "Content-Type", form); got.StatusCode != 400 {
		t.Errorf("in another browser: got %s", got.Status)
	}
	p.AddUser("bob", false)
	b.LogIn(b.Open(p.Issuer+"/login/"), "bob")
	page = b.Submit(latchkeytest.Page{Response: &http.Response{Request: &http.Request{URL: mustParse(p.Issuer + "/authorize/")}}}, decision)
	if page.RedirectURL != nil || !strings.Contains(page.Body, "Logged in as <strong><bdi>bob</bdi></strong>") {
		t.Errorf("after another person logged in: got %v %s, want the consent page for bob", page.RedirectURL, page.Body)
	}
}

func mustParse(s string) *url.URL {
	u, err := url.Parse(s)
	if err != nil {
		panic(err)
	}
	return u
}

// RFC 8707 §2: the person sees which API the permission is for.
func TestTheConsentPageNamesTheResources(t *testing.T) {
	p := latchkeytest.New(t, func(o *latchkey.Options) {
		o.Resources = []oauth.ResourceInfo{{URI: "https://tools.example/mcp", Name: "Tools <1>"}, {URI: "https://files.example"}}
	})
	p.AddUser("ada", false)
	client, _ := p.AddClient("https://app.example/cb", func(c *oauth.Client) { c.MultipleResources = true })
	b := p.Browser()
	page := b.LogIn(b.Open(authorizeURL(p, client, url.Values{"resource": {"https://TOOLS.example/mcp/", "https://files.example/"}})), "ada")
	const want = "The permission applies to: <strong><bdi>Tools &lt;1&gt;</bdi></strong> (<bdi>https://tools.example/mcp</bdi>), <strong><bdi>https://files.example</bdi></strong>"
	if !strings.Contains(page.Body, want) {
		t.Errorf("got %s", page.Body)
	}
	b.Submit(page, url.Values{"decision": {"authorize"}, "allow": {"yes"}})
	page = b.Open(p.Issuer + "/account/applications/")
	for _, want := range []string{"See your data (Tools &lt;1&gt;)", "See your data (https://files.example)"} {
		if !strings.Contains(page.Body, want) {
			t.Errorf("%q is not on the account page: %s", want, page.Body)
		}
	}
	page = b.Open(authorizeURL(p, client, url.Values{"resource": {"https://files.example"}}))
	if page.RedirectURL == nil {
		t.Errorf("the person is asked again: %s", page.Body)
	}
	page = b.Open(authorizeURL(p, client, url.Values{"resource": {"https://other.example"}}))
	if page.RedirectURL == nil || page.RedirectURL.Query().Get("error") != "invalid_target" {
		t.Errorf("got %v %s", page.RedirectURL, page.Body)
	}
}

// TestConsentPageGroupsScopesByWeight: the scopes that change data or keep the access
// stand out, and the page says what is new.
func TestConsentPageGroupsScopesByWeight(t *testing.T) {
	p := latchkeytest.New(t, func(o *latchkey.Options) {
		o.Scopes = []oauth.ScopeInfo{{Name: "orders.read", Description: "See your orders"}, {Name: "orders", Description: "Cancel your orders"}, {Name: "pay", Weight: oauth.WeightRead}}
	})
	p.AddUser("ada", false)
	client, _ := p.AddClient("https://app.example/cb", func(c *oauth.Client) { c.CreatedAt = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC) })
	b := p.Browser()
	page := b.LogIn(b.Open(authorizeURL(p, client, url.Values{"scope": {"openid orders orders.read pay"}})), "ada")
	place := -1
	for _, want := range []string{
		"Who you are", "<bdi>Recognize you when you log in</bdi>", "Read access", "<bdi>See your orders</bdi>", `<code class="sub"><bdi>orders.read</bdi></code>`, "<bdi>pay</bdi>",
		"Change your data, or act for you", "Check these", `<li class="heavy">`, "<bdi>Cancel your orders</bdi>",
	} {
		next := strings.Index(page.Body, want)
		if next <= place {
			t.Fatalf("%q is not on the page after what comes before it:\n%s", want, page.Body)
		}
		place = next
	}
	if strings.Contains(page.Body, "Keep access") || strings.Count(page.Body, "Check these") != 1 || !strings.Contains(page.Body, "Added by this site") || !strings.Contains(page.Body, `Known here since <time datetime="2026-03-02T00:00:00Z">2 March 2026</time>`) {
		t.Errorf("got:\n%s", page.Body)
	}
	b.Submit(page, url.Values{"decision": {"authorize"}, "allow": {"yes"}})
	page = b.Open(authorizeURL(p, client, url.Values{"scope": {"openid orders orders.read pay profile"}}))
	asked, held, found := strings.Cut(page.Body, "It already has 4 permissions")
	if !found || !strings.Contains(asked, "See your name and profile") || strings.Contains(asked, "See your orders") || !strings.Contains(held, "See your orders") {
		t.Errorf("after the person allowed four of five scopes:\n%s", page.Body)
	}
}

// TestPeopleSelectWhatAnAgentMayChange: an agent gets no scope that changes data or keeps
// the access, unless the person selects it.
func TestPeopleSelectWhatAnAgentMayChange(t *testing.T) {
	p := latchkeytest.New(t)
	p.AddUser("ada", false)
	client, secret := p.AddClient("https://app.example/cb", func(c *oauth.Client) { c.Agent, c.RecommendedScopes = true, oauth.Scopes{"write"} })
	ask := func(selected ...string) string {
		b := p.Browser()
		page := b.LogIn(b.Open(authorizeURL(p, client, url.Values{"scope": {"read write"}, "prompt": {"consent"}})), "ada")
		if !strings.Contains(page.Body, "This application is an agent.") || !strings.Contains(page.Body, `name="scope" value="write">`) || strings.Contains(page.Body, `name="scope" value="read"`) {
			t.Errorf("got:\n%s", page.Body)
		}
		page = b.Submit(page, url.Values{"decision": {"authorize"}, "allow": {"yes"}, "scope": selected})
		_, body := redeem(t, p, client, secret, page.RedirectURL.Query().Get("code"))
		return body
	}
	if body := ask("other"); !strings.Contains(body, `"scope":"read"`) {
		t.Errorf("without a selection: got %s", body)
	}
	if body := ask("write"); !strings.Contains(body, `"scope":"read write"`) {
		t.Errorf("with a selection: got %s", body)
	}
}
