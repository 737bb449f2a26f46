package web

import (
	_ "embed"
	"strings"
)

// aaguids lists well-known authenticators and password managers, one per line: the AAGUID
// and the name. An authenticator can state any AAGUID, so the name is only a hint for its
// owner.
//
//go:embed aaguids.txt
var aaguids string

// authenticatorName returns the name of the authenticator with an AAGUID, or "".
func authenticatorName(aaguid string) string {
	for line := range strings.Lines(aaguids) {
		if id, name, _ := strings.Cut(strings.TrimSpace(line), " "); id == strings.ToLower(aaguid) {
			return name
		}
	}
	return ""
}
