package provider_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// Anyone can make the server fetch documents. They must not push those of the
// applications that people use out of the memory.
func TestDocumentsOfUnknownClientsDoNotReplaceThoseOfStoredOnes(t *testing.T) {
	h, s := newDocumentHouse(t, nil)
	provider.LimitDocumentMemory(h.Provider, 8<<10)
	h.tokens()
	s.check(t, "the first consent", 1)
	if _, err := h.ask(); err != nil {
		t.Fatal(err)
	}
	s.check(t, "after the consent", 1)
	for i := range 50 {
		id := fmt.Sprintf("https://app.example/%d", i)
		s.publish(id, strings.Replace(plainDocument, documentID, id, 1))
		if _, err := h.ask("client_id", id); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := h.ask(); err != nil {
		t.Fatal(err)
	}
	s.check(t, "after 50 other documents", 51)
	if n, _, _ := provider.DocumentMemory(h.Provider); n >= 50 {
		t.Errorf("%d documents are cached", n)
	}
}

// A network can make the server fetch only some documents in an hour. Documents that
// are cached, or of applications that people use, do not count.
func TestFetchesOfDocumentsAreLimitedPerNetwork(t *testing.T) {
	h, s := newDocumentHouse(t, func(config *provider.Config) { config.RegistrationLimit = 3 })
	h.tokens() // without an address
	try := func(address, id string) error {
		s.publish(id, strings.Replace(plainDocument, documentID, id, 1))
		_, err := h.Client(from(address), id)
		return err
	}
	for i := range 3 {
		wantCode(t, try("192.0.2.1", fmt.Sprintf("https://app.example/%d", i)), "")
	}
	wantCode(t, try("192.0.2.1", "https://app.example/4"), "temporarily_unavailable")
	wantCode(t, try("192.0.2.1", "https://app.example/0"), "")
	wantCode(t, try("192.0.2.1", documentID), "")
	wantCode(t, try("192.0.2.2", "https://app.example/4"), "")
	wantCode(t, try("192.0.2.1", "https://app.example/4"), "")
	s.check(t, "the documents", 5)
	h.pass(time.Hour)
	wantCode(t, try("192.0.2.1", documentID), "")
	s.check(t, "the document of the stored client again", 6)
}

// A registration that nobody has used must not push key sets out of the memory.
func TestKeySetsOfUnknownClientsDoNotReplaceThoseOfStoredOnes(t *testing.T) {
	s := newSigning(t, func(config *provider.Config, c *oauth.Client) {
		config.Registration, config.RegistrationLimit = provider.RegistrationToken, -1
		c.AuthMethod, c.JWKSURI, c.JWKS = oauth.AuthPrivateKeyJWT, keysAt, nil
	})
	provider.LimitKeySets(s.Provider, 3)
	fetched := func() (n int) {
		for _, address := range s.asked {
			if address == keysAt {
				n++
			}
		}
		return n
	}
	present := func() error { return s.present(s.object("", s.assertion())) }
	if err := present(); err != nil || fetched() != 1 {
		t.Fatalf("%d fetches, %v", fetched(), err)
	}
	id, before := s.id, len(s.asked)
	authorization := "Bearer " + s.initialAccess(10).String()
	for i := range 10 {
		address := fmt.Sprintf("https://other.example/%d", i)
		s.publish[address] = s.publish[keysAt]
		information, err := s.Register(ctx, authorization, []byte(`{"redirect_uris":["`+callback+`"],"token_endpoint_auth_method":"private_key_jwt","jwks_uri":"`+address+`"}`))
		if err != nil {
			t.Fatal(err)
		}
		s.id, _ = information["client_id"].(string)
		if err := present(); err == nil {
			t.Error("the grant is not registered, but it is accepted")
		}
	}
	if len(s.asked) != before+10 {
		t.Errorf("%d key sets were fetched", len(s.asked)-before)
	}
	s.id = id
	if err := present(); err != nil || fetched() != 1 {
		t.Errorf("the key set of the stored client was fetched %d times: %v", fetched(), err)
	}
}
