package oauth

import (
	"cmp"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"time"
)

// ClientType distinguishes clients that can keep a secret from those that cannot
// (RFC 6749 §2.1).
type ClientType string

// The client types.
const (
	Confidential ClientType = "confidential" // can keep a secret, such as a program on a server
	Public       ClientType = "public"       // cannot keep a secret, such as a script in a browser or an app on a phone
)

// ClientTypes returns the client types.
func ClientTypes() []string { return []string{string(Confidential), string(Public)} }

// ApplicationType distinguishes applications by where they run (OpenID Connect
// Registration §2).
type ApplicationType string

// The application types.
const (
	Web    ApplicationType = "web"    // redirect URIs are https URLs of a server
	Native ApplicationType = "native" // they can also be loopback addresses or have private-use schemes
)

// ApplicationTypes returns the application types.
func ApplicationTypes() []string { return []string{string(Web), string(Native)} }

// TokenFormat is the format of an access token.
type TokenFormat string

// The access token formats. The zero value means Opaque.
const (
	Opaque TokenFormat = "opaque" // an API asks the server about it; a revocation takes effect at once
	JWT    TokenFormat = "jwt"    // RFC 9068; an API can check it by itself until it expires
)

// TokenFormats returns the access token formats.
func TokenFormats() []string { return []string{string(Opaque), string(JWT)} }

// Grant types (RFC 6749 §1.3, §1.5; RFC 8628 §3.4).
const (
	GrantAuthorizationCode = "authorization_code"                              // RFC 6749 §4.1
	GrantRefreshToken      = "refresh_token"                                   // RFC 6749 §6
	GrantClientCredentials = "client_credentials"                              // RFC 6749 §4.4
	GrantTokenExchange     = "urn:ietf:params:oauth:grant-type:token-exchange" // RFC 8693 §2.1
	GrantJWTBearer         = "urn:ietf:params:oauth:grant-type:jwt-bearer"     // RFC 7523 §2.1
	GrantDeviceCode        = "urn:ietf:params:oauth:grant-type:device_code"    // RFC 8628 §3.4
)

// Client is a registered client application (RFC 6749 §2). Pages call it an
// application.
//
// Its JSON form is client metadata: the members of RFC 7591 §2 and of OpenID
// Connect, and some that only Latchkey has. A database stores this form, and the command line
// prints and reads it. Secrets are not part of it. Package clientfields has a
// label and a help text for each member. Members with the struct tag "register" can be
// set by an application that describes itself (RFC 7591); all others are for administrators.
type Client struct {
	// ID is the client_id, which never changes. Type is required and does not change either;
	// Server.CreateApplication sets both if they are empty.
	ID   string     `json:"client_id,omitempty"`
	Type ClientType `json:"client_type,omitempty"` // Confidential or Public
	// RegisteredByPerson is set if a person registered the client on the page of their own
	// applications. It never changes.
	RegisteredByPerson bool `json:"registered_by_person,omitempty"`
	// Agent marks an application that decides by itself what it does, for example
	// because a language model controls it. On the consent page, each scope that
	// changes data or keeps the access is optional, and not selected in advance.
	Agent bool `json:"agent,omitempty"`
	// UnverifiedAt is when owners last decided what the client is called and where it sends people,
	// or an owner last transferred it, if no operator has checked it since then. The
	// consent page warns people of it, and people who gave their consent before are asked again.
	// Only an approval ends it; see Review.
	UnverifiedAt time.Time `json:"unverified_at,omitzero"`
	// Name is shown to people on the consent page.
	Name string `json:"client_name,omitempty" register:"yes"`
	// HomepageURL, LogoURL, TermsURL and PolicyURL are also shown there.
	HomepageURL string `json:"client_uri,omitempty" register:"yes"`
	LogoURL     string `json:"logo_uri,omitempty" register:"yes"`   // the URL of the logo; may be empty
	TermsURL    string `json:"tos_uri,omitempty" register:"yes"`    // the URL of the terms of service; may be empty
	PolicyURL   string `json:"policy_uri,omitempty" register:"yes"` // the URL of the privacy policy; may be empty
	// Operator is the name of the organization or person who runs the client, as
	// administrators know it. It is shown to people, and may be empty.
	Operator string `json:"operator,omitempty"`
	// BrandColor is the color of the pages on which people log in to the application or give it
	// permission, as "#rrggbb", or empty.
	BrandColor string `json:"brand_color,omitempty"`
	// Translations are the name and these URLs in other languages.
	Translations Translations `json:"translations,omitempty"`
	// Contacts, SoftwareID and SoftwareVersion are only shown to administrators.
	Contacts        []string `json:"contacts,omitempty" register:"yes"`
	SoftwareID      string   `json:"software_id,omitempty" register:"yes"`      // identifies the software, for all of its installations; may be empty
	SoftwareVersion string   `json:"software_version,omitempty" register:"yes"` // the version of that software; may be empty
	// ApplicationType restricts the redirect URIs (OpenID Connect Registration §2);
	// empty means that any are allowed.
	ApplicationType ApplicationType `json:"application_type,omitempty" register:"yes"`
	// OwnerID is the account that is responsible for the client; may be empty. CoOwnerIDs are
	// accounts that manage it too, at most MaxCoOwners.
	OwnerID    string   `json:"owner_id,omitempty"`
	CoOwnerIDs []string `json:"co_owner_ids,omitempty"` // accounts that manage the client too; see OwnerID
	// Offers let other people become owners.
	Offers []OwnerOffer `json:"-"`
	// Each of the Secrets is accepted until it expires, so that a new one can gradually
	// replace an old one. A public client has none.
	Secrets []ClientSecret `json:"-"`

	// AuthMethod is one of AuthMethods; empty means a secret, or AuthNone for a
	// public client. A secret can be sent in the header or in the body. AuthAlg is
	// the only signature algorithm of the client's assertions; empty means any of
	// those that the method allows.
	AuthMethod string `json:"token_endpoint_auth_method,omitempty" register:"yes"`
	AuthAlg    string `json:"token_endpoint_auth_signing_alg,omitempty" register:"yes"` // the signature algorithm of client assertions; see AuthMethod
	// WorkloadIdentities is a JSON list of WorkloadRules. A workload that matches one
	// of them can authenticate as the client too.
	WorkloadIdentities json.RawMessage `json:"workload_identities,omitempty"`

	// GrantTypes are the grants that the client may use, such as GrantAuthorizationCode;
	// empty means none. Server.CreateApplication of package latchkey chooses some for nil.
	GrantTypes []string `json:"grant_types,omitzero" register:"yes"`
	// RedirectURIs are the only URIs to which responses of the authorization endpoint are
	// sent (see MatchRedirectURI), and PostLogoutRedirectURIs the only ones to which people
	// are sent after a logout (OpenID Connect RP-Initiated Logout 1.0 §3).
	RedirectURIs           []string `json:"redirect_uris,omitzero" register:"yes"`
	PostLogoutRedirectURIs []string `json:"post_logout_redirect_uris,omitempty" register:"yes"` // where people are sent after a logout; see RedirectURIs
	// AllowedOrigins are web origins, such as https://app.example.com, whose scripts may call the endpoints from a browser (CORS), in addition to
	// the origins of the redirect URIs.
	AllowedOrigins []string `json:"allowed_origins,omitempty"`
	// Scopes are those that the client may request; empty means all, apart from those of the
	// admin API (AdminScopeInfos).
	Scopes Scopes `json:"scope,omitempty"`
	// DefaultScopes apply to a request without scope; empty means those of the
	// server's default scopes that the client may request.
	DefaultScopes Scopes `json:"default_scope,omitempty"`
	// RecommendedScopes are the optional scopes that are ticked in advance on the
	// consent page. Other optional scopes are not, unless the person has allowed them
	// before.
	RecommendedScopes Scopes `json:"recommended_scope,omitempty"`
	// Resources are the URIs of the resources that the client may request access
	// tokens for; empty means all that are registered (RFC 8707).
	Resources []string `json:"allowed_resources,omitempty"`
	// MultipleResources allows a request to name several resources. Each of these
	// APIs can use such an access token at the others.
	MultipleResources bool `json:"multiple_resources,omitempty"`
	// ExchangeClients are the clients whose access tokens this client may exchange, in
	// addition to its own (RFC 8693). ExchangeImpersonation issues the new tokens
	// without naming this client as the actor.
	ExchangeClients       []string `json:"exchange_clients,omitempty"`
	ExchangeImpersonation bool     `json:"exchange_impersonation,omitempty"` // issues the new tokens without naming this client as the actor; see ExchangeClients
	// IDJAGAudiences are the issuers of the authorization servers for which the client
	// may get an ID-JAG. If the client has another client_id there, the issuer is followed
	// by # and that client_id.
	IDJAGAudiences []string `json:"id_jag_audiences,omitempty"`
	// SkipAuthorization omits the consent page, except for a client that another
	// program can impersonate (see AssuredIdentity).
	SkipAuthorization bool `json:"skip_authorization,omitempty"`
	// With AskEveryTime, people are asked for permission at every request, even if they
	// have given it before.
	AskEveryTime bool `json:"ask_every_time,omitempty"`
	// RequireSecondFactor requires two factors from people with an account. A browser that
	// they chose to remember is not enough.
	RequireSecondFactor bool `json:"require_second_factor,omitempty"`
	// ForwardAuthGroups are groups of people, as in the groups claim. Only people in at
	// least one of them can use a host that is protected by forward authentication; empty
	// means everybody.
	ForwardAuthGroups []string `json:"forward_auth_groups,omitempty"`
	// RequirePKCE requires a code_challenge of a confidential client too.
	RequirePKCE bool `json:"require_pkce,omitempty"`
	// RequirePushedRequests rejects authorization requests that were not pushed (RFC
	// 9126 §6).
	RequirePushedRequests bool `json:"require_pushed_authorization_requests,omitempty" register:"yes"`
	// Metadata is a JSON object that belongs to the administrators and the hooks of the
	// host program, or empty. The server only stores it. See validate.Metadata for its limits.
	// An application that describes itself cannot set it, and never receives it.
	Metadata json.RawMessage `json:"metadata,omitempty"`
	// ResourceServer marks an API. It may introspect the tokens of all clients, or, if
	// resources of the server name it, only the tokens for these resources.
	ResourceServer bool `json:"resource_server,omitempty"`

	// Legacy are the insecure features that the client may use for a limited time.
	Legacy []LegacyException `json:"legacy_features,omitempty"`

	// AdminRole is the role with which the client itself can use the admin API, one of
	// AdminRoles; empty means that it cannot. It needs the scopes, too. A token for a person
	// has the role of the person.
	AdminRole string `json:"admin_role,omitempty"`
	// ServiceUserID is the account that is the subject of client_credentials tokens;
	// empty means the client itself.
	ServiceUserID string `json:"service_user_id,omitempty"`

	// AccessTokenFormat is the format of the client's access tokens; empty means Opaque. That
	// of a resource takes precedence.
	AccessTokenFormat TokenFormat `json:"access_token_format,omitempty"`
	// The lifetimes replace those of the server; 0 means the server's.
	AccessTokenTTL      Lifetime `json:"access_token_ttl,omitempty"`
	RefreshTokenIdleTTL Lifetime `json:"refresh_token_idle_ttl,omitempty"` // how long a refresh token can stay unused; 0 means the server's
	RefreshTokenTTL     Lifetime `json:"refresh_token_ttl,omitempty"`      // total lifetime of a refresh token and its successors; 0 means the server's
	CodeTTL             Lifetime `json:"code_ttl,omitempty"`               // lifetime of an authorization code; 0 means the server's
	DeviceCodeTTL       Lifetime `json:"device_code_ttl,omitempty"`        // lifetime of a device code and its user code; 0 means the server's

	ClientOpenID

	// DocumentFetchedAt is when the metadata of the client was fetched from the URL
	// that is its client_id (draft-ietf-oauth-client-id-metadata-document). It is zero
	// for every other client. The members with the struct tag "register" are
	// replaced by those of the current document whenever the client is used.
	DocumentFetchedAt time.Time `json:"document_fetched_at,omitzero"`
	// StatementIssuer is the issuer of the software statement with which the client
	// registered itself, or empty (RFC 7591 §2.3).
	StatementIssuer string `json:"software_statement_issuer,omitempty"`
	// AdministratorSet are the members that an administrator changed after the client
	// registered itself. Describe does not change them.
	AdministratorSet []string `json:"administrator_set,omitempty"`
	// SecretGeneration counts the earlier secrets of a client that registered itself.
	// The current secret depends on this number, so an earlier one never becomes valid
	// again.
	SecretGeneration int64 `json:"credential_generation,omitempty"`
	// RegistrationTokenRevokedAt is when an administrator revoked the registration access token of
	// a client that registered itself (RFC 7592), or zero. The client cannot get another one, so it
	// can no longer manage its registration.
	RegistrationTokenRevokedAt time.Time `json:"registration_token_revoked_at,omitzero"`
	// ExpiresAt is when a client that describes itself is deleted if nobody has used it;
	// zero means never. See AdminStore.DeleteUnusedClients.
	ExpiresAt time.Time `json:"expires_at,omitzero"`
	// Disabled rejects all requests of the client and all of its tokens.
	Disabled bool `json:"disabled,omitempty"`
	// Review is set for an application that an owner registered or changed, and that an operator
	// has to look at. ReviewReason is why it was rejected. The server treats only Disabled as
	// a reason to reject requests.
	Review       ReviewState `json:"review,omitempty"`
	ReviewReason string      `json:"review_reason,omitempty"` // why the application was rejected; see Review
	// RevokedBefore revokes all tokens that were issued at that time or earlier.
	RevokedBefore time.Time `json:"revoked_before,omitzero"`
	CreatedAt     time.Time `json:"created_at,omitzero"` // when the client was added
	UpdatedAt     time.Time `json:"updated_at,omitzero"` // when the client was last changed
	// Version counts the changes. A Store rejects a change that is based on an older
	// version.
	Version int64 `json:"version,omitempty"`

	// Unconfirmed is set if the client is not stored: its client_id contains its
	// metadata or is the URL of its metadata document, and no person has given it permission yet.
	// Store.ConfirmClient stores it.
	Unconfirmed bool `json:"-"`
}

// ReviewState is the state of the review of an application.
type ReviewState string

// The states of a review; empty means that nobody has to look at the application.
const (
	ReviewWaiting  ReviewState = "waiting"  // registered by a person, and disabled until it is approved
	ReviewChanged  ReviewState = "changed"  // approved before, and changed by an owner since then
	ReviewRejected ReviewState = "rejected" // disabled
)

// An OwnerOffer is a link with which another person becomes an owner of a client.
type OwnerOffer struct {
	// Hash is the SHA-256 of the secret in the link, which identifies the offer.
	Hash []byte `json:"hash"`
	// By is the account of the owner who made the offer.
	By string `json:"by"`
	// Transfer makes the person responsible for the client (Client.OwnerID).
	Transfer  bool      `json:"transfer,omitempty"`
	ExpiresAt time.Time `json:"expires_at"` // when the link is no longer valid
}

// ClientSecret is one secret of a client, as it is stored.
type ClientSecret struct {
	// ID identifies the secret among those of the client. It is not secret.
	ID string `json:"id"`
	// Hash is the SHA-256 of a generated secret, or nil.
	Hash []byte `json:"hash,omitempty"`
	// End is the last four characters of a generated secret, by which people
	// recognize it. It is empty for a secret that a person chose.
	End string `json:"end,omitempty"`
	// Slow is the argon2id PHC string of a secret that a person chose, or empty.
	Slow string `json:"slow,omitempty"`
	// Sealed is the secret itself, encrypted under the master key. Only a client
	// for which HS256 is used has it.
	Sealed    string    `json:"sealed,omitempty"`
	CreatedAt time.Time `json:"created_at"` // when the secret was added
	// ExpiresAt is set when a newer secret replaces this one; zero means never.
	ExpiresAt time.Time `json:"expires_at,omitzero"`
}

// Expired reports whether the secret has expired at that time.
func (s ClientSecret) Expired(now time.Time) bool {
	return !s.ExpiresAt.IsZero() && !s.ExpiresAt.After(now)
}

// MaxCoOwners is the maximum number of CoOwnerIDs.
const MaxCoOwners = 20

// OwnedBy reports whether an account is one of the owners of the client. A change that depends
// on it is saved with UpdateClient, which fails if the owners have changed since the client was
// read.
func (c *Client) OwnedBy(userID string) bool {
	return userID != "" && (c.OwnerID == userID || slices.Contains(c.CoOwnerIDs, userID))
}

// DropOwner removes an account from the owners of the client.
func (c *Client) DropOwner(userID string) {
	if c.OwnerID == userID {
		c.OwnerID = ""
	}
	c.CoOwnerIDs = slices.DeleteFunc(slices.Clone(c.CoOwnerIDs), func(id string) bool { return id == userID })
}

// Allows reports whether the client may use the grant type.
func (c *Client) Allows(grantType string) bool { return slices.Contains(c.GrantTypes, grantType) }

// MayHave reports whether the client may request the scope. A client without a list
// can request all scopes, apart from those of the admin API.
func (c *Client) MayHave(scope string) bool {
	return len(c.Scopes) == 0 && !IsAdminScope(scope) || c.Scopes.Contains(scope)
}

// Administers reports whether the client has access to the admin API.
func (c *Client) Administers() bool { return c.AdminRole != "" || c.Scopes.HasAdminScope() }

// StillAllowed returns those of the granted scopes that the client may have
// now.
func (c *Client) StillAllowed(granted Scopes) Scopes {
	if len(c.Scopes) == 0 && !granted.HasAdminScope() || c.Scopes.Covers(granted) {
		return granted
	}
	return slices.DeleteFunc(slices.Clone(granted), func(name string) bool { return !c.MayHave(name) })
}

// Exception returns the exception of the client for a legacy feature, if it has one.
func (c *Client) Exception(feature string) (e LegacyException, ok bool) {
	i := slices.IndexFunc(c.Legacy, func(e LegacyException) bool { return e.Feature == feature })
	if i < 0 {
		return e, false
	}
	return c.Legacy[i], true
}

// AllowsLegacy reports whether the client may use a legacy feature at that time.
func (c *Client) AllowsLegacy(feature string, now time.Time) bool {
	e, ok := c.Exception(feature)
	return ok && e.EndsAt().After(now)
}

// AllowsResponseType reports whether the client may use the response type. A
// client without a list may use code (RFC 7591 §2).
func (c *Client) AllowsResponseType(responseType string) bool {
	if len(c.ResponseTypes) == 0 {
		return responseType == ResponseTypeCode
	}
	return slices.Contains(c.ResponseTypes, responseType)
}

// IDTokenAlgorithm returns the algorithm that signs the client's ID tokens.
func (c *Client) IDTokenAlgorithm() string { return cmp.Or(c.IDTokenAlg, DefaultIDTokenAlg) }

// Sector returns the host for which the client's pairwise subjects are computed
// (OpenID Connect Core §8.1), or the client_id if no URI of the client has a host.
func (c *Client) Sector() string {
	uris := append([]string{c.SectorIdentifierURI}, c.RedirectURIs...)
	for _, uri := range uris {
		if u, err := url.Parse(uri); err == nil && u.Host != "" {
			return strings.ToLower(u.Hostname())
		}
	}
	return c.ID
}
