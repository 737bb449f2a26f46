package web_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// publishClient serves a metadata document with the redirect URI, and returns the
// client that it describes.
func publishClient(t *testing.T, redirect string) *oauth.Client {
	t.Helper()
	c := &oauth.Client{RedirectURIs: []string{redirect}}
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `{"client_id":%q,"client_name":"Agent","redirect_uris":[%q]}`, c.ID, redirect)
	}))
	t.Cleanup(site.Close)
	c.ID = site.URL + "/client.json"
	return c
}

// draft-ietf-oauth-client-id-metadata-document §8.5, and the same for the redirect
// URI. A name in a document says nothing.
func TestConsentPageShowsTheHostsOfADocumentClient(t *testing.T) {
	for name, test := range map[string]struct {
		redirect string
		allowed  []string
		has, not string
	}{
		"a server":            {"https://app.example/cb", nil, "The administrators of this server have not checked this application.", "runs on your device"},
		"a server, allowed":   {"https://app.example/cb", []string{"127.0.0.1"}, "app.example", "The administrators of this server"},
		"a loopback address":  {"http://localhost/cb", nil, "where any program can pretend to be the application of", "The administrators of this server"},
		"a loopback, allowed": {"http://localhost/cb", []string{"127.0.0.1"}, "where any program can pretend to be the application of", "The administrators of this server"},
	} {
		c := publishClient(t, test.redirect)
		p := latchkeytest.New(t, func(o *latchkey.Options) {
			o.InsecureOutboundNetworks, o.ClientDocumentsAllow = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, test.allowed
		})
		p.AddUser("ada", false)
		b := p.Browser()
		page := b.LogIn(b.Open(authorizeURL(p, c, nil)), "ada")
		for _, text := range []string{"identified by <strong><bdi>" + hostIn(t, c.ID), "redirected to <strong><bdi>" + hostIn(t, test.redirect), test.has} {
			if !strings.Contains(page.Body, text) {
				t.Errorf("%s: %q is missing: %s", name, text, page.Body)
			}
		}
		if strings.Contains(page.Body, test.not) {
			t.Errorf("%s: %s", name, page.Body)
		}
		b.Submit(page, url.Values{"decision": {"authorize"}, "allow": {"yes"}})
		stored, err := p.Store.Client(t.Context(), c.ID)
		if err != nil || stored.Name != "Agent" {
			t.Fatalf("%s: %+v %v", name, stored, err)
		}
		again := b.Open(authorizeURL(p, c, nil))
		if asked := again.RedirectURL == nil; asked != (test.allowed == nil || strings.Contains(test.redirect, "localhost")) {
			t.Errorf("%s: asked again: %v", name, asked)
		}
	}
}

func hostIn(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Host
}

// An error of the document is shown to the person, and says nothing about the
// network of the server.
func TestDocumentThatCannotBeUsedIsExplainedOnAPage(t *testing.T) {
	c := publishClient(t, "https://app.example/cb")
	p := latchkeytest.New(t) // which must not send requests to 127.0.0.1
	response, body := send(t, http.MethodGet, authorizeURL(p, c, nil), "")
	if response.StatusCode != http.StatusBadRequest || !strings.Contains(body, "could not be fetched from the client_id") || strings.Contains(body, "not allowed") {
		t.Errorf("got %s %s", response.Status, body)
	}
}

// TestDocumentClientHasNoAttemptsBeforeAPersonLogsIn: anybody can invent any number of documents,
// and the requests of each application are kept.
func TestDocumentClientHasNoAttemptsBeforeAPersonLogsIn(t *testing.T) {
	c := publishClient(t, "https://app.example/cb")
	p := latchkeytest.New(t, func(o *latchkey.Options) {
		o.InsecureOutboundNetworks = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	})
	p.AddUser("ada", false)
	p.AddUser("root", true)
	admin := p.Browser()
	office := strings.TrimSuffix(p.Issuer, "/o") + "/admin/attempts/"
	admin.LogIn(admin.Open(office), "root")
	b := p.Browser()
	page := b.Open(authorizeURL(p, c, nil))
	if list := admin.Open(office); !strings.Contains(list.Body, "Nobody has tried") {
		t.Errorf("before the login:\n%s", list.Body)
	}
	b.LogIn(page, "ada")
	if list := admin.Open(office); !strings.Contains(list.Body, "At the consent page") {
		t.Errorf("after the login:\n%s", list.Body)
	}
}

// TestPanicOfCheckClientURIForADocumentDoesNotEndTheProcess: an unauthenticated caller can name a
// document that meets a mistake in a function of the host. The document is checked in a goroutine.
func TestPanicOfCheckClientURIForADocumentDoesNotEndTheProcess(t *testing.T) {
	c := publishClient(t, "https://app.example/cb")
	var log bytes.Buffer
	p := latchkeytest.New(t, func(o *latchkey.Options) {
		o.Logger = slog.New(slog.NewTextHandler(&log, nil))
		o.InsecureOutboundNetworks = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
		o.CheckClientURI = func(*oauth.Client, string, string) error { panic("a mistake of the host") }
	})
	response, body := send(t, http.MethodGet, authorizeURL(p, c, nil), "")
	if response.StatusCode != http.StatusInternalServerError || strings.Contains(body, "mistake") {
		t.Errorf("got %s %s", response.Status, body)
	}
	if text := log.String(); strings.Count(text, "a mistake of the host") != 1 || !strings.Contains(text, "client_document_test.go") {
		t.Errorf("the log is %s", text)
	}
}
