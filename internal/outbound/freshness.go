package outbound

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// unlimited is the freshness of a response that does not limit it.
const unlimited = -1

// freshness returns how long a response can be cached from now on (RFC 9111 §4.2):
// 0 if it must not be, and unlimited if the server does not say. A directive that
// cannot be parsed means 0 (§4.2.1).
func freshness(header http.Header) time.Duration {
	if strings.Contains(strings.Join(header.Values("Vary"), ","), "*") {
		return 0
	}
	lifetime := time.Duration(unlimited)
	for directive := range strings.SplitSeq(strings.Join(header.Values("Cache-Control"), ","), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(directive), "=")
		switch strings.ToLower(name) {
		case "no-store", "no-cache":
			return 0
		case "max-age":
			lifetime = seconds(strings.Trim(value, `"`))
		}
	}
	if lifetime < 0 {
		if header.Get("Expires") == "" {
			return unlimited
		}
		expires, err := http.ParseTime(header.Get("Expires"))
		date, noDate := http.ParseTime(header.Get("Date"))
		if err != nil || noDate != nil {
			return 0
		}
		lifetime = expires.Sub(date)
	}
	if age := header.Get("Age"); age != "" {
		lifetime -= seconds(age)
	}
	return max(lifetime, 0)
}

// storable reports whether a response can be used for a later request after its server
// has confirmed it (RFC 9111 §3, §4.1). All requests for a document have the same header
// fields, so of all values of Vary only "*" matters.
func storable(header http.Header) bool {
	for directive := range strings.SplitSeq(strings.Join(header.Values("Cache-Control"), ","), ",") {
		if name, _, _ := strings.Cut(strings.TrimSpace(directive), "="); strings.EqualFold(name, "no-store") {
			return false
		}
	}
	return !strings.Contains(strings.Join(header.Values("Vary"), ","), "*")
}

// seconds returns a number of seconds, at most about a year.
func seconds(text string) time.Duration {
	const most = 365 * 24 * 3600
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0
	}
	return time.Duration(min(n, most)) * time.Second
}
