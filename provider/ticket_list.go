package provider

import "github.com/seed-e6a88a41/latchkey/oauth"

// ListedTickets returns the kinds of tickets that the back office lists, keyed by
// their names in URLs.
func ListedTickets() map[string]oauth.TicketKind {
	return map[string]oauth.TicketKind{"pushed": ticketPush, "device": ticketDevice, "code": ticketCode}
}

// TicketFinished reports whether a ticket that the back office lists was used or refused, so that cancelling it changes
// nothing. A code that was refused but not used up can be cancelled again, because an error can have interrupted
// CancelRequest.
func TicketFinished(t oauth.Ticket) bool {
	return !t.SpentAt.IsZero() || t.Kind != ticketCode && TicketState(t) == "denied"
}

// TicketState returns the state of a ticket that the back office lists: "used",
// "approved", "denied" or "waiting".
func TicketState(t oauth.Ticket) string {
	switch {
	case t.State == pushDenied, t.State == pushCancelled, t.State == deviceDenied, t.State == codeDenied:
		return "denied"
	case !t.SpentAt.IsZero():
		return "used"
	case t.State == deviceApproved:
		return "approved"
	}
	return "waiting"
}
