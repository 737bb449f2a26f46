package provider

import (
	"slices"
	"strings"

	"github.com/seed-e6a88a41/latchkey/internal/settings"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// The values of Settings.ClientDocuments. All but DocumentsOff can also apply to
// some hosts only.
const (
	DocumentsAsk   = "ask"   // accept them, and ask people for permission every time
	DocumentsAllow = "allow" // treat them like registered applications
	DocumentsDeny  = "deny"  // reject them
	DocumentsOff   = "off"   // a client_id that is a URL has no meaning
)

// DocumentPolicies returns the values of Settings.ClientDocuments.
func DocumentPolicies() []string {
	return []string{DocumentsAsk, DocumentsAllow, DocumentsDeny, DocumentsOff}
}

// hostPolicies are the hosts to which a policy other than that of the server
// applies. If a host is in several lists, the strictest policy applies.
type hostPolicies struct{ deny, ask, allow []string }

// policy returns the policy for a host.
func (h hostPolicies) policy(host, otherwise string) string {
	switch {
	case otherwise == DocumentsOff:
		return DocumentsOff
	case listed(h.deny, host):
		return DocumentsDeny
	case listed(h.ask, host):
		return DocumentsAsk
	case listed(h.allow, host):
		return DocumentsAllow
	}
	return otherwise
}

// some reports whether the documents of any host are accepted.
func (h hostPolicies) some(otherwise string) bool {
	return otherwise != DocumentsOff && (otherwise != DocumentsDeny || len(h.ask)+len(h.allow) > 0)
}

// listed reports whether a host is in the list. An element that begins with *. stands
// for all names below it.
func listed(hosts []string, host string) bool {
	return slices.ContainsFunc(hosts, func(listed string) bool {
		listed = strings.ToLower(listed)
		if domain, below := strings.CutPrefix(listed, "*"); below {
			return strings.HasSuffix(host, domain) && host != domain
		}
		return host == listed
	})
}

// faults returns what is wrong with the lists.
func (h hostPolicies) faults() (faults []error) {
	for _, list := range []struct {
		name  string
		hosts []string
	}{{"ClientDocumentsDeny", h.deny}, {"ClientDocumentsAsk", h.ask}, {"ClientDocumentsAllow", h.allow}} {
		for _, host := range list.hosts {
			name := strings.TrimPrefix(strings.ToLower(host), "*.")
			u := "https://" + bracketed(name) + "/"
			if oauth.CheckClientURL(u) != nil || oauth.ClientURLHost(u) != name || strings.Contains(name, "*") {
				faults = append(faults, settings.Faultf(list.name, ": %q is not the name of a host, such as app.example or *.app.example", host))
			}
		}
	}
	return faults
}

// bracketed returns a host as it is written in a URL.
func bracketed(host string) string {
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}
