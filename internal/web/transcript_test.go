package web_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// TestTranscripts sends the requests in testdata/*.txt, one file per endpoint, to
// a provider, and compares the responses. testdata/README.md describes the files.
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no transcripts", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			server := newTranscriptServer(t)
			_, sections, _ := strings.Cut(string(text), "\n## ")
			for _, section := range strings.Split(sections, "\n## ") {
				name, lines, _ := strings.Cut(section, "\n")
				t.Run(name, func(t *testing.T) { server.run(t, lines) })
			}
		})
	}
}

// A transcriptServer is a provider with the names that transcripts use.
type transcriptServer struct {
	p      *latchkeytest.Provider
	client *oauth.Client
	issuer *trustedIssuer
	names  map[string]string
}

func newTranscriptServer(t *testing.T) *transcriptServer {
	t.Helper()
	s := &transcriptServer{issuer: newTrustedIssuer(t)}
	s.p = latchkeytest.New(t, func(o *latchkey.Options) {
		o.Registration = provider.RegistrationOpen
		s.issuer.trust(o)
	})
	s.p.AddUser("ada", false)
	client, secret := s.p.AddClient("https://app.example/cb", func(c *oauth.Client) {
		c.AllowedOrigins, c.PostLogoutRedirectURIs = []string{"https://spa.example"}, []string{"https://app.example/bye"}
		c.IDJAGAudiences = []string{"https://chat.example/#at-chat"}
	})
	public, _ := s.p.AddClient("https://public.example/cb", func(c *oauth.Client) {
		c.Type, c.GrantTypes = oauth.Public, []string{oauth.GrantAuthorizationCode, oauth.GrantRefreshToken}
	})
	api, apiSecret := s.p.AddClient("https://api.example/cb", func(c *oauth.Client) {
		c.ResourceServer, c.GrantTypes = true, []string{oauth.GrantClientCredentials}
	})
	exchanges := func(c *oauth.Client) { c.ExchangeClients = []string{client.ID} }
	other, otherSecret := s.p.AddClient("https://other.example/cb", exchanges)
	impersonator, impersonatorSecret := s.p.AddClient("https://desk.example/cb", func(c *oauth.Client) {
		exchanges(c)
		c.ExchangeImpersonation = true
	})
	legacy, legacySecret := s.p.AddClient("https://legacy.example/cb", func(c *oauth.Client) {
		c.GrantTypes = []string{oauth.GrantAuthorizationCode}
		for _, feature := range oauth.LegacyFeatures() {
			c.Legacy = append(c.Legacy, oauth.LegacyException{Feature: feature, Until: "9999-12-31"})
		}
	})
	device := func(ttl time.Duration) string {
		c, _ := s.p.AddInvalidClient("", func(c *oauth.Client) {
			c.Name, c.Type, c.RedirectURIs, c.GrantTypes = "Television", oauth.Public, nil, []string{oauth.GrantDeviceCode}
			c.DeviceCodeTTL = oauth.Lifetime(ttl)
		})
		return c.ID
	}
	s.client = client
	s.names = map[string]string{
		"issuer": s.p.Issuer, "origin": s.p.URL, "id": client.ID, "secret": secret, "basic": basic(client.ID, secret),
		"public": public.ID, "api": basic(api.ID, apiSecret), "other": basic(other.ID, otherSecret), "other_id": other.ID, "impersonator": basic(impersonator.ID, impersonatorSecret), "legacy": basic(legacy.ID, legacySecret),
		"device_app": device(0), "hasty_device_app": device(time.Nanosecond), "verifier": verifier, "challenge": challenge, "password": latchkeytest.Password,
	}
	return s
}

func basic(id, secret string) string {
	return base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(id) + ":" + url.QueryEscape(secret)))
}

// An exchange is a request and the description of its response.
type exchange struct {
	line            int
	request, wanted []string
}

// run sends the requests of a section, all with the same cookies.
func (s *transcriptServer) run(t *testing.T, section string) {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	names := make(map[string]string)
	for name, value := range s.names {
		names[name] = value
	}
	for _, x := range readExchanges(section) {
		sent := make([]string, len(x.request))
		for i, line := range x.request {
			sent[i] = s.fill(t, names, line)
		}
		response, body := s.request(t, jar, sent)
		if err := compare(x.wanted, response, body, names); err != nil {
			t.Fatalf("line %d, %s: %v\n%s\n%v\n%s", x.line, sent[0], err, response.Status, response.Header, body)
		}
	}
}

func readExchanges(section string) (exchanges []exchange) {
	for i, line := range strings.Split(section, "\n") {
		mark, rest := line, ""
		if len(line) > 1 {
			mark, rest = line[:1], strings.TrimPrefix(line[1:], " ")
		}
		last := len(exchanges) - 1
		switch {
		case mark == ">" && (last < 0 || len(exchanges[last].wanted) > 0):
			exchanges = append(exchanges, exchange{line: i + 1, request: []string{rest}})
		case mark == ">":
			exchanges[last].request = append(exchanges[last].request, rest)
		case mark == "<":
			exchanges[last].wanted = append(exchanges[last].wanted, rest)
		}
	}
	return exchanges
}

// codeScopes are the scopes of the authorization codes, by name.
var codeScopes = map[string]string{"code": "read", "openid_code": "openid profile"}

// fill replaces the names in a line with their values. It gets a new authorization
// code or assertion for the name of one that has no value yet.
func (s *transcriptServer) fill(t *testing.T, names map[string]string, line string) string {
	t.Helper()
	return name.ReplaceAllStringFunc(line, func(match string) string {
		key := match[1 : len(match)-1]
		value, known := names[key]
		if scope, ok := codeScopes[key]; ok && !known {
			code, err := s.p.Browser().Authorize(authorizeURL(s.p, s.client, url.Values{"scope": {scope}}), "ada")
			if err != nil {
				t.Fatal(err)
			}
			names[key], value, known = code, code, true
		}
		if typ, ok := assertionTypes[key]; ok && !known {
			value, known = s.issuer.assertion(t, typ, s.p.Issuer, s.client.ID), true
			names[key] = value
		}
		if !known {
			t.Fatalf("%s has no value", match)
		}
		return value
	})
}

var name = regexp.MustCompile(`\{[a-z_0-9]+\}`)

func (s *transcriptServer) request(t *testing.T, jar http.CookieJar, lines []string) (*http.Response, string) {
	t.Helper()
	method, path, _ := strings.Cut(lines[0], " ")
	var (
		headers []string
		body    []string
	)
	for i, line := range lines[1:] {
		if line == "" {
			body = lines[i+2:]
			break
		}
		key, value, _ := strings.Cut(line, ": ")
		headers = append(headers, key, value)
	}
	if len(body) > 0 {
		headers = append([]string{"Content-Type", form}, headers...)
	}
	address, err := url.Parse(s.p.URL + path)
	if err != nil {
		t.Fatal(err)
	}
	for _, cookie := range jar.Cookies(address) {
		headers = append(headers, "Cookie", strings.TrimPrefix(fmt.Sprintf("%s; %s=%s", header(headers, "Cookie"), cookie.Name, cookie.Value), "; "))
	}
	response, text := send(t, method, address.String(), strings.Join(body, "&"), headers...)
	jar.SetCookies(address, response.Cookies())
	return response, text
}

// header returns the last value of a header in a list of names and values.
func header(pairs []string, key string) (value string) {
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i] == key {
			value = pairs[i+1]
		}
	}
	return value
}

// compare returns an error if the response does not match its description.
func compare(want []string, response *http.Response, body string, names map[string]string) error {
	status, err := strconv.Atoi(want[0])
	if err != nil {
		return err
	}
	if response.StatusCode != status {
		return fmt.Errorf("want status %d", status)
	}
	head := true
	for _, line := range want[1:] {
		switch {
		case line == "":
			head = false
		case head:
			key, value, _ := strings.Cut(line, ": ")
			if got := strings.Join(response.Header.Values(key), ", "); !match("^"+pattern(value)+"$", got, names) {
				return fmt.Errorf("the header %s is %q, want %q", key, got, value)
			}
		case strings.HasPrefix(line, "! "):
			if match(pattern(line[2:]), body, names) {
				return fmt.Errorf("the body contains %q", line[2:])
			}
		case line == "(empty)":
			if body != "" {
				return fmt.Errorf("the body is not empty")
			}
		case !match(pattern(line), body, names):
			return fmt.Errorf("the body does not contain %q", line)
		}
	}
	return nil
}

// pattern returns the regular expression for a line.
func pattern(line string) string {
	return strings.ReplaceAll(regexp.QuoteMeta(line), "…", ".*")
}

// match reports whether the text contains the pattern. A name that has no value
// yet gets the text at its place, up to a quote, a space or an ampersand.
func match(pattern, text string, names map[string]string) bool {
	var free []string
	pattern = quotedName.ReplaceAllStringFunc(pattern, func(m string) string {
		key := m[2 : len(m)-2]
		if value, known := names[key]; known {
			return regexp.QuoteMeta(value)
		}
		free = append(free, key)
		return `([^"&\s<]+)`
	})
	found := regexp.MustCompile("(?s)" + pattern).FindStringSubmatch(text)
	if found == nil {
		return false
	}
	for i, key := range free {
		names[key] = found[i+1]
	}
	return true
}

var quotedName = regexp.MustCompile(`\\\{[a-z_0-9]+\\\}`)
