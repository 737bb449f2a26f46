package provider

import (
	"slices"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/settings"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// Settings configure the protocol. A zero value means the default.
//
// They are declared only here: the flags, variables and configuration file of
// the command latchkey, its reference, and latchkey.Options come from these
// fields and their tags.
type Settings struct {
	// Scopes are the scopes that applications can request; nil means read and write.
	// Scopes replaces these two, but not the scopes of OpenID Connect, such as openid
	// and offline_access, which are always added. Administrators can add more to the Store,
	// but not change these: a scope in the Store with the same name has no effect.
	Scopes []oauth.ScopeInfo `key:"scopes" only:"file" help:"scopes that applications can request, besides those of OpenID Connect, such as openid (default read and write)"`
	// DefaultScopes are granted to a request without a scope, if the application
	// may have them; nil means all Scopes that are not optional and release no
	// claims, except oauth.ScopeIntrospection.
	DefaultScopes oauth.Scopes
	// Resources are the APIs that applications can request access tokens for with
	// the parameter resource (RFC 8707). Administrators can add more to the Store, in the same
	// way as scopes.
	Resources []oauth.ResourceInfo `key:"resources" only:"file" help:"APIs that applications can request access tokens for with the parameter resource"`
	// Audience is the aud claim of access tokens that are not for one of Resources
	// (RFC 9068 §2.2); empty means the issuer.
	Audience string `key:"audience" help:"aud claim of access tokens that are not for one of the resources (default the issuer)"`

	// TrustedIssuers are other servers whose JWTs are accepted, each for the uses that
	// are listed with it (RFC 7523, RFC 8693).
	TrustedIssuers []oauth.TrustedIssuer `key:"trusted_issuers" only:"file" help:"other servers whose JWTs are accepted, such as an OpenID provider or a Kubernetes cluster"`
	// IssuerAudienceOnly is for FAPI 2.0 (Security Profile §5.3.2.1). The URL of an
	// endpoint, which OpenID Connect Core §9 recommends, is then not accepted.
	IssuerAudienceOnly bool `key:"issuer_audience_only" help:"accept a client_assertion only if its aud is the issuer alone, as FAPI 2.0 requires"`

	// RequestTTL is at most two hours, and CodeTTL at most ten minutes
	// (RFC 6749 §4.1.2).
	RequestTTL time.Duration `key:"request_ttl" default:"1h" min:"1s" max:"2h" help:"how long a person has to log in and decide about an authorization request"`
	CodeTTL    time.Duration `key:"code_ttl" default:"1m" min:"1s" max:"10m" why:"RFC 6749 section 4.1.2" help:"lifetime of an authorization code"`
	// DeviceCodeTTL is at most one hour.
	DeviceCodeTTL      time.Duration `key:"device_code_ttl" default:"10m" min:"1s" max:"1h" help:"how long a person has to enter the code that a device shows, and to decide"`
	DevicePollInterval time.Duration `key:"device_poll_interval" default:"5s" min:"1s" max:"1m" help:"how long a device must wait between two requests for its tokens"`
	// DeviceVerificationURI is sent to devices unchanged. A redirect from there must keep
	// the query, which can contain the code.
	DeviceVerificationURI string `key:"device_verification_uri" help:"short URL that devices show to people, and that redirects them to /o/device/ with the same query (default the URL of /o/device/)"`
	// PushedRequestTTL is at most ten minutes (RFC 9126 §2.2).
	PushedRequestTTL time.Duration `key:"par_ttl" default:"90s" min:"1s" max:"10m" why:"RFC 9126 section 2.2" help:"how long a person has to open the link of a pushed authorization request"`
	// RequirePushedRequests applies to all clients (RFC 9126 §5).
	RequirePushedRequests bool `key:"require_pushed_requests" help:"reject authorization requests that the application did not push (RFC 9126)"`
	// PublicRequestLimit is the limit for each network address in each process.
	// Devices, pushed requests and assertions are counted separately. It also applies
	// to applications that registered themselves, until a person has given them
	// permission.
	PublicRequestLimit int `key:"public_request_limit" default:"3000" min:"1" negative:"true" help:"how many device requests and pushed requests of applications that have no secret or are newly registered, and how many assertions of newly registered applications, are accepted per hour from one network address; if negative, there is no limit"`
	// AccessTokenTTL and IDTokenTTL are at most 30 days, because the signing key
	// is published for that long after its last signature.
	AccessTokenTTL      time.Duration `key:"access_token_ttl" default:"1h" min:"1s" max:"720h" why:"the key that signed the token is published for that long" help:"lifetime of an access token"`
	RefreshTokenIdleTTL time.Duration `key:"refresh_token_idle_ttl" default:"30d" min:"1s" help:"how long a refresh token can stay unused"`
	RefreshTokenTTL     time.Duration `key:"refresh_token_ttl" default:"180d" min:"1s" help:"total lifetime of a refresh token and its successors"`
	// ReplayWindow is for clients that refresh in parallel or that lost the
	// response.
	ReplayWindow time.Duration `key:"replay_window" default:"10s" min:"1ms" max:"24h" negative:"true" help:"how long after a refresh a client that repeats it gets the same new tokens; if negative, it never does"`
	IDTokenTTL   time.Duration `key:"id_token_ttl" default:"1h" min:"1s" max:"720h" why:"the key that signed the token is published for that long" help:"lifetime of an ID token"`
	KeyRotation  time.Duration `key:"key_rotation" default:"90d" min:"1s" negative:"true" help:"how long a key signs before a new one replaces it; if negative, keys are rotated only by hand"`

	// ClientCache is how much memory the cached applications may occupy. A typical
	// application occupies between one and two kilobytes.
	ClientCache int `key:"client_cache" default:"64" min:"1" max:"65536" help:"memory for cached applications, in megabytes; one megabyte holds about 500 applications"`

	// Registration is one of RegistrationPolicies. RegistrationTTL is at most
	// oauth.LongestRegistration; in that time, a person has to give an application
	// permission for the first time.
	Registration string `key:"registration" default:"closed" help:"which applications can register themselves: closed (none), token (with an initial access token from an administrator), person (also with a token of a person who is logged in) or open (all)"`
	// RegistrationLimit is the limit per hour for each network address or person in
	// each process. Registrations and documents are counted separately.
	RegistrationLimit int           `key:"registration_limit" default:"100" min:"1" negative:"true" help:"how many applications can register themselves, and how many metadata documents of new applications can be requested, from one network address in an hour; if negative, there is no limit"`
	RegistrationTTL   time.Duration `key:"registration_ttl" default:"30d" min:"1s" max:"2160h" help:"how long an application that registered itself can stay unused"`

	// ClientDocuments is one of DocumentPolicies. It applies to the hosts that are in
	// none of the lists. It has no effect without an Outbound.
	ClientDocuments      string   `key:"client_documents" default:"ask" help:"whether the client_id of an application can be the URL of its client ID metadata document: ask (yes, and people are asked for permission every time), allow (yes, as for registered applications), deny (no, except for the hosts in the other lists) or off"`
	ClientDocumentsAsk   []string `key:"client_documents_ask" help:"hosts, such as app.example or *.app.example, to which client_documents=ask applies"`
	ClientDocumentsAllow []string `key:"client_documents_allow" help:"hosts to which client_documents=allow applies"`
	ClientDocumentsDeny  []string `key:"client_documents_deny" help:"hosts to which client_documents=deny applies, even if they are in another list"`

	// AskEveryTime does not apply to applications that skip authorization.
	AskEveryTime bool `key:"ask_every_time" help:"ask people for permission at every authorization request, even if they have given it before"`
	// SignUp also lets applications ask for it, with prompt=create (Initiating User
	// Registration 1.0). If the host program logs people in, its login page has to
	// support it.
	SignUp bool `key:"sign_up" help:"allow people to create accounts"`
	// RequireSecondFactor is one of SecondFactorPolicies. It applies to people with an
	// account. oauth.Client and oauth.ScopeInfo can require a second factor, too.
	RequireSecondFactor string `key:"require_second_factor" default:"nobody" help:"people who need a second factor to use an application or the back office: nobody, administrators (everybody who has a role in the back office) or everybody; a person without one is asked to add it"`
	// ACRValues are the authentication context classes (acr) that a login can have
	// (OpenID Connect Core §2). For Latchkey's own login they are three: of one factor, of
	// two, and of two of which one is a passkey. The default is DefaultACRValues.
	ACRValues []string `key:"acr_values" help:"acr of a login with one factor, with two factors, and with a passkey, in this order (default urn:latchkey:acr:1fa, urn:latchkey:acr:2fa and phr)"`
}

// SecondFactorPolicies returns the values of Settings.RequireSecondFactor.
func SecondFactorPolicies() []string {
	return []string{SecondFactorNobody, SecondFactorAdministrators, SecondFactorEverybody}
}

// The values of Settings.RequireSecondFactor.
const (
	SecondFactorNobody         = "nobody"
	SecondFactorAdministrators = "administrators"
	SecondFactorEverybody      = "everybody"
)

// SecondFactorRequired reports whether the settings require a second factor of a person
// who has a role in the back office (admin), or of another person.
func (s *Settings) SecondFactorRequired(admin bool) bool {
	return s.RequireSecondFactor == SecondFactorEverybody || (s.RequireSecondFactor == SecondFactorAdministrators && admin)
}

// DefaultACRValues returns the acr values of Latchkey's own login. The last one is that of
// OpenID Connect Extended Authentication Profile ACR Values 1.0 §2. No standard has a
// name for the others.
func DefaultACRValues() []string {
	return []string{"urn:latchkey:acr:1fa", "urn:latchkey:acr:2fa", "phr"}
}

// The longest lifetimes that New accepts, and that an application can have. They are
// also in the tags of Settings.
const (
	maxCodeTTL = 10 * time.Minute
	// maxDeviceCodeTTL: a user code is looked up in this hour and the one before.
	// The time in the ID of its ticket is up to an hour earlier, which together is
	// within oauth.LongestTicket.
	maxDeviceCodeTTL = time.Hour
)

// maxVerificationURI bounds a text that people type, in bytes.
const maxVerificationURI = 200

// setDefaults sets what is zero. ownLogin is set if Latchkey logs people in.
func (s *Settings) setDefaults(issuer string, ownLogin bool) {
	settings.SetDefaults(s)
	if s.Scopes == nil {
		s.Scopes = oauth.DefaultScopeInfos()
	}
	if s.DefaultScopes == nil {
		for _, scope := range s.Scopes {
			if scope.ByDefault() {
				s.DefaultScopes = append(s.DefaultScopes, scope.Name)
			}
		}
	}
	s.Scopes = s.AllScopes()
	if s.Audience == "" {
		s.Audience = issuer
	}
	if ownLogin && s.ACRValues == nil {
		s.ACRValues = DefaultACRValues()
	}
}

// AllScopes returns the scopes with those of OpenID Connect and of the admin API.
func (s *Settings) AllScopes() []oauth.ScopeInfo {
	all := slices.Clone(s.Scopes)
	if all == nil {
		all = oauth.DefaultScopeInfos()
	}
	for _, info := range append(oauth.OpenIDScopeInfos(), oauth.AdminScopeInfos()...) {
		if !slices.ContainsFunc(all, func(s oauth.ScopeInfo) bool { return s.Name == info.Name }) {
			all = append(all, info)
		}
	}
	return all
}

// faults returns everything that is wrong with settings whose defaults are set.
func (s *Settings) faults() (faults []error) {
	add := func(field, format string, args ...any) {
		faults = append(faults, settings.Faultf(field, format, args...))
	}
	faults = append(faults, scopeFaults(s.Scopes)...)
	for _, name := range s.DefaultScopes {
		if !slices.ContainsFunc(s.Scopes, func(known oauth.ScopeInfo) bool { return known.Name == name }) {
			add("DefaultScopes", ": %q is not one of Scopes", name)
		}
	}
	if uri := s.DeviceVerificationURI; uri != "" && (!fetchable(uri) || len(uri) > maxVerificationURI || strings.ContainsAny(uri, " #")) {
		add("DeviceVerificationURI", " is %q; it must be an https URL without a user or a fragment, of at most %d bytes", uri, maxVerificationURI)
	}
	if !slices.Contains(RegistrationPolicies(), s.Registration) {
		add("Registration", " is %q; it must be one of %s", s.Registration, strings.Join(RegistrationPolicies(), ", "))
	}
	if !slices.Contains(SecondFactorPolicies(), s.RequireSecondFactor) {
		add("RequireSecondFactor", " is %q; it must be one of %s", s.RequireSecondFactor, strings.Join(SecondFactorPolicies(), ", "))
	}
	if !slices.Contains(DocumentPolicies(), s.ClientDocuments) {
		add("ClientDocuments", " is %q; it must be one of %s", s.ClientDocuments, strings.Join(DocumentPolicies(), ", "))
	}
	faults = append(faults, s.documentHosts().faults()...)
	return append(faults, settings.Faults(s)...)
}

// documentHosts returns the lists of hosts.
func (s *Settings) documentHosts() hostPolicies {
	return hostPolicies{deny: s.ClientDocumentsDeny, ask: s.ClientDocumentsAsk, allow: s.ClientDocumentsAllow}
}

// lifetime returns the client's own lifetime, or else the server's.
func lifetime(client oauth.Lifetime, server time.Duration) time.Duration {
	if client > 0 {
		return time.Duration(client)
	}
	return server
}
