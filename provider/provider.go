package provider

import (
	"context"
	"crypto"
	"log/slog"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/deliveries"
	"github.com/seed-e6a88a41/latchkey/internal/jose"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// Config configures a Provider. Issuer, Store and MasterKey are required; the
// zero values of all other fields are safe defaults.
type Config struct {
	// Issuer is the issuer identifier (RFC 8414 §2): an https URL without query
	// or fragment. http is allowed only on a loopback host.
	Issuer string
	Store  oauth.Store // stores everything that the protocol needs
	// MasterKey is at least 32 random bytes, or text that encodes them (see ParseMasterKey),
	// and is the same in all processes that share a Store. It encrypts authorization requests
	// on their way through the browser, and signing keys in the Store. Refresh tokens are
	// derived from it. If it is lost, all of these are lost too.
	MasterKey []byte

	Settings

	// OwnLogin is true if Latchkey's own pages log people in, and false if the host
	// program does. If it is true, the Store keeps the login sessions (named by
	// Authentication.SessionID), and a code can only be redeemed while its session
	// exists. There is a logout page at /logout/ of the issuer, people can create
	// accounts if Settings.SignUp is set, and each login has an Assurance.
	OwnLogin bool
	// HostLogout is true if the host program logs people in, and can log them out at
	// /logout/ of the issuer.
	HostLogout bool
	// CheckPerson reports whether the host program still has the person, and lets them
	// log in. If not, their tokens do not work at the token, introspection and userinfo
	// endpoints, nor at APIs in this program. Each process calls it at most once per
	// second and person. If it returns an error, the response is 503. If CheckPerson is
	// nil, everybody can log in. name is the username in introspection responses.
	CheckPerson func(ctx context.Context, subject string) (name string, active bool, err error)

	// AdminAPI is the URI of the admin API, which accepts only tokens that are for it.
	AdminAPI string
	// Outbound sends logout tokens to clients, and fetches their keys and signed
	// requests. If it is nil, none of this is offered.
	Outbound oauth.Outbound
	// Claims returns what is known about a person (OpenID Connect Core §5). If it
	// is nil, nothing but their sub is known. HostClaims is true if Claims is a function of the
	// host program, and not one that reads the Store. Claims is then called before a code is used up.
	Claims     oauth.ClaimsSource
	HostClaims bool
	// FindPerson finds the people that the JWTs of trusted issuers are about. It is
	// needed only for a PersonRule that does not create people.
	FindPerson oauth.PersonSource
	// TokenLifetimes determines the lifetimes of tokens, TokenFormat the format of access
	// tokens, and AddClaims adds claims to tokens.
	// TokenMetadata determines the metadata of tokens.
	// AddedClaims are the names of claims that AddClaims can return; they are listed in
	// claims_supported of the metadata.
	TokenLifetimes oauth.LifetimesHook
	TokenFormat    oauth.FormatHook   // nil means the format of the resource or the client
	AddClaims      oauth.ClaimsHook   // nil means no added claims
	TokenMetadata  oauth.MetadataHook // nil means no metadata, apart from those of Grants
	AddedClaims    []string           // names of the claims of AddClaims
	// UILocales are the languages of the pages (BCP 47), for ui_locales_supported of the
	// metadata.
	UILocales []string
	// ScopeSource returns the scopes of the host program, in place of Settings.Scopes. Those in
	// the Store are added to them. It may be nil.
	ScopeSource oauth.ScopeSource
	// CheckClientURI rejects further redirect URIs and origins. It may be nil.
	CheckClientURI oauth.ClientURICheck
	// Grants are additional grant types. The host program decides on their requests.
	Grants []oauth.ExtensionGrant
	// CheckPassword checks the password of a person for the grant type password, a
	// legacy feature. If it is nil, the grant is not supported.
	CheckPassword PasswordCheck
	// OnEvent, if set, is called for each event. Calls are concurrent and must
	// return quickly.
	OnEvent func(context.Context, oauth.Event)

	Logger *slog.Logger     // nil means no logging
	Clock  func() time.Time // nil means time.Now

	// NewKey generates a signing key for an algorithm: an *ecdsa.PrivateKey on P-256 for ES256,
	// an *rsa.PrivateKey with at least 2048 bits for RS256 and PS256, and an ed25519.PrivateKey
	// for EdDSA. Nil means a random key.
	NewKey func(alg string) (crypto.Signer, error)
}

// PasswordAttempt is a username and a password that a client sent.
type PasswordAttempt struct {
	Username string // as the client sent it
	Password string // as the client sent it; a secret
	// Address is the network address of the client, or the zero Addr.
	Address netip.Addr
}

// PasswordCheck returns the person with the username and the password, and how they
// were authenticated. It limits wrong passwords as the login page does. For a wrong
// username or password, the error is ErrNotFound. For a person who has a second factor, it
// is an *oauth.Error, and after too many wrong passwords an *oauth.Error with RetryAfter.
type PasswordCheck func(ctx context.Context, attempt PasswordAttempt) (oauth.Authentication, error)

// Provider implements the protocol. Its methods are the endpoints, without HTTP.
type Provider struct {
	Config
	grants        []grant
	scopes        scopeCatalog
	claimsFailing atomic.Bool // the source of the claims failed the last time
	unreleased    unreleasedClaims
	notAPIs       firstTimes // applications that try to introspect the tokens of others
	clients       clientCache
	keys          keyRing
	keySets       *jose.KeyCache
	trusted       map[string]*oauth.TrustedIssuer // by their iss
	issuerKeys    *jose.KeyCache
	secrets       SecretKeeper
	slow          slowSecrets
	seal          sealer
	contents      *compressor // of what seal seals
	refreshTokens refreshTokens
	unanswered    unanswered
	polls         devicePolls
	userCodes     []byte // the key of the IDs of user codes
	codeGuesses   guesses
	uses          secretUses
	documents     documentCache // of clients that are stored
	// unconfirmedDocuments and unconfirmedKeys are those of clients that are not stored.
	unconfirmedDocuments documentCache
	unconfirmedKeys      *jose.KeyCache
	registrations        registrations
	personTokens         sealer
	forward              sealer // of forward authentication
	limits               limits
	people               peopleChecks
	// pairwise and sids are keys of pseudonyms.
	pairwise, sids []byte
	wake           chan struct{} // there is something to deliver
	deliveries     *deliveries.Deliveries
}

// derive returns the key for one purpose.
func (c *Config) derive(purpose string) []byte { return deriveKey(c.MasterKey, purpose) }

// now returns the current time with the precision of a Store.
func (s *Provider) now() time.Time { return s.Clock().Truncate(time.Millisecond) }

// Key returns a key for a purpose of the host, derived from the master key
// (RFC 5869).
func (s *Provider) Key(purpose string) []byte { return HostKey(s.MasterKey, purpose) }

// HostKey returns what Provider.Key returns for a master key.
func HostKey(masterKey []byte, purpose string) []byte { return deriveKey(masterKey, "host "+purpose) }

// SecretKeeper returns the SecretKeeper for the master key of the server.
func (s *Provider) SecretKeeper() SecretKeeper { return s.secrets }

// grant returns the grant of that type, or nil.
func (s *Provider) grant(grantType string) grant {
	for _, g := range s.grants {
		if g.Type() == grantType {
			return g
		}
	}
	return nil
}

// catalog returns the scopes and resources that the server knows.
func (s *Provider) catalog() *catalog { return s.scopes.present.Load() }

// resources returns the resources that the server knows.
func (s *Provider) resources() *resources { return s.catalog().resources }
