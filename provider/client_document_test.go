package provider_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// documentID is the client_id of a client with a metadata document.
const documentID = "https://app.example/client.json"

// plainDocument is the document at documentID.
const plainDocument = `{"client_id":"https://app.example/client.json","client_name":"Agent","redirect_uris":["https://app.example/cb"],` +
	`"grant_types":["authorization_code","refresh_token"],"token_endpoint_auth_method":"none","scope":"read","unknown":{"a":[1]}}`

// site is an Outbound, and the server that it reaches.
type site struct {
	noDocuments
	begun     chan struct{} // if set, each fetch reports that it has begun
	answer    chan struct{} // and waits for this
	mu        sync.Mutex
	documents map[string]string // by URL; a missing one is gone
	mediaType string
	fresh     time.Duration
	versions  bool   // documents have an ETag, and unchanged ones are not sent again
	unchanged int    // responses with the status 304
	known     string // the ETag of the last request
	down      bool
	fetches   int
	forbidden string // an address that Check rejects
}

// etag returns an entity tag for the text.
func etag(text string) string { return fmt.Sprintf(`"%x"`, sha256.Sum256([]byte(text))) }

func (s *site) GetDocument(_ context.Context, address string, most int64, known *oauth.Document) (*oauth.Document, error) {
	if s.begun != nil {
		s.begun <- struct{}{}
		<-s.answer
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fetches++
	text, published := s.documents[address]
	switch {
	case s.down:
		return nil, fmt.Errorf("%w: down", oauth.ErrUnavailable)
	case !published:
		return nil, oauth.ErrGone
	case int64(len(text)) > most:
		return nil, errors.New("too long")
	}
	d := oauth.Document{Body: []byte(text), MediaType: s.mediaType, Fresh: s.fresh}
	if s.versions {
		d.ETag = etag(text)
	}
	if s.known = ""; known != nil {
		s.known = known.ETag
	}
	if s.known != "" && s.known == d.ETag {
		s.unchanged++
		d.Body, d.MediaType = known.Body, known.MediaType
	}
	return &d, nil
}

func (s *site) Check(address string) error {
	if s.forbidden != "" && strings.HasPrefix(address, s.forbidden) {
		return errors.New("not a public address")
	}
	return nil
}

func (*site) Get(context.Context, string, int64) ([]byte, error) { return nil, errors.New("no") }
func (*site) Post(context.Context, string, url.Values) error     { return errors.New("no") }
func (s *site) publish(address, text string)                     { s.documents[address] = text }

func (s *site) check(t *testing.T, name string, want int) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fetches != want {
		t.Errorf("%s: %d fetches, want %d", name, s.fetches, want)
	}
}

// newDocumentHouse returns a house without clients, and a site that has a document at
// documentID, which is the id of the usual client.
func newDocumentHouse(t *testing.T, change func(*provider.Config)) (*house, *site) {
	t.Helper()
	s := &site{documents: map[string]string{documentID: plainDocument}, mediaType: "application/json", fresh: -1}
	h := newHouse(t, func(config *provider.Config, _ *oauth.Client) {
		config.Outbound = s
		if change != nil {
			change(config)
		}
	})
	if err := h.store.DeleteClient(ctx, h.id); err != nil {
		t.Fatal(err)
	}
	h.id, h.key = documentID, ""
	return h, s
}

// draft-ietf-oauth-client-id-metadata-document §4, §4.1, §5, RFC 7591 §2.
func TestDocumentsThatAreRejected(t *testing.T) {
	member := func(text string) string {
		return strings.Replace(plainDocument, `"token_endpoint_auth_method":"none"`, text, 1)
	}
	for name, test := range map[string]struct{ document, mediaType string }{
		"another client_id":                {strings.Replace(plainDocument, "client.json", "Client.json", 1), ""},
		"a client_id with the port":        {strings.Replace(plainDocument, "app.example/client", "app.example:443/client", 1), ""},
		"no client_id":                     {strings.Replace(plainDocument, "client_id", "clientId", 1), ""},
		"a client_id in a list":            {strings.Replace(plainDocument, `"`+documentID+`"`, `["`+documentID+`"]`, 1), ""},
		"a client secret":                  {member(`"client_secret":"x"`), ""},
		"a client secret that is null":     {member(`"client_secret":null`), ""},
		"an expiry of the secret":          {member(`"client_secret_expires_at":0`), ""},
		"client_secret_basic":              {member(`"token_endpoint_auth_method":"client_secret_basic"`), ""},
		"client_secret_post, none offered": {member(`"token_endpoint_auth_method":"client_secret_post","token_endpoint_auth_methods_supported":["none"]`), ""},
		"client_secret_jwt":                {member(`"token_endpoint_auth_method":"client_secret_jwt"`), ""},
		"an unknown method":                {member(`"token_endpoint_auth_method":"tls_client_auth"`), ""},
		"only unknown methods":             {member(`"token_endpoint_auth_methods_supported":["tls_client_auth"]`), ""},
		"methods as a text":                {member(`"token_endpoint_auth_methods_supported":"none"`), ""},
		"no key for private_key_jwt":       {member(`"token_endpoint_auth_method":"private_key_jwt"`), ""},
		"a private key":                    {member(`"jwks":{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"}]}`), ""},
		"no redirect URI":                  {strings.Replace(plainDocument, `"https://app.example/cb"`, "", 1), ""},
		"a redirect URI with http":         {strings.Replace(plainDocument, "https://app.example/cb", "http://app.example/cb", 1), ""},
		"a redirect URI with javascript":   {strings.Replace(plainDocument, "https://app.example/cb", "javascript:alert(1)", 1), ""},
		"a list":                           {"[" + plainDocument + "]", ""},
		"no JSON":                          {"<html>", ""},
		"null":                             {"null", ""},
		"nothing":                          {"", ""},
		"a member of the wrong type":       {member(`"client_name":{}`), ""},
		"more than 5 KB":                   {member(`"padding":"` + strings.Repeat("x", 5<<10) + `"`), ""},
		"HTML":                             {plainDocument, "text/html"},
		"plain text":                       {plainDocument, "text/plain"},
		"no Content-Type":                  {plainDocument, "none"},
		"JSON of another kind":             {plainDocument, "text/x+json"},
		"a key set that is not public":     {member(`"jwks_uri":"https://10.0.0.1/jwks"`), ""},
	} {
		h, s := newDocumentHouse(t, nil)
		s.publish(documentID, test.document)
		s.forbidden = "https://10."
		if test.mediaType != "" {
			s.mediaType = strings.TrimPrefix(test.mediaType, "none")
		}
		_, err := h.ask()
		wantCode(t, err, "invalid_client")
		if _, err := h.exchange("x"); err == nil || h.clients() != 0 {
			t.Errorf("%s: %d clients are stored, and %v", name, h.clients(), err)
		}
		if t.Failed() {
			t.Fatalf("%s: %v", name, err)
		}
		s.check(t, name, 1)
	}
}

func TestMediaTypesOfADocument(t *testing.T) {
	for _, mediaType := range []string{"application/json", "application/oauth-client+json"} {
		h, s := newDocumentHouse(t, nil)
		s.mediaType = mediaType
		_, err := h.ask()
		wantCode(t, err, "")
	}
}

// TestClientURLThatIsInvalidIsNotFetched:
// draft-ietf-oauth-client-id-metadata-document §3.
func TestClientURLThatIsInvalidIsNotFetched(t *testing.T) {
	h, s := newDocumentHouse(t, nil)
	for _, id := range []string{"https://app.example", "https://u@app.example/x", "https://app.example/../x", "https://app.example/x#", "http://app.example/x", "https://app.example/" + strings.Repeat("x", 500)} {
		s.publish(id, strings.Replace(plainDocument, documentID, id, 1))
		_, err := h.ask("client_id", id)
		wantCode(t, err, "invalid_client")
	}
	s.check(t, "invalid URLs", 0)
}

// FuzzReadDocument: a document that is accepted describes the client whose document
// it is, without a secret, and within what a client can decide about itself.
func FuzzReadDocument(f *testing.F) {
	for _, seed := range []string{plainDocument, `{"client_id":"` + documentID + `"}`, `null`, `{"client_id":"` + documentID + `","redirect_uris":["x:/y"],"skip_authorization":true,"owner_id":"ada"}`, `[[`} {
		f.Add([]byte(seed))
	}
	p := &provider.Provider{}
	p.Clock = time.Now
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := provider.ReadDocument(p, documentID, text)
		if err != nil {
			if !isVisible(err) {
				t.Errorf("%q: %v", text, err)
			}
			return
		}
		if c.ID != documentID || !c.Unconfirmed || len(c.Secrets) > 0 || c.OwnerID != "" || c.SkipAuthorization || c.Name == "" || strings.HasPrefix(c.AuthMethod, "client_secret") {
			t.Errorf("%q describes %+v", text, c)
		}
	})
}
