package oauth

// The Kinds of an EventConfirmation: the factors with which a person proves who they are.
const (
	FactorPassword     = "password"
	FactorPasskey      = "passkey"
	FactorTOTP         = "totp"
	FactorRecoveryCode = "recovery_code"
)

// Factors returns the Kinds of an EventConfirmation.
func Factors() []string {
	return []string{FactorPassword, FactorPasskey, FactorTOTP, FactorRecoveryCode}
}

// The Kinds of an EventAccountDeletion.
const (
	DeletionRequested = "requested"
	DeletionCanceled  = "canceled"
)

// Deletions returns the Kinds of an EventAccountDeletion.
func Deletions() []string { return []string{DeletionRequested, DeletionCanceled} }

// The Kinds of an EventFactorChange.
const (
	FactorChangePasskeyAdded     = "passkey_added"
	FactorChangePasskeyRenamed   = "passkey_renamed"
	FactorChangePasskeyRemoved   = "passkey_removed"
	FactorChangeTOTPAdded        = "totp_added"
	FactorChangeTOTPRemoved      = "totp_removed"
	FactorChangeCodesRenewed     = "recovery_codes_renewed"
	FactorChangeCodeUsed         = "recovery_code_used"
	FactorChangeEmailCodeSent    = "email_code_sent" // or requested, if it failed
	FactorChangeEmailCodeUsed    = "email_code_used"
	FactorChangeBrowserForgotten = "browser_forgotten" // one or all browsers
	FactorChangeIdentityAdded    = "identity_added"    // an account at another provider
	FactorChangeIdentityRemoved  = "identity_removed"
)

// FactorChanges returns the Kinds of an EventFactorChange.
func FactorChanges() []string {
	return []string{
		FactorChangePasskeyAdded, FactorChangePasskeyRenamed, FactorChangePasskeyRemoved, FactorChangeTOTPAdded, FactorChangeTOTPRemoved,
		FactorChangeCodesRenewed, FactorChangeCodeUsed, FactorChangeEmailCodeSent, FactorChangeEmailCodeUsed, FactorChangeBrowserForgotten,
		FactorChangeIdentityAdded, FactorChangeIdentityRemoved,
	}
}
