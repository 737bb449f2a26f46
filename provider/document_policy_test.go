package provider_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

func TestPolicyOfAHost(t *testing.T) {
	lists := func(policy string, ask, allow, deny string) func(*provider.Config) {
		return func(c *provider.Config) {
			c.ClientDocuments, c.ClientDocumentsAsk, c.ClientDocumentsAllow, c.ClientDocumentsDeny = policy, strings.Fields(ask), strings.Fields(allow), strings.Fields(deny)
		}
	}
	for name, test := range map[string]struct {
		change  func(*provider.Config)
		code    string // of a request
		again   provider.Step
		fetches int
		offered bool // in the metadata of the server
	}{
		"the default":                       {nil, "", provider.StepConsent, 1, true},
		"allow":                             {lists("allow", "", "", ""), "", provider.StepDone, 1, true},
		"an allowed host":                   {lists("", "", "app.example", ""), "", provider.StepDone, 1, true},
		"an allowed host in capitals":       {lists("deny", "", "APP.Example", ""), "", provider.StepDone, 1, true},
		"an allowed domain":                 {lists("deny", "", "*.example", ""), "", provider.StepDone, 1, true},
		"a domain does not include itself":  {lists("deny", "", "*.app.example", ""), "invalid_client", "", 0, true},
		"a host that ends alike":            {lists("deny", "", "pp.example", ""), "invalid_client", "", 0, true},
		"deny":                              {lists("deny", "", "", ""), "invalid_client", "", 0, false},
		"deny others":                       {lists("deny", "app.example", "", ""), "", provider.StepConsent, 1, true},
		"a denied host":                     {lists("allow", "", "", "app.example"), "invalid_client", "", 0, true},
		"denied and allowed":                {lists("allow", "app.example", "app.example", "*.example"), "invalid_client", "", 0, true},
		"asked and allowed":                 {lists("allow", "app.example", "app.example", ""), "", provider.StepConsent, 1, true},
		"off":                               {lists("off", "", "", ""), "invalid_client", "", 0, false},
		"off, whatever the lists say":       {lists("off", "app.example", "app.example", ""), "invalid_client", "", 0, false},
		"without requests to other servers": {func(c *provider.Config) { c.Outbound = nil }, "invalid_client", "", 0, false},
	} {
		h, s := newDocumentHouse(t, test.change)
		metadata, err := h.Metadata()
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(metadata.Body), fmt.Sprintf(`"client_id_metadata_document_supported":%v`, test.offered)) || !strings.Contains(string(metadata.Body), `"none"]`) {
			t.Errorf("%s: the metadata is %s", name, metadata.Body)
		}
		r, err := h.ask()
		wantCode(t, err, test.code)
		s.check(t, name, test.fetches)
		if test.code != "" || err != nil {
			continue
		}
		step, err := h.Next(ctx, r, &h.who)
		if err != nil || step != provider.StepConsent {
			t.Errorf("%s: before the first consent, the step is %s, %v", name, step, err)
		}
		h.tokens()
		step, err = h.Next(ctx, r, &h.who)
		if err != nil || step != test.again {
			t.Errorf("%s: after the consent, the step is %s, %v", name, step, err)
		}
		silent, err := h.ask("prompt", "none")
		if err != nil {
			t.Fatal(err)
		}
		if _, err = h.Next(ctx, silent, &h.who); test.again == provider.StepConsent {
			wantCode(t, err, "consent_required")
		} else {
			wantCode(t, err, "")
		}
	}
}

// A final dot does not make another host of a denied one.
func TestDeniedHostWithAFinalDot(t *testing.T) {
	h, s := newDocumentHouse(t, func(c *provider.Config) { c.ClientDocumentsDeny = []string{"app.example"} })
	for _, id := range []string{"https://app.example./client.json", "https://APP.example:443/client.json"} {
		_, err := h.ask("client_id", id)
		wantCode(t, err, "invalid_client")
	}
	s.check(t, "a denied host", 0)
}

func TestFaultsOfTheLists(t *testing.T) {
	for host, valid := range map[string]bool{
		"app.example": true, "*.app.example": true, "App.Example": true, "localhost": true, "127.0.0.1": true, "::1": true,
		"": false, "*": false, "*.": false, "a.*.example": false, "https://app.example": false, "app.example/x": false, "app.example:443": false, "app.example.": false, "a@b": false, "a b": false,
	} {
		_, err := provider.New(ctx, provider.Config{Issuer: issuer, Settings: provider.Settings{ClientDocumentsDeny: []string{host}}})
		if rejected := strings.Contains(err.Error(), "ClientDocumentsDeny"); rejected == valid {
			t.Errorf("%q: %v", host, err)
		}
	}
	_, err := provider.New(ctx, provider.Config{Issuer: issuer, Settings: provider.Settings{ClientDocuments: "maybe"}})
	if !strings.Contains(err.Error(), "ClientDocuments is") {
		t.Error(err)
	}
}

// Nothing is written before a person gives permission.
func TestDocumentClientIsStoredAtItsFirstConsent(t *testing.T) {
	h, _ := newDocumentHouse(t, nil)
	r, err := h.ask()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.exchange("lk_ac_x"); err == nil || h.clients() != 0 {
		t.Errorf("before the consent, %d clients are stored", h.clients())
	}
	r.Show(h.who)
	if _, err := h.Approve(ctx, r, h.who, r.RequestedScopes(), true); err != nil {
		t.Fatal(err)
	}
	stored, err := h.store.Client(ctx, documentID)
	if err != nil || stored.Name != "Agent" || !stored.DocumentFetchedAt.Equal(h.now) || stored.Type != oauth.Public {
		t.Errorf("after the consent, the client is %+v, %v", stored, err)
	}
	version := stored.Version
	h.tokens()
	if stored, err = h.store.Client(ctx, documentID); err != nil || stored.Version != version {
		t.Errorf("another consent changes the client: %+v, %v", stored, err)
	}
}

// The document decides what the client says about itself, and the row what the
// administrators have decided.
func TestRowOfADocumentClientKeepsWhatAdministratorsDecide(t *testing.T) {
	h, s := newDocumentHouse(t, func(c *provider.Config) { c.ClientDocuments = provider.DocumentsAllow })
	tokens := h.tokens()
	change := func(change func(*oauth.Client)) {
		t.Helper()
		if _, err := oauth.ChangeClient(ctx, h.store, documentID, func(c *oauth.Client) error { change(c); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	change(func(c *oauth.Client) {
		c.Name, c.SkipAuthorization, c.AccessTokenTTL = "Changed", true, oauth.Lifetime(time.Minute)
	})
	c, err := h.Client(ctx, documentID)
	if err != nil || c.Name != "Agent" || !c.SkipAuthorization || c.AccessTokenTTL != oauth.Lifetime(time.Minute) {
		t.Errorf("the client is %+v, %v", c, err)
	}
	fetches := s.fetches
	change(func(c *oauth.Client) { c.Disabled = true })
	h.pass(2 * time.Hour)
	_, err = h.ask()
	wantCode(t, err, "unauthorized_client")
	_, err = h.refresh(tokens.RefreshToken)
	wantCode(t, err, "invalid_client")
	s.check(t, "a disabled client", fetches)
}

// With the policy ask, skipping the consent page needs the trust of an administrator
// in the host too.
func TestSkippedConsentNeedsAnAllowedHost(t *testing.T) {
	for policy, want := range map[string]provider.Step{provider.DocumentsAsk: provider.StepConsent, provider.DocumentsAllow: provider.StepDone} {
		h, _ := newDocumentHouse(t, func(c *provider.Config) { c.ClientDocuments = policy })
		h.tokens()
		if _, err := oauth.ChangeClient(ctx, h.store, documentID, func(c *oauth.Client) error { c.SkipAuthorization = true; return nil }); err != nil {
			t.Fatal(err)
		}
		r, err := h.ask()
		if err != nil {
			t.Fatal(err)
		}
		if step, err := h.Next(ctx, r, &h.who); err != nil || step != want {
			t.Errorf("%s: %s, %v", policy, step, err)
		}
	}
}

// TestClientThatWasAddedByHandIsNeverFetched, whatever the policy, and is not
// overwritten by the document at its client_id.
func TestClientThatWasAddedByHandIsNeverFetched(t *testing.T) {
	for _, policy := range provider.DocumentPolicies() {
		h, s := newDocumentHouse(t, func(c *provider.Config) { c.ClientDocuments = policy })
		byHand := &oauth.Client{ID: documentID, Name: "By hand", Type: oauth.Public, GrantTypes: []string{oauth.GrantAuthorizationCode}, RedirectURIs: []string{"https://other.example/cb"}}
		if faults := provider.ValidateClient(byHand, h.Scopes); faults != nil {
			t.Fatal(faults)
		}
		h.add(byHand)
		_, err := h.ask()
		wantCode(t, err, "invalid_request")
		if _, err := h.exchange(h.code("redirect_uri", "https://other.example/cb"), "redirect_uri", "https://other.example/cb"); err != nil {
			t.Error(err)
		}
		stored, err := h.store.Client(ctx, documentID)
		if err != nil || stored.Name != "By hand" || stored.Version != 1 {
			t.Errorf("%s: the client is %+v, %v", policy, stored, err)
		}
		s.check(t, policy, 0)
	}
}

// TestDocumentThatWasFetchedBeforeDoesNotReplaceAClientThatWasAddedByHand: the
// request had begun before.
func TestDocumentThatWasFetchedBeforeDoesNotReplaceAClientThatWasAddedByHand(t *testing.T) {
	h, _ := newDocumentHouse(t, nil)
	r, err := h.ask()
	if err != nil {
		t.Fatal(err)
	}
	r.Show(h.who)
	h.add(&oauth.Client{ID: documentID, Name: "By hand", Type: oauth.Public, GrantTypes: []string{oauth.GrantAuthorizationCode}, RedirectURIs: []string{"https://other.example/cb"}})
	if _, err := h.Approve(ctx, r, h.who, r.RequestedScopes(), true); err == nil {
		t.Error("the request is approved")
	}
}
