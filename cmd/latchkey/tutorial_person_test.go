package main

import (
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"

	"github.com/seed-e6a88a41/latchkey/internal/needs"
)

// visit opens an address in the browser of the reader: at the demo, or at the program
// of tutorial 3, which has users of its own. asked reports whether the reader was asked
// for permission.
func (c *course) visit(address string) (end string, asked bool, err error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", false, err
	}
	if origin := u.Scheme + "://" + u.Host; c.reader == nil || origin != c.reader.origin {
		other, err := newReader(origin, "ada", "analytical engine")
		if err == nil {
			err = checkLogin(origin)
		}
		if err != nil {
			return "", false, err
		}
		return other.visit(address)
	}
	return c.reader.visit(address)
}

// reader is the browser of the person who reads a tutorial: it opens a link that the
// commands print, logs in, and answers yes. It stops at a redirect to another site.
type reader struct {
	http                       *http.Client
	origin, username, password string
	added                      string // the ID of an application
}

func newReader(origin, username, password string) (*reader, error) {
	jar, err := cookiejar.New(nil)
	return &reader{origin: origin, username: username, password: password, http: &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if !strings.HasPrefix(r.URL.String(), origin+"/") {
			return http.ErrUseLastResponse
		}
		return nil
	}}}, err
}

var (
	inputTag  = regexp.MustCompile(`<input[^>]*>`)
	attribute = regexp.MustCompile(`(\w+)="([^"]*)"`)
)

// visit opens an address, and fills in the pages. It returns the address of the other
// site, the ID of an application that it has added, or "" if the last page has no more
// questions.
func (r *reader) visit(address string) (end string, asked bool, err error) {
	response, err := r.http.Get(address)
	for range 6 {
		if err != nil {
			return "", asked, err
		}
		body, err := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if err != nil {
			return "", asked, err
		}
		if to := response.Header.Get("Location"); to != "" {
			return to, asked, nil
		}
		page, fields := string(body), url.Values{}
		for _, tag := range inputTag.FindAllString(page, -1) {
			a := make(map[string]string)
			for _, pair := range attribute.FindAllStringSubmatch(tag, -1) {
				a[pair[1]] = html.UnescapeString(pair[2])
			}
			if a["type"] == "hidden" || a["id"] == "user_code" || a["name"] == "client_id" || a["type"] == "checkbox" && strings.Contains(tag, " checked") {
				fields.Add(a["name"], a["value"])
			}
		}
		switch {
		case strings.Contains(page, ` is ready`) && r.added != "":
			return r.added, asked, nil
		case strings.Contains(page, `type="radio" name="kind"`):
			response, err = r.http.Get(response.Request.URL.String() + "?kind=native")
			if err != nil {
				return "", asked, err
			}
			continue
		case strings.Contains(page, `name="client_name"`):
			for name, value := range map[string]string{"client_name": "Notes reader", "redirect_uris": "http://localhost:9/callback", "save": "yes"} {
				fields.Set(name, value)
			}
			r.added = fields.Get("client_id")
		case strings.Contains(page, `<input name="name" required>`): // of the small program, without a password
			fields.Set("name", r.username)
		case strings.Contains(page, `name="password"`):
			fields.Set("username", r.username)
			fields.Set("password", r.password)
		case strings.Contains(page, `name="allow"`):
			asked = true
			fields.Set("allow", "yes")
			fields.Set("decision", "authorize")
		case !strings.Contains(page, `name="user_code"`):
			return "", asked, nil
		}
		response, err = r.http.PostForm(response.Request.URL.String(), fields)
		if err != nil {
			return "", asked, err
		}
	}
	return "", asked, fmt.Errorf("%s: too many pages", address)
}

// checkLogin sends hostile requests to the login page of a program of tutorial 3. No combination
// of a wrong name and a wrong password logs in, and no link leads to another site.
func checkLogin(origin string) error {
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	logIn := func(next string, fields url.Values) (*http.Response, error) {
		fields.Set("next", next)
		response, err := client.PostForm(origin+"/login?"+url.Values{"next": {next}}.Encode(), fields)
		if err == nil {
			_ = response.Body.Close()
		}
		return response, err
	}
	page, err := client.Get(origin + "/login")
	if err != nil {
		return err
	}
	form, err := io.ReadAll(page.Body)
	_ = page.Body.Close()
	if err != nil {
		return err
	}
	if strings.Contains(string(form), `name="password"`) {
		for _, user := range []string{"ada", "mallory", "", "ada ", "ADA"} {
			for _, password := range []string{"", " ", "nanosecond", "an unknown user never logs in"} {
				response, err := logIn("/", url.Values{"username": {user}, "password": {password}})
				if err != nil || len(response.Cookies()) > 0 || response.StatusCode != http.StatusOK {
					return fmt.Errorf("%s: %q logs in with the password %q (%w)", origin, user, password, err)
				}
			}
		}
	}
	for _, next := range append(needs.OtherSites(), "/o/account/") {
		response, err := logIn(next, url.Values{"name": {"ada"}, "username": {"ada"}, "password": {"analytical engine"}})
		want := "/"
		if next == "/o/account/" {
			want = next
		}
		if err != nil || response.Header.Get("Location") != want {
			return fmt.Errorf("%s: the login with next=%q continues at %q (%w)", origin, next, response.Header.Get("Location"), err)
		}
	}
	return nil
}
