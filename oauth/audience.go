package oauth

import (
	"encoding/json"
	"slices"
	"strings"
)

// Audience lists the resources that an access token is valid for, by their URIs:
// the claim aud of RFC 7519 §4.1.3. In JSON, a single one is a string.
type Audience []string

// MarshalJSON returns a string if there is one value, and otherwise an array.
func (a Audience) MarshalJSON() ([]byte, error) {
	if len(a) == 1 {
		// Nearly all audiences are one URI that needs no escapes.
		if !strings.ContainsFunc(a[0], func(r rune) bool { return r < 0x20 || r > 0x7e || strings.ContainsRune(`"\<>&`, r) }) {
			return append(append(append(make([]byte, 0, len(a[0])+2), '"'), a[0]...), '"'), nil
		}
		return json.Marshal(a[0])
	}
	return json.Marshal([]string(a))
}

// UnmarshalJSON reads a string or an array.
func (a *Audience) UnmarshalJSON(text []byte) error {
	var one string
	if err := json.Unmarshal(text, &one); err == nil {
		*a = Audience{one}
		return nil
	}
	return json.Unmarshal(text, (*[]string)(a))
}

// String returns the values, separated by spaces, which no URI contains.
func (a Audience) String() string {
	if len(a) == 1 {
		return a[0]
	}
	return strings.Join(a, " ")
}

// ParseAudience is the reverse of Audience.String. The empty text is a nil Audience.
func ParseAudience(text string) Audience {
	if text == "" {
		return nil
	}
	return strings.Fields(text)
}

// Contains reports whether the list contains the URI.
func (a Audience) Contains(uri string) bool { return slices.Contains(a, uri) }

// Missing returns the URIs in other that are not in the list.
func (a Audience) Missing(other Audience) (missing Audience) {
	for _, uri := range other {
		if !a.Contains(uri) {
			missing = append(missing, uri)
		}
	}
	return missing
}
