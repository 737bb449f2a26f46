package e2e

import (
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// person is a browser without rendering. It keeps cookies, fills in the pages of
// the provider, and stops at a redirect to another site.
type person struct {
	t    *testing.T
	http *http.Client
	p    *provider
	// asked lists what each consent page asked for.
	asked []string
}

func newPerson(t *testing.T, p *provider) *person {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := p.client()
	client.Jar = jar
	origin := strings.TrimSuffix(p.issuer, "/o") + "/"
	client.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
		if !strings.HasPrefix(r.URL.String(), origin) {
			return http.ErrUseLastResponse
		}
		return nil
	}
	return &person{t: t, http: client, p: p}
}

var (
	inputTag   = regexp.MustCompile(`<(?:input|button)[^>]*>`)
	attribute  = regexp.MustCompile(`(\w+)="([^"]*)"`)
	userCode   = regexp.MustCompile(`<input id="user_code"[^>]* value="([^"]*)"`)
	scopeItem  = regexp.MustCompile(`</svg><bdi>([^<]*)</bdi>\s*<span class="row">(?:<span class="badge[^"]*">(new)</span>)?`)
	formAction = regexp.MustCompile(`<form[^>]* action="([^"]*)"`)
)

// visit opens an address and fills in each page, until the provider redirects
// to another site. It returns the URL of the redirect.
func (p *person) visit(address string) string {
	p.t.Helper()
	return p.walk(address, "")
}

// connect connects a device: it opens its link and fills in each page.
func (p *person) connect(address string) {
	p.t.Helper()
	p.walk(address, "The device is connected")
}

// walk fills in pages until the provider redirects to another site, or shows a page
// with the text, unless that is empty.
func (p *person) walk(address, until string) string {
	p.t.Helper()
	response, err := p.http.Get(address)
	for range 6 {
		if err != nil {
			p.t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if err != nil {
			p.t.Fatal(err)
		}
		page := string(body)
		if until != "" && strings.Contains(page, until) {
			return ""
		}
		if to := response.Header.Get("Location"); to != "" {
			return to
		}
		if to, fields, posted := formPost(page, p.p.issuer); posted {
			return to + "?" + fields.Encode()
		}
		fields := p.fill(page)
		if fields == nil {
			p.t.Fatalf("%s %s is not a page that the person can fill in:\n%s", response.Request.URL, response.Status, page)
		}
		response, err = p.http.PostForm(response.Request.URL.String(), fields)
		if err != nil {
			p.t.Fatal(err)
		}
	}
	p.t.Fatalf("%s: too many pages", address)
	return ""
}

// fill fills in the login, the consent and the logout page.
func (p *person) fill(page string) url.Values {
	fields := hidden(page)
	switch {
	case strings.Contains(page, `name="password"`):
		fields.Set("username", personName)
		fields.Set("password", personPassword)
	case strings.Contains(page, `name="user_code"`):
		fields.Set("user_code", userCode.FindStringSubmatch(page)[1])
	case strings.Contains(page, `name="allow"`):
		p.asked = append(p.asked, permissions(page))
		fields.Set("allow", "yes")
		fields.Set("decision", "authorize")
	case strings.Contains(page, "logout"):
		fields.Set("decision", "logout")
	default:
		return nil
	}
	return fields
}

// permissions returns what a consent page asks for, such as "Read (new), Write".
func permissions(page string) string {
	var all []string
	for _, found := range scopeItem.FindAllStringSubmatch(page, -1) {
		text := html.UnescapeString(found[1])
		if found[2] != "" {
			text += " (" + found[2] + ")"
		}
		all = append(all, text)
	}
	return strings.Join(all, ", ")
}

// hidden returns the values of the hidden fields of the page.
func hidden(page string) url.Values {
	fields := url.Values{}
	for _, tag := range inputTag.FindAllString(page, -1) {
		a := attributes(tag)
		if a["type"] == "hidden" || a["type"] == "checkbox" && strings.Contains(tag, " checked") {
			fields.Add(a["name"], a["value"])
		}
	}
	return fields
}

func attributes(tag string) map[string]string {
	found := make(map[string]string)
	for _, pair := range attribute.FindAllStringSubmatch(tag, -1) {
		found[pair[1]] = html.UnescapeString(pair[2])
	}
	return found
}

// formPost matches the page that submits its form to a client
// (response_mode=form_post).
func formPost(page, issuer string) (to string, fields url.Values, posted bool) {
	found := formAction.FindStringSubmatch(page)
	if found == nil {
		return "", nil, false
	}
	to = html.UnescapeString(found[1])
	if !strings.Contains(to, "://") || strings.HasPrefix(to, issuer) {
		return "", nil, false
	}
	return to, hidden(page), true
}
