package web

import "github.com/seed-e6a88a41/latchkey/internal/flows"

// FieldOrder is the order of the fields in every form.
var FieldOrder = fieldOrder

// AuthenticatorName returns the name of the authenticator with an AAGUID.
var AuthenticatorName = authenticatorName

// LoginFailureReason returns the reason of a login failure for an error of a login.
var LoginFailureReason = loginFailureReason

// NamesStep reports whether the pages of developers have a text for a step of an attempt.
func NamesStep(name string) bool { return ownSteps[flows.Name(name)] != nil }
