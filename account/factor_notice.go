package account

import "slices"

// FactorsChanged is the change that a MailFactorsChanged reports.
type FactorsChanged string

// The changes of which the owner of an account is notified.
const (
	PasskeyAdded   FactorsChanged = "passkey added"
	PasskeyRemoved FactorsChanged = "passkey removed"
	TOTPAdded      FactorsChanged = "totp added" // even if it replaces another one
	TOTPRemoved    FactorsChanged = "totp removed"
	CodesRenewed   FactorsChanged = "codes renewed"
	FactorsRemoved FactorsChanged = "factors removed" // all of them
)

// notified returns what the notice about the change says, or "" if the change adds and removes
// no passkey, TOTP or recovery code. If the last factor is removed, its recovery codes are
// removed with it. The same applies to those that are added with the first one.
func (c *FactorChange) notified(have []Factor) FactorsChanged {
	adds := func(kind FactorKind) bool {
		return slices.ContainsFunc(c.Add, func(f Factor) bool { return f.Kind == kind })
	}
	removes := func(kind FactorKind) bool {
		return slices.ContainsFunc(have, func(f Factor) bool { return f.Kind == kind && slices.Contains(c.Remove, f.ID) })
	}
	switch {
	case adds(FactorPasskey):
		return PasskeyAdded
	case adds(FactorTOTP):
		return TOTPAdded
	case adds(FactorRecoveryCode):
		return CodesRenewed
	case removes(FactorPasskey) && removes(FactorTOTP):
		return FactorsRemoved
	case removes(FactorPasskey):
		return PasskeyRemoved
	case removes(FactorTOTP):
		return TOTPRemoved
	case removes(FactorRecoveryCode):
		return FactorsRemoved
	}
	return ""
}
