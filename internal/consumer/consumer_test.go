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

// visit is a browser at a fresh consumer, and a provider to point it at.
type visit struct {
	*http.Client
	t                  *testing.T
	consumer, provider string
}

func newVisit(t *testing.T, metadata http.HandlerFunc) visit {
	t.Helper()
	provider := httptest.NewServer(metadata)
	t.Cleanup(provider.Close)
	site := httptest.NewUnstartedServer(nil)
	site.Start()
	t.Cleanup(site.Close)
	handler, err := consumer.New(consumer.Options{BaseURL: site.URL, APIURL: provider.URL + "/api"})
	if err != nil {
		t.Fatal(err)
	}
	site.Config.Handler = handler
	jar, _ := cookiejar.New(nil)
	return visit{&http.Client{Jar: jar}, t, site.URL, provider.URL}
}

func (v visit) get(path string) (int, string) {
	v.t.Helper()
	response, err := v.Get(v.consumer + path)
	if err != nil {
		v.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, _ := io.ReadAll(response.Body)
	return response.StatusCode, html.UnescapeString(string(body))
}

func (v visit) build(fields url.Values) (int, string) {
	v.t.Helper()
	response, err := v.PostForm(v.consumer+"/consumer/", fields)
	if err != nil {
		v.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, _ := io.ReadAll(response.Body)
	return response.StatusCode, html.UnescapeString(string(body))
}

// truthful is the metadata of an honest provider at /o.
func truthful(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/.well-known/oauth-authorization-server/o" {
		http.NotFound(w, r)
		return
	}
	issuer := "http://" + r.Host + "/o"
	_, _ = fmt.Fprintf(w, `{"issuer":%q,"authorization_endpoint":%q,"token_endpoint":%q}`, issuer, issuer+"/authorize?x=1", issuer+"/token")
}

var link = regexp.MustCompile(`id="authorization-link" class="button primary" href="([^"]+)"`)

func TestTheLinkIsMadeOfWhatTheProviderSays(t *testing.T) {
	v := newVisit(t, truthful)
	status, body := v.build(url.Values{"client_id": {"abc"}, "issuer": {v.provider + "/o"}, "scope": {"read write"}})
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
		len(q.Get("code_challenge")) != 43 || len(q.Get("state")) < 20 || q.Get("redirect_uri") != v.consumer+"/consumer/exchange/" || q.Get("scope") != "read write" || q.Has("prompt") {
		t.Errorf("T1-15: the link is %s", u)
	}
	back := "/consumer/exchange/?code=c0de&state=" + q.Get("state")
	if status, body := v.get(back + "&iss=" + url.QueryEscape(v.provider+"/o")); status != 200 || !strings.Contains(body, `value="c0de"`) || !strings.Contains(body, v.provider+"/o/token") {
		t.Errorf("T1-21: %d %s", status, body)
	}
	if status, body := v.get(back + "&iss=https%3A%2F%2Fevil.example"); status != 400 || !strings.Contains(body, "another provider") || strings.Contains(body, "c0de") {
		t.Errorf("R1.11 another iss: %d %s", status, body)
	}
	if status, body := v.get("/consumer/exchange/?code=c0de&state=other"); status != 400 || strings.Contains(body, "c0de") {
		t.Errorf("P-42 another state: %d %s", status, body)
	}
	if _, body := v.get("/consumer/exchange/?error=access_denied&error_description=%3Cb%3Eno&state=" + q.Get("state")); !strings.Contains(body, "Permission was not given") {
		t.Errorf("P-06 an error: %s", body)
	}
	stranger := v
	stranger.Client = &http.Client{}
	if status, _ := stranger.get(back); status != 400 {
		t.Errorf("in another browser: %d", status)
	}
}

func TestAProviderCanBeTypedByItsURLs(t *testing.T) {
	v := newVisit(t, http.NotFound)
	_, body := v.build(url.Values{"client_id": {"abc"}, "authorization_url": {"http://localhost:8000/o/authorize"}})
	found := link.FindStringSubmatch(body)
	if found == nil {
		t.Fatalf("P-03: %s", body)
	}
	u, _ := url.Parse(found[1])
	if _, body := v.get("/consumer/exchange/?code=c&state=" + u.Query().Get("state")); !strings.Contains(body, `id="token_url" value="http://localhost:8000/o/token"`) {
		t.Errorf("the token URL is not suggested: %s", body)
	}
}

func TestWhatIsWrongIsSaidAtItsField(t *testing.T) {
	for name, test := range map[string]struct {
		metadata http.HandlerFunc
		fields   url.Values
		want     string
	}{
		"no client id":   {truthful, url.Values{"issuer": {"PROVIDER/o"}}, "type the client id"},
		"no provider":    {truthful, url.Values{"client_id": {"a"}}, "type the provider's issuer URL"},
		"no scheme":      {truthful, url.Values{"client_id": {"a"}, "issuer": {"localhost:8000/o"}}, "Put http:// or https:// in front"},
		"another scheme": {truthful, url.Values{"client_id": {"a"}, "issuer": {"file:///etc/passwd"}}, "Put http:// or https:// in front"},
		"nobody there":   {truthful, url.Values{"client_id": {"a"}, "issuer": {"http://127.0.0.1:1/o"}}, "does not answer"},
		"no metadata":    {http.NotFound, url.Values{"client_id": {"a"}, "issuer": {"PROVIDER/o"}}, "404"},
		"something else": {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") }, url.Values{"client_id": {"a"}, "issuer": {"PROVIDER/o"}}, "not metadata"},
		"too much":       {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, strings.Repeat("x", 1<<20)) }, url.Values{"client_id": {"a"}, "issuer": {"PROVIDER/o"}}, "too much"},
		"another issuer": {func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{"issuer":"https://evil.example"}`)
		}, url.Values{"client_id": {"a"}, "issuer": {"PROVIDER/o"}}, "must not trust it"},
		"a redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusFound)
		}, url.Values{"client_id": {"a"}, "issuer": {"PROVIDER/o"}}, "302"},
		"a bad endpoint": {func(w http.ResponseWriter, r *http.Request) {
			_, _ = fmt.Fprintf(w, `{"issuer":"http://%s/o","authorization_endpoint":"javascript:x"}`, r.Host)
		}, url.Values{"client_id": {"a"}, "issuer": {"PROVIDER/o"}}, "no usable authorization endpoint"},
		"a bad token URL":     {truthful, url.Values{"client_id": {"a"}, "authorization_url": {"http://x/authorize"}, "token_url": {"x"}}, "The token URL"},
		"a bad authorize URL": {truthful, url.Values{"client_id": {"a"}, "authorization_url": {"javascript:x"}}, "The authorization URL"},
	} {
		t.Run(name, func(t *testing.T) {
			v := newVisit(t, test.metadata)
			for field, values := range test.fields {
				test.fields[field] = []string{strings.ReplaceAll(values[0], "PROVIDER", v.provider)}
			}
			status, body := v.build(test.fields)
			if status != 422 || !strings.Contains(body, test.want) {
				t.Errorf("%d, it does not say %q: %s", status, test.want, body)
			}
			for _, values := range test.fields {
				if !strings.Contains(body, values[0]) {
					t.Errorf("%q is lost", values[0])
				}
			}
		})
	}
}

func TestThePagesWithoutAnAnswerAreFriendly(t *testing.T) {
	v := newVisit(t, http.NotFound)
	for path, want := range map[string]string{
		"/": "I'll be your consumer", "/consumer/": "Build an authorization link", "/consumer/exchange/": "nothing to exchange yet",
		"/consumer/done/": "no tokens here yet", "/consumer/client/": "A simple API client", "/nowhere": "nothing here",
	} {
		if _, body := v.get(path); !strings.Contains(body, want) {
			t.Errorf("P-06 P-09 %s does not say %q", path, want)
		}
	}
}
