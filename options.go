package latchkey

import (
	"context"
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/acts"
	"github.com/seed-e6a88a41/latchkey/internal/developers"
	"github.com/seed-e6a88a41/latchkey/internal/settings"
	"github.com/seed-e6a88a41/latchkey/internal/upstream"
	"github.com/seed-e6a88a41/latchkey/internal/web"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
	"github.com/seed-e6a88a41/latchkey/validate"
)

type (
	// ProtocolSettings are the settings of the protocol, such as Scopes and AccessTokenTTL.
	// "go doc -all provider.Settings" describes them. They are embedded in Options, so a host
	// can assign to their fields, as in o.AccessTokenTTL = 10 * time.Minute.
	ProtocolSettings = provider.Settings
	// LoginSettings are the settings of accounts and logins. They are embedded in Options,
	// as ProtocolSettings are. "go doc -all account.Settings" describes them.
	LoginSettings = account.Settings
	// DeveloperSettings are the limits within which people register applications of their own.
	// They are embedded in Options, as ProtocolSettings are.
	DeveloperSettings = developers.Settings
	// A Mail is an email to one person: the same message as plain text and as HTML. Its
	// fields are:
	//
	//	To, Subject string
	//	Brand       string    // the name of the sender, unless its address has one
	//	Text, HTML  string    // alternatives (RFC 2046 §5.1.4); HTML loads nothing from a server
	//	Logo        []byte    // the image to which HTML refers as "cid:logo@latchkey", or empty
	//	LogoType    string    // the media type of Logo
	//	At          time.Time // the time at which the email is sent
	Mail = web.Mail
	// A LoginProvider is another provider at which people can log in:
	//
	//	latchkey.LoginProvider{
	//		Name: "google", Title: "Google", Issuer: "https://accounts.google.com",
	//		ClientID: id, ClientSecret: secret, SignUp: "automatic",
	//	}
	//
	// docs/how-to/log-in-through-another-provider.md describes each field under the name
	// that it has in the configuration file, such as email_domains for EmailDomains. The
	// fields are:
	//
	//	Name, Title, Type, Issuer, ClientID, ClientSecret string
	//	SignUp                                            string // "automatic", "invitation" or "never"
	//	Scopes, EmailDomains, Groups, Tenants             []string
	//	TrustedEmailDomains, SecondFactorACR              []string
	//	TrustSecondFactor, OmitsAuthTime                  bool
	//	SingleLogout, Disabled                            bool
	//	Claims                                            map[string]string
	//	URL, CAFile, BindDN, BaseDN, Filter, GroupFilter  string // of a directory
	//	IDAttribute                                       string // of a directory
	LoginProvider = upstream.Settings
	// A Finding is a problem that the command latchkey check reports. Its fields are:
	//
	//	ID       string // the number of the check, such as "LK007"
	//	Error    bool   // it is an error, and not only a warning
	//	Text     string // in English
	//	ClientID string // the application that it is about, or empty
	Finding = acts.Finding
	// A Directory checks passwords, as an LDAP server does. See package ldap.
	Directory = upstream.Directory
)

// Options configure a Server. Issuer, Store and MasterKey are required; the zero
// values of all other fields are safe defaults.
//
// A field with a key is also a setting of the command latchkey, where it is a
// flag, an environment variable and a member of the configuration file. See
// docs/reference/configuration.md.
type Options struct {
	// Issuer is the issuer identifier (RFC 8414 §2). The URLs of the protocol
	// are below its path.
	Issuer string `key:"issuer" title:"Protocol" help:"issuer identifier, such as https://id.example.com/o (default http://localhost:PORT/o)"`
	// Store stores everything; see packages sqlstore/sqlite, sqlstore/postgres and memstore.
	// The host opens it before New, and closes it after Run has returned.
	Store Store
	// MasterKey is at least 32 random bytes, or text that encodes them in base64 or as
	// hexadecimal digits, so it can be the content of a file that the commands read, too; see
	// provider.ParseMasterKey. It is a secret, and the same at every start and in all processes
	// that share the Store. Another issuer needs a key of its own: with the same key, it would accept
	// applications that registered here and have not been used. The key cannot be changed later. New
	// rejects other text.
	MasterKey []byte

	ProtocolSettings  `title:"Protocol"`
	LoginSettings     `title:"Logins"`
	DeveloperSettings `title:"Applications of developers"`

	// Brand is the name in the header of all pages.
	Brand string `key:"brand" default:"Latchkey" help:"name in the header of the pages"`
	// BrandColor is the color of buttons and links, such as "#0f5f57", and BrandColorDark is
	// that on dark pages. If BrandColorDark is empty, it is a lighter shade of BrandColor.
	// The other colors of the brand are computed. New fails if a color has too little
	// contrast (WCAG 2.2); a style sheet in Templates is not checked.
	BrandColor     string `key:"brand_color" help:"color of buttons and links, such as #0f5f57 (default a built-in color); it must have enough contrast with the background of light pages"`
	BrandColorDark string `key:"brand_color_dark" help:"the same on dark pages, such as #5fc4b5; it must have enough contrast with the background of dark pages (default a lighter shade of brand_color)"`
	// BrandLogo is an image for the header of pages and emails, of at most 256 KiB: PNG,
	// JPEG, GIF, WebP or SVG. Emails do not show WebP and SVG images.
	BrandLogo []byte
	// Templates contains pages of the host. A file that has the same name as a file of
	// Latchkey replaces it, such as "web/login.html", "web/authorize.html" (consent) or
	// "layout.html"; docs/reference/templates.md lists them. New fails if a page has a
	// fault: if it cannot be parsed, uses a field, function or block that does not exist,
	// or has the name of no built-in file.
	//
	// The folder "texts" can contain translations of the pages and emails, such as
	// "texts/de.json"; docs/how-to/translate-the-pages.md describes them. New also fails
	// if a translation has a fault.
	Templates fs.FS
	// AdminPath is the path at which Server.Admin is mounted, with a slash at both ends,
	// such as "/shop/office/"; empty means "/admin/". It must be on the same host as the
	// Issuer, whose cookies it uses. It can be below the path of the issuer, such as
	// "/o/office/", if no page of the Server has an address below it.
	AdminPath string
	// CookieSuffix ends the names of the cookies, such as "_acme". Several issuers on one
	// host need different ones: a browser sends all cookies of a host to each of them, and
	// a login at one would otherwise be a logout at the others. It consists of lower case
	// letters, digits and underscores.
	CookieSuffix string `key:"cookie_suffix" help:"end of the names of the cookies, such as _2; servers on one host need different ones, because a browser sends the cookies of a host to all its ports"`
	// TrustedProxies are the reverse proxies whose X-Forwarded-For or Forwarded
	// header (RFC 7239) names the address of the client.
	TrustedProxies []netip.Prefix `key:"trusted_proxies" help:"addresses or networks, such as 10.0.0.0/8, of proxies whose X-Forwarded-For or Forwarded header is trusted"`
	// Place returns roughly where a public network address is, such as "Berlin,
	// Germany", or "" if that is not known. Pages and emails show it, as an estimate,
	// to the person whose login or device it is about; it is not stored. Calls are
	// concurrent and must return quickly. Without Place, only addresses are shown.
	Place func(netip.Addr) string

	// Claims returns what is known about a person (OpenID Connect Core §5). If it
	// is nil, the claims come from the person's account.
	Claims oauth.ClaimsSource
	// TokenLifetimes determines the lifetimes of access tokens and refresh tokens, for
	// each client, grant, person, scope and resource. If it is nil, those of the
	// resource, the client and the settings apply.
	TokenLifetimes oauth.LifetimesHook
	// TokenFormat chooses between opaque access tokens and JWTs, for each client, grant,
	// person, scope and resource. If it is nil, the format of the resource or the client
	// applies.
	TokenFormat oauth.FormatHook
	// TokenMetadata determines the metadata of tokens: a small JSON object that is stored
	// with a permission, and that the other functions can read. If it is nil, tokens have
	// no metadata, apart from those of Grants.
	TokenMetadata oauth.MetadataHook
	// AddClaims adds claims to ID tokens, userinfo responses, introspection responses
	// and JWT access tokens. An API in the same program gets those of an introspection
	// response. AddedClaims are the names of claims that it can return;
	// discovery lists them (claims_supported).
	AddClaims   oauth.ClaimsHook
	AddedClaims []string
	// ScopeSource returns the scopes that applications can request, for a host whose scopes
	// are in a database. It replaces Scopes, which must then be nil. Administrators can add more
	// scopes to the Store, in the back office. They cannot change those of the ScopeSource or of
	// Scopes: if a scope in the Store has the same name, it has no effect. The consent page,
	// discovery, the back office and all checks use the scopes of the ScopeSource.
	ScopeSource oauth.ScopeSource
	// CheckClientURI rejects redirect URIs, logout redirect URIs and origins of
	// applications that the rules of the server accept. If it is nil, only those rules
	// apply.
	CheckClientURI oauth.ClientURICheck
	// Grants are additional grant types. The host program decides on their requests.
	Grants []oauth.ExtensionGrant
	// FindPerson finds the people that the JWTs of trusted issuers are about. If it is
	// nil, they are people with an account.
	FindPerson oauth.PersonSource
	// People is the login of the host. It replaces Latchkey's own accounts. If it is
	// nil, people have an account in the Store.
	People People

	// LoginProviders are other providers at which people with an account can log in.
	// Administrators can add more to the Store, in the back office.
	LoginProviders []LoginProvider `key:"login_providers" only:"file" help:"other providers, such as Google, at which people can log in; see [log in through another provider](../how-to/log-in-through-another-provider.md)"`
	// OpenDirectory returns the directory of a login provider with the type ldap. Set it to
	// ldap.Open of package ldap, which only programs with such a provider link.
	OpenDirectory func(LoginProvider) (Directory, error)

	// SendMail sends an email to one address. Run calls it. An error that
	// wraps account.ErrMailRejected means that the mail server will never accept this
	// mail. A *textproto.Error means the same if its code is about an address or a
	// message: 550 to 554, or 556. If SendMail knows that such a reply is about the sender
	// or the login, it must return another error. After any other error, the mail is sent
	// again later. Without SendMail, nobody can reset a password.
	SendMail func(ctx context.Context, m Mail) error
	// InsecureCatchMails is for demos: it sends no email, and shows all emails on a
	// page instead. Anybody on the machine of the server can open this page.
	InsecureCatchMails bool

	// InsecureOutboundNetworks are networks for development that are not public. The
	// server sends requests to them too, even over http, if the URL comes from an
	// application.
	InsecureOutboundNetworks []netip.Prefix `key:"insecure_outbound" help:"non-public addresses or networks, such as 127.0.0.0/8, to which the server may send requests on behalf of applications, even without TLS; for development"`
	// OutboundAuthorities are the certificate authorities that are trusted in
	// these requests; nil means those of the system.
	OutboundAuthorities *x509.CertPool
	// InsecureAllowAnyOrigin lets scripts of any origin read the responses of the
	// endpoints, and of the APIs behind Require. By default, only scripts of the
	// application's own origins can read them.
	InsecureAllowAnyOrigin bool `key:"insecure_allow_any_origin" help:"let web pages of any origin read the responses of all endpoints and of the APIs in the same program"`

	// ConsumerURL is the URL of a running consumer, to which the back office links.
	ConsumerURL string

	// Webhooks are URLs to which Run sends signed events. An event is added to a queue in
	// the Store before the response is sent, and delivered at least once.
	Webhooks []oauth.Webhook `key:"webhooks" only:"file" help:"URLs to which signed events are sent, such as the URL of an audit log"`

	// OnEvent is called when something has happened and was stored: a token was issued,
	// a login failed, a refresh token was reused. oauth.EventTypes lists all events.
	// OnRequest is called after every request. Both are for metrics, logs and traces.
	// Calls are concurrent and must return quickly: the response waits for them. A panic is
	// logged, and the request continues.
	OnEvent   func(context.Context, oauth.Event)
	OnRequest func(context.Context, Request)

	// AuditTTL is how long records of the audit log are kept; if it is negative, they are kept
	// forever. The audit log is stored in the Store.
	AuditTTL time.Duration `key:"audit_ttl" default:"400d" min:"1s" negative:"true" help:"how long records of the audit log are kept; if negative, forever"`

	// AllSettings and SettingSource are for a program that declares its settings as this struct
	// does, with tags: the back office then lists the fields of the struct to which AllSettings
	// points. SettingSource returns the flag, the variable or the file that set the setting with
	// a key, or "". Both may be nil.
	AllSettings   any
	SettingSource func(key string) string // see AllSettings

	// Findings returns what the command latchkey check finds in a running server, for the back
	// office. Nil means that nothing is known.
	Findings func(context.Context) ([]Finding, error)
	// Node returns the host of this process, and when its TLS certificate expires, for the start
	// page of the back office. The other fields are set by the Server. It is called every few
	// seconds. If it is nil, the page shows neither.
	Node func() oauth.Node

	Logger *slog.Logger     // nil means no logging
	Clock  func() time.Time // nil means time.Now

	// PasswordKey computes the argon2id keys of passwords. Nil means argon2.IDKey, in this process,
	// which takes 19 MiB and keeps a processor busy for about 20 ms: on a machine with few processors,
	// other requests then wait. The command latchkey serve computes them in a process of its own.
	PasswordKey account.PasswordKey
	// InsecurePasswordHashes is for tests: it makes hashing a password cheap and insecure. A
	// server must not set it, because a thief of its database could find the passwords quickly.
	InsecurePasswordHashes bool
	// NewKey generates a signing key for an algorithm; see provider.Config. Nil means a random
	// key. Tests set it, because generating an RSA key takes a long time.
	NewKey func(alg string) (crypto.Signer, error)
}

// hostKey returns a key for a purpose, derived from the MasterKey. Package provider reports a
// MasterKey that is not valid.
func (o *Options) hostKey(purpose string) []byte {
	key, _ := provider.ParseMasterKey(o.MasterKey)
	return provider.HostKey(key, purpose)
}

// ownLogin reports whether Latchkey's own pages log people in.
func (o *Options) ownLogin() bool { return o.People == nil }

// hostLogout reports whether the host can log people out.
func (o *Options) hostLogout() bool {
	_, ok := o.People.(PeopleLogOut)
	return ok
}

// relyingParty returns the server for which passkeys are created. If it has no ID, there are
// no passkeys.
func (o *Options) relyingParty() (account.RelyingParty, error) {
	rp, err := account.OptionalRelyingParty(oauth.Origin(o.Issuer), o.PasskeyDomain, o.Brand)
	if err != nil {
		return rp, fmt.Errorf("latchkey: %w", err)
	}
	return rp, nil
}

// checkPerson returns the function that checks whether the host still has a person, or
// nil.
func (o *Options) checkPerson() func(context.Context, string) (string, bool, error) {
	people, ok := o.People.(PeopleLookup)
	if !ok {
		return nil
	}
	return func(ctx context.Context, subject string) (string, bool, error) {
		name, active, err := people.Lookup(ctx, subject)
		if !isName(name) {
			name = ""
		}
		return name, active, err
	}
}

// setDefaultsAndCheck returns what is wrong with the options, apart from what other
// packages check.
func (o *Options) setDefaultsAndCheck() error {
	faults := append(peopleFaults(o.People), o.unusedFaults()...)
	settings.SetDefaults(o)
	developers.SetDefaults(&o.DeveloperSettings)
	faults = append(faults, o.boundsFaults()...)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	switch {
	case o.Claims != nil:
	case o.ownLogin():
		o.Claims = accountClaims(o.Store)
	default:
		o.Claims = noClaims(o.Logger, o.AddClaims != nil)
	}
	if o.FindPerson == nil && o.ownLogin() {
		o.FindPerson = accountPeople(o.Store)
	}
	faults = append(append(faults, prefixFaults("TrustedProxies", o.TrustedProxies)...), prefixFaults("InsecureOutboundNetworks", o.InsecureOutboundNetworks)...)
	for _, fault := range validate.Name("Brand", o.Brand) {
		faults = append(faults, settings.Faultf(fault.Field, ": %s", fault.Message))
	}
	if isNil(o.Store) {
		o.Store = nil // package provider reports it
	}
	defaultPath := o.AdminPath == ""
	if defaultPath {
		o.AdminPath = defaultAdminPath
	}
	if strings.Trim(o.CookieSuffix, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" || len(o.CookieSuffix) > 64 {
		faults = append(faults, settings.Faultf("CookieSuffix", " %q must consist of at most 64 lower case letters, digits and underscores", o.CookieSuffix))
	}
	switch {
	case !adminPath.MatchString(o.AdminPath):
		faults = append(faults, settings.Faultf("AdminPath", " %q must begin and end with a slash, and consist of letters, digits and -._~ between slashes", o.AdminPath))
	case !o.collides(o.AdminPath):
	case defaultPath:
		faults = append(faults, settings.Faultf("Issuer", " %q has the path of the back office, %s. Use another path, such as /o, or set AdminPath to another one, such as %q", o.Issuer, o.AdminPath, o.otherAdminPath()))
	default:
		faults = append(faults, settings.Faultf("AdminPath", " %q is the path of the Server, or contains pages of it; choose another path, such as %q, or another Issuer", o.AdminPath, o.otherAdminPath()))
	}
	return errors.Join(settings.Prefixed("latchkey", faults)...)
}

// prefixFaults returns a fault for each network that contains no address.
func prefixFaults(field string, networks []netip.Prefix) (faults []error) {
	for i, network := range networks {
		if !network.IsValid() {
			faults = append(faults, settings.Faultf(field, ": the network %d of %d is the zero netip.Prefix, which contains no address. Use netip.MustParsePrefix(\"10.0.0.0/8\"), or netip.PrefixFrom for one address", i+1, len(networks)))
		}
	}
	return faults
}

// isNil reports whether a Store is nil, or a nil pointer.
func isNil(s Store) bool { return s == nil || isNilPointer(s) }

// boundsFaults returns what is wrong with the settings of logins and pages. Package provider
// checks those of the protocol.
func (o *Options) boundsFaults() []error {
	own := Options{AuditTTL: o.AuditTTL}
	settings.SetDefaults(&own)
	return slices.Concat(settings.Faults(&own), account.SettingsFaults(o.LoginSettings), developers.Faults(&o.DeveloperSettings))
}

// accountSettings returns the settings that apply only to accounts of Latchkey.
func (o *Options) accountSettings() []settings.Setting {
	return append(settings.Of(&o.LoginSettings), settings.Of(&o.DeveloperSettings)...)
}

// needsAccounts reports whether a setting applies only to accounts of Latchkey.
func (o *Options) needsAccounts(s settings.Setting) bool {
	return s.Field == "RequireSecondFactor" || slices.ContainsFunc(o.accountSettings(), func(of settings.Setting) bool { return of.Key == s.Key })
}

// unusedFaults returns the settings that are set although they would have no effect,
// because the people are those of the host. Call it before the defaults are set.
func (o *Options) unusedFaults() (faults []error) {
	if o.ownLogin() {
		return nil
	}
	const why = ": People replaces the accounts to which it applies. Remove it"
	for _, s := range o.accountSettings() {
		if !reflect.ValueOf(s.Pointer).Elem().IsZero() {
			faults = append(faults, settings.Faultf(s.Field, why))
		}
	}
	if o.SendMail != nil {
		faults = append(faults, settings.Faultf("SendMail", why+": Latchkey sends no emails to people without an account"))
	}
	if o.InsecureCatchMails {
		faults = append(faults, settings.Faultf("InsecureCatchMails", why+": Latchkey sends no emails to people without an account"))
	}
	const acr = ", and let applications request a second factor with acr_values, which People.LogIn gets if ACRValues contains them"
	if o.RequireSecondFactor != "" && o.RequireSecondFactor != provider.SecondFactorNobody {
		faults = append(faults, settings.Faultf("RequireSecondFactor", why+acr))
	}
	for _, s := range o.Scopes {
		if s.SecondFactor {
			faults = append(faults, settings.Faultf("Scopes", ": SecondFactor of %q has no effect, because People replaces the accounts to which it applies. Remove it"+acr, s.Name))
		}
	}
	return faults
}

// collides reports whether a path of the back office is that of the Server, or contains pages of it.
func (o *Options) collides(path string) bool {
	return o.Issuer != "" && web.ServesBelow(strings.TrimSuffix(issuerPath(o.Issuer), "/"), path)
}

// otherAdminPath returns a path for the back office that does not collide with the Server.
func (o *Options) otherAdminPath() string {
	for _, path := range []string{defaultAdminPath, "/office/"} {
		if path != o.AdminPath && !o.collides(path) {
			return path
		}
	}
	return "/back-office/"
}
