package oauth

import (
	"slices"
	"sync"
)

// EventType describes the events of one name.
type EventType struct {
	// Name is one of the Event constants.
	Name string
	// Text explains when the event happens.
	Text string
	// Fields are the names of the members in JSON that the event can have, in addition to
	// name, outcome and at.
	Fields []string
	// Category is that of the event in the audit log, one of the Category constants. It is
	// empty if the event is not recorded there; see Event.Recorded.
	Category string
}

// The categories of events in the audit log.
const (
	CategoryAdministration = "administration" // what administrators do
	CategoryOwner          = "owner"          // what people do with the applications that they own
	CategoryLogin          = "login"          // logins, logouts, and attempts
	CategoryAccount        = "account"        // what people change in their accounts
	CategoryConsent        = "consent"        // permissions that people give and withdraw
	CategoryToken          = "token"          // tokens and registrations
	CategoryServer         = "server"         // scheduled work of the server
)

// Categories returns the categories of events in the audit log.
func Categories() []string {
	return []string{CategoryAdministration, CategoryOwner, CategoryLogin, CategoryAccount, CategoryConsent, CategoryToken, CategoryServer}
}

// Recorded returns the category of an event in the audit log, or "" if it is not recorded:
// successful requests for tokens, and rejected requests of applications, would hide all
// other events.
func (e Event) Recorded() (category string) {
	switch {
	case e.Name == EventToken && e.Kind != KindDirect,
		e.Name == EventReplay && e.Outcome != OutcomeRevoked,
		e.Name == EventRegistration && e.Outcome != OutcomeOK,
		e.Name == EventRevocation && e.Outcome != OutcomeOK,
		e.Name == EventAuthorization && e.Outcome != OutcomeApproved && e.Outcome != OutcomeDenied:
		return ""
	}
	return categoryOf()[e.Name]
}

// categoryOf returns the category of each event.
var categoryOf = sync.OnceValue(func() map[string]string {
	all := make(map[string]string)
	for _, t := range EventTypes() {
		all[t.Name] = t.Category
	}
	return all
})

// Has reports whether the event can have the member.
func (t EventType) Has(field string) bool {
	return field == "name" || field == "outcome" || field == "at" || slices.Contains(t.Fields, field)
}

// EventOfRequest reports whether the events of this name are about a request, and have
// its address.
func EventOfRequest(name string) bool {
	switch name {
	case EventLogoutNotice, EventWebhook, EventMail, EventRejection, EventKeyRotation, EventErasure, EventAuditRemoval:
		return false
	}
	return true
}

// OnlyInAuditLog reports whether the audit log records the events of this name by itself,
// so that nothing else receives them.
func OnlyInAuditLog(name string) bool { return name == EventErasure || name == EventAuditRemoval }

// EventTypes returns all events. This is the only list: the reference page, the counters
// and the checks of webhooks follow from it.
func EventTypes() []EventType {
	request := func(more ...string) []string { return append(more, "reason", "client_id", "address", "error_id") }
	return []EventType{
		{EventAuthorization, "An authorization request ended: a person allowed or denied it, or it was rejected.", request("subject", "scope"), CategoryConsent},
		{EventToken, "A client requested tokens.", request("kind", "subject", "permission_id", "scope"), CategoryToken},
		{EventReplay, "A client used its own code or refresh token again, with all required proofs. A refresh token returns the same tokens within the replay window. Otherwise, all tokens of the permission are revoked.", request("kind", "subject", "permission_id"), CategoryToken},
		{EventRevocation, "A client or an administrator revoked a token.", request("subject", "permission_id"), CategoryToken},
		{EventIntrospection, "An API asked whether a token is valid.", request("subject", "permission_id"), ""},
		{EventUserInfo, "A client asked for the claims about a person.", request("subject"), ""},
		{EventPushedRequest, "A client pushed an authorization request.", request(), ""},
		{EventRegistration, "A client registered itself.", request(), CategoryToken},
		{EventLogin, "A person logged in, or tried to.", []string{"subject", "target", "reason", "address", "error_id"}, CategoryLogin},
		{EventSignUp, "A person created an account, or tried to.", []string{"subject", "reason", "address", "error_id"}, CategoryAccount},
		{EventPasswordReset, "A person requested a link for a new password, or used it.", []string{"subject", "reason", "address", "error_id"}, CategoryAccount},
		{EventPasswordChange, "A person changed their password on the account page, or tried to.", []string{"subject", "reason", "address", "error_id"}, CategoryAccount},
		{EventProfileChange, "A person changed their profile on the account page, or confirmed or removed an email address with a link, or tried to.", []string{"subject", "reason", "address", "error_id"}, CategoryAccount},
		{EventConfirmation, "A person who is logged in confirmed their identity, or tried to, before they change the protection of their account.", []string{"kind", "subject", "reason", "address", "error_id"}, CategoryLogin},
		{EventFactorChange, "A passkey, an authenticator app, the recovery codes or the remembered browsers of a person changed, a recovery code was used, or a code by email was sent or used.", []string{"kind", "subject", "actor", "reason", "address", "error_id"}, CategoryAccount},
		{EventAccountDeletion, "A person requested the deletion of their own account, which disables it until it is deleted, or decided to keep the account.", []string{"kind", "subject", "reason", "address", "error_id"}, CategoryAccount},
		{EventWithdrawal, "A person ended the access of an application.", []string{"client_id", "subject", "reason", "address", "error_id"}, CategoryConsent},
		{EventSessionEnd, "Login sessions ended. The `subject` is the person who logged out, or whose sessions an administrator ended. It is omitted if sessions were ended by their IDs, or by a change such as a new password. Other sessions of the person can continue.", []string{"subject", "reason", "address", "error_id"}, CategoryLogin},
		{EventAdministration, "An administrator made a change in the back office, with the admin API or with a command of latchkey, or the host program made a change with a method of latchkey.Server.", []string{"kind", "subject", "actor", "target", "address"}, CategoryAdministration},
		{EventOwnerChange, "A person registered an application, or changed one that they own.", []string{"kind", "actor", "target", "address"}, CategoryOwner},
		{EventPermissionDenied, "A person who is logged in requested a page of the back office, or a person or an application requested an operation of the admin API, for which they have no permission.", []string{"kind", "reason", "actor", "target", "address"}, CategoryAdministration},
		{EventLogoutNotice, "The server tried to notify an application of a logout.", []string{"client_id", "subject"}, ""},
		{EventWebhook, "The server tried to deliver a message to a webhook, or dropped it because too many messages were waiting. No webhook receives this event.", []string{"target"}, ""},
		{EventMail, "The server tried to send an email. The kind is its purpose, such as reset. The `subject` is omitted for an email about several accounts and for an invitation.", []string{"kind", "subject"}, ""},
		{EventRejection, "A rejected request was listed in the back office, or dropped because there were too many similar ones.", []string{"client_id", "error_id"}, ""},
		{EventKeyRotation, "A signing key was rotated on schedule.", []string{"kind", "reason"}, CategoryServer},
		{EventErasure, "Names, addresses and values about a person were erased from the audit log, because the account was deleted or the host program called Server.ErasePerson. Only the audit log has this event.", []string{"subject"}, CategoryServer},
		{EventAuditRemoval, "Records of the audit log were removed after the retention period. Only the audit log has this event.", []string{"target"}, CategoryServer},
	}
}
