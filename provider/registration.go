package provider

import (
	"compress/flate"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// The values of Settings.Registration. Each allows more callers than the one
// before.
const (
	RegistrationClosed = "closed" // nobody
	RegistrationToken  = "token"  // callers that have an initial access token
	RegistrationPerson = "person" // and callers that have a token of a person
	RegistrationOpen   = "open"   // all callers
)

// RegistrationPolicies returns the values of Settings.Registration, strictest
// first.
func RegistrationPolicies() []string {
	return []string{RegistrationClosed, RegistrationToken, RegistrationPerson, RegistrationOpen}
}

// admits reports whether a policy admits registrations that were made under
// another one.
func admits(policy, madeUnder string) bool {
	all := RegistrationPolicies()
	return slices.Index(all, madeUnder) > 0 && slices.Index(all, madeUnder) <= slices.Index(all, policy)
}

// registrations seals the metadata of a client into its client_id, so that
// nothing is stored before the client is used.
type registrations struct {
	seal  sealer
	texts *compressor
	// secrets and tokens are the keys from which client secrets and registration
	// access tokens are derived.
	secrets, tokens []byte
	ttl             time.Duration
}

func newRegistrations(derive func(purpose string) []byte, ttl time.Duration) registrations {
	texts := &compressor{level: flate.BestCompression, dictionary: []byte(registrationDictionary)}
	return registrations{sealer{Key: derive("registrations")}, texts, derive("registration secrets"), derive("registration access tokens"), ttl}
}

// registration holds the content of a sealed client_id.
type registration struct {
	*oauth.Client
	// Policy is that under which it was made.
	Policy string `json:"policy"`
}

// errTooLongToSeal means that the metadata of a client does not fit into a
// client_id.
var errTooLongToSeal = errors.New("the metadata does not fit into a client_id")

// sealClient sets the client_id of the client, and what follows from it.
func (g registrations) sealClient(c *oauth.Client, policy string, now time.Time) error {
	bare := *c
	bare.ID, bare.Secrets, bare.CreatedAt, bare.UpdatedAt = "", nil, time.Time{}, time.Time{}
	packed, err := g.pack(registration{&bare, policy})
	if err != nil {
		return err
	}
	id := oauth.NewID(now)
	text, err := g.seal.Seal(id, packed, "")
	if err != nil {
		return err
	}
	if len(oauth.RegistrationPrefix)+len(text) > oauth.MaxClientID {
		return errTooLongToSeal
	}
	g.complete(c, oauth.RegistrationPrefix+text, id)
	return nil
}

// openClient returns the client that is sealed in a client_id, and the policy under
// which it was registered. ErrNotFound: it was not sealed here, or has expired.
func (g registrations) openClient(clientID string, now time.Time) (c *oauth.Client, policy string, err error) {
	text, _ := strings.CutPrefix(clientID, oauth.RegistrationPrefix)
	id, ok := oauth.RegistrationID(clientID)
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if !ok || err != nil || len(clientID) > oauth.MaxClientID || now.Sub(id.Time()) > g.ttl ||
		base64.RawURLEncoding.EncodeToString(raw) != text { // another text of the same bytes
		return nil, "", oauth.ErrNotFound
	}
	packed, err := g.seal.Open(text, "")
	if err != nil {
		return nil, "", oauth.ErrNotFound
	}
	r := registration{Client: new(oauth.Client)}
	if err := g.unpack(packed, &r); err != nil {
		return nil, "", oauth.ErrNotFound
	}
	g.complete(r.Client, clientID, id)
	return r.Client, r.Policy, nil
}

// complete sets what follows from the client_id.
func (g registrations) complete(c *oauth.Client, clientID string, id oauth.ID) {
	c.ID, c.Unconfirmed, c.CreatedAt, c.UpdatedAt, c.Secrets = clientID, true, id.Time(), id.Time(), nil
	if c.NeedsSecret() {
		c.Secrets = []oauth.ClientSecret{oauth.StoredClientSecret(g.secret(c), id.Time())}
	}
}

// secret returns the present client secret of a client that registered itself. After
// the client has given up a secret, it is another one.
func (g registrations) secret(c *oauth.Client) oauth.Token {
	id, _ := oauth.RegistrationID(c.ID)
	text := c.ID
	if c.SecretGeneration > 0 {
		text += " " + strconv.FormatInt(c.SecretGeneration, 10)
	}
	return oauth.Token{Kind: oauth.KindClientSecret, ID: id, Secret: macOf(g.secrets, text)}
}

// token returns the registration access token of a registration (RFC 7592 §3).
func (g registrations) token(clientID string, id oauth.ID) oauth.Token {
	return oauth.Token{Kind: oauth.KindRegistration, ID: id, Secret: macOf(g.tokens, clientID)}
}

func macOf(key []byte, text string) [32]byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return [32]byte(mac.Sum(nil))
}

// registrationFormat begins what is sealed. Another format or another dictionary
// needs another number.
const registrationFormat = 1

// maxUnpacked bounds the metadata before it is packed, in bytes. Repeated texts
// need little space in a client_id, but every request reads all of them.
const maxUnpacked = 16 << 10

// registrationDictionary has the texts that most registrations contain. The most
// common ones are at the end.
const registrationDictionary = `private_key_jwt"client_secret_post"client_secret_basic"https://www.` + "com/logo.png" + `","sector_identifier_uri":"","subject_type":"pairwise","default_max_age":"jwks":{"keys":[{"kty":"RSA","e":"AQAB","use":"sig","alg":"kid":"{"kty":"EC","crv":"P-256","x":"","y":"` +
	`"id_token_signed_response_alg":"ES256","backchannel_logout_uri":"https://","frontchannel_logout_uri":"https://","post_logout_redirect_uris":["https://` +
	`"jwks_uri":"https:///.well-known/jwks.json","contacts":["","software_id":"","software_version":"1.0.0"urn:ietf:params:oauth:grant-type:device_code"` +
	`"tos_uri":"https:///terms","policy_uri":"https:///privacy","logo_uri":"https:///logo.png","client_uri":"https://` +
	`"scope":"openid profile email offline_access read write","response_types":["code"],"token_endpoint_auth_method":"none","application_type":"web"` +
	`"policy":"token"}"policy":"person"}"application_type":"native","policy":"open"}` +
	`{"client_type":"confidential","client_name":"","grant_types":["client_credentials"],"redirect_uris":["https:///oauth/callback","http://127.0.0.1:` +
	`{"client_type":"public","client_name":"MCP Claude Code","grant_types":["authorization_code","refresh_token"],"redirect_uris":["http://localhost:/callback"]`

func (g registrations) pack(r registration) ([]byte, error) {
	text, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	if len(text) > maxUnpacked {
		return nil, errTooLongToSeal
	}
	return g.texts.compress([]byte{registrationFormat}, text)
}

func (g registrations) unpack(packed []byte, r *registration) error {
	if len(packed) == 0 || packed[0] != registrationFormat {
		return io.ErrUnexpectedEOF
	}
	return g.texts.decode(packed[1:], maxUnpacked, r)
}
