package admin

import (
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/rejections"
)

// HasPlace reports whether the back office has a link to a place.
func HasPlace(p rejections.Place) bool { return problemPlaces[p].text != nil }

// PermissionOf returns the permission of a route, for tests.
func PermissionOf(pattern string) account.Permission {
	return new(office).handlers()[pattern].permission
}

// NamesLoginFailure reports whether the back office has texts for the reason of a login failure.
func NamesLoginFailure(reason string) bool {
	f := loginFailures[reason]
	return f.text != nil && f.fix != nil
}

// FailureText returns the text for the outcome of an event, or "".
func FailureText(event, outcome string) string {
	if text := failureOf(event, outcome); text != nil {
		return text.String()
	}
	return ""
}
