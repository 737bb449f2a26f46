package provider

import (
	"context"
	"slices"
	"strings"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/validate"
)

// CheckOutbound checks what ValidateClient cannot, because it depends on other
// servers: that the server can send requests to the addresses of a client, that the
// document of its sector lists its redirect URIs (see CheckSector), and that all hosts
// that match a wildcard in them belong to one owner.
//
// before is the stored client, or nil for a new one. Addresses that have not
// changed are not checked again. The errors are for administrators only.
func CheckOutbound(ctx context.Context, outbound oauth.Outbound, before, c *oauth.Client) validate.FieldErrors {
	if faults := append(checkAddresses(outbound, before, c), checkWildcards(outbound, before, c)...); len(faults) > 0 {
		return faults
	}
	return CheckSector(ctx, outbound, before, c)
}

// checkAddresses rejects addresses to which requests would fail later, when nobody
// would notice.
func checkAddresses(outbound oauth.Outbound, before, c *oauth.Client) (faults validate.FieldErrors) {
	if outbound == nil {
		return nil
	}
	known := make(map[string]bool)
	if before != nil {
		for _, a := range addresses(before) {
			known[a.uri] = true
		}
	}
	for _, a := range addresses(c) {
		if a.uri == "" || known[a.uri] {
			continue
		}
		if err := outbound.Check(a.uri); err != nil {
			faults = append(faults, clientFault(a.field, "The server could not use this address: %v.", err)...)
		}
	}
	return faults
}

// checkWildcards rejects wildcards that match hosts of other owners. Without an
// Outbound, nobody knows which these are.
func checkWildcards(outbound oauth.Outbound, before, c *oauth.Client) (faults validate.FieldErrors) {
	for _, uri := range c.RedirectURIs {
		domain := oauth.WildcardDomain(uri)
		if domain == "" || before != nil && slices.Contains(before.RedirectURIs, uri) {
			continue
		}
		if outbound == nil || outbound.IsPublicSuffix(domain) {
			faults = append(faults, clientFault("redirect_uris", "'%s': other people can have hosts below %s, and could receive the codes. Use a domain of your own, as in https://*.preview.example.com/cb.", uri, domain)...)
		}
	}
	return faults
}

type clientAddress struct{ field, uri string }

// addresses returns the addresses to which the server sends requests.
func addresses(c *oauth.Client) []clientAddress {
	all := []clientAddress{
		{"backchannel_logout_uri", c.BackchannelLogoutURI},
		{"jwks_uri", c.JWKSURI},
		{"sector_identifier_uri", c.SectorIdentifierURI},
		{"logo_uri", c.LogoURL},
	}
	for key, text := range c.Translations {
		if strings.HasPrefix(key, "logo_uri#") {
			all = append(all, clientAddress{"translations", text})
		}
	}
	for _, uri := range c.RequestURIs {
		bare, _, _ := strings.Cut(uri, "#")
		all = append(all, clientAddress{"request_uris", bare})
	}
	return all
}
