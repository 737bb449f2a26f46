package consumer_test

import (
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/internal/consumer"
)

// site is a consumer, a browser and a provider.
type site struct {
	*http.Client
	t                  *testing.T
	consumer, provider string
}

func newSite(t *testing.T, metadata http.HandlerFunc, set ...func(*consumer.Options)) site {
	t.Helper()
	provider := httptest.NewServer(metadata)
	t.Cleanup(provider.Close)
	server := httptest.NewUnstartedServer(nil)
	server.Start()
	t.Cleanup(server.Close)
	o := consumer.Options{BaseURL: server.URL, APIURL: provider.URL + "/api"}
	for _, change := range set {
		change(&o)
	}
	handler, err := consumer.New(o)
	if err != nil {
		t.Fatal(err)
	}
	server.Config.Handler = handler
	jar, _ := cookiejar.New(nil)
	return site{&http.Client{Jar: jar}, t, server.URL, provider.URL}
}

func (s site) get(path string) (int, string) {
	s.t.Helper()
	response, err := s.Get(s.consumer + path)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, _ := io.ReadAll(response.Body)
	return response.StatusCode, html.UnescapeString(string(body))
}

func (s site) build(fields url.Values) (int, string) { return s.submit("/consumer/", fields) }

// validMetadata serves the metadata of a provider with the issuer path /o.
func validMetadata(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/.well-known/oauth-authorization-server/o" {
		http.NotFound(w, r)
		return
	}
	issuer := "http://" + r.Host + "/o"
	_, _ = fmt.Fprintf(w, `{"issuer":%q,"authorization_endpoint":%q,"token_endpoint":%q}`, issuer, issuer+"/authorize?x=1", issuer+"/token")
}

var link = regexp.MustCompile(`id="authorization-link" class="button primary" href="([^"]+)"`)

func TestLinkAndResponseOfADiscoveredProvider(t *testing.T) {
	s := newSite(t, validMetadata)
	status, body := s.build(url.Values{"client_id": {"abc"}, "issuer": {s.provider + "/o"}, "scope": {"read write"}, "resource": {"https://api.example.com/x"}})
	found := link.FindStringSubmatch(body)
	if status != 200 || found == nil {
		t.Fatalf("got %d %s", status, body)
	}
	u, err := url.Parse(found[1])
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	if u.Path != "/o/authorize" || q.Get("x") != "1" || q.Get("client_id") != "abc" || q.Get("response_type") != "code" || q.Get("code_challenge_method") != "S256" ||
		len(q.Get("code_challenge")) != 43 || len(q.Get("state")) < 20 || q.Get("redirect_uri") != s.consumer+"/consumer/exchange/" || q.Get("scope") != "read write" || q.Has("prompt") ||
		q.Get("resource") != "https://api.example.com/x" {
		t.Errorf("the link is %s", u)
	}
	back := "/consumer/exchange/?code=c0de&state=" + q.Get("state")
	if status, body := s.get(back + "&iss=" + url.QueryEscape(s.provider+"/o")); status != 200 || !strings.Contains(body, `value="c0de"`) || !strings.Contains(body, s.provider+"/o/token") {
		t.Errorf("the response: %d %s", status, body)
	}
	if status, body := s.get(back + "&iss=https%3A%2F%2Fevil.example"); status != 400 || !strings.Contains(body, "another provider") || strings.Contains(body, "c0de") {
		t.Errorf("with another iss: %d %s", status, body)
	}
	if q.Has("nonce") {
		t.Error("a nonce is sent without the scope openid")
	}
	if status, body := s.get("/consumer/exchange/?code=c0de&state=other"); status != 400 || strings.Contains(body, "c0de") {
		t.Errorf("with another state: %d %s", status, body)
	}
	if _, body := s.get("/consumer/exchange/?error=access_denied&error_description=%3Cb%3Eno&state=" + q.Get("state")); !strings.Contains(body, "Permission was not given") {
		t.Errorf("an error response: %s", body)
	}
	otherBrowser := s
	otherBrowser.Client = &http.Client{}
	if status, _ := otherBrowser.get(back); status != 400 {
		t.Errorf("in another browser: %d", status)
	}
}

func TestProviderCanBeEnteredByItsEndpoints(t *testing.T) {
	s := newSite(t, http.NotFound)
	_, body := s.build(url.Values{"client_id": {"abc"}, "authorization_url": {"http://localhost:8000/o/authorize"}})
	found := link.FindStringSubmatch(body)
	if found == nil {
		t.Fatalf("there is no link: %s", body)
	}
	u, _ := url.Parse(found[1])
	if _, body := s.get("/consumer/exchange/?code=c&state=" + u.Query().Get("state")); !strings.Contains(body, `id="token_url" value="http://localhost:8000/o/token"`) {
		t.Errorf("the token URL is not suggested: %s", body)
	}
}

func TestInvalidInputIsReportedWithAllValuesKept(t *testing.T) {
	for name, test := range map[string]struct {
		metadata http.HandlerFunc
		fields   url.Values
		want     string
	}{
		"no client ID":   {validMetadata, url.Values{"issuer": {"PROVIDER/o"}}, "Enter the client ID"},
		"no provider":    {validMetadata, url.Values{"client_id": {"a"}}, "Enter the issuer URL"},
		"no scheme":      {validMetadata, url.Values{"client_id": {"a"}, "issuer": {"localhost:8000/o"}}, "must begin with http:// or https://"},
		"another scheme": {validMetadata, url.Values{"client_id": {"a"}, "issuer": {"file:///etc/passwd"}}, "must begin with http:// or https://"},
		"no server":      {validMetadata, url.Values{"client_id": {"a"}, "issuer": {"http://127.0.0.1:1/o"}}, "does not respond"},
		"no metadata":    {http.NotFound, url.Values{"client_id": {"a"}, "issuer": {"PROVIDER/o"}}, "404"},
		"not JSON":       {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") }, url.Values{"client_id": {"a"}, "issuer": {"PROVIDER/o"}}, "is not a metadata document"},
		"too large":      {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, strings.Repeat("x", 1<<20)) }, url.Values{"client_id": {"a"}, "issuer": {"PROVIDER/o"}}, "too large"},
		"another issuer": {func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{"issuer":"https://evil.example"}`)
		}, url.Values{"client_id": {"a"}, "issuer": {"PROVIDER/o"}}, "must not use it"},
		"redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusFound)
		}, url.Values{"client_id": {"a"}, "issuer": {"PROVIDER/o"}}, "302"},
		"invalid endpoint": {func(w http.ResponseWriter, r *http.Request) {
			_, _ = fmt.Fprintf(w, `{"issuer":"http://%s/o","authorization_endpoint":"javascript:x"}`, r.Host)
		}, url.Values{"client_id": {"a"}, "issuer": {"PROVIDER/o"}}, "no valid authorization endpoint"},
		"invalid token URL":         {validMetadata, url.Values{"client_id": {"a"}, "authorization_url": {"http://x/authorize"}, "token_url": {"x"}}, "The token URL"},
		"invalid authorization URL": {validMetadata, url.Values{"client_id": {"a"}, "authorization_url": {"javascript:x"}}, "The authorization URL"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, test.metadata)
			for field, values := range test.fields {
				test.fields[field] = []string{strings.ReplaceAll(values[0], "PROVIDER", s.provider)}
			}
			status, body := s.build(test.fields)
			if status != 422 || !strings.Contains(body, test.want) {
				t.Errorf("status %d, want %q in %s", status, test.want, body)
			}
			for _, values := range test.fields {
				if !strings.Contains(body, values[0]) {
					t.Errorf("the form no longer contains %q", values[0])
				}
			}
		})
	}
}

func TestPagesWithoutARequestExplainHowToStart(t *testing.T) {
	s := newSite(t, http.NotFound)
	for path, want := range map[string]string{
		"/": "Try an OAuth 2 provider", "/consumer/": "Build an authorization link", "/consumer/exchange/": "no code to exchange yet",
		"/consumer/done/": "no tokens yet", "/consumer/client/": "API client", "/consumer/key/": "Authenticate with a key", "/consumer/device/": "Connect a device", "/consumer/credentials/": "Client credentials",
		"/consumer/token-exchange/": "Token exchange", "/consumer/id-token/": "no ID token yet", "/consumer/renew/": "Silent renewal", "/consumer/logout/": "Log out at the provider",
		"/consumer/register/": "Register this application", "/consumer/registration/": "Manage a registration", "/consumer/document/": "Client ID metadata document", "/nowhere": "no page at this address",
	} {
		if _, body := s.get(path); !strings.Contains(body, want) {
			t.Errorf("%s does not contain %q", path, want)
		}
	}
}

// TestNonceIsSentWithOpenIDAndKeptForTheCheck: OpenID Connect Core §15.5.2.
func TestNonceIsSentWithOpenIDAndKeptForTheCheck(t *testing.T) {
	s := newSite(t, fullMetadata)
	_, body := s.build(url.Values{"client_id": {"abc"}, "issuer": {s.provider + "/o"}, "scope": {"read openid"}})
	found := link.FindStringSubmatch(body)
	if found == nil {
		t.Fatalf("there is no link: %s", body)
	}
	u, _ := url.Parse(found[1])
	nonce := u.Query().Get("nonce")
	_, body = s.get("/consumer/exchange/?code=c&state=" + u.Query().Get("state"))
	if len(nonce) < 20 || nonce == u.Query().Get("state") || !strings.Contains(body, `data-nonce="`+nonce+`"`) || !strings.Contains(body, s.provider+"/o/jwks_uri") {
		t.Errorf("the nonce is %q, and the page of the exchange is %s", nonce, body)
	}
}

// TestEveryPageIsInTheNavigation: a page that no link leads to cannot be found.
func TestEveryPageIsInTheNavigation(t *testing.T) {
	s := newSite(t, http.NotFound)
	for _, path := range []string{
		"/consumer/", "/consumer/exchange/", "/consumer/credentials/", "/consumer/key/", "/consumer/device/", "/consumer/token-exchange/", "/consumer/done/",
		"/consumer/id-token/", "/consumer/renew/", "/consumer/logout/", "/consumer/client/", "/consumer/register/", "/consumer/registration/", "/consumer/document/",
	} {
		if _, body := s.get(path); !strings.Contains(body, `<a href="`+path+`" aria-current="page">`) {
			t.Errorf("%s is not in its own navigation", path)
		}
	}
}

// TestMetadataIsReadForScripts returns the endpoints, or what is wrong in words.
func TestMetadataIsReadForScripts(t *testing.T) {
	s := newSite(t, fullMetadata)
	var found map[string]any
	s.post(t, "/consumer/provider/", url.Values{"issuer": {s.provider + "/o"}}, http.StatusOK, &found)
	if found["token_endpoint"] != s.provider+"/o/token_endpoint" {
		t.Errorf("got %v", found)
	}
	var answer struct{ Problem string }
	if s.post(t, "/consumer/provider/", url.Values{"issuer": {"x"}}, http.StatusUnprocessableEntity, &answer); !strings.Contains(answer.Problem, "must begin with") {
		t.Errorf("got %q", answer.Problem)
	}
}
