package web_test

import (
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// A middleware does what the Traefik documentation says about the middleware forwardAuth. For each
// request, it sends a GET request to a server, with the headers of the client and the X-Forwarded
// headers of Traefik. If the response is 2xx, it copies headers of the response to the request for
// the program. Otherwise, it sends the response to the client.
type middleware struct {
	address  string
	response []string // authResponseHeaders
	remove   []string // headers that the middleware before it removes
	program  *httputil.ReverseProxy
}

// traefikExample returns the middleware of the example in the guide.
func traefikExample(t *testing.T, issuer, program string) *middleware {
	t.Helper()
	text, err := os.ReadFile("../../docs/how-to/forward-authentication.md")
	if err != nil {
		t.Fatal(err)
	}
	_, example, _ := strings.Cut(string(text), "### Traefik\n")
	find := func(pattern string) string {
		t.Helper()
		found := regexp.MustCompile(pattern).FindStringSubmatch(example)
		if found == nil {
			t.Fatalf("the example for Traefik has no %s", pattern)
		}
		return found[1]
	}
	target, err := url.Parse(program)
	if err != nil {
		t.Fatal(err)
	}
	m := &middleware{
		address:  strings.Replace(find(`address: (\S+)`), "http://127.0.0.1:8000", issuer, 1),
		response: strings.Split(find(`authResponseHeaders: \[(.*)\]`), ", "),
		program:  httputil.NewSingleHostReverseProxy(target),
	}
	for _, removed := range regexp.MustCompile(`(\w+): ""`).FindAllStringSubmatch(find(`customRequestHeaders: \{(.*)\}`), -1) {
		m.remove = append(m.remove, removed[1])
	}
	if find(`middlewares: \[(.*)\]`) != "no-underscores, latchkey" {
		t.Error("headers with an underscore are not removed first")
	}
	return m
}

func (m *middleware) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	for _, name := range m.remove {
		delete(r.Header, name) // they are not in the canonical form
		r.Header.Del(name)
	}
	question, err := http.NewRequestWithContext(r.Context(), http.MethodGet, m.address, nil)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	question.Header = r.Header.Clone()
	client, _, _ := net.SplitHostPort(r.RemoteAddr)
	for name, value := range map[string]string{
		"For": client, "Method": r.Method, "Proto": "http", "Port": "80", "Host": r.Host, "Uri": r.URL.RequestURI(),
	} {
		question.Header.Set("X-Forwarded-"+name, value)
	}
	answer, err := http.DefaultTransport.RoundTrip(question) // follows no redirect
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode/100 != 2 {
		maps.Copy(w.Header(), answer.Header)
		w.WriteHeader(answer.StatusCode)
		_, _ = io.Copy(w, answer.Body)
		return
	}
	for _, name := range m.response {
		if r.Header.Del(name); len(answer.Header.Values(name)) > 0 {
			r.Header[http.CanonicalHeaderKey(name)] = answer.Header.Values(name)
		}
	}
	m.program.ServeHTTP(w, r)
}

// TestForwardAuthAnswersARequestAsTraefikSendsIt, with the example of the guide.
func TestForwardAuthAnswersARequestAsTraefikSendsIt(t *testing.T) {
	t.Parallel()
	g := newGate(t, nil)
	program := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprintf(w, "%s %s user=%q email=%q same=%q", r.Method, r.URL, r.Header.Values("Remote-User"), r.Header.Values("Remote-Email"), r.Header["Remote_user"])
	}))
	t.Cleanup(program.Close)
	proxy := httptest.NewServer(traefikExample(t, g.URL, program.URL))
	t.Cleanup(proxy.Close)
	host := strings.Replace(proxy.URL, "127.0.0.1", "localhost", 1)
	own := *g.client
	own.ID, own.Version, own.RedirectURIs = "wiki", 0, []string{host + provider.ForwardCallback}
	own.DefaultScopes = oauth.Scopes{oauth.ScopeOpenID, oauth.ScopeProfile}
	if err := g.Store.CreateClient(t.Context(), &own); err != nil {
		t.Fatal(err)
	}
	g.addAda(`{}`)
	walkThroughProxy(t, g, host)
}
