package account

import (
	"maps"
	"slices"
	"strings"

	"github.com/seed-e6a88a41/latchkey/validate"
)

// checkClaimTexts checks all texts in claims, at any depth, as validate.Name
// does. Those of the claim address can have several lines (OpenID Connect Core
// §5.1.1).
func checkClaimTexts(claims map[string]any) validate.FieldErrors {
	for _, name := range slices.Sorted(maps.Keys(claims)) {
		for _, text := range append(texts(claims[name]), name) {
			if name == "address" {
				text = strings.NewReplacer("\r\n", " ", "\n", " ").Replace(text)
			}
			if faults := validate.Name("claims", text); faults != nil {
				return validate.Field("claims", "The claim %q: %s", name, faults[0].Message).WithCode("claim_text", "claim", name, "fault", faults[0])
			}
		}
	}
	return nil
}

// texts returns all texts in a JSON value, including the names of members.
func texts(value any) (all []string) {
	switch value := value.(type) {
	case string:
		return []string{value}
	case []any:
		for _, element := range value {
			all = append(all, texts(element)...)
		}
	case map[string]any:
		for name, member := range value {
			all = append(append(all, name), texts(member)...)
		}
	}
	return all
}
