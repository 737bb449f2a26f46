package oauth

import "slices"

// EventType describes the events of one name.
type EventType struct {
	// Name is one of the Event constants.
	Name string
	// Text explains when the event happens.
	Text string
	// Fields are the names of the members in JSON that the event can have, in addition to
	// name, outcome and at.
	Fields []string
}

// Has reports whether the event can have the member.
func (t EventType) Has(field string) bool {
	return field == "name" || field == "outcome" || field == "at" || slices.Contains(t.Fields, field)
}

// EventOfRequest reports whether the events of this name are about a request, and have
// its address.
func EventOfRequest(name string) bool {
	switch name {
	case EventLogoutNotice, EventWebhook, EventMail, EventRejection, EventKeyRotation:
		return false
	}
	return true
}

// EventTypes returns all events. This is the only list: the reference page, the counters
// and the checks of webhooks follow from it.
func EventTypes() []EventType {
	request := func(more ...string) []string { return append(more, "reason", "client_id", "address", "error_id") }
	return []EventType{
		{EventAuthorization, "An authorization request ended: a person allowed or denied it, or it was rejected.", request("subject", "scope")},
		{EventToken, "A client requested tokens.", request("kind", "subject", "permission_id", "scope")},
		{EventReplay, "A client used its own code or refresh token again, with all required proofs. Within the replay window, it gets the same tokens. After that, all tokens of the permission are revoked.", request("kind", "subject", "permission_id")},
		{EventRevocation, "A client or an administrator revoked a token.", request("permission_id")},
		{EventIntrospection, "An API asked whether a token is valid.", request("subject", "permission_id")},
		{EventUserInfo, "A client asked for the claims about a person.", request("subject")},
		{EventPushedRequest, "A client pushed an authorization request.", request()},
		{EventRegistration, "A client registered itself.", request()},
		{EventLogin, "A person logged in, or tried to.", []string{"subject", "reason", "address", "error_id"}},
		{EventSignUp, "A person created an account, or tried to.", []string{"subject", "reason", "address", "error_id"}},
		{EventPasswordReset, "A person requested a link for a new password, or used it.", []string{"subject", "reason", "address", "error_id"}},
		{EventPasswordChange, "A person changed their password on the account page, or tried to.", []string{"subject", "reason", "address", "error_id"}},
		{EventProfileChange, "A person changed their profile on the account page, or confirmed or removed an email address with a link, or tried to.", []string{"subject", "reason", "address", "error_id"}},
		{EventConfirmation, "A person who is logged in confirmed their identity, or tried to, before they change the protection of their account.", []string{"kind", "subject", "reason", "address", "error_id"}},
		{EventFactorChange, "A passkey, an authenticator app, the recovery codes or the remembered browsers of a person changed, or a recovery code was used.", []string{"kind", "subject", "actor", "reason", "address", "error_id"}},
		{EventAccountDeletion, "A person deleted their own account, which then is disabled until it is deleted, or kept it.", []string{"kind", "subject", "reason", "address", "error_id"}},
		{EventWithdrawal, "A person ended the access of an application.", []string{"client_id", "subject", "reason", "address", "error_id"}},
		{EventSessionEnd, "Login sessions ended: a person logged out, or all sessions of a person were ended.", []string{"subject", "reason", "address", "error_id"}},
		{EventAdministration, "An administrator made a change in the back office, or with a command of latchkey.", []string{"kind", "actor", "target", "address"}},
		{EventLogoutNotice, "The server tried to notify an application of a logout.", []string{"client_id", "subject"}},
		{EventWebhook, "The server tried to deliver a message to a webhook, or dropped it because too many messages were waiting. No webhook receives this event.", []string{"target"}},
		{EventMail, "The server tried to send an email.", nil},
		{EventRejection, "A rejected request was listed in the back office, or dropped because there were too many similar ones.", []string{"client_id", "error_id"}},
		{EventKeyRotation, "A signing key was rotated on schedule.", []string{"kind", "reason"}},
	}
}
