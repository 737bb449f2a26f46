package provider

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/validate"
)

// maxSectorLength bounds the document of a sector_identifier_uri, in bytes.
const maxSectorLength = 64 << 10

// CheckSector holds a client to its sector identifier (OpenID Connect Core
// §8.1): the list at its sector_identifier_uri must name all its redirect
// URIs, or anybody could ask for the subjects of somebody else's sector. before
// is the client as it was, or nil for a new one; where neither has changed,
// nobody is asked. The faults are for administrators: they say what can be
// reached from here.
func CheckSector(ctx context.Context, outbound oauth.Outbound, before, c *oauth.Client) validate.FieldErrors {
	uri := c.SectorIdentifierURI
	if uri == "" || (before != nil && before.SectorIdentifierURI == uri && slices.Equal(before.RedirectURIs, c.RedirectURIs)) {
		return nil
	}
	fault := func(format string, args ...any) validate.FieldErrors {
		return validate.FieldErrors{{Field: "sector_identifier_uri", Message: fmt.Sprintf(format, args...)}}
	}
	if outbound == nil {
		return fault("The list of redirect URIs there cannot be fetched by this server.")
	}
	text, err := outbound.Get(ctx, uri, maxSectorLength)
	if err != nil {
		return fault("The list of redirect URIs could not be fetched from there: %v.", err)
	}
	var listed []string
	if err := json.Unmarshal(text, &listed); err != nil {
		return fault("What is there is not a JSON list of redirect URIs.")
	}
	var faults validate.FieldErrors
	for _, redirect := range c.RedirectURIs {
		if !slices.Contains(listed, redirect) {
			faults = append(faults, fault("The list there does not have the redirect URI %s.", redirect)...)
		}
	}
	return faults
}
