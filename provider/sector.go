package provider

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/validate"
)

// maxSectorLength is the length of the longest sector document, in bytes.
const maxSectorLength = 64 << 10

// CheckSector checks that all redirect URIs of a client are in the document at its
// sector_identifier_uri (OpenID Connect Core §8.1). Without this check, a client
// could use the sector of another one and get the same pairwise subjects.
//
// before is the stored client, or nil for a new one. If neither URI has changed,
// the document is not fetched. The errors are for administrators only, because
// they reveal which hosts this server can reach.
func CheckSector(ctx context.Context, outbound oauth.Outbound, before, c *oauth.Client) validate.FieldErrors {
	uri := c.SectorIdentifierURI
	if uri == "" || (before != nil && before.SectorIdentifierURI == uri && slices.Equal(before.RedirectURIs, c.RedirectURIs)) {
		return nil
	}
	fault := func(format string, args ...any) validate.FieldErrors {
		return clientFault("sector_identifier_uri", format, args...)
	}
	if outbound == nil {
		return fault("This server cannot fetch the list of redirect URIs: requests to other servers are not configured.")
	}
	text, err := outbound.Get(ctx, uri, maxSectorLength)
	if err != nil {
		return fault("The list of redirect URIs could not be fetched from this URL: %v.", err)
	}
	var listed []string
	if err := json.Unmarshal(text, &listed); err != nil {
		return fault("The document at this URL is not a JSON list of redirect URIs.")
	}
	var faults validate.FieldErrors
	for _, redirect := range c.RedirectURIs {
		if !slices.Contains(listed, redirect) {
			faults = append(faults, fault("The redirect URI %s is not in the list at this URL.", redirect)...)
		}
	}
	return faults
}
