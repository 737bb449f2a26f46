package account

import (
	"fmt"
	"net/netip"
	"net/url"
	"strings"

	"golang.org/x/net/publicsuffix"

	"github.com/seed-e6a88a41/latchkey/internal/passkeys"
	"github.com/seed-e6a88a41/latchkey/internal/settings"
)

// RelyingParty is the server for which passkeys are valid (WebAuthn §4). NewRelyingParty and
// OptionalRelyingParty return one.
type RelyingParty = passkeys.RelyingParty

// OptionalRelyingParty is NewRelyingParty for a server that can also be without passkeys: if
// domain, the PasskeyDomain of its settings, is empty and the origin has no domain name or
// does not use https, the relying party has no ID.
func OptionalRelyingParty(origin, domain, name string) (RelyingParty, error) {
	rp, err := NewRelyingParty(origin, domain, name)
	if err != nil && domain != "" {
		return RelyingParty{}, settings.Faultf("PasskeyDomain", ": %v", err)
	}
	return rp, nil
}

// NewRelyingParty returns the relying party of a server at an origin, such as
// https://id.example.com. id is the domain for which passkeys are created; if it is
// empty, it is the host of the origin. Passkeys stay valid only as long as id does not
// change. It returns an error if browsers would refuse the id: it must be the host or a
// domain above it, but not a public suffix such as co.uk. It also returns an error if the
// origin is not https, unless the host is localhost.
func NewRelyingParty(origin, id, name string) (RelyingParty, error) {
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" {
		return RelyingParty{}, fmt.Errorf("%q is not an origin such as https://id.example.com", origin)
	}
	host := strings.ToLower(u.Hostname())
	if id = strings.ToLower(id); id == "" {
		id = host
	}
	local := host == "localhost" || strings.HasSuffix(host, ".localhost")
	_, notAddress := netip.ParseAddr(host)
	switch {
	case u.Scheme != "https" && (u.Scheme != "http" || !local):
		return RelyingParty{}, fmt.Errorf("passkeys need https, and %s does not use it", origin)
	case notAddress == nil:
		return RelyingParty{}, fmt.Errorf("passkeys need a domain name, and %s is an address", host)
	case id != host && !strings.HasSuffix(host, "."+id):
		return RelyingParty{}, fmt.Errorf("passkeys for %q cannot be used at %s: choose that host or a domain above it", id, host)
	}
	if suffix, _ := publicsuffix.PublicSuffix(id); suffix == id && id != host {
		return RelyingParty{}, fmt.Errorf("passkeys cannot be created for %q, because everybody can register domains below it", id)
	}
	origin = u.Scheme + "://" + host
	defaultPort := map[string]string{"https": "443", "http": "80"}[u.Scheme] // browsers omit it
	if port := u.Port(); port != "" && port != defaultPort {
		origin += ":" + port
	}
	return RelyingParty{ID: id, Name: name, Origins: []string{origin}}, nil
}
