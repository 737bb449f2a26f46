package oauth

import (
	"cmp"
	"slices"
	"time"
)

// MaxLoginFailures is how many failures with the same reason and login provider a Flow can have.
const MaxLoginFailures = 20

// A LoginFailure is a mistake or a refusal at the login of a Flow. It has no text that the person
// typed.
type LoginFailure struct {
	// Reason is OutcomeWrongPassword, OutcomeThrottled, OutcomeWrongCode, one of the Denied
	// constants, or one of the Failure constants.
	Reason string
	// Provider is the name of the login provider in the settings, or empty.
	Provider string
	At       time.Time // when it happened, to the millisecond
}

// Reasons of a LoginFailure for which no Event has an outcome of its own.
const (
	FailureWrongPasskey        = "wrong_passkey"        // the passkey was rejected
	FailureProviderRefused     = "provider_refused"     // the login provider refused, or the person canceled there
	FailureProviderUnavailable = "provider_unavailable" // the login provider could not be reached
	FailureProviderInvalid     = "provider_invalid"     // the response from the login provider is not valid
	FailureSignUp              = "sign_up"              // the form for a new account has mistakes, or the name is taken
	FailureInvitation          = "invitation"           // the invitation is not valid, or not for this person
)

// LoginFailureReasons returns all reasons of a LoginFailure.
func LoginFailureReasons() []string {
	return []string{
		OutcomeWrongPassword, OutcomeThrottled, OutcomeWrongCode, FailureWrongPasskey, DeniedDisabled, DeniedNoAccount, DeniedEmailDomain, DeniedGroup, DeniedAddressInUse,
		DeniedNotFresh, FailureProviderRefused, FailureProviderUnavailable, FailureProviderInvalid, FailureSignUp, FailureInvitation,
	}
}

// AddLoginFailures returns both lists as one, in the order of time. A failure that is in both is in the
// result once. For each reason and login provider, the first MaxLoginFailures remain.
func AddLoginFailures(all []LoginFailure, more ...LoginFailure) []LoginFailure {
	if len(more) == 0 {
		return all
	}
	all = slices.Concat(all, more)
	slices.SortFunc(all, func(a, b LoginFailure) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Reason, b.Reason), cmp.Compare(a.Provider, b.Provider))
	})
	all = slices.CompactFunc(all, func(a, b LoginFailure) bool {
		return a.At.Equal(b.At) && a.Reason == b.Reason && a.Provider == b.Provider
	})
	type group struct{ reason, provider string }
	n := make(map[group]int)
	return slices.DeleteFunc(all, func(f LoginFailure) bool {
		of := group{f.Reason, f.Provider}
		n[of]++
		return n[of] > MaxLoginFailures
	})
}
