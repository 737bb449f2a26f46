package consumer_test

import (
	"html"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/internal/consumer"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
)

// newLatchkeySite is a consumer whose provider is a Latchkey server.
func newLatchkeySite(t *testing.T, registration string) (site, *latchkeytest.Provider) {
	t.Helper()
	p := latchkeytest.New(t, func(o *latchkey.Options) {
		o.Registration, o.InsecureOutboundNetworks = registration, []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	})
	server := httptest.NewUnstartedServer(nil)
	server.Start()
	t.Cleanup(server.Close)
	handler, err := consumer.New(consumer.Options{BaseURL: server.URL, Issuer: p.Issuer})
	if err != nil {
		t.Fatal(err)
	}
	server.Config.Handler = handler
	jar, _ := cookiejar.New(nil)
	return site{&http.Client{Jar: jar}, t, server.URL, p.URL}, p
}

// input returns the value of a field on a page.
func input(t *testing.T, body, name string) string {
	t.Helper()
	found := regexp.MustCompile(`id="` + name + `"[^>]* value="([^"]*)"`).FindStringSubmatch(body)
	if found == nil {
		t.Fatalf("there is no field %s: %s", name, body)
	}
	return html.UnescapeString(found[1])
}

// TestConsumerManagesItsRegistrationAtLatchkey: RFC 7592 §2.
func TestConsumerManagesItsRegistrationAtLatchkey(t *testing.T) {
	s, p := newLatchkeySite(t, "open")
	_, body := s.submit("/consumer/register/", url.Values{
		"issuer": {p.Issuer}, "client_name": {"Mine"}, "auth_method": {"client_secret_basic"}, "grant": {"authorization_code", "refresh_token"},
	})
	form := url.Values{"uri": {input(t, body, "uri")}, "token": {input(t, body, "token")}, "action": {"read"}}
	_, body = s.submit("/consumer/registration/", form)
	metadata, _, found := strings.Cut(body[strings.Index(body, "<textarea"):], "</textarea>")
	metadata = metadata[strings.Index(metadata, ">")+1:]
	if !found || !strings.Contains(metadata, `"client_name": "Mine"`) {
		t.Fatalf("the registration is shown as %s", body)
	}
	form.Set("action", "save")
	form.Set("metadata", strings.Replace(metadata, "Mine", "Renamed", 1))
	if _, body = s.submit("/consumer/registration/", form); !strings.Contains(body, "The registration was changed") || !strings.Contains(body, `"client_name": "Renamed"`) {
		t.Errorf("after the change: %s", body)
	}
	form.Set("action", "delete")
	form.Set("confirmed", "yes")
	if _, body = s.submit("/consumer/registration/", form); !strings.Contains(body, "The registration was deleted") {
		t.Errorf("after the deletion: %s", body)
	}
	form.Set("action", "read")
	if _, body = s.submit("/consumer/registration/", form); !strings.Contains(body, "does not accept the registration access token") {
		t.Errorf("a deleted registration: %s", body)
	}
}

func TestLatchkeyDoesNotLetEverybodyRegister(t *testing.T) {
	s, p := newLatchkeySite(t, "token")
	form := url.Values{"issuer": {p.Issuer}, "client_name": {"Mine"}, "auth_method": {"none"}, "grant": {"authorization_code"}}
	if status, body := s.submit("/consumer/register/", form); status != 422 || !strings.Contains(body, "Enter an initial access token") {
		t.Errorf("got %d %s", status, body)
	}
}

// TestLatchkeyReadsTheDocumentOfTheConsumer: draft-ietf-oauth-client-id-metadata-document
// §4. The URL of the document is the client ID.
func TestLatchkeyReadsTheDocumentOfTheConsumer(t *testing.T) {
	s, p := newLatchkeySite(t, "closed")
	p.AddUser("ada", false)
	if _, body := s.get("/consumer/document/"); !strings.Contains(body, "the provider supports such documents") {
		t.Errorf("the page does not say that the provider supports documents: %s", body)
	}
	_, body := s.build(url.Values{"client_id": {s.consumer + "/client.json"}, "issuer": {p.Issuer}, "scope": {"openid read"}})
	found := link.FindStringSubmatch(body)
	if found == nil {
		t.Fatalf("there is no link: %s", body)
	}
	if code, err := p.Browser().Authorize(found[1], "ada"); err != nil || code == "" {
		t.Errorf("the code is %q: %v", code, err)
	}
}
