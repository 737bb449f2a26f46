package jose

import (
	"encoding/json"
	"slices"
	"time"
)

// Audience is the claim aud (RFC 7519 §4.1.3). In JSON it is one string or a
// list of strings.
type Audience []string

// UnmarshalJSON reads either form.
func (a *Audience) UnmarshalJSON(text []byte) error {
	if one, ok := PlainString(text); ok {
		*a = Audience{one}
		return nil
	}
	var one string
	if json.Unmarshal(text, &one) == nil {
		*a = Audience{one}
		return nil
	}
	return json.Unmarshal(text, (*[]string)(a))
}

// PlainString returns the value of a JSON string without escape sequences that contains
// only printable ASCII characters, as most claims do. Such a string needs no decoder.
func PlainString(text []byte) (string, bool) {
	if len(text) < 2 || text[0] != '"' || text[len(text)-1] != '"' {
		return "", false
	}
	text = text[1 : len(text)-1]
	for _, c := range text {
		if c < ' ' || c > '~' || c == '"' || c == '\\' {
			return "", false
		}
	}
	return string(text), true
}

// Contains reports whether the audience includes the name.
func (a Audience) Contains(name string) bool { return slices.Contains(a, name) }

// NumericDate is a time in seconds since 1970, with or without a fraction (RFC
// 7519 §2).
type NumericDate float64

// Time returns the date to the millisecond. Dates more than 30,000 years from
// 1970 are moved to that limit.
func (d NumericDate) Time() time.Time {
	const limit = 1e12
	return time.UnixMilli(int64(min(max(d, -limit), limit) * 1000))
}
