package provider_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// onlyExampleCom is a host program that allows only addresses below example.com.
func onlyExampleCom(_ *oauth.Client, _, value string) error {
	if !strings.Contains(value, ".example.com") {
		return errors.New("This address is not below example.com.")
	}
	return nil
}

// TestHostRejectsRedirectURIsAndOrigins in all lists, of clients that are validated by
// hand, register themselves or have a metadata document.
func TestHostRejectsRedirectURIsAndOrigins(t *testing.T) {
	rule := func(c *provider.Config) { c.CheckClientURI = onlyExampleCom }
	h := newOpenHouse(t, rule)
	for _, field := range []string{"redirect_uris", "post_logout_redirect_uris", "allowed_origins"} {
		for _, host := range []string{"https://app.example.com", "https://app.example.org"} {
			c := &oauth.Client{ID: "app", Name: "App", Type: oauth.Public, GrantTypes: []string{oauth.GrantAuthorizationCode}, RedirectURIs: []string{"https://app.example.com/cb"}}
			switch field {
			case "redirect_uris":
				c.RedirectURIs = append(c.RedirectURIs, host+"/callback")
			case "post_logout_redirect_uris":
				c.PostLogoutRedirectURIs = []string{host + "/bye"}
			case "allowed_origins":
				c.AllowedOrigins = []string{host}
			}
			faults := h.ValidateClient(c)
			rejected := len(faults) == 1 && faults[0].Field == field && faults[0].Message == "This address is not below example.com."
			if allowed := strings.HasSuffix(host, ".com"); rejected == allowed || allowed && len(faults) != 0 {
				t.Errorf("%s %s: %v", field, host, faults)
			}
		}
	}
	h.register(`{"redirect_uris":["https://app.example.com/cb"]}`)
	_, err := h.Register(ctx, "", []byte(`{"redirect_uris":["https://app.example.org/cb"]}`))
	wantCode(t, err, "invalid_redirect_uri")
	if !strings.Contains(err.Error(), "not below example.com") {
		t.Errorf("the error of the registration is %v", err)
	}
	documents, _ := newDocumentHouse(t, rule)
	if _, err := documents.ask(); err == nil || !strings.Contains(err.Error(), "not below example.com") {
		t.Errorf("a document with an address of app.example: %v", err)
	}
}

// TestHostCannotAcceptWhatTheServerRejects: it is not even asked.
func TestHostCannotAcceptWhatTheServerRejects(t *testing.T) {
	var asked []string
	h := newOpenHouse(t, func(c *provider.Config) {
		c.CheckClientURI = func(_ *oauth.Client, _, value string) error {
			asked = append(asked, value)
			return nil
		}
	})
	c := &oauth.Client{
		ID: "app", Name: "App", Type: oauth.Confidential, GrantTypes: []string{oauth.GrantAuthorizationCode},
		RedirectURIs: []string{"javascript:alert(1)", "https://app.example/cb"}, AllowedOrigins: []string{"*"},
	}
	if faults := h.ValidateClient(c); len(faults) < 2 || !slices.Equal(asked, []string{"https://app.example/cb"}) {
		t.Errorf("%v, asked about %v", faults, asked)
	}
}

// TestPanicOfTheCheckOfURIsIsAFailureOfTheServer, and not a fault of the client, which must not see
// its text. The client is not accepted. The error does not contain a token.
func TestPanicOfTheCheckOfURIsIsAFailureOfTheServer(t *testing.T) {
	secret := "lk_refresh_" + strings.Repeat("a1", 30)
	mistake := func(c *provider.Config) {
		c.CheckClientURI = func(*oauth.Client, string, string) error { panic("a mistake of the host with " + secret) }
	}
	_, registered := newOpenHouse(t, mistake).Register(ctx, "", []byte(`{"redirect_uris":["https://app.example.com/cb"]}`))
	documents, _ := newDocumentHouse(t, mistake)
	_, described := documents.ask()
	for name, err := range map[string]error{"registration": registered, "document": described} {
		if _, visible := errors.AsType[*oauth.Error](err); err == nil || visible || errors.Is(err, oauth.ErrUnavailable) || !strings.Contains(err.Error(), "client_uri_check_test.go") || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
