package latchkeytest

import (
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Browser is an HTTP client with a cookie jar. It follows redirects only within the
// provider. Create one with Provider.Browser. A request without a response ends the test;
// a response with an error status does not.
type Browser struct {
	*http.Client
	p *Provider
}

// Browser returns a new browser without cookies.
func (p *Provider) Browser() *Browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		p.t.Fatalf("latchkeytest: Browser: %v", err)
	}
	return &Browser{p: p, Client: &http.Client{
		Jar: jar,
		CheckRedirect: func(r *http.Request, _ []*http.Request) error {
			if !strings.HasPrefix(r.URL.String(), p.URL+"/") {
				return http.ErrUseLastResponse
			}
			return nil
		},
	}}
}

// Page is the last response that a browser received, with its body. Response.Body has
// been read and closed. Response.Request.URL, or Page.Request.URL, is the address of the page.
type Page struct {
	*http.Response
	Body string // the complete body of the response
	// RedirectURL is the target if the response redirects to another origin, or nil.
	RedirectURL *url.URL
}

// Open requests the page with this URL, with the method GET. A URL without a host, such as
// "/admin/" or "admin/", is relative to Provider.URL.
func (b *Browser) Open(address string) Page {
	b.p.t.Helper()
	target, err := url.Parse(address)
	if err != nil {
		b.p.t.Fatalf("latchkeytest: Open: %v", err)
	}
	if target.Scheme == "" && target.Host == "" {
		address = b.p.URL + "/" + strings.TrimPrefix(address, "/")
	}
	response, err := b.Get(address)
	return b.page(response, err)
}

// Submit fills in fields of a form of the page and submits it, as a browser does: with
// the address of the form, its hidden fields, and the values that it already has. A
// field without a value, such as {"admin": nil}, clears a checkbox. Submit finds the form
// by the names of the fields. If no form has them all, it posts them with all hidden
// fields to the address of the page, as an attacker could.
func (b *Browser) Submit(page Page, fields url.Values) Page {
	b.p.t.Helper()
	if fields == nil {
		fields = make(url.Values)
	}
	address, err := page.Request.URL.Parse(fill(page.Body, fields))
	if err != nil {
		b.p.t.Fatalf("latchkeytest: Submit: %v", err)
	}
	response, err := b.PostForm(address.String(), fields)
	return b.page(response, err)
}

func (b *Browser) page(response *http.Response, err error) Page {
	b.p.t.Helper()
	if err != nil {
		b.p.t.Fatalf("latchkeytest: page: %v", err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		b.p.t.Fatalf("latchkeytest: page: %v", err)
	}
	page := Page{Response: response, Body: string(body)}
	if location := response.Header.Get("Location"); location != "" {
		if page.RedirectURL, err = response.Request.URL.Parse(location); err != nil {
			b.p.t.Fatalf("latchkeytest: page: %v", err)
		}
	}
	return page
}

// LogIn fills in the username and Password on a login page, submits it, and returns the
// next page. If the page asks only for the username, LogIn submits it first. Provider.LogInWith can
// replace it.
func (b *Browser) LogIn(page Page, username string) Page {
	b.p.t.Helper()
	if b.p.LogInWith != nil {
		return b.p.LogInWith(b, page, username)
	}
	if asksForName(page) {
		page = b.Submit(page, url.Values{"username": {username}})
	}
	return b.Submit(page, url.Values{"username": {username}, "password": {Password}})
}

// isLogin reports whether a page is a login page. The login page of Provider.LogInWith can lack a
// password field. So if LogInWith is set, isLogin is true for any page outside of the path of the issuer.
func (p *Provider) isLogin(page Page) bool {
	own := p.LogInWith != nil && page.RedirectURL == nil && page.StatusCode == http.StatusOK && !strings.HasPrefix(page.Request.URL.String(), p.Issuer+"/")
	return own || hasField(page.Body, "password") || asksForName(page)
}

// asksForName reports whether a page is the first page of a login with
// Options.IdentifierFirst.
func asksForName(page Page) bool {
	return hasField(page.Body, "username") && !hasField(page.Body, "password")
}

// Decide opens an authorization URL, and logs in if the provider asks for it. If the
// provider asks for consent, it presses Authorize, or Cancel if consent is false. It returns
// the address to which the provider then redirects the browser: that of the client, with a
// code or an error. If there is no such redirect, it returns an error with the page. The
// login page of Options.People must be a route of Provider.Mux. Decide fills in its fields
// username and password; the password is the constant Password. If the browser is sent to this page
// again, for example for latchkey.ReasonACR, Decide fills it in a second time. For another login page, set
// Provider.LogInWith.
func (b *Browser) Decide(authorizationURL, username string, consent bool) (*url.URL, error) {
	b.p.t.Helper()
	page, again := b.Open(authorizationURL), ""
	if b.p.isLogin(page) {
		page = b.LogIn(page, username)
		if b.p.own && b.p.isLogin(page) { // for ReasonACR, or because the first login does not count
			again = page.Request.URL.Path
			page = b.LogIn(page, username)
		}
	}
	if hasField(page.Body, "allow") {
		decision := url.Values{"allow": {"yes"}, "decision": {"authorize"}}
		if !consent {
			decision = url.Values{"decision": {"cancel"}}
		}
		page = b.Submit(page, decision)
	}
	if page.RedirectURL == nil && page.StatusCode == http.StatusNotFound {
		return nil, fmt.Errorf("the provider of the test does not serve %s. If it is the login page of Options.People, add it to Provider.Mux, or use Provider.Token, which needs no login", page.Request.URL.Path)
	}
	if ahead := time.Until(b.p.Now()).Round(time.Second); page.RedirectURL == nil && again != "" && ahead != 0 {
		return nil, fmt.Errorf("%s shows the login page after the login. The clock of the test differs from time.Now by %s: if Current returns a Person with an AuthTime by another clock, the login does not count as new. Give your program Provider.Now as its clock. Also check that it accepts the username %q with the password latchkeytest.Password", again, ahead, username)
	}
	if page.RedirectURL == nil && b.p.isLogin(page) && b.p.own {
		return nil, fmt.Errorf("%s shows the login page after the login. Options.People must accept the username %q with the password latchkeytest.Password, and its Current must return the person afterwards. If the page needs other values, perhaps only at a second visit for Interaction.Reason, set Provider.LogInWith", page.Request.URL.Path, username)
	}
	if page.RedirectURL == nil && hasField(page.Body, "password") {
		return nil, fmt.Errorf("%s shows the login page after the login. The person %q must exist, and have the password latchkeytest.Password. Add them with Provider.AddUser(%q, false)", page.Request.URL.Path, username, username)
	}
	if page.RedirectURL == nil {
		return nil, fmt.Errorf("no redirect: %s: %s", page.Status, textOf(page.Body))
	}
	return page.RedirectURL, nil
}

// textOf returns the beginning of what a page says: its text, without scripts and navigation.
// A body that is not HTML is returned as it is.
func textOf(body string) string {
	const longest = 500
	var words []string
	hidden := 0
	for tokens := html.NewTokenizer(strings.NewReader(body)); ; {
		kind := tokens.Next()
		if kind == html.ErrorToken {
			break
		}
		token := tokens.Token()
		switch {
		case kind == html.TextToken && hidden == 0:
			words = append(words, strings.Fields(token.Data)...)
		case !slices.Contains([]atom.Atom{atom.Script, atom.Style, atom.Title, atom.Header, atom.Footer, atom.Nav}, token.DataAtom):
		case kind == html.StartTagToken:
			hidden++
		case kind == html.EndTagToken:
			hidden--
		}
	}
	text := strings.Join(words, " ")
	if len(text) > longest {
		text = strings.ToValidUTF8(text[:longest], "") + "…"
	}
	return text
}

// Authorize is Decide with consent, and returns the code. If the provider redirects the
// browser to the client with an error, that is the error.
func (b *Browser) Authorize(authorizationURL, username string) (code string, err error) {
	b.p.t.Helper()
	redirect, err := b.Decide(authorizationURL, username, true)
	if err != nil {
		return "", err
	}
	if e := redirect.Query().Get("error"); e != "" {
		return "", fmt.Errorf("%s: %s", e, redirect.Query().Get("error_description"))
	}
	return redirect.Query().Get("code"), nil
}
