package account

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// MaxIdentities is how many accounts at other providers a person can have.
const MaxIdentities = 10

// An Identity is a person as another provider describes them, after all checks of the
// protocol. Only Provider, Issuer and Subject identify the person: everything else can
// change, or pass to another person.
type Identity struct {
	// Provider is the name of the provider in the configuration.
	Provider string
	// Issuer and Subject never change, and are never assigned to another person.
	Issuer, Subject string

	Username, Name, Email string // may be empty
	// EmailVerified reports whether the provider has verified the address.
	EmailVerified bool
	// Claims holds values for names in ProfileClaims.
	Claims map[string]string

	// AuthTime is when the person proved who they are, or zero if that was now.
	AuthTime time.Time
	// Undated is set if the provider does not report that time. Then the session does not
	// show when the person logged in.
	Undated bool
	// AMR are the methods that the provider reports. TwoFactors reports whether they
	// are two factors. Both are ignored without IdentityRules.SecondFactor.
	AMR        []string
	TwoFactors bool
	// SessionID is the session at the provider (OpenID Connect Front-Channel Logout
	// §3), or empty.
	SessionID string
}

// IdentityRules are the rules for the people of a provider.
type IdentityRules struct {
	// SignUp creates an account for a person who has none.
	SignUp bool
	// Invitations lets a person with an invitation create an account.
	Invitations bool
	// EmailDomains are the domains whose addresses the provider verifies reliably. A
	// person with such an address is logged in to the account that has confirmed it.
	EmailDomains []string
	// SecondFactor accepts two factors at the provider in place of a second factor of
	// the account.
	SecondFactor bool
}

// identityBody is the Body of a FactorIdentity.
type identityBody struct {
	Provider string `json:"provider"`
	Issuer   string `json:"issuer"`
	Subject  string `json:"subject"`
}

// An OtherProvider is a provider at which people can log in.
type OtherProvider struct {
	Name string // the name in the configuration
	// Issues reports whether identities of the provider can have the given issuer. It decides which
	// identities belong to the provider: those that were connected under its name can be of
	// an issuer that it had before.
	Issues func(issuer string) bool
}

// namesOf returns the names of the providers to which an identity belongs.
func namesOf(f Factor, providers []OtherProvider) (names []string) {
	for _, p := range providers {
		if f.Kind == FactorIdentity && p.Issues(f.issuer()) {
			names = append(names, p.Name)
		}
	}
	return names
}

// IdentityID returns the ID of the factor for a person at another provider. The
// provider can be renamed in the configuration, so its name is not part of it.
func IdentityID(issuer, subject string) FactorID {
	return sha256.Sum256(fmt.Appendf(nil, "identity\x00%d %s%s", len(issuer), issuer, subject))
}

// factor returns the factor of an identity.
func (i Identity) factor() (Factor, error) {
	body, err := json.Marshal(identityBody{i.Provider, i.Issuer, i.Subject})
	name := i.Email
	if name == "" {
		name = i.Username
	}
	if name, fault := factorName(name); fault == nil {
		return Factor{ID: IdentityID(i.Issuer, i.Subject), Kind: FactorIdentity, Name: name, Body: string(body)}, err
	}
	return Factor{ID: IdentityID(i.Issuer, i.Subject), Kind: FactorIdentity, Body: string(body)}, err
}

// Provider returns the name that the provider of a FactorIdentity had when it was connected, or
// "" for another kind. A provider with this name can have another issuer now, so
// OtherProvider.Issues decides whether a person can log in with the identity.
func (f Factor) Provider() string { return f.identity().Provider }

// issuer returns the issuer of a FactorIdentity, or "" for another kind.
func (f Factor) issuer() string { return f.identity().Issuer }

// ProviderSubject returns the issuer and the subject that identify the person of a
// FactorIdentity at the provider, or empty strings for another kind.
func (f Factor) ProviderSubject() (issuer, subject string) {
	body := f.identity()
	return body.Issuer, body.Subject
}

func (f Factor) identity() (body identityBody) {
	if f.Kind != FactorIdentity || json.Unmarshal([]byte(f.Body), &body) != nil {
		return identityBody{}
	}
	return body
}

// Prefixes of further values of Session.Methods.
const (
	viaPrefix = "via:"    // the name of the provider
	sidPrefix = "sid:"    // a hash of the session at the provider
	amrPrefix = "amr:"    // a value of amr of the provider
	undated   = "undated" // the provider does not report when the person logged in
)

// ofIdentity reports whether a method is not a value of amr.
func ofIdentity(method string) bool {
	return strings.HasPrefix(method, viaPrefix) || strings.HasPrefix(method, sidPrefix) || method == undated
}

// Dated reports whether AuthTime is certain. It is uncertain after a login at a provider that
// does not report the time, unless the person has also proved here who they are: a code alone
// does not, because it is only a second factor.
func (s Session) Dated() bool {
	return !slices.Contains(s.Methods, undated) || slices.Contains(s.Methods, MethodPassword)
}

// dated returns the methods of a session in which a passkey has just verified the person.
func dated(methods []string) []string {
	return slices.DeleteFunc(slices.Clone(methods), func(m string) bool { return m == undated })
}

// methods returns Session.Methods after a login with the identity. Methods of the
// provider have a prefix: a passkey of the provider does not belong to the account.
func (i Identity) methods(rules IdentityRules) []string {
	methods := []string{viaPrefix + i.Provider}
	if i.SessionID != "" {
		methods = append(methods, sidMethod(i.Issuer, i.SessionID))
	}
	if i.Undated {
		methods = append(methods, undated)
	}
	if rules.SecondFactor {
		for _, m := range i.AMR {
			methods = append(methods, amrPrefix+m)
		}
		if i.TwoFactors {
			methods = append(methods, MethodTwoFactors)
		}
	}
	return methods
}

// isSessionID reports whether a method is the session at the other provider.
func isSessionID(method string) bool { return strings.HasPrefix(method, sidPrefix) }

func sidMethod(issuer, sid string) string {
	hash := sha256.Sum256(fmt.Appendf(nil, "%d %s%s", len(issuer), issuer, sid))
	return sidPrefix + hex.EncodeToString(hash[:16])
}

// Provider returns the name of the other provider at which the person logged in, or "".
func (s Session) Provider() string {
	for _, m := range s.Methods {
		if name, found := strings.CutPrefix(m, viaPrefix); found {
			return name
		}
	}
	return ""
}

// origin returns the methods that say at which other provider a session began. They stay
// with the session, however the person confirms it, so that it ends with the session at
// the provider.
func (s Session) origin() []string {
	return slices.DeleteFunc(slices.Clone(s.Methods), func(m string) bool { return !ofIdentity(m) || m == undated })
}

// continuedWith returns the methods of a session after another login in it. A login at
// another provider replaces the origin.
func (s Session) continuedWith(methods []string) []string {
	if slices.ContainsFunc(methods, ofIdentity) {
		return methods
	}
	return slices.Concat(methods, s.origin())
}

// firstStep returns the methods of the password or of the identity with which a
// session began, or nil.
func (s Session) firstStep() []string {
	if len(s.Methods) == 0 || slices.Contains(s.Methods, MethodPassword) {
		return append([]string{MethodPassword}, s.origin()...)
	}
	return slices.DeleteFunc(slices.Clone(s.Methods), func(m string) bool { return !ofIdentity(m) && !strings.HasPrefix(m, amrPrefix) })
}
