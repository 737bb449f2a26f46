package e2e

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// A site serves applications, APIs and attackers. Browsers reach it at every host
// name that ends with .example, and each of these is another site.
type site struct {
	*http.ServeMux
	t    *testing.T
	port string

	mu     sync.Mutex
	visits []visit
}

// A visit is a request that a site received.
type visit struct {
	address string // without the query
	form    url.Values
	header  http.Header
}

func startSite(t *testing.T) *site {
	t.Helper()
	s := &site{ServeMux: http.NewServeMux(), t: t}
	server := httptest.NewTLSServer(http.HandlerFunc(s.serve))
	t.Cleanup(server.Close)
	_, s.port, _ = strings.Cut(strings.TrimPrefix(server.URL, "https://"), ":")
	return s
}

func (s *site) serve(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	s.mu.Lock()
	s.visits = append(s.visits, visit{"https://" + r.Host + r.URL.Path, r.Form, r.Header})
	s.mu.Unlock()
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	s.ServeHTTP(w, r)
}

// at returns the address of a path of the host name.example.
func (s *site) at(name, path string) string {
	return fmt.Sprintf("https://%s.example:%s%s", name, s.port, path)
}

// page serves a page with the body.
func (s *site) page(path, body string) {
	s.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprintf(w, `<!doctype html><html lang="en"><title>%s</title><body>%s`, path, body)
	})
}

// redirects answers requests for the path with a redirect.
func (s *site) redirects(path, to string) {
	s.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusSeeOther) })
}

// received returns the first visit to an address, and removes it and those before
// it.
func (s *site) received(address string) (visit, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, found := range s.visits {
		if found.address == address {
			s.visits = s.visits[i+1:]
			return found, true
		}
	}
	return visit{}, false
}

// waitFor waits for a visit to an address.
func (s *site) waitFor(address string) visit {
	s.t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); <-time.After(20 * time.Millisecond) {
		if found, ok := s.received(address); ok {
			return found
		}
	}
	s.t.Fatalf("nobody visited %s", address)
	return visit{}
}

// app adds an application on the command line and returns its client_id.
func (p *provider) app(redirectURI string, flags ...string) (id string) {
	p.t.Helper()
	answer := p.run("", append([]string{
		"app", "add", "--name", "The app", "--redirect-uri", redirectURI, "--grant-type", "authorization_code", "--grant-type", "refresh_token",
	}, flags...)...)
	id, _ = answer["client_id"].(string)
	return id
}

// request returns the parameters of an authorization request, changed by names
// and values in turn.
func request(client string, pairs ...string) url.Values {
	q := url.Values{
		"response_type": {"code"}, "client_id": {client}, "state": {"xyz"}, "scope": {"openid"}, "nonce": {"n"},
		"code_challenge": {"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"}, "code_challenge_method": {"S256"},
	}
	for i := 0; i < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	return q
}

// authorize returns the address of an authorization request.
func (p *provider) authorize(client string, pairs ...string) string {
	return p.issuer + "/authorize/?" + request(client, pairs...).Encode()
}
